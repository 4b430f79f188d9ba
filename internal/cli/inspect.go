package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onnxrun/onnxrun/onnx"
	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/runtime"
)

// modelFacts is what inspect tells.
type modelFacts struct {
	Model      string         `json:"model"`
	Producer   string         `json:"producer"`
	IR         int64          `json:"ir_version"`
	Opsets     map[string]int `json:"opsets"`
	Graph      string         `json:"graph"`
	Domain     string         `json:"domain,omitempty"`
	Version    int64          `json:"model_version,omitempty"`
	Doc        string         `json:"doc,omitempty"`
	Inputs     []inOut        `json:"inputs"`
	Outputs    []inOut        `json:"outputs"`
	Parameters weights        `json:"parameters"`
	Operators  []*opUse       `json:"operators"`
	Functions  []functionFact `json:"functions,omitempty"`
	Metadata   [][2]string    `json:"metadata,omitempty"`
	Nodes      []nodeFact     `json:"nodes,omitempty"`

	opsets []string
}

type inOut struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Optional bool   `json:"optional,omitempty"`
	Doc      string `json:"doc,omitempty"`
}

type functionFact struct {
	Name    string   `json:"name"`
	Nodes   int      `json:"nodes"`
	Inputs  []string `json:"inputs"`
	Outputs []string `json:"outputs"`
}

type nodeFact struct {
	Depth   int      `json:"depth"`
	Body    string   `json:"body,omitempty"` // the attribute or function that the node lies in
	Name    string   `json:"name"`
	Op      string   `json:"op"`
	Inputs  []string `json:"inputs"`
	Outputs []string `json:"outputs"`
}

func newInspect() *cobra.Command {
	var nodes, asJSON bool
	cmd := &cobra.Command{
		Use:   "inspect MODEL",
		Short: "Show what a model consists of",
		Long: `Show what a model consists of: where it comes from, its inputs, outputs and
parameters, and its operators with whether this program has them.`,
		Example: `  onnxrun inspect digits.onnx
  onnxrun inspect digits.onnx --nodes
  onnxrun inspect digits.onnx --json`,
		Args:              oneModel,
		ValidArgsFunction: modelFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := onnx.Load(args[0])
			if err != nil {
				return err
			}
			defer m.Close()
			if m.Graph == nil {
				return fmt.Errorf("%s has no graph", args[0])
			}
			f := factsOf(args[0], m)
			if nodes {
				f.Nodes = nodesOf(m)
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), f)
			}
			f.print(cmd.OutOrStdout())
			return nil
		},
	}
	cmd.Flags().BoolVar(&nodes, "nodes", false, "list every node, those of sub-graphs indented")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func factsOf(path string, m *onnx.Model) *modelFacts {
	f := &modelFacts{
		Model: path, Producer: strings.TrimSpace(m.ProducerName + " " + m.ProducerVersion), IR: m.IRVersion, Opsets: map[string]int{},
		Graph: m.Graph.Name, Domain: m.Domain, Version: m.ModelVersion, Doc: strings.TrimSpace(m.Doc + "\n" + m.Graph.Doc),
		Parameters: weightsOf(m), Operators: opUses(m, false),
	}
	for _, o := range m.Opsets {
		domain := o.Domain
		if domain == "" {
			domain = "ai.onnx"
		}
		f.Opsets[domain] = int(o.Version)
		f.opsets = append(f.opsets, fmt.Sprintf("%s %d", domain, o.Version))
	}
	in, out := infosOf(m)
	f.Inputs, f.Outputs = inOuts(in), inOuts(out)
	for _, fn := range m.Functions {
		x := functionFact{Name: ops.QualifiedName(fn.Domain, fn.Name)}
		if fn.Body != nil {
			x.Nodes, x.Inputs, x.Outputs = len(fn.Body.Nodes), valueNames(fn.Body.Inputs), valueNames(fn.Body.Outputs)
		}
		f.Functions = append(f.Functions, x)
	}
	for _, p := range m.Metadata {
		f.Metadata = append(f.Metadata, [2]string{p.Key, p.Value})
	}
	return f
}

func inOuts(infos []runtime.Info) []inOut {
	l := []inOut{}
	for _, i := range infos {
		l = append(l, inOut{i.Name, i.Type.String(), i.Optional, i.Doc})
	}
	return l
}

// valueNames lists the names of values, "" where one is left out.
func valueNames(vs []*onnx.Value) []string {
	l := make([]string, len(vs))
	for i, v := range vs {
		if v != nil {
			l[i] = v.Name
		}
	}
	return l
}

