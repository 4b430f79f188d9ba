package onnx

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/onnxrun/onnxrun/tensor"
)

// externalModel has an initializer w of two floats in a file.
func externalModel(pairs ...string) pb {
	w := pb{}.int(1, 2).int(2, 1).str(8, "w").int(14, 1)
	for i := 0; i < len(pairs); i += 2 {
		w = w.msg(13, pb{}.str(1, pairs[i]).str(2, pairs[i+1]))
	}
	return pbModel(pb{}.msg(5, w).msg(12, pbValue("w")))
}

func write(t *testing.T, path string, b []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

var twoFloats = []byte{0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0} // 1, -2

func TestExternalDataIsReadFromTheModelsFolder(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "sub", "w.bin"), append(make([]byte, 8), twoFloats...))
	for name, pairs := range map[string][]string{
		"length":    {"location", "sub/w.bin", "offset", "8", "length", "8", "checksum", "ignored"},
		"no length": {"location", "./sub//w.bin", "offset", "8"},
	} {
		t.Run(name, func(t *testing.T) {
			b := externalModel(pairs...)
			m, err := Load(write(t, filepath.Join(dir, "model.onnx"), b))
			if err != nil {
				t.Fatal(err)
			}
			sameTensor(t, m.Graph.Initializers[0].Const.(*tensor.Tensor), tensor.Of(tensor.Shape{2}, float32(1), float32(-2)))
			if err := m.Close(); err != nil {
				t.Error(err)
			}
			if m, err = Decode(b, FromDir(dir)); err != nil {
				t.Fatal(err)
			}
			sameTensor(t, m.Graph.Initializers[0].Const.(*tensor.Tensor), tensor.Of(tensor.Shape{2}, float32(1), float32(-2)))
			m.Close()
			_, err = Decode(b)
			wantError(t, err, "graph.initializer[0 \"w\"].external_data: external data is refused")
		})
	}
}

func TestExternalDataThatIsRefused(t *testing.T) {
	dir := t.TempDir()
	outside := write(t, filepath.Join(dir, "outside.bin"), twoFloats)
	model := filepath.Join(dir, "model")
	write(t, filepath.Join(model, "w.bin"), twoFloats)
	if err := os.Mkdir(filepath.Join(model, "folder"), 0o777); err != nil {
		t.Fatal(err)
	}
	type refusal struct{ want, location, offset, length string }
	cases := []refusal{
		{"leads upwards", "../outside.bin", "", ""},
		{"leads upwards", "folder/../../outside.bin", "", ""},
		{"leads upwards", "folder/../w.bin", "", ""},
		{"is absolute", filepath.ToSlash(outside), "", ""},
		{"is absolute", "//host/share", "", ""},
		{"backslash", `..\outside.bin`, "", ""},
		{"backslash", `folder\w.bin`, "", ""},
		{"backslash", `\\host\share`, "", ""},
		{"names a drive", "C:/w.bin", "", ""},
		{"names a drive", "C:w.bin", "", ""},
		{"NUL byte", "w.bin\x00", "", ""},
		{"location is missing", "", "", ""},
		{"no file of the model's folder", ".", "", ""},
		{"a folder", "folder", "", ""},
		{"", "missing.bin", "", ""},
		{"length is 4 for float32[2], want 8", "w.bin", "", "4"},
		{"length is 16", "w.bin", "", "16"},
		{"8 bytes at offset 1 are outside of w.bin, which has 8", "w.bin", "1", ""},
		{"offset 2147483647 are outside", "w.bin", "2147483647", "8"},
		{`offset is "-1"`, "w.bin", "-1", ""},
		{`offset is "0x8"`, "w.bin", "0x8", ""},
		{`length is "18446744073709551616"`, "w.bin", "", "18446744073709551616"},
	}
	if runtime.GOOS == "windows" {
		cases[3].want = "names a drive"
	}
	for _, l := range []struct{ name, to string }{
		{"link.bin", "../outside.bin"}, {"absolute.bin", outside}, {"up", ".."}, {"chain.bin", "link.bin"},
	} {
		if err := os.Symlink(l.to, filepath.Join(model, l.name)); err == nil {
			location := l.name
			if l.name == "up" {
				location = "up/outside.bin"
			}
			cases = append(cases, refusal{"escapes", location, "", ""})
		}
	}
	for _, c := range cases {
		t.Run(c.location+" "+c.offset+" "+c.length, func(t *testing.T) {
			pairs := []string{"location", c.location}
			if c.offset != "" {
				pairs = append(pairs, "offset", c.offset)
			}
			if c.length != "" {
				pairs = append(pairs, "length", c.length)
			}
			b := externalModel(pairs...)
			_, err := Decode(b, FromDir(model))
			wantError(t, err, c.want)
			_, err = Load(write(t, filepath.Join(model, "model.onnx"), b))
			wantError(t, err, c.want)
		})
	}
}

func TestLinksInsideTheFolderAreFollowed(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "w.bin"), twoFloats)
	if err := os.Symlink("w.bin", filepath.Join(dir, "link.bin")); err != nil {
		t.Skip(err)
	}
	m, err := Decode(externalModel("location", "link.bin"), FromDir(dir))
	if err != nil {
		t.Fatal(err)
	}
	m.Close()
}

func TestExternalFilesAreMappedOnce(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "w.bin"), append(twoFloats, twoFloats...))
	var g pb
	for _, offset := range []string{"0", "8"} {
		g = g.msg(5, pb{}.int(1, 2).int(2, 1).str(8, "w"+offset).int(14, 1).
			msg(13, pb{}.str(1, "location").str(2, "w.bin"), pb{}.str(1, "offset").str(2, offset)))
	}
	m, err := Decode(pbModel(g), FromDir(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	at := func(i int) uintptr {
		return uintptr(unsafe.Pointer(unsafe.SliceData(m.Graph.Initializers[i].Const.(*tensor.Tensor).Bytes())))
	}
	if at(1)-at(0) != 8 {
		t.Error("the tensors are not parts of one mapping")
	}
}

func TestLoadMapsWeightsInPlace(t *testing.T) {
	b := pbModel(pb{}.msg(5, pbFloats("w", 1, 2)))
	m, err := Load(write(t, filepath.Join(t.TempDir(), "m.onnx"), b))
	if err != nil {
		t.Fatal(err)
	}
	w := m.Graph.Initializers[0].Const.(*tensor.Tensor).Bytes()
	if len(m.mapping.maps) == 1 {
		file := m.mapping.maps[0]
		at := uintptr(unsafe.Pointer(&w[0])) - uintptr(unsafe.Pointer(&file[0]))
		if int(at) != bytes.Index(b, w) {
			t.Error("the tensor is not a part of the mapped file")
		}
	} else if runtime.GOOS == "linux" || runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Errorf("%d files are mapped", len(m.mapping.maps))
	}
	for range 2 {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestLoadRefusesWhatIsNoModel(t *testing.T) {
	dir := t.TempDir()
	_, err := Load(dir)
	wantError(t, err, "not a regular file but a folder")
	_, err = Load(filepath.Join(dir, "missing.onnx"))
	if !os.IsNotExist(err) {
		t.Errorf("got %v", err)
	}
	_, err = Load(write(t, filepath.Join(dir, "empty.onnx"), nil))
	wantError(t, err, "the file has no graph")
	_, err = Load(write(t, filepath.Join(dir, "text.onnx"), []byte(strings.Repeat("no model ", 10))))
	wantError(t, err, "text.onnx: ")
}
