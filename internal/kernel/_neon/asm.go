package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"sort"
	"strings"
)

// file is the assembly of a package.
type file struct {
	pkg         string
	text, stubs bytes.Buffer
	words       []uint64 // constants, each as a vector of two copies
	offsets     map[uint64]int
}

// vec is a vector register that the function gets in the end: the number says
// which of its vectors it is.
type vec int

// gp is a general register.
type gp string

// fn is a function in the making: instructions on as many vectors as it likes,
// which finish assigns to the 32 that there are.
type fn struct {
	file      *file
	name      string
	signature string
	offsets   map[string]int // of arguments and results, by name
	size      int
	code      []instruction
	vectors   int
	general   int
	constants gp // where the constants start, "" if none is used
}

// instruction is a line of assembly.
type instruction struct {
	write        func(reg func(vec) int) string
	vectors      []vec // that it reads or writes
	label, jumps string
}

// sizes are those of argument types.
var sizes = map[string]int{"int": 8, "float64": 8, "float32": 4, "int32": 4}

// function starts a function.
func (f *file) function(name, signature, doc string) *fn {
	name += "NEON"
	fmt.Fprintf(&f.stubs, "\n// %s %s\n//\n//go:noescape\nfunc %s%s\n", name, strings.ReplaceAll(doc, "\n", "\n// "), name, strings.TrimPrefix(signature, "func"))
	a := &fn{file: f, name: name, signature: signature, offsets: map[string]int{}}
	expr, err := parser.ParseExpr(signature)
	if err != nil {
		panic(err)
	}
	t := expr.(*ast.FuncType)
	place := func(fields *ast.FieldList, unnamed string) {
		for _, field := range fields.List {
			size := 8 // of a pointer
			if id, ok := field.Type.(*ast.Ident); ok {
				size = sizes[id.Name]
			}
			names := []string{unnamed}
			for i, id := range field.Names {
				names = append(names[:i], id.Name)
			}
			for _, n := range names {
				a.size = (a.size + size - 1) / size * size
				a.offsets[n] = a.size
				a.size += size
			}
		}
	}
	place(t.Params, "")
	if t.Results != nil {
		a.size = (a.size + 7) / 8 * 8
		place(t.Results, "ret")
	}
	return a
}

// argument returns how the assembler calls an argument or result.
func (a *fn) argument(name string) string {
	at, ok := a.offsets[name]
	if !ok {
		panic(a.name + " has no argument " + name)
	}
	return fmt.Sprintf("%s+%d(FP)", name, at)
}

// vector returns a vector register.
func (a *fn) vector() vec {
	a.vectors++
	return vec(a.vectors - 1)
}

// register returns a general register. R18 and those from R26 on are taken.
func (a *fn) register() gp {
	r := a.general
	if r >= 18 {
		r++
	}
	if r > 25 { // R26 points to constants
		panic(a.name + " needs too many general registers")
	}
	a.general++
	return gp(fmt.Sprintf("R%d", r))
}

// load returns a register with an argument.
func (a *fn) load(name string) gp {
	r := a.register()
	a.line("MOVD %s, %s", a.argument(name), r)
	return r
}

func (a *fn) loads(names ...string) []gp {
	var r []gp
	for _, n := range names {
		r = append(r, a.load(n))
	}
	return r
}

// line writes an instruction; each argument that is a vec becomes its number.
func (a *fn) line(format string, args ...any) {
	in := instruction{}
	for _, x := range args {
		if v, ok := x.(vec); ok {
			in.vectors = append(in.vectors, v)
		}
	}
	in.write = func(reg func(vec) int) string {
		values := append([]any(nil), args...)
		for i, x := range values {
			if v, ok := x.(vec); ok {
				values[i] = reg(v)
			}
		}
		return fmt.Sprintf(format, values...)
	}
	a.code = append(a.code, in)
}

func (a *fn) label(l string) {
	a.code = append(a.code, instruction{label: l})
}

// jump writes a branch: what comes before the label.
func (a *fn) jump(format, l string, args ...any) {
	text := fmt.Sprintf(format, args...)
	a.code = append(a.code, instruction{jumps: l, write: func(func(vec) int) string { return text + " " + l }})
}

// ifLess jumps where r < n.
func (a *fn) ifLess(r gp, n int, l string) {
	a.line("CMP $%d, %s", n, r)
	a.jump("BLT", l)
}

