"""Writes a tiny model whose weights lie in a file of their own, weights.bin."""

import modeldir
import onnx
import torch
import torch_exporters
from torch import nn


def main():
    torch.manual_seed(14)
    generator = torch.Generator().manual_seed(15)
    module = nn.Sequential(nn.Linear(8, 16), nn.LayerNorm(16), nn.Tanh(), nn.Linear(16, 3))
    torch_exporters.randomize_norms(module, generator)
    sizes = {0: "batch"}
    network = torch_exporters.Network(
        module,
        [(torch.randn(batch, 8, generator=generator),) for batch in (2, 1, 7)],
        ["x"],
        ["y"],
        {"x": sizes, "y": sizes},
    )
    modeldir.save(
        "external_data",
        torch_exporters.export_dynamo(network),
        [torch_exporters.evaluate(module, args) for args in network.examples],
        what="Linear, LayerNorm, Tanh, Linear with the weights in weights.bin; random weights",
        framework=torch_exporters.FRAMEWORK,
        exporter=f"{torch_exporters.LABELS['dynamo']}; onnx.save, onnx {onnx.__version__}",
        script="external_data.py",
        external="weights.bin",
    )


if __name__ == "__main__":
    main()
