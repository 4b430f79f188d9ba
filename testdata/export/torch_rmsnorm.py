"""Exports a decoder block with nn.RMSNorm, random weights.

The block is that of current language models: RMSNorm before causal attention,
with queries and keys normalized as well, and before a gated feed-forward
layer. The TorchScript exporter does not know nn.RMSNorm and gets it spelt out;
the expected outputs are nn.RMSNorm's for all. torch_rmsnorm_dynamo_23 asks for
opset 23, the first with an RMSNormalization operator.
"""

import copy
from dataclasses import replace

import torch
import torch_exporters
from torch import nn
from torch.nn import functional

NAME = "torch_rmsnorm"
SCRIPT = "torch_rmsnorm.py"
WIDTH, HEADS = 48, 4


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention_norm = nn.RMSNorm(WIDTH, eps=1e-6)
        self.query_norm = nn.RMSNorm(WIDTH // HEADS, eps=1e-6)
        self.key_norm = nn.RMSNorm(WIDTH // HEADS, eps=1e-6)
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.out = nn.Linear(WIDTH, WIDTH, bias=False)
        self.feed_norm = nn.RMSNorm(WIDTH, eps=1e-5)
        self.gate = nn.Linear(WIDTH, 96, bias=False)
        self.up = nn.Linear(WIDTH, 96, bias=False)
        self.down = nn.Linear(96, WIDTH, bias=False)

    def forward(self, x):
        x = x + self.attend(self.attention_norm(x))
        y = self.feed_norm(x)
        return x + self.down(functional.silu(self.gate(y)) * self.up(y))

    def attend(self, x):
        batch, length, _ = x.shape
        heads = self.qkv(x).view(batch, length, 3, HEADS, WIDTH // HEADS)
        q, k, v = (part.transpose(1, 2) for part in heads.unbind(2))
        mixed = functional.scaled_dot_product_attention(
            self.query_norm(q), self.key_norm(k), v, is_causal=True
        )
        return self.out(mixed.transpose(1, 2).reshape(batch, length, WIDTH))


class Decoder(nn.Module):
    """x [B, L, width] → y [B, L, width]."""

    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(Block(), Block())
        # The last norm runs over two dimensions and has no scale.
        self.last_norm = nn.RMSNorm([HEADS, WIDTH // HEADS], eps=1e-6, elementwise_affine=False)

    def forward(self, x):
        x = self.blocks(x)
        return self.last_norm(x.unflatten(-1, (HEADS, WIDTH // HEADS))).flatten(-2)


class SpeltOutRMSNorm(nn.Module):
    """nn.RMSNorm in elementary operations, x · (mean(x²) + ε)^-½ · weight."""

    def __init__(self, norm):
        super().__init__()
        self.axes = tuple(range(-len(norm.normalized_shape), 0))
        self.eps, self.weight = norm.eps, norm.weight

    def forward(self, x):
        x = x * torch.rsqrt(x.pow(2).mean(self.axes, keepdim=True) + self.eps)
        return x if self.weight is None else self.weight * x


def spelt_out(module):
    """A copy of the module with every nn.RMSNorm in elementary operations."""
    module = copy.deepcopy(module)
    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.RMSNorm):
                setattr(parent, name, SpeltOutRMSNorm(child))
    return module


def main():
    torch.manual_seed(12)
    generator = torch.Generator().manual_seed(13)
    module = Decoder()
    torch_exporters.randomize_norms(module, generator)
    sizes = {0: "batch", 1: "length"}
    network = torch_exporters.Network(
        module,
        [
            (torch.randn(batch, length, WIDTH, generator=generator),)
            for batch, length in ((2, 7), (1, 16), (3, 1))
        ],
        ["x"],
        ["y"],
        {"x": sizes, "y": sizes},
    )
    traceable = replace(network, module=spelt_out(module))
    what = "decoder blocks with RMSNorm and causal attention; random weights"
    for suffix, model, exporter in (
        ("ts", torch_exporters.export_ts(traceable), "ts"),
        ("dynamo", torch_exporters.export_dynamo(network), "dynamo"),
        ("dynamo_23", torch_exporters.export_dynamo(network, opset=23), "dynamo"),
    ):
        torch_exporters.save(f"{NAME}_{suffix}", model, exporter, network, what, SCRIPT)


if __name__ == "__main__":
    main()
