//go:build (!amd64 && !arm64) || noasm

package half

// Functions return how many elements, from the first on, they have converted:
// none.

func Widen16(dst []float32, src []uint16) int { return 0 }

func Narrow16(dst []uint16, src []float32) int { return 0 }

func WidenB16(dst []float32, src []uint16) int { return 0 }

func NarrowB16(dst []uint16, src []float32) int { return 0 }