func (a *fn) ifZero(r gp, l string)           { a.jump("CBZ %s,", l, r) }
func (a *fn) unlessZero(r gp, l string)       { a.jump("CBNZ %s,", l, r) }
func (a *fn) unlessBit(r gp, b int, l string) { a.jump("TBZ $%d, %s,", l, b, r) }
func (a *fn) goTo(l string)                   { a.jump("JMP", l) }
func (a *fn) add(r gp, n any)                 { a.line("ADD %s, %s", amount(n), r) }
func (a *fn) sub(r gp, n any)                 { a.line("SUB %s, %s", amount(n), r) }
func (a *fn) zero(r gp)                       { a.line("MOVD ZR, %s", r) }

func amount(n any) string {
	if i, ok := n.(int); ok {
		return fmt.Sprintf("$%d", i)
	}
	return fmt.Sprint(n)
}

// word returns a vector of two copies of 64 bits.
func (a *fn) word(bits uint64) vec {
	if a.constants == "" {
		a.constants = "R26"
	}
	f := a.file
	at, ok := f.offsets[bits]
	if !ok {
		at = 16 * len(f.words)
		f.words = append(f.words, bits)
		f.offsets[bits] = at
	}
	return a.loadQ(a.constants, at)
}

// ret ends the function: it assigns the vectors to registers and writes it.
//
// A vector is alive from the first instruction that names it to the last, and
// if one from before a loop is named in the loop, to the loop's end.
func (a *fn) ret() {
	first, last := make([]int, a.vectors), make([]int, a.vectors)
	for i := range first {
		first[i] = -1
	}
	labels := map[string]int{}
	for i, in := range a.code {
		if in.label != "" {
			labels[in.label] = i
		}
		for _, v := range in.vectors {
			if first[v] < 0 {
				first[v] = i
			}
			last[v] = i
		}
	}
	for changed := true; changed; {
		changed = false
		for i, in := range a.code {
			start, ok := labels[in.jumps]
			if in.jumps != "" && !ok {
				panic(a.name + " has no label " + in.jumps)
			}
			if in.jumps == "" || start > i {
				continue
			}
			for v := range first {
				if first[v] < start && last[v] >= start && last[v] < i {
					last[v] = i
					changed = true
				}
			}
		}
	}
	order := make([]int, a.vectors)
	for v := range order {
		order[v] = v
	}
	sort.SliceStable(order, func(i, j int) bool { return first[order[i]] < first[order[j]] })
	assigned, until := make([]int, a.vectors), [32]int{}
	next := 0
	for _, v := range order {
		r := -1
		for i := range until { // in turn, so that writes need not wait for reads
			if c := (next + i) % 32; until[c] <= first[v] {
				r = c
				break
			}
		}
		if r < 0 {
			panic(fmt.Sprintf("%s needs too many vectors at %d", a.name, first[v]))
		}
		assigned[v], until[r], next = r, max(last[v], first[v]+1), r+1
	}

	w := &a.file.text
	fmt.Fprintf(w, "\n// %s\nTEXT ·%s(SB), NOSPLIT, $0-%d\n", "func "+a.name+strings.TrimPrefix(a.signature, "func"), a.name, a.size)
	if a.constants != "" {
		fmt.Fprintf(w, "\tMOVD $constants<>(SB), %s\n", a.constants)
	}
	for _, in := range a.code {
		if in.label != "" {
			fmt.Fprintf(w, "\n%s:\n", in.label)
			continue
		}
		fmt.Fprintf(w, "\t%s\n", in.write(func(v vec) int { return assigned[v] }))
	}
	fmt.Fprintf(w, "\tRET\n")
}

const header = "// Code generated by command: go run . %s, in internal/kernel/_neon. DO NOT EDIT.\n\n//go:build !noasm\n\n"

func (f *file) assembly() []byte {
	var w bytes.Buffer
	fmt.Fprintf(&w, header, f.pkg)
	w.WriteString("#include \"textflag.h\"\n")
	if len(f.words) > 0 {
		w.WriteByte('\n')
		for i, b := range f.words {
			for k := range 2 {
				fmt.Fprintf(&w, "DATA constants<>+%d(SB)/8, $0x%016x\n", 16*i+8*k, b)
			}
		}
		fmt.Fprintf(&w, "GLOBL constants<>(SB), RODATA|NOPTR, $%d\n", 16*len(f.words))
	}
	w.Write(f.text.Bytes())
	return w.Bytes()
}

func (f *file) declarations() []byte {
	var w bytes.Buffer
	fmt.Fprintf(&w, header+"package %s\n", f.pkg, f.pkg)
	w.Write(f.stubs.Bytes())
	return w.Bytes()
}
