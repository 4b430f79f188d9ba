//go:build (!amd64 && !arm64) || noasm

package vec

// active returns no kernels.
func active() *kernels { return nil }
