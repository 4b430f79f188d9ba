"""Writes test vectors of what operators did in earlier versions.

Where the behaviour of an operator changed between versions of the operator set,
the official vectors show the last one. The cases here are models of the earlier
sets, in the layout of the official vectors, in one archive:

    conformance/testdata/versions.tar.zst
    conformance/testdata/versions.md        which oracle each case has

The expected outputs are those of, in this order: the old text of the standard
in numpy (version_texts.py), where a case names it; onnxruntime, without graph
optimizations; the reference evaluator of the onnx package. Those that are not
chosen are asked as well, and the script fails where onnxruntime disagrees with
the text and the case does not say why. Inputs depend on nothing but their
number and shape within a case.
"""

import argparse
import hashlib
import re
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

import version_cases
from official_vectors import DESTINATION, compress, encode, tar

RTOL, ATOL = 1e-3, 1e-6


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=DESTINATION)
    parser.add_argument("--only", default="", help="regular expression: print these and write nothing")
    args = parser.parse_args()

    files, rows, failed = {}, [], []
    for case in version_cases.collect():
        if not re.search(args.only, case.name):
            continue
        try:
            outputs, row = answer(case)
            files.update(case_files(case, outputs))
            rows.append(row)
        except Disagreement as e:
            failed.append(f"{case.name}: {e}")
        if args.only:
            print(row if not failed else failed[-1])
    if failed:
        raise SystemExit("\n".join(failed))
    if args.only:
        return
    archive = args.out / "versions.tar.zst"
    archive.write_bytes(compress(tar(files)))
    (args.out / "versions.md").write_text(readme(archive, rows))
    print(f"{archive}: {len(rows)} cases, {archive.stat().st_size} bytes")


class Disagreement(Exception):
    pass


def answer(case):
    """The expected outputs of a case, and its row of the table."""
    answers = {}
    if case.text:
        answers["text"] = [y for y in case.text(*case.inputs, **case.text_attributes) if y is not None]
    with np.errstate(all="ignore"):
        for name, run in (("onnxruntime", run_onnxruntime), ("reference", run_reference)):
            try:
                answers[name] = run(case)
            except Exception as e:  # each has its own type for what it lacks
                answers[name] = e
    order = [name for name in case.oracles if not isinstance(answers.get(name, Exception()), Exception)]
    if not order:
        raise Disagreement(f"no oracle runs it: {answers}")
    chosen = order[0]
    others = []
    for name in ("onnxruntime", "reference"):
        if name == chosen:
            continue
        if isinstance(answers[name], Exception):
            others.append(f"{name} refuses it")
        elif same(answers[chosen], answers[name]):
            others.append(f"{name} agrees")
        else:
            others.append(f"{name} differs")
            if name == "onnxruntime" and not case.differs:
                raise Disagreement(f"onnxruntime differs from {chosen}: {str(answers[name])[:300]} {str(answers[chosen])[:300]}")
    oracle = chosen
    if chosen == "text":
        oracle = "text: " + re.split("[:.]", case.text.__doc__)[0]
    if case.differs:
        others.append(case.differs)
    return answers[chosen], (case.name, oracle, "; ".join(others))


def same(a, b):
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if a is None or b is None:
        return a is b
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype.kind in "OUST" or b.dtype.kind in "OUST":
        return a.shape == b.shape and (a.astype(str) == b.astype(str)).all()
    if a.dtype.kind not in "biufc":
        a, b = a.astype(np.float32), b.astype(np.float32)
    return a.shape == b.shape and a.dtype == b.dtype and np.allclose(a, b, RTOL, ATOL, equal_nan=True)


def run_onnxruntime(case):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(case.model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, case.feeds)


def run_reference(case):
    return ReferenceEvaluator(case.model).run(None, case.feeds)


def value_info(name, value):
    if isinstance(value, list):
        element = np.asarray(value[0])
        return helper.make_tensor_sequence_value_info(name, helper.np_dtype_to_tensor_dtype(element.dtype), None)
    value = np.asarray(value)
    kind = TensorProto.STRING if value.dtype.kind in "OUS" else helper.np_dtype_to_tensor_dtype(value.dtype)
    return helper.make_tensor_value_info(name, kind, value.shape)


def case_files(case, outputs):
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    graph = model.graph
    names = [o.name for o in graph.output]
    del graph.output[:]
    graph.output.extend(value_info(n, v) for n, v in zip(names, outputs, strict=True))
    folder = f"node/{case.name}"
    files = {f"{folder}/model.onnx": model.SerializeToString(deterministic=True)}
    for kind, values, infos in (("input", case.feeds.values(), graph.input), ("output", outputs, graph.output)):
        for k, (value, info) in enumerate(zip(values, infos, strict=True)):
            name = f"{folder}/test_data_set_0/{kind}_{k}.pb"
            files[name] = encode(value, info).SerializeToString(deterministic=True)
    return files


def readme(archive, rows):
    table = "\n".join(f"| {name} | {oracle} | {others} |" for name, oracle, others in rows)
    return f"""# Vectors of earlier versions of operators

`{archive.name}` holds {len(rows)} cases, each a model of the operator set in which an operator behaved as the case's name says (`operator_set_what`), in the layout of the official vectors. `testdata/export/version_vectors.py` wrote it with onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__} and numpy {np.__version__}.

The expected outputs come from the oracle in the second column: *text*, the section of the standard's docs/Changelog.md that is named, in numpy (`testdata/export/version_texts.py`); *onnxruntime*; or *reference*, the reference evaluator of the onnx package. The third column says what the others make of the case. The reference evaluator has not every old version of an operator and may run a later one in its place.

SHA-256: `{hashlib.sha256(archive.read_bytes()).hexdigest()}`

| case | oracle | others |
| --- | --- | --- |
{table}
"""


if __name__ == "__main__":
    main()