func nodesOf(m *onnx.Model) []nodeFact {
	var l []nodeFact
	var list func(g *onnx.Graph, depth int, body string)
	list = func(g *onnx.Graph, depth int, body string) {
		if g == nil {
			return
		}
		for _, n := range g.Nodes {
			l = append(l, nodeFact{depth, body, n.Name, ops.QualifiedName(n.Domain, n.OpType), valueNames(n.Inputs), valueNames(n.Outputs)})
			for _, b := range bodies(n) {
				list(b.graph, depth+1, b.name)
			}
		}
	}
	list(m.Graph, 0, "")
	for _, fn := range m.Functions {
		list(fn.Body, 1, "function "+ops.QualifiedName(fn.Domain, fn.Name))
	}
	return l
}

func (f *modelFacts) print(w io.Writer) {
	fmt.Fprintln(w, f.Model)
	t := &table{indent: "  "}
	add := func(key, value string) {
		if value != "" {
			t.row(key, value)
		}
	}
	add("producer", f.Producer)
	add("graph", f.Graph)
	add("domain", f.Domain)
	if f.Version != 0 {
		add("version", fmt.Sprint(f.Version))
	}
	add("IR version", fmt.Sprint(f.IR))
	add("operator sets", strings.Join(f.opsets, ", "))
	add("parameters", fmt.Sprintf("%s in %s, %s", count(f.Parameters.Elements), plural(f.Parameters.Tensors, "tensor"), size(f.Parameters.Bytes)))
	t.print(w)
	if f.Doc != "" {
		fmt.Fprintf(w, "\ndescription\n  %s\n", strings.ReplaceAll(f.Doc, "\n", "\n  "))
	}
	printInOuts(w, "inputs", f.Inputs)
	printInOuts(w, "outputs", f.Outputs)
	f.printOperators(w)
	if len(f.Functions) > 0 {
		fmt.Fprintln(w, "\nfunctions")
		t := &table{indent: "  "}
		for _, fn := range f.Functions {
			t.row(fn.Name, fmt.Sprintf("(%s) → (%s)", strings.Join(fn.Inputs, ", "), strings.Join(fn.Outputs, ", ")), plural(fn.Nodes, "node"))
		}
		t.print(w)
	}
	if len(f.Metadata) > 0 {
		fmt.Fprintln(w, "\nmetadata")
		t := &table{indent: "  "}
		for _, p := range f.Metadata {
			t.row(p[0], shorten(p[1], 100))
		}
		t.print(w)
	}
	f.printNodes(w)
}

func printInOuts(w io.Writer, title string, l []inOut) {
	if len(l) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", title)
	t := &table{indent: "  "}
	for _, i := range l {
		extra := ""
		if i.Optional {
			extra = "has a default"
		}
		if i.Doc != "" {
			extra = strings.TrimSpace(extra + "  " + shorten(i.Doc, 60))
		}
		t.row(i.Name, i.Type, extra)
	}
	t.print(w)
}

func (f *modelFacts) printOperators(w io.Writer) {
	if len(f.Operators) == 0 {
		return
	}
	fmt.Fprintln(w, "\noperators")
	t := &table{indent: "  ", align: "rl"}
	missing := 0
	for _, u := range f.Operators {
		remark := ""
		switch {
		case !u.Supported:
			missing++
			remark = "not supported: " + u.Reason
		case u.Function:
			remark = "function of the model"
		}
		t.row(count(u.Count), u.Op, remark)
	}
	t.print(w)
	if missing == 0 {
		fmt.Fprintln(w, "  all are supported")
	} else {
		fmt.Fprintf(w, "  %d of %d not supported\n", missing, len(f.Operators))
	}
}

func (f *modelFacts) printNodes(w io.Writer) {
	if len(f.Nodes) == 0 {
		return
	}
	fmt.Fprintln(w, "\nnodes")
	last, depth := "", 0
	for _, n := range f.Nodes {
		indent := strings.Repeat("    ", n.Depth)
		if n.Body != "" && (n.Body != last || n.Depth > depth) {
			fmt.Fprintf(w, "  %s%s:\n", strings.Repeat("    ", n.Depth-1)+"  ", n.Body)
		}
		last, depth = n.Body, n.Depth
		name := ""
		if n.Name != "" {
			name = " " + n.Name
		}
		fmt.Fprintf(w, "  %s%s%s (%s) → (%s)\n", indent, n.Op, name, strings.Join(n.Inputs, ", "), strings.Join(n.Outputs, ", "))
	}
}

// shorten makes one line of at most n characters.
func shorten(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
