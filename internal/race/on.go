//go:build race

// Package race tells tests whether the race detector is on: it makes sync.Pool
// forget at random, so that runs which take nothing from the heap seem to.
package race

// Enabled is whether the program was built with the race detector.
const Enabled = true
