"""Writes the types that the standard allows for the inputs of each operator.

The table internal/schema/types.txt has a line for each version of each
operator: domain, name, version, then the inputs as name:variable or name:type,
a "?" behind the name where the input may be left out, "*" where it is any
number; behind a bar the type variables with what they may be.
"""

from collections import defaultdict
from pathlib import Path

import onnx
from onnx import defs

OUT = Path(__file__).resolve().parents[2] / "internal" / "schema" / "types.txt"
NAMES = {"float": "float32", "double": "float64"}
MARK = {defs.OpSchema.FormalParameterOption.Optional: "?", defs.OpSchema.FormalParameterOption.Variadic: "*"}


def short(t):
    """tensor(float) as float32, seq(tensor(int64)) as seq(int64), and so on."""
    if t.startswith("tensor("):
        t = t[len("tensor("):-1]
        return NAMES.get(t, t)
    for kind in ("seq", "optional", "sparse_tensor"):
        if t.startswith(kind + "("):
            return f"{kind}({short(t[len(kind) + 1:-1])})"
    if t.startswith("map("):
        key, value = t[4:-1].split(",", 1)
        return f"map({NAMES.get(key, key)},{short(value.strip())})"
    return NAMES.get(t, t)


def main():
    lines, sets = [], defaultdict(int)
    for s in sorted(defs.get_all_schemas_with_history(), key=lambda s: (s.domain, s.name, s.since_version)):
        if s.deprecated:
            continue
        variables = {c.type_param_str: "|".join(sorted(map(short, c.allowed_type_strs))) for c in s.type_constraints}
        used = []
        inputs = []
        for p in s.inputs:
            name = p.type_str
            if name not in variables:
                name = short(name)
            elif name not in used:
                used.append(name)
            # Each input of a heterogeneous list has a type of its own.
            mark = "**" if p.option in MARK and MARK[p.option] == "*" and not p.is_homogeneous else MARK.get(p.option, "")
            inputs.append(f"{p.name}{mark}:{name}")
        for v in used:
            sets[variables[v]] += 1
        lines.append((s, inputs, [(v, variables[v]) for v in used]))
    # Sets that many operators share are named once.
    names = {}
    for members, n in sorted(sets.items(), key=lambda x: (-x[1], x[0])):
        if n > 3 and len(members) > 20:
            names[members] = f"S{len(names) + 1}"
    with open(OUT, "w") as f:
        f.write(f"# The types of the operators' inputs by the schemas of onnx {onnx.__version__}; written by testdata/export/schema_types.py.\n")
        for members, name in names.items():
            f.write(f"set {name} = {members}\n")
        for s, inputs, variables in lines:
            head = f"{s.domain or 'ai.onnx'} {s.name} {s.since_version}: {' '.join(inputs)}"
            if variables:
                head += " ; " + " ".join(f"{v}={names.get(m, m)}" for v, m in variables)
            f.write(head + "\n")
    print(f"{OUT}: {len(lines)} operators and versions, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
