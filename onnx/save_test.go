package onnx

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/onnxrun/onnxrun/tensor"
)

func folder(t *testing.T, dir string) string {
	t.Helper()
	l, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := ""
	for _, e := range l {
		s += e.Name() + " "
	}
	return s
}

func TestSaveReplacesAFileOnlyWhenItSucceeds(t *testing.T) {
	dir := t.TempDir()
	path := write(t, filepath.Join(dir, "m.onnx"), []byte("old"))
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Save(path, &Model{}); err == nil {
		t.Error("a model without a graph was saved")
	}
	if b, _ := os.ReadFile(path); string(b) != "old" {
		t.Error("a failed save changed the file")
	}
	m := mustDecode(t, everything())
	if err := Save(path, m); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(path); !bytes.Equal(b, everything()) {
		t.Error("the file is not the model's encoding")
	}
	if info, _ := os.Stat(path); info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the permissions became %v", info.Mode())
	}
	if got := folder(t, dir); got != "m.onnx " {
		t.Errorf("the folder has %q", got)
	}
}

func TestSaveOverTheFileThatTheModelCameFrom(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "m.onnx"), everything())
	m, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	err = Save(path, m)
	m.Close()
	if err != nil {
		t.Skip(err) // Windows does not replace a mapped file
	}
	if b, _ := os.ReadFile(path); !bytes.Equal(b, everything()) {
		t.Error("the file changed")
	}
}

func TestSaveFollowsALink(t *testing.T) {
	dir := t.TempDir()
	real := write(t, filepath.Join(dir, "real.onnx"), []byte("old"))
	link := filepath.Join(dir, "link.onnx")
	if err := os.Symlink("real.onnx", link); err != nil {
		t.Skip(err)
	}
	if err := Save(link, mustDecode(t, everything())); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(real); !bytes.Equal(b, everything()) {
		t.Error("the file behind the link is not the model")
	}
}

func TestSaveExternal(t *testing.T) {
	dir := t.TempDir()
	large := make([]float32, 300)
	large[299] = 7
	m := mustDecode(t, pbModel(pb{}.
		msg(1, pbNode("Constant", nil, []string{"c"}, pb{}.str(1, "value").msg(5, pbFloats("t", large...)))).
		msg(5, pbFloats("small", 1), pbFloats("large", large...), pbFloats("second", large...)).
		msg(12, pbValue("c"))))
	path := filepath.Join(dir, "m.onnx")
	for _, name := range []string{"", "m.onnx", "../w.bin", "sub/w.bin", "/w.bin", "."} {
		if name != "" && Save(path, m, SaveExternal(name)) == nil {
			t.Errorf("%q was taken as a name", name)
		}
	}
	if err := Save(path, m, SaveExternal("w.bin")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "w.bin")); err != nil || info.Size() != 4096+1200 {
		t.Errorf("the data file: %v, %v", info, err)
	}
	again, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	for i, v := range again.Graph.Initializers {
		sameTensor(t, v.Const.(*tensor.Tensor), m.Graph.Initializers[i].Const.(*tensor.Tensor))
	}
	inline, err := Encode(again)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := Encode(m)
	if !bytes.Equal(inline, want) {
		t.Error("the model changed on its way through the external file")
	}

	// The data of a model on the disk is not overwritten.
	wantError(t, Save(filepath.Join(dir, "other.onnx"), m, SaveExternal("w.bin")), "w.bin")
	if got := folder(t, dir); got != "m.onnx w.bin " {
		t.Errorf("the folder has %q", got)
	}
}
