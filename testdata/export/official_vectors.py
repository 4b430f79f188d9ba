"""Packs the ONNX project's node test vectors into one archive.

The `onnx` package carries the node cases as Python code: importing the case
modules computes every input and expected output. This script runs that code,
lays the cases out as backend-test folders

    node/CASE/model.onnx
    node/CASE/test_data_set_N/{input,output}_K.pb

and writes them to conformance/testdata/onnx-VERSION-node.tar.zst with the
licence of the data and a README.md beside the archive. Nothing in the archive
depends on time, user or file system, so the same onnx, numpy and CPU give the
same bytes.
"""

import argparse
import hashlib
import io
import json
import os
import tarfile
import warnings
from importlib import metadata
from pathlib import Path

import numpy as np
import onnx
import zstandard
from onnx import TensorProto, numpy_helper
from onnx.backend.test.case.node import collect_testcases

DESTINATION = Path(__file__).resolve().parents[2] / "conformance" / "testdata"
LEVEL = 19
DEFAULT_TOLERANCE = (1e-3, 1e-7)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=DESTINATION)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)

    cases = collect()
    files = licence_files()
    for case in cases:
        files.update(case_files(case))
    archive = out / f"onnx-{onnx.__version__}-node.tar.zst"
    archive.write_bytes(compress(tar(files)))
    (out / "README.md").write_text(readme(archive, cases, files))
    print(f"{archive}: {len(cases)} cases, {len(files)} files, {archive.stat().st_size} bytes")


def collect():
    with warnings.catch_warnings():
        # Overflow and division by zero are what several cases are about.
        warnings.simplefilter("ignore")
        cases = collect_testcases()
    return sorted(cases, key=lambda case: case.name)


def licence_files():
    """The licence and notice that the installed onnx distribution carries."""
    found = {}
    for file in metadata.distribution("onnx").files:
        if file.parent.name == "licenses" and file.name in ("LICENSE", "NOTICE"):
            found[file.name] = Path(file.locate()).read_bytes()
    if "LICENSE" not in found:
        raise SystemExit("the onnx distribution has no LICENSE file")
    return found


def case_files(case):
    folder = f"node/{case.name}"
    files = {f"{folder}/model.onnx": case.model.SerializeToString(deterministic=True)}
    if (case.rtol, case.atol) != DEFAULT_TOLERANCE:
        tolerance = {"atol": case.atol, "rtol": case.rtol}
        files[f"{folder}/data.json"] = json.dumps(tolerance, sort_keys=True).encode()
    graph = case.model.graph
    for n, (inputs, outputs) in enumerate(case.data_sets):
        for kind, values, infos in (
            ("input", inputs, graph.input),
            ("output", outputs, graph.output),
        ):
            for k, (value, info) in enumerate(zip(values, infos, strict=True)):
                name = f"{folder}/test_data_set_{n}/{kind}_{k}.pb"
                files[name] = encode(value, info).SerializeToString(deterministic=True)
    return files


def encode(value, info):
    """The value as the protobuf message that its declared type calls for."""
    match info.type.WhichOneof("value"):
        case "map_type":
            return numpy_helper.from_dict(value, info.name)
        case "sequence_type":
            return numpy_helper.from_list(value, info.name)
        case "optional_type":
            return numpy_helper.from_optional(value, info.name)
        case "tensor_type" if isinstance(value, TensorProto):
            return value
        case "tensor_type":
            return numpy_helper.from_array(np.asarray(value), info.name)
        case other:
            raise ValueError(f"{info.name}: no encoding for a value of {other}")


def tar(files):
    """A ustar archive: folders before their files, sorted, without owner or time."""
    folders = {str(parent) for name in files for parent in Path(name).parents} - {"."}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(folders | set(files)):
            entry = tarfile.TarInfo(name)
            if name in folders:
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(entry)
            else:
                entry.mode, entry.size = 0o644, len(files[name])
                archive.addfile(entry, io.BytesIO(files[name]))
    return buffer.getvalue()


def compress(data):
    parameters = zstandard.ZstdCompressionParameters.from_level(
        LEVEL, source_size=len(data), write_checksum=True, threads=0
    )
    return zstandard.ZstdCompressor(compression_params=parameters).compress(data)


def readme(archive, cases, files):
    count = {
        kind: sum(os.path.basename(name).startswith(f"{kind}_") for name in files)
        for kind in ("input", "output")
    }
    opsets = [
        entry.version
        for case in cases
        for entry in case.model.opset_import
        if entry.domain in ("", "ai.onnx")
    ]
    return f"""# Official ONNX node vectors

`{archive.name}` holds the node test cases of the ONNX project as of version {onnx.__version__}: {len(cases)} cases ({count["input"]} inputs, {count["output"]} expected outputs), opsets {min(opsets)} to {max(opsets)}.

Layout, that of the standard's backend tests:

    LICENSE, NOTICE
    node/CASE/model.onnx
    node/CASE/test_data_set_N/input_K.pb, output_K.pb

The values are serialized `TensorProto`, `SequenceProto`, `OptionalProto` or `MapProto` messages, as the graph's declared type says. The official runner compares with rtol 1e-3 and atol 1e-7; a case with other tolerances has a `data.json` that names them.

- Source: Python package `onnx` {onnx.__version__}, modules `onnx.backend.test.case.node`.
- Licence: Apache-2.0, © ONNX Project Contributors; its text is in the archive.
- Made by `python testdata/export/official_vectors.py` with numpy {np.__version__}. The case modules seed their random inputs themselves.
- SHA-256: `{hashlib.sha256(archive.read_bytes()).hexdigest()}`

The expected values come from the reference code on the machine that ran the script; another CPU or numpy may differ in the last bits of some of them.
"""


if __name__ == "__main__":
    main()
