package text

import (
	"fmt"
	"regexp"

	"github.com/onnxrun/onnxrun/ops"
	"github.com/onnxrun/onnxrun/tensor"
)

// RegexFullMatch says which strings match a regular expression from beginning
// to end. The syntax is that of RE2, which is Go's.
var regexFullMatch20 = ops.Def{
	Name: "RegexFullMatch", Since: 20,
	Sig: "X:string -> Y:bool",
	New: func(n *ops.Node) (ops.Kernel, error) {
		pattern := n.Str("pattern", "")
		if _, err := regexp.Compile(pattern); err != nil {
			return nil, fmt.Errorf("attribute pattern: %w", err)
		}
		re, err := regexp.Compile(`\A(?:` + pattern + `)\z`)
		if err != nil {
			return nil, fmt.Errorf("attribute pattern: %w", err)
		}
		return ops.Func(func(c *ops.Call) error {
			x := c.Tensor(0)
			y, err := c.Output(0, tensor.Boolean, x.Shape())
			if err != nil {
				return err
			}
			in, out := tensor.Data[string](x), tensor.Data[bool](y)
			c.Pool.For(len(in), 256, func(lo, hi int) {
				for i := lo; i < hi; i++ {
					out[i] = re.MatchString(in[i])
				}
			})
			return nil
		}), nil
	},
}
