//go:build (!amd64 && !arm64) || noasm

package norm

// assembled returns no loops.
func assembled() *assembly { return nil }
