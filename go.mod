module github.com/onnxrun/onnxrun

go 1.26
