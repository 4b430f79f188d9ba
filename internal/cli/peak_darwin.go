package cli

import "syscall"

// peakRSS returns the most bytes of memory that the process has had, 0 where
// the system does not say.
func peakRSS() int64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return u.Maxrss
}
