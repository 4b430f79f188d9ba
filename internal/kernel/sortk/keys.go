// Package sortk orders values and finds the first k of an order. Values of
// every type become unsigned integers that sort as they do, so that one search
// serves all types; ties go by position.
package sortk

import (
	"math"

	"github.com/onnxrun/onnxrun/tensor"
)

// Value is any type that has an order: NaN is above all numbers and equal to
// itself, negative zero equals zero, and false is below true.
type Value interface {
	float32 | float64 | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 |
		bool | tensor.Float16 | tensor.BFloat16
}

// Keys writes the keys of the elements at, at+stride, at+2·stride … to dst.
type Keys func(dst []uint64, at, stride int)

// KeysOf returns the keys of values, which sort as these do or, where
// descending, the other way round. They fit 32 bits unless wide.
func KeysOf[T Value](src []T, descending bool) (keys Keys, wide bool) {
	flip := uint64(0)
	if descending {
		flip = math.MaxUint32
	}
	switch s := any(src).(type) {
	case []float32:
		return func(dst []uint64, at, stride int) { keys32(dst, s, at, stride, flip) }, false
	case []tensor.Float16:
		return func(dst []uint64, at, stride int) { halfKeys(dst, s, at, stride, flip) }, false
	case []tensor.BFloat16:
		return func(dst []uint64, at, stride int) { halfKeys(dst, s, at, stride, flip) }, false
	case []int8:
		return func(dst []uint64, at, stride int) { signedKeys(dst, s, at, stride, flip) }, false
	case []int16:
		return func(dst []uint64, at, stride int) { signedKeys(dst, s, at, stride, flip) }, false
	case []int32:
		return func(dst []uint64, at, stride int) { signedKeys(dst, s, at, stride, flip) }, false
	case []uint8:
		return func(dst []uint64, at, stride int) { unsignedKeys(dst, s, at, stride, flip) }, false
	case []uint16:
		return func(dst []uint64, at, stride int) { unsignedKeys(dst, s, at, stride, flip) }, false
	case []uint32:
		return func(dst []uint64, at, stride int) { unsignedKeys(dst, s, at, stride, flip) }, false
	case []bool:
		return func(dst []uint64, at, stride int) { boolKeys(dst, s, at, stride, flip) }, false
	}
	if descending {
		flip = math.MaxUint64
	}
	switch s := any(src).(type) {
	case []float64:
		return func(dst []uint64, at, stride int) { keys64(dst, s, at, stride, flip) }, true
	case []int64:
		flip ^= 1 << 63
		return func(dst []uint64, at, stride int) { unsignedKeys(dst, s, at, stride, flip) }, true
	case []uint64:
		return func(dst []uint64, at, stride int) { unsignedKeys(dst, s, at, stride, flip) }, true
	}
	panic("sortk: no keys for this type")
}

// key32 maps a float to an integer of the same order: the bits of positive
// numbers go above, those of negative ones are reversed below.
func key32(v float32) uint32 {
	switch {
	case v != v:
		return math.MaxUint32
	case v == 0:
		return 1 << 31
	}
	b := math.Float32bits(v)
	return b ^ (uint32(int32(b)>>31) | 1<<31)
}

func key64(v float64) uint64 {
	switch {
	case v != v:
		return math.MaxUint64
	case v == 0:
		return 1 << 63
	}
	b := math.Float64bits(v)
	return b ^ (uint64(int64(b)>>63) | 1<<63)
}

func keys32(dst []uint64, src []float32, at, stride int, flip uint64) {
	for i := range dst {
		dst[i] = uint64(key32(src[at])) ^ flip
		at += stride
	}
}

func keys64(dst []uint64, src []float64, at, stride int, flip uint64) {
	for i := range dst {
		dst[i] = key64(src[at]) ^ flip
		at += stride
	}
}

func halfKeys[T tensor.Half](dst []uint64, src []T, at, stride int, flip uint64) {
	for i := range dst {
		dst[i] = uint64(key32(src[at].Float32())) ^ flip
		at += stride
	}
}

func signedKeys[T int8 | int16 | int32](dst []uint64, src []T, at, stride int, flip uint64) {
	for i := range dst {
		dst[i] = uint64(uint32(src[at])^1<<31) ^ flip
		at += stride
	}
}

func unsignedKeys[T uint8 | uint16 | uint32 | uint64 | int64](dst []uint64, src []T, at, stride int, flip uint64) {
	for i := range dst {
		dst[i] = uint64(src[at]) ^ flip
		at += stride
	}
}

func boolKeys(dst []uint64, src []bool, at, stride int, flip uint64) {
	for i := range dst {
		k := uint64(0)
		if src[at] {
			k = 1
		}
		dst[i] = k ^ flip
		at += stride
	}
}
