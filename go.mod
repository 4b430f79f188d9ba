module github.com/onnxrun/onnxrun

go 1.26

require google.golang.org/protobuf v1.36.12

require github.com/klauspost/compress v1.18.0 // indirect
