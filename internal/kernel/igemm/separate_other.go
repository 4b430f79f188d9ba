//go:build !amd64 || noasm

package igemm

func separable() bool { return false }

func separateRows(stride, rows, n int, dst []byte, ld int, src []byte, step int, t *tapRow) {}

func copyVectors(rows, n int, dst []byte, ld int, src []byte, step int, flip byte) bool { return false }

func halveVectors(rows, n int, dst []byte, ld int, src []byte, step int) bool { return false }

func runBytes(rows, units, panels int, a []byte, lda int, b []byte, c []byte, ldc int, to *scaling) {}
