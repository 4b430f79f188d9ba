package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func param(name string) Mem {
	addr, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return addr.Addr
}

// plane writes the convolution of one plane with a kernel of k×k, stride 1, for
// some vectors of columns. It goes down the rows of the input; each adds to the
// k rows of outputs that it is part of, which stay in registers.
func plane(k, vectors int) {
	name := fmt.Sprintf("plane%dx%dAVX512", k, vectors)
	TEXT(name, NOSPLIT, "func(rows int, src *float32, off, srcRow int, dst *float32, dstRow, skip, flush int, weights *float32, masks *uint16, bias, lo, hi float32)")
	Doc(fmt.Sprintf("%s adds rows of src, from off on, to the rows of a kernel of %d×%d, stores the", name, k, k),
		fmt.Sprintf("results but for the first skip, and after them flush more, %d columns; off and rows", 16*vectors),
		"are in bytes. masks are those of the loads for each column of the kernel, and of the stores.")
	Pragma("noescape")
	rows, src, srcRow := Load(Param("rows"), GP64()), Load(Param("src"), GP64()), Load(Param("srcRow"), GP64())
	ADDQ(param("off"), src)
	dst, dstRow := Load(Param("dst"), GP64()), Load(Param("dstRow"), GP64())
	skip, weights, masks := Load(Param("skip"), GP64()), Load(Param("weights"), GP64()), Load(Param("masks"), GP64())
	mask := func(i int) reg.OpmaskVirtual {
		m := K()
		KMOVW(Mem{Base: masks, Disp: 2 * i}, m)
		return m
	}
	count := k * vectors
	kept := map[int]reg.OpmaskVirtual{}
	for i := range min(count, 6) {
		kept[i] = mask(i)
	}
	load := func(i int) reg.OpmaskVirtual {
		if m, ok := kept[i]; ok {
			return m
		}
		return mask(i)
	}
	w := make([]reg.VecVirtual, k*k)
	if k < 7 {
		for i := range w {
			w[i] = ZMM()
			VBROADCASTSS(Mem{Base: weights, Disp: 4 * i}, w[i])
		}
	}
	acc := make([][]reg.VecVirtual, vectors)
	for v := range acc {
		acc[v] = make([]reg.VecVirtual, k)
		for j := range acc[v] {
			acc[v][j] = ZMM()
			VBROADCASTSS(param("bias"), acc[v][j])
		}
	}
	store := func() {
		for v := range acc {
			x := ZMM()
			// The second operand is what a comparison with NaN returns.
			VBROADCASTSS(param("lo"), x)
			VMAXPS(acc[v][0], x, acc[v][0])
			VBROADCASTSS(param("hi"), x)
			VMINPS(acc[v][0], x, acc[v][0])
			VMOVUPS(acc[v][0], mask(count+v), Mem{Base: dst, Disp: 64 * v})
		}
		ADDQ(dstRow, dst)
	}
	shift := func() {
		for v := range acc {
			for j := range k - 1 {
				VMOVAPS(acc[v][j+1], acc[v][j])
			}
			VBROADCASTSS(param("bias"), acc[v][k-1])
		}
	}
	Label("row")
	for kx := range k {
		for v := range acc {
			x := ZMM()
			VMOVUPS_Z(Mem{Base: src, Disp: 4*kx + 64*v}, load(kx*vectors+v), x)
			for j := range k {
				if i := (k-1-j)*k + kx; k < 7 {
					VFMADD231PS(w[i], x, acc[v][j])
				} else {
					VFMADD231PS_BCST(Mem{Base: weights, Disp: 4 * i}, x, acc[v][j])
				}
			}
		}
	}
	ADDQ(srcRow, src)
	SUBQ(U32(1), skip)
	JGE(LabelRef("skipped"))
	store()
	Label("skipped")
	shift()
	DECQ(rows)
	JNZ(LabelRef("row"))
	flush := Load(Param("flush"), GP64())
	TESTQ(flush, flush)
	JZ(LabelRef("done"))
	Label("flush")
	store()
	shift()
	DECQ(flush)
	JNZ(LabelRef("flush"))
	Label("done")
	VZEROUPPER()
	RET()
}

