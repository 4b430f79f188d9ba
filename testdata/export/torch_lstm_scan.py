"""Writes the network of torch_lstm.py as one Scan over a whole sequence.

The Scan carries h and c and takes one tick of x at a time; its body normalizes
the gates and the cell state with LayerNormalization and ends in the linear
head. The body reads its weights from the graph around it, except the head's,
which are its own. PyTorch computes the expected outputs, tick by tick, from
the weights that torch_lstm.py trained and kept.
"""

import modeldir
import numpy as np
import onnx
import torch
import torch_lstm
from onnx import TensorProto, helper, numpy_helper
from torch_lstm import HIDDEN, WEIGHTS

NAME = "torch_lstm_layernorm_scan"
OPSET = 17


def main():
    network = torch_lstm.Forecaster()
    trained = {name: torch.from_numpy(w) for name, w in np.load(WEIGHTS).items()}
    network.load_state_dict(trained)

    data = torch_lstm.series()
    generator = torch.Generator().manual_seed(5)
    sequences = [
        (torch.from_numpy(data)[:, None], torch_lstm.zero_state(1)),
        (
            torch.rand(40, 3, 1, generator=generator) * 2,
            tuple(torch.randn(3, HIDDEN, generator=generator) for _ in range(2)),
        ),
        (torch.from_numpy(data[:1])[:, None], torch_lstm.zero_state(1)),
    ]
    modeldir.save(
        NAME,
        build({name: w.numpy() for name, w in trained.items()}),
        [evaluate(network, *sequence) for sequence in sequences],
        what="the LSTM with LayerNorm at each tick as a Scan over the sequence",
        framework=f"PyTorch {torch.__version__}",
        exporter=f"onnx.helper, onnx {onnx.__version__}",
        script="torch_lstm_scan.py",
    )
    folder = modeldir.MODELS / NAME
    ticks, _ = torch_lstm.run(network, sequences[0][0])
    torch_lstm.save_series(folder, data, ticks[:, 0].numpy())


def evaluate(network, sequence, state):
    ticks, states = torch_lstm.run(network, sequence, state)
    outputs = (*states[-1], ticks)
    return [t.numpy() for t in (*state, sequence)], [t.numpy() for t in outputs]


def build(weights):
    """Inputs h, c [B, H] and x [T, B, 1]; outputs h_last, c_last and y [T, B, 1]."""
    own = {"head.weight", "head.bias"}
    scan = helper.make_node(
        "Scan",
        ["h", "c", "x"],
        ["h_last", "c_last", "y"],
        name="ticks",
        num_scan_inputs=1,
        body=body({name: weights[name] for name in own}),
    )
    graph = helper.make_graph(
        [scan],
        "layernorm_lstm",
        [state("h"), state("c"), floats("x", ["time", "batch", 1])],
        [state("h_last"), state("c_last"), floats("y", ["time", "batch", 1])],
        constants({name: w for name, w in weights.items() if name not in own}),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = 8
    return model


def body(own):
    """One tick: (h, c, x [B, 1]) → (h_next, c_next, y [B, 1])."""
    node = helper.make_node
    nodes = [
        node("Gemm", ["x_t", "cell.input.weight", "cell.input.bias"], ["from_x"], transB=1),
        node("Gemm", ["h_t", "cell.state.weight"], ["from_h"], transB=1),
        node(
            "LayerNormalization",
            ["from_x", "cell.input_norm.weight", "cell.input_norm.bias"],
            ["normal_x"],
        ),
        node("LayerNormalization", ["from_h", "cell.state_norm.weight"], ["normal_h"]),
        node("Add", ["normal_x", "normal_h"], ["gates"]),
        node("Split", ["gates"], ["i", "f", "g", "o"], axis=-1),
        node("Sigmoid", ["i"], ["input_gate"]),
        node("Sigmoid", ["f"], ["forget_gate"]),
        node("Sigmoid", ["o"], ["output_gate"]),
        node("Tanh", ["g"], ["candidate"]),
        node("Mul", ["forget_gate", "c_t"], ["kept"]),
        node("Mul", ["input_gate", "candidate"], ["added"]),
        node("Add", ["kept", "added"], ["c_next"]),
        node(
            "LayerNormalization",
            ["c_next", "cell.cell_norm.weight", "cell.cell_norm.bias"],
            ["normal_c"],
        ),
        node("Tanh", ["normal_c"], ["squashed"]),
        node("Mul", ["output_gate", "squashed"], ["h_next"]),
        node("Gemm", ["h_next", "head.weight", "head.bias"], ["y_t"], transB=1),
    ]
    return helper.make_graph(
        nodes,
        "tick",
        [state("h_t"), state("c_t"), floats("x_t", ["batch", 1])],
        [state("h_next"), state("c_next"), floats("y_t", ["batch", 1])],
        constants(own),
    )


def state(name):
    return floats(name, ["batch", HIDDEN])


def floats(name, shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def constants(weights):
    return [numpy_helper.from_array(w, name) for name, w in sorted(weights.items())]


if __name__ == "__main__":
    main()
