package gemm

func tileF32() *tile[float32] { return tileF32Go }