// halfPlane writes the convolution of one plane with a kernel of k×k, stride 2,
// for a vector of columns.
func halfPlane(k int) {
	name := fmt.Sprintf("halfPlane%dAVX512", k)
	TEXT(name, NOSPLIT, "func(rows int, src *float32, off, srcRow int, dst *float32, dstRow, kernelRows int, weights *float32, masks *uint16, bias, lo, hi float32)")
	Doc(fmt.Sprintf("%s computes rows of 16 outputs with the given rows of a kernel of %d×%d and stride 2;", name, k, k),
		"off and rows are in bytes. masks are those of the loads, two for each pair of columns of the",
		"kernel, the first of them alone, or the last where their number has a half that is even, and",
		"of the stores.")
	Pragma("noescape")
	rows, src, srcRow := Load(Param("rows"), GP64()), Load(Param("src"), GP64()), Load(Param("srcRow"), GP64())
	ADDQ(param("off"), src)
	dst, dstRow := Load(Param("dst"), GP64()), Load(Param("dstRow"), GP64())
	weights, masks := Load(Param("weights"), GP64()), Load(Param("masks"), GP64())
	kernelRows := Load(Param("kernelRows"), GP64())
	pairs := k/2 + 1
	var mask []reg.OpmaskVirtual
	for i := range 2*pairs + 1 {
		m := K()
		KMOVW(Mem{Base: masks, Disp: 2 * i}, m)
		mask = append(mask, m)
	}
	even, odd := ZMM(), ZMM()
	VMOVUPS(halves, even)
	VMOVUPS(halves.Offset(64), odd)
	lo, hi, bias := ZMM(), ZMM(), ZMM()
	VBROADCASTSS(param("lo"), lo)
	VBROADCASTSS(param("hi"), hi)
	VBROADCASTSS(param("bias"), bias)
	Label("row")
	acc := ZMM()
	VMOVAPS(bias, acc)
	from, w, n := GP64(), GP64(), GP64()
	MOVQ(src, from)
	MOVQ(weights, w)
	MOVQ(kernelRows, n)
	Label("kernel")
	kx := 0
	for i := range pairs {
		a, b := ZMM(), ZMM()
		VMOVUPS_Z(Mem{Base: from, Disp: 4 * kx}, mask[2*i], a)
		VMOVUPS_Z(Mem{Base: from, Disp: 4*kx + 64}, mask[2*i+1], b)
		x := ZMM()
		VMOVAPS(even, x)
		VPERMI2PS(b, a, x)
		VFMADD231PS_BCST(Mem{Base: w, Disp: 4 * kx}, x, acc)
		kx++
		if !alone(k, i) {
			y := ZMM()
			VMOVAPS(odd, y)
			VPERMI2PS(b, a, y)
			VFMADD231PS_BCST(Mem{Base: w, Disp: 4 * kx}, y, acc)
			kx++
		}
	}
	source := GP64()
	MOVQ(srcRow, source)
	ADDQ(source, from)
	ADDQ(U32(4*k), w)
	DECQ(n)
	JNZ(LabelRef("kernel"))
	VMAXPS(acc, lo, acc)
	VMINPS(acc, hi, acc)
	VMOVUPS(acc, mask[2*pairs], Mem{Base: dst})
	LEAQ(Mem{Base: src, Index: srcRow, Scale: 2}, src)
	ADDQ(dstRow, dst)
	DECQ(rows)
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}

// alone reports whether pair i of the columns of a kernel is one column: the
// one that leaves the others at even places where the padding is half the
// kernel.
func alone(k, i int) bool {
	if k/2%2 == 1 {
		return i == 0
	}
	return i == k/2
}
