//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package onnx

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

func TestPipesAreRefusedWithoutWaiting(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o666); err != nil {
		t.Skip(err)
	}
	done := make(chan error, 3)
	go func() {
		_, err := Load(pipe)
		done <- err
		_, err = Decode(externalModel("location", "pipe"), FromDir(dir))
		done <- err
		done <- Save(pipe, &Model{Graph: &Graph{}})
	}()
	for range 3 {
		select {
		case err := <-done:
			wantError(t, err, "not a regular file but a pipe")
		case <-time.After(10 * time.Second):
			t.Fatal("waits for a writer of the pipe")
		}
	}
}
