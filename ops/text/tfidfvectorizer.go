package text

import (
	"fmt"
	"math"

	"github.com/onnxrun/onnxrun/internal/kernel/ngram"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// TfIdfVectorizer counts the n-grams of a pool in each row (TF), says whether
// they occur (IDF), or weighs the counts (TFIDF). IDF is weighed, too.
var tfIdfVectorizer9 = ops.Def{
	Name: "TfIdfVectorizer", Since: 9,
	Sig:   "X:T -> Y:float32",
	Types: ops.Types{"T": ops.String | ops.Indices},
	New:   newTfIdfVectorizer,
}

type tfIdfVectorizer struct {
	strs    map[string]int32 // numbers of the items; one of the two is set
	ints    map[int64]int32
	grams   *ngram.Pool
	columns []int
	width   int
	weights []float32 // nil: all 1
	once    bool      // an n-gram counts once
}

func newTfIdfVectorizer(n *ops.Node) (ops.Kernel, error) {
	k := &tfIdfVectorizer{columns: n.RequiredInts("ngram_indexes")}
	mode := n.Enum("mode", "TF", "IDF", "TFIDF")
	k.once = mode == "IDF"
	if w := n.Floats("weights"); len(w) > 0 && mode != "TF" {
		k.weights = w
	}
	strs, ints := n.Strings("pool_strings"), n.Ints("pool_int64s")
	if len(strs) > 0 && len(ints) > 0 || strs == nil && ints == nil {
		return nil, fmt.Errorf("attributes pool_strings and pool_int64s: got %d and %d items, want one list of them", len(strs), len(ints))
	}
	var items []int32
	if len(strs) > 0 || ints == nil {
		k.strs = map[string]int32{}
		items = numbered(strs, k.strs)
	} else {
		k.ints = map[int64]int32{}
		keys := make([]int64, len(ints))
		for i, v := range ints {
			keys[i] = int64(v)
		}
		items = numbered(keys, k.ints)
	}
	shortest, longest, skips := n.RequiredInt("min_gram_length"), n.RequiredInt("max_gram_length"), n.RequiredInt("max_skip_count")
	if shortest < 1 || longest < shortest || skips < 0 || skips == math.MaxInt {
		return nil, fmt.Errorf("attributes min_gram_length, max_gram_length and max_skip_count: got %d, %d and %d", shortest, longest, skips)
	}
	for i, col := range k.columns {
		if col < 0 || col == math.MaxInt {
			return nil, fmt.Errorf("attribute ngram_indexes: %d at position %d is not a column", col, i)
		}
		k.width = max(k.width, col+1)
	}
	var err error
	if k.grams, err = ngram.New(items, n.RequiredInts("ngram_counts"), shortest, longest, skips); err != nil {
		return nil, fmt.Errorf("attribute ngram_counts: %w", err)
	}
	if k.grams.Len() != len(k.columns) {
		return nil, fmt.Errorf("attribute ngram_indexes: got %d columns for %d n-grams", len(k.columns), k.grams.Len())
	}
	if k.weights != nil && len(k.weights) != len(k.columns) {
		return nil, fmt.Errorf("attribute weights: got %d for %d n-grams", len(k.weights), len(k.columns))
	}
	return k, nil
}

// numbered returns the numbers of the items, and gives one to each new item.
func numbered[T comparable](items []T, numbers map[T]int32) []int32 {
	out := make([]int32, len(items))
	for i, v := range items {
		id, ok := numbers[v]
		if !ok {
			id = int32(len(numbers))
			numbers[v] = id
		}
		out[i] = id
	}
	return out
}

func (k *tfIdfVectorizer) Run(c *ops.Call) error {
	x := c.Tensor(0)
	if (x.DType() == tensor.Str) != (k.strs != nil) {
		return fmt.Errorf("input 0 (X): got %v, but the pool is of another type", x)
	}
	rows, shape := 1, tensor.Shape{k.width}
	switch x.Rank() {
	case 0, 1:
	case 2:
		rows, shape = x.Dim(0), tensor.Shape{x.Dim(0), k.width}
	default:
		return fmt.Errorf("input 0 (X): got %v, want [C] or [N C]", x)
	}
	y, err := c.Output(0, tensor.F32, shape)
	if err != nil {
		return err
	}
	items, err := c.Scratch(tensor.I32, x.Shape()...)
	if err != nil {
		return err
	}
	defer c.Release(items)
	ids := tensor.Data[int32](items)
	switch x.DType() {
	case tensor.Str:
		lookUp(ids, tensor.Data[string](x), k.strs)
	case tensor.I64:
		lookUp(ids, tensor.Data[int64](x), k.ints)
	case tensor.I32:
		for i, v := range tensor.Data[int32](x) {
			lookUp(ids[i:i+1], []int64{int64(v)}, k.ints)
		}
	}
	out := tensor.Data[float32](y)
	if rows == 0 {
		return nil
	}
	size := len(ids) / rows
	c.Pool.For(rows, 1+1024/max(1, size), func(lo, hi int) {
		counter := k.grams.Counter()
		for r := lo; r < hi; r++ {
			k.row(out[r*k.width:(r+1)*k.width], ids[r*size:(r+1)*size], counter)
		}
	})
	return nil
}

// lookUp writes the numbers of the items, -1 for those that are not in the
// pool.
func lookUp[T comparable](ids []int32, x []T, numbers map[T]int32) {
	for i, v := range x {
		id, ok := numbers[v]
		if !ok {
			id = -1
		}
		ids[i] = id
	}
}

func (k *tfIdfVectorizer) row(y []float32, ids []int32, c *ngram.Counter) {
	clear(y)
	c.Count(ids, func(gram, count int) {
		if k.once {
			count = 1
		}
		v := float32(count)
		if k.weights != nil {
			v *= k.weights[gram]
		}
		y[k.columns[gram]] += v
	})
}
