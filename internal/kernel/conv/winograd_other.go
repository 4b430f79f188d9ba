//go:build !amd64 || noasm

package conv

func fastTransforms() *transforms { return transformsInGo }
