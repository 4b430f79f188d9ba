"""Exports a small transformer encoder with LayerNorm, random weights.

Token ids → embedding and position → nn.TransformerEncoder → a score per class,
from the mean over the tokens that are not padding (id 0). Batch and length are
dynamic, except that the TorchScript exporter writes the length of its example
into a Reshape of the keys: torch_transformer_encoder_ts has that length only.
torch_transformer_encoder_ts_14 asks for opset 14, which has no
LayerNormalization operator, so that each norm is spelt out.
"""

import math

import torch
import torch_exporters
from torch import nn

NAME = "torch_transformer_encoder"
SCRIPT = "torch_transformer.py"
VOCABULARY, WIDTH, LONGEST, CLASSES = 96, 48, 64, 5


class Encoder(nn.Module):
    """tokens [B, L] int64 → scores [B, classes], encoded [B, L, width]."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(VOCABULARY, WIDTH)
        self.register_buffer("position", sinusoids(LONGEST, WIDTH))
        layer = nn.TransformerEncoderLayer(
            WIDTH, nhead=4, dim_feedforward=96, activation="gelu", batch_first=True
        )
        self.encoder = nn.TransformerEncoder(
            layer, num_layers=2, norm=nn.LayerNorm(WIDTH), enable_nested_tensor=False
        )
        self.classify = nn.Linear(WIDTH, CLASSES)

    def forward(self, tokens):
        padding = tokens == 0
        x = self.embed(tokens) + self.position[: tokens.shape[1]]
        x = self.encoder(x, src_key_padding_mask=padding)
        real = (~padding).to(x.dtype).unsqueeze(-1)
        return self.classify((x * real).sum(1) / real.sum(1)), x


def sinusoids(length, width):
    rate = torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
    angle = torch.arange(length)[:, None] * rate
    return torch.stack((angle.sin(), angle.cos()), -1).reshape(length, width)


def main():
    # The fused layer of inference has no ONNX form.
    torch.backends.mha.set_fastpath_enabled(False)
    torch.manual_seed(6)
    generator = torch.Generator().manual_seed(7)
    module = Encoder()
    torch_exporters.randomize_norms(module, generator)
    dynamic = {
        "tokens": {0: "batch", 1: "length"},
        "scores": {0: "batch"},
        "encoded": {0: "batch", 1: "length"},
    }
    batch = {name: {0: "batch"} for name in dynamic}
    what = "transformer encoder with LayerNorm and a padding mask; random weights"

    def network(dynamic, *batches):
        examples = [(tokens(generator, *lengths),) for lengths in batches]
        return torch_exporters.Network(
            module, examples, ["tokens"], list(dynamic)[1:], dynamic, {"length": (1, LONGEST)}
        )

    any_length = network(dynamic, (9, 12), (31,), (3, 17, 24, 1))
    model = torch_exporters.export_dynamo(any_length)
    torch_exporters.save(f"{NAME}_dynamo", model, "dynamo", any_length, what, SCRIPT)

    one_length = network(batch, (9, 12), (12,), (3, 12, 5, 1))
    what += f"; length fixed at {one_length.examples[0][0].shape[1]}"
    for suffix, opset in (("ts", torch_exporters.TS_OPSET), ("ts_14", 14)):
        model = torch_exporters.export_ts(one_length, opset)
        torch_exporters.save(f"{NAME}_{suffix}", model, "ts", one_length, what, SCRIPT)


def tokens(generator, *lengths):
    """Random ids, one row for each length, padded with 0 to the longest."""
    ids = torch.randint(1, VOCABULARY, (len(lengths), max(lengths)), generator=generator)
    return torch.where(torch.arange(ids.shape[1]) < torch.tensor(lengths)[:, None], ids, 0)


if __name__ == "__main__":
    main()
