package conformance

import "testing"

// TestEarlierVersions replays what operators did before their behaviour
// changed; testdata/versions.md says where each expectation comes from.
func TestEarlierVersions(t *testing.T) {
	replayAll(t, "testdata/versions.tar.zst", Options{RTol: OfficialRTol, ATol: 1e-6, Threads: 2, Poison: true}, 678)
}
