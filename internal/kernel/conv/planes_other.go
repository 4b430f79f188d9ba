//go:build !amd64 || noasm

package conv

func fastPlanes() bool { return false }

func (b *planes) plane(s *strip, x, w, y []float32, bias float32) {}

func (b *planes) halfPlane(s *strip, x, w, y []float32, bias float32) {}
