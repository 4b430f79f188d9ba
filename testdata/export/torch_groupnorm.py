"""Exports a CNN with GroupNorm and InstanceNorm, random weights.

Groups go from one for all to one for each channel, both norms come with and
without scale and bias, and batch, height and width are only known when the
model runs. torch_groupnorm_instancenorm_dynamo_21 asks for opset 21, from which
on the exporter writes GroupNormalization; before, it reshapes and writes
InstanceNormalization.
"""

import torch
import torch_exporters
from torch import nn
from torch.nn import functional

NAME = "torch_groupnorm_instancenorm"
SCRIPT = "torch_groupnorm.py"


class Normalized(nn.Module):
    """image [B, 3, H, W] → mask [B, 4, H, W], style [B, 24]."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 24, 3, padding=1)
        self.groups = nn.GroupNorm(6, 24)
        self.down = nn.Conv2d(24, 24, 3, padding=1, groups=4)
        self.one_group = nn.GroupNorm(1, 24, eps=1e-3)
        self.instance = nn.InstanceNorm2d(24, affine=True)
        self.mix = nn.Conv2d(24, 24, 1)
        self.plain_instance = nn.InstanceNorm2d(24)
        self.every_channel = nn.GroupNorm(24, 24, affine=False)
        self.head = nn.Conv2d(24, 4, 1)

    def forward(self, image):
        x = functional.silu(self.groups(self.stem(image)))
        x = x + functional.silu(self.one_group(self.down(x)))
        x = functional.leaky_relu(self.instance(self.mix(x)), 0.1)
        x = functional.silu(self.plain_instance(x))
        x = self.every_channel(functional.gelu(x) + image.mean(1, keepdim=True))
        return self.head(x), x.amax((2, 3))


def main():
    torch.manual_seed(10)
    generator = torch.Generator().manual_seed(11)
    module = Normalized()
    torch_exporters.randomize_norms(module, generator)
    dynamic = {0: "batch", 2: "height", 3: "width"}
    network = torch_exporters.Network(
        module,
        [
            (torch.randn(*shape, generator=generator),)
            for shape in ((2, 3, 12, 10), (1, 3, 17, 9), (4, 3, 6, 6))
        ],
        ["image"],
        ["mask", "style"],
        {"image": dynamic, "mask": dynamic, "style": {0: "batch"}},
        {"height": (2, 4096), "width": (2, 4096)},
    )
    what = "CNN with several forms of GroupNorm and InstanceNorm; random weights"
    torch_exporters.save_both(NAME, network, what, SCRIPT)
    model = torch_exporters.export_dynamo(network, opset=21)
    torch_exporters.save(f"{NAME}_dynamo_21", model, "dynamo", network, what, SCRIPT)


if __name__ == "__main__":
    main()
