//go:build !amd64 || noasm

package move

// tile8 leaves the work to Go.
func tile8[E Elem](dst []E, ds int, src []E, ss, n int) bool { return false }
