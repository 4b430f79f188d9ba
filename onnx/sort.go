package onnx

import (
	"container/heap"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Sort puts the nodes of a graph, and of the graphs inside of it, into
// topological order: each after the nodes that compute its inputs and what its
// sub-graphs capture. Nodes that may stand in either order stay in theirs. A
// cycle is an error that names its nodes, and leaves the order as it was.
func (g *Graph) Sort() error {
	order, err := sorted(g)
	if err != nil {
		return err
	}
	for _, n := range g.Nodes {
		for _, sub := range n.Graphs() {
			if err := sub.Sort(); err != nil {
				return fmt.Errorf("graph %s of node %s: %w", shown(sub.Name), describeNode(n), err)
			}
		}
	}
	g.Nodes = order
	return nil
}

// sorted returns the nodes in topological order. Of the nodes whose inputs are
// there, the one that comes first in the file is taken next.
func sorted(g *Graph) ([]*Node, error) {
	index := make(map[*Node]int, len(g.Nodes))
	for i, n := range g.Nodes {
		index[n] = i
	}
	users := make([][]int, len(g.Nodes)) // of each node's outputs, one entry a use
	waiting := make([]int, len(g.Nodes)) // uses of nodes that are not yet in the order
	for i, n := range g.Nodes {
		for _, v := range n.uses() {
			if p, ok := index[v.Producer]; ok && v.Producer != nil {
				users[p] = append(users[p], i)
				waiting[i]++
			}
		}
	}
	var ready intHeap
	for i, w := range waiting {
		if w == 0 {
			ready = append(ready, i) // ascending, which is a heap
		}
	}
	order := make([]*Node, 0, len(g.Nodes))
	for len(ready) > 0 {
		i := heap.Pop(&ready).(int)
		order = append(order, g.Nodes[i])
		for _, u := range users[i] {
			if waiting[u]--; waiting[u] == 0 {
				heap.Push(&ready, u)
			}
		}
	}
	if len(order) < len(g.Nodes) {
		return nil, cycle(g, index, waiting)
	}
	return order, nil
}

// cycle finds a cycle among the nodes that still wait and describes it.
func cycle(g *Graph, index map[*Node]int, waiting []int) error {
	i := slices.IndexFunc(waiting, func(w int) bool { return w > 0 })
	var path []int
	seen := make(map[int]int) // where in path
	for {
		if at, ok := seen[i]; ok {
			path = path[at:]
			break
		}
		seen[i] = len(path)
		path = append(path, i)
		for _, v := range g.Nodes[i].uses() { // a node that waits, waits for one that does
			if p, ok := index[v.Producer]; ok && v.Producer != nil && waiting[p] > 0 {
				i = p
				break
			}
		}
	}
	slices.Reverse(path) // it was followed from uses to producers
	first := slices.Index(path, slices.Min(path))
	path = append(path[first:], path[:first]...)
	var names []string
	for k, i := range path {
		if k == 8 && len(path) > 9 {
			names = append(names, fmt.Sprintf("%d more", len(path)-k))
			break
		}
		names = append(names, describeNode(g.Nodes[i]))
	}
	return fmt.Errorf("the nodes form a cycle: %s", strings.Join(names, ", "))
}

// uses returns the values that a node reads: its inputs and captures.
func (n *Node) uses() []*Value {
	l := make([]*Value, 0, len(n.Inputs)+len(n.Captures))
	for _, v := range n.Inputs {
		if v != nil {
			l = append(l, v)
		}
	}
	return append(l, n.Captures...)
}

// describeNode names a node by its name, or its first output, and operator:
// (conv1, Conv).
func describeNode(n *Node) string {
	name := n.Name
	for _, v := range n.Outputs {
		if name == "" && v != nil {
			name = v.Name
		}
	}
	return "(" + shown(name) + ", " + shown(n.OpType) + ")"
}

// shown returns a name as a message shows it: of bounded length, and quoted
// where it has what does not print.
func shown(name string) string {
	if len(name) > 160 {
		name = strings.ToValidUTF8(name[:80], "") + "…" + strings.ToValidUTF8(name[len(name)-40:], "")
	}
	if q := strconv.Quote(name); len(q) != len(name)+2 {
		return q
	}
	return name
}

type intHeap []int

func (h intHeap) Len() int           { return len(h) }
func (h intHeap) Less(i, j int) bool { return h[i] < h[j] }
func (h intHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *intHeap) Push(x any)        { *h = append(*h, x.(int)) }
func (h *intHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}
