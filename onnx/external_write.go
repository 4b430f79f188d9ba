package onnx

import "strconv"

// externalFrom is the bytes from which a tensor is written to the external
// file, where there is one.
const externalFrom = 1024

// externalAlign is what external tensors start at a multiple of: a page, so
// that they can be mapped.
const externalAlign = 4096

// externalWriter gathers what is written to the file of external data.
type externalWriter struct {
	name  string
	size  int
	parts []externalPart
}

type externalPart struct {
	offset int
	data   []byte
}

// add takes a tensor's bytes and returns the external_data that refers to them.
func (w *externalWriter) add(b []byte) []Pair {
	offset := (w.size + externalAlign - 1) / externalAlign * externalAlign
	w.parts = append(w.parts, externalPart{offset, b})
	w.size = offset + len(b)
	return []Pair{{"location", w.name}, {"offset", strconv.Itoa(offset)}, {"length", strconv.Itoa(len(b))}}
}
