package optimize

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// A size is an integer of a shape's arithmetic: a dimension, or an element of a
// tensor from which shapes are made. It is a number where it is above lowest; below,
// it is the name of a product of dimensions that the run will tell, or of another
// number that nothing is known of. Equal names are equal numbers.
const (
	unknown = -1 // of dimensions: one that has no name yet
	lowest  = -1 << min(40, bits.UintSize-2)
	noSize  = math.MinInt // nothing is known
)

// maxFactors bounds the products that have names.
const maxFactors = 6

// monomial is what a name stands for: a number times dimensions. Names of sums and
// the like are monomials of one factor, themselves.
type monomial struct {
	times   int
	of      []int // numbers of factors, ascending
	natural bool  // not below 0
}

// sizes holds the names that a graph uses.
type sizes struct {
	products []monomial     // of name lowest-i
	index    map[string]int // of products and of sums, by what they are
	factors  int
}

func isNumber(d int) bool { return d > lowest }

// fresh returns a new name, of a dimension if natural.
func (s *sizes) fresh(natural bool) int {
	s.factors++
	return s.name(monomial{1, []int{s.factors}, natural})
}

func (s *sizes) name(p monomial) int {
	switch {
	case p.times == 0 && p.natural || len(p.of) == 0:
		return p.times
	case len(p.of) > maxFactors || p.times > math.MaxInt32 || p.times < -math.MaxInt32:
		return noSize
	}
	return s.intern(fmt.Sprint(p.times, p.of), p)
}

func (s *sizes) intern(key string, p monomial) int {
	if s.index == nil {
		s.index = map[string]int{}
	}
	if d, ok := s.index[key]; ok {
		return d
	}
	d := lowest - len(s.products)
	s.products = append(s.products, p)
	s.index[key] = d
	return d
}

func (s *sizes) product(d int) monomial {
	if isNumber(d) {
		return monomial{d, nil, d >= 0}
	}
	return s.products[lowest-d]
}

// natural reports whether a size is known not to be below 0.
func (s *sizes) natural(d int) bool { return d != noSize && s.product(d).natural }

// times returns a·b.
func (s *sizes) times(a, b int) int {
	if a == noSize || b == noSize {
		return noSize
	}
	p, q := s.product(a), s.product(b)
	if p.times > math.MaxInt32 || q.times > math.MaxInt32 || p.times < -math.MaxInt32 || q.times < -math.MaxInt32 {
		return noSize
	}
	of := slices.Concat(p.of, q.of)
	slices.Sort(of)
	return s.name(monomial{p.times * q.times, of, p.natural && q.natural})
}

// over returns a/b, rounded toward 0.
func (s *sizes) over(a, b int) int {
	if a == noSize || !isNumber(b) || b == 0 {
		return noSize
	}
	p := s.product(a)
	if len(p.of) == 0 {
		return a / b
	}
	if p.times%b != 0 {
		return s.other("/", a, b, p.natural && b > 0)
	}
	return s.name(monomial{p.times / b, p.of, p.natural && b > 0})
}

// plus returns a+b.
func (s *sizes) plus(a, b int) int {
	switch {
	case a == noSize || b == noSize:
		return noSize
	case a == 0:
		return b
	case b == 0:
		return a
	case isNumber(a) && isNumber(b):
		return number64(a + b)
	}
	return s.other("+", min(a, b), max(a, b), s.natural(a) && s.natural(b))
}

// minus returns a-b.
func (s *sizes) minus(a, b int) int {
	switch {
	case a == noSize || b == noSize:
		return noSize
	case a == b:
		return 0
	case b == 0:
		return a
	case isNumber(a) && isNumber(b):
		return number64(a - b)
	}
	return s.other("-", a, b, false)
}

// other names a number that is not a product.
func (s *sizes) other(what string, a, b int, natural bool) int {
	key := fmt.Sprint(what, a, ",", b)
	if d, ok := s.index[key]; ok {
		return d
	}
	d := s.fresh(natural) // makes the index
	s.index[key] = d
	return d
}

// equal reports whether a = b; known is false where that is not certain.
func (s *sizes) equal(a, b int) (equal, known bool) {
	switch {
	case a == noSize || b == noSize:
		return false, false
	case a == b:
		return true, true
	case isNumber(a) && isNumber(b):
		return false, true
	case isNumber(a) && a < 0 && s.natural(b) || isNumber(b) && b < 0 && s.natural(a):
		return false, true
	}
	return false, false
}

// number64 is a number that a size can be.
func number64(d int) int {
	if !isNumber(d) || d > -lowest {
		return noSize
	}
	return d
}
