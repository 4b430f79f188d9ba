// Stream feeds a series to an LSTM with layer normalization, one value at a
// time: the state stays in the stream.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/onnxrun/onnxrun/runtime"
	"github.com/onnxrun/onnxrun/tensor"
)

func main() {
	log.SetFlags(0)
	// Yearly sunspot numbers in hundreds.
	series := []float32{0.05, 0.11, 0.16, 0.23, 0.36, 0.58, 0.29, 0.20, 0.10, 0.08}
	predictions, err := predict("testdata/models/torch_lstm_layernorm_ts/model.onnx", series)
	if err != nil {
		log.Fatal(err)
	}
	for i, p := range predictions {
		fmt.Printf("saw %.2f, expects %.2f next\n", series[i], p)
	}
}

// predict returns what the model expects to follow each value.
func predict(model string, series []float32) ([]float32, error) {
	s, err := runtime.Open(model)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	st, err := runtime.NewStream(s, map[string]string{"h_next": "h", "c_next": "c"})
	if err != nil {
		return nil, err
	}
	var predictions []float32
	for _, v := range series {
		out, err := st.Tick(context.Background(), map[string]tensor.Value{"x": tensor.Of(tensor.Shape{1, 1}, v)})
		if err != nil {
			return nil, err
		}
		y, err := tensor.Values[float32](out["y"].(*tensor.Tensor))
		if err != nil {
			return nil, err
		}
		predictions = append(predictions, y[0])
	}
	return predictions, nil
}
