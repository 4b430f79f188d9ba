//go:build !linux && !darwin && !freebsd && !netbsd && !openbsd

package cli

// peakRSS returns 0: the system does not say.
func peakRSS() int64 { return 0 }
