module github.com/onnxrun/onnxrun/internal/kernel/neon

go 1.26.0
