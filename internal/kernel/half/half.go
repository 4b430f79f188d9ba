// Package half converts slices between float32 and the 16-bit floats, given as
// their bits. It does what vectors can do; the elements that are left, and the
// meaning of the types, are package tensor's, which stands above it.
package half
