"""Exports a residual CNN with BatchNorm, random weights and random statistics.

The first blocks normalize after each convolution, which exporters fold into
the convolution's weights; the later ones normalize what comes out of a
residual sum, which they cannot fold. torch_resnet_bn_ts_unfolded keeps them all.
"""

import torch
import torch_exporters
from torch import nn
from torch.nn import functional

NAME = "torch_resnet_bn"
SCRIPT = "torch_resnet.py"


class PostBlock(nn.Module):
    """Convolution, norm, ReLU, twice, around a shortcut (He et al., 2015)."""

    def __init__(self, channels, out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, out, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(out)
        self.shortcut = nn.Identity()
        if (channels, 1) != (out, stride):
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out)
            )

    def forward(self, x):
        y = functional.relu(self.norm1(self.conv1(x)))
        return functional.relu(self.norm2(self.conv2(y)) + self.shortcut(x))


class PreBlock(nn.Module):
    """Norm, ReLU, convolution, twice, beside an untouched path (He et al., 2016)."""

    def __init__(self, channels):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels, eps=1e-3)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1)

    def forward(self, x):
        y = self.conv1(functional.relu(self.norm1(x)))
        return x + self.conv2(functional.relu(self.norm2(y)))


class ResNet(nn.Module):
    """image [B, 3, 32, 32] → scores [B, 10]."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(
            nn.BatchNorm2d(3), nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()
        )
        self.blocks = nn.Sequential(
            PostBlock(16, 16, 1), PostBlock(16, 32, 2), PreBlock(32), PreBlock(32)
        )
        self.last_norm = nn.BatchNorm2d(32)
        self.flat_norm = nn.BatchNorm1d(32)
        self.classify = nn.Linear(32, 10)

    def forward(self, image):
        x = functional.relu(self.last_norm(self.blocks(self.stem(image))))
        return self.classify(self.flat_norm(x.mean((2, 3))))


def main():
    torch.manual_seed(8)
    generator = torch.Generator().manual_seed(9)
    module = ResNet()
    torch_exporters.randomize_norms(module, generator)
    network = torch_exporters.Network(
        module,
        [(torch.randn(batch, 3, 32, 32, generator=generator),) for batch in (2, 1, 5)],
        ["image"],
        ["scores"],
        {"image": {0: "batch"}, "scores": {0: "batch"}},
    )
    what = "residual CNN with BatchNorm before and after convolutions; random weights"
    torch_exporters.save_both(NAME, network, what, SCRIPT)
    model = torch_exporters.export_ts(network, fold_norms=False)
    torch_exporters.save(f"{NAME}_ts_unfolded", model, "ts", network, what, SCRIPT)


if __name__ == "__main__":
    main()
