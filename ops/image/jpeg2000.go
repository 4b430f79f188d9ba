package image

import (
	"image"

	"github.com/onnxrun/onnxrun/internal/jpeg2000"
)

// decodeJPEG2000 decodes to a grey image or one of colours and transparency.
func decodeJPEG2000(file []byte) (image.Image, error) {
	width, height, n, pixels, err := jpeg2000.Decode(file, maxPixels)
	if err != nil {
		return nil, err
	}
	bounds := image.Rect(0, 0, width, height)
	switch n {
	case 1:
		return &image.Gray{Pix: pixels, Stride: width, Rect: bounds}, nil
	case 4:
		return &image.NRGBA{Pix: pixels, Stride: 4 * width, Rect: bounds}, nil
	}
	m := image.NewNRGBA(bounds)
	for i := range width * height {
		from, to := pixels[n*i:n*i+n], m.Pix[4*i:4*i+4]
		if n == 2 {
			to[0], to[1], to[2], to[3] = from[0], from[0], from[0], from[1]
		} else {
			to[0], to[1], to[2], to[3] = from[0], from[1], from[2], 255
		}
	}
	return m, nil
}
