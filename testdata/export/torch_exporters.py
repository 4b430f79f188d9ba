"""Both of PyTorch's exporters behind one call.

The TorchScript exporter traces the module (suffix _ts); the current one goes
through torch.export and onnxscript (suffix _dynamo). Their graphs differ in
operators, in how they treat dynamic sizes and in what they fold, so every
network is kept in both forms.
"""

import logging
import tempfile
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import modeldir
import onnx
import onnxscript
import torch

# The current exporter reports every torchvision operator that is not installed.
logging.getLogger("torch.onnx").setLevel(logging.ERROR)

TS_OPSET = 17
FRAMEWORK = f"PyTorch {torch.__version__}"
LABELS = {
    "ts": f"torch.onnx.export(dynamo=False), torch {torch.__version__}",
    "dynamo": f"torch.onnx.export(dynamo=True), torch {torch.__version__}, "
    f"onnxscript {onnxscript.__version__}",
}
GREATEST_SIZE = 4096


@dataclass
class Network:
    """A module and what an exporter has to know of it.

    examples: argument tuples, one for each data set. The first is what the
    exporters run; its dynamic sizes should be above 1, which they take as fixed.
    dynamic: {input or output name: {dimension: name of its size}}.
    limits: {name of a size: (least, greatest)}, where not 1 to GREATEST_SIZE.
    """

    module: torch.nn.Module
    examples: list
    inputs: list
    outputs: list
    dynamic: dict
    limits: dict = field(default_factory=dict)


def save_both(name, network, what, script):
    save(f"{name}_ts", export_ts(network), "ts", network, what, script)
    save(f"{name}_dynamo", export_dynamo(network), "dynamo", network, what, script)


def save(name, model, exporter, network, what, script):
    modeldir.save(
        name,
        model,
        [evaluate(network.module, args) for args in network.examples],
        what=what,
        framework=FRAMEWORK,
        exporter=LABELS[exporter],
        script=script,
    )


def export_ts(network, opset=TS_OPSET, fold_norms=True):
    """fold_norms: merge a BatchNorm into the convolution before it, the default."""
    mode = torch.onnx.TrainingMode
    return export(
        network,
        dynamic_axes=network.dynamic,
        opset_version=opset,
        # The module is in eval mode; PRESERVE keeps it there and its nodes as they are.
        training=mode.EVAL if fold_norms else mode.PRESERVE,
        dynamo=False,
    )


def export_dynamo(network, opset=None):
    """opset None: whatever the exporter writes by default."""
    dims = {}

    def dim(size):
        least, greatest = network.limits.get(size, (1, GREATEST_SIZE))
        return dims.setdefault(size, torch.export.Dim(size, min=least, max=greatest))

    shapes = tuple(
        {dimension: dim(size) for dimension, size in network.dynamic.get(name, {}).items()}
        for name in network.inputs
    )
    return export(network, dynamic_shapes=shapes, opset_version=opset, dynamo=True)


def export(network, **options):
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / "model.onnx"
        torch.onnx.export(
            network.module.eval(),
            network.examples[0],
            path,
            input_names=network.inputs,
            output_names=network.outputs,
            external_data=False,
            verbose=False,
            **options,
        )
        return onnx.load(path)


@torch.no_grad()
def evaluate(module, args):
    """One data set: the arguments and what the module makes of them, as arrays."""
    results = module.eval()(*args)
    if isinstance(results, torch.Tensor):
        results = (results,)
    return [a.numpy() for a in args], [r.numpy() for r in results]


def randomize_norms(module, generator):
    """Gives every normalization its own statistics, scale and bias.

    Fresh layers have mean 0, variance 1, scale 1 and bias 0, with which a
    runtime may ignore them and still be right.
    """
    kinds = (
        torch.nn.modules.batchnorm._BatchNorm,
        torch.nn.modules.instancenorm._InstanceNorm,
        torch.nn.GroupNorm,
        torch.nn.LayerNorm,
        torch.nn.RMSNorm,
    )
    with torch.no_grad():
        for layer in module.modules():
            if not isinstance(layer, kinds):
                continue
            for name, tensor in [*layer.named_parameters(), *layer.named_buffers()]:
                if name in ("weight", "running_var"):
                    tensor.uniform_(0.5, 1.5, generator=generator)
                elif name in ("bias", "running_mean"):
                    tensor.uniform_(-0.5, 0.5, generator=generator)
