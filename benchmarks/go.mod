module github.com/onnxrun/onnxrun/benchmarks

go 1.26.0

replace github.com/onnxrun/onnxrun => ../

require (
	github.com/onnxrun/onnxrun v0.0.0
	github.com/yalue/onnxruntime_go v1.27.0
)

require (
	golang.org/x/image v0.47.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	google.golang.org/protobuf v1.36.12 // indirect
)
