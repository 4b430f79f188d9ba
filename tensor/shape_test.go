package tensor

import (
	"math"
	"slices"
	"testing"
)

func TestShapeArithmetic(t *testing.T) {
	s := Shape{2, 3, 4}
	if s.Len() != 24 || s.Span(1, 3) != 12 || s.Span(1, 1) != 1 || (Shape{}).Len() != 1 || (Shape{3, 0}).Len() != 0 {
		t.Error("wrong number of elements")
	}
	if got := s.Strides(); !slices.Equal(got, []int{12, 4, 1}) {
		t.Errorf("strides %v", got)
	}
	if s.String() != "[2 3 4]" || (Shape{}).String() != "[]" {
		t.Errorf("got %v and %v", s, Shape{})
	}
}

func TestShapeAxisCountsFromBothEnds(t *testing.T) {
	s := Shape{2, 3}
	for in, want := range map[int]int{0: 0, 1: 1, -1: 1, -2: 0} {
		if got, err := s.Axis(in); got != want || err != nil {
			t.Errorf("axis %d: got %d, %v", in, got, err)
		}
	}
	for _, in := range []int{2, -3, math.MinInt, math.MaxInt} {
		if _, err := s.Axis(in); err == nil {
			t.Errorf("axis %d: no error", in)
		}
	}
	if _, err := (Shape{}).Axis(0); err == nil {
		t.Error("a scalar has an axis")
	}
}

func TestShapeCheckFindsWhatDoesNotFit(t *testing.T) {
	for _, s := range []Shape{{}, {0}, {0, maxBytes / 8}, {maxBytes / 8}} {
		if err := s.Check(8); err != nil {
			t.Errorf("%v: %v", s, err)
		}
	}
	for _, s := range []Shape{{-1}, {maxBytes/8 + 1}, {maxBytes / 8, 0, 2}, {0, math.MinInt}, {1 << 21, 1 << 21, 1 << 21}} {
		if err := s.Check(8); err == nil {
			t.Errorf("%v: no error", s)
		}
	}
}

func TestBroadcast(t *testing.T) {
	for _, c := range []struct{ a, b, want Shape }{
		{Shape{2, 3}, Shape{3}, Shape{2, 3}},
		{Shape{2, 1}, Shape{1, 3}, Shape{2, 3}},
		{Shape{}, Shape{4}, Shape{4}},
		{Shape{0}, Shape{1}, Shape{0}},
		{Shape{5, 1, 0}, Shape{2, 1}, Shape{5, 2, 0}},
		{Shape{2}, Shape{3}, nil},
		{Shape{0}, Shape{2}, nil},
	} {
		for _, p := range [][2]Shape{{c.a, c.b}, {c.b, c.a}} {
			got, err := Broadcast(p[0], p[1])
			if (err != nil) != (c.want == nil) || !got.Equal(c.want) {
				t.Errorf("%v and %v: got %v, %v, want %v", p[0], p[1], got, err, c.want)
			}
		}
	}
}
