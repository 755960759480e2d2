"""The network CAM++ (Wang et al. 2023, arXiv 2303.00332), which turns logarithmic mel bands into a voice print.

It is a convolution over time and frequency, then densely connected layers over time in which every frame is weighted by
its surroundings. The layers have the names that the weights use.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional

from pipeline.speech.filterbank import BANDS

NUMBERS = 192  # of a voice print
_MAPS = 32  # of the convolution over time and frequency
_CHANNELS = 128  # that go into the dense layers
_GROWTH = 32  # channels that each dense layer adds
_BLOCKS = ((12, 1), (24, 2), (16, 2))  # layers and dilation
_AROUND = 100  # frames that are averaged for the surroundings


class CamPlusPlus(nn.Module):
    """(batch, frames, 80) → (batch, 192); the bands' mean over time must be subtracted."""

    def __init__(self) -> None:
        super().__init__()
        self.head = _Head()
        channels = _MAPS * (BANDS // 8)
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        layers["tdnn"] = nn.Sequential(
            OrderedDict(
                linear=nn.Conv1d(channels, _CHANNELS, 5, stride=2, padding=2, bias=False),
                nonlinear=_nonlinear(_CHANNELS),
            )
        )
        channels = _CHANNELS
        for number, (depth, dilation) in enumerate(_BLOCKS, start=1):
            layers[f"block{number}"] = _Dense(channels, depth, dilation)
            channels += depth * _GROWTH
            layers[f"transit{number}"] = nn.Sequential(
                OrderedDict(nonlinear=_nonlinear(channels), linear=nn.Conv1d(channels, channels // 2, 1, bias=False))
            )
            channels //= 2
        layers["out_nonlinear"] = _nonlinear(channels)
        layers["stats"] = _Statistics()
        norm = nn.Sequential(OrderedDict(batchnorm=nn.BatchNorm1d(NUMBERS, affine=False)))
        layers["dense"] = nn.Sequential(
            OrderedDict(linear=nn.Conv1d(2 * channels, NUMBERS, 1, bias=False), nonlinear=norm)
        )
        self.xvector = nn.Sequential(layers)

    def forward(self, bands: torch.Tensor) -> torch.Tensor:
        prints: torch.Tensor = self.xvector(self.head(bands.transpose(1, 2)))
        return prints.squeeze(-1)


class _Head(nn.Module):
    """(batch, 80, frames) → (batch, 320, frames)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, _MAPS, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(_MAPS)
        self.layer1 = nn.Sequential(_Residual(stride=2), _Residual(stride=1))
        self.layer2 = nn.Sequential(_Residual(stride=2), _Residual(stride=1))
        self.conv2 = nn.Conv2d(_MAPS, _MAPS, 3, stride=(2, 1), padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(_MAPS)

    def forward(self, bands: torch.Tensor) -> torch.Tensor:
        maps = functional.relu(self.bn1(self.conv1(bands.unsqueeze(1))))
        maps = self.layer2(self.layer1(maps))
        return functional.relu(self.bn2(self.conv2(maps))).flatten(1, 2)


class _Residual(nn.Module):
    """A residual block; `stride` reduces the frequencies, never the time."""

    def __init__(self, *, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(_MAPS, _MAPS, 3, stride=(stride, 1), padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(_MAPS)
        self.conv2 = nn.Conv2d(_MAPS, _MAPS, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(_MAPS)
        self.shortcut = nn.Sequential()
        if stride > 1:
            thinned = nn.Conv2d(_MAPS, _MAPS, 1, stride=(stride, 1), bias=False)
            self.shortcut = nn.Sequential(thinned, nn.BatchNorm2d(_MAPS))

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        changed = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(maps)))))
        return functional.relu(changed + self.shortcut(maps))


class _Dense(nn.Module):
    """Layers that each see the input and the output of all layers before."""

    def __init__(self, channels: int, depth: int, dilation: int) -> None:
        super().__init__()
        for number in range(depth):
            self.add_module(f"tdnnd{number + 1}", _DenseLayer(channels + number * _GROWTH, dilation))

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        for layer in self.children():
            frames = torch.cat([frames, layer(frames)], dim=1)
        return frames


class _DenseLayer(nn.Module):
    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.nonlinear1 = _nonlinear(channels)
        self.linear1 = nn.Conv1d(channels, _CHANNELS, 1, bias=False)
        self.nonlinear2 = _nonlinear(_CHANNELS)
        self.cam_layer = _ContextAware(dilation)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self.cam_layer(self.nonlinear2(self.linear1(self.nonlinear1(frames))))
        return made


class _ContextAware(nn.Module):
    """Context-aware masking: every frame is weighted by the mean of all frames and the mean of those around it."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.linear_local = nn.Conv1d(_CHANNELS, _GROWTH, 3, padding=dilation, dilation=dilation, bias=False)
        self.linear1 = nn.Conv1d(_CHANNELS, _CHANNELS // 2, 1)
        self.linear2 = nn.Conv1d(_CHANNELS // 2, _GROWTH, 1)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        around = functional.avg_pool1d(frames, _AROUND, stride=_AROUND, ceil_mode=True)
        context = frames.mean(-1, keepdim=True) + around
        mask = torch.sigmoid(self.linear2(functional.relu(self.linear1(context))))
        made: torch.Tensor = self.linear_local(frames)
        return made * mask.repeat_interleave(_AROUND, dim=-1)[..., : frames.shape[-1]]


class _Statistics(nn.Module):
    """(batch, channels, frames) → mean and standard deviation over time, (batch, 2 * channels, 1)."""

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        return torch.cat([frames.mean(-1, keepdim=True), frames.std(-1, keepdim=True)], dim=1)


def _nonlinear(channels: int) -> nn.Sequential:
    return nn.Sequential(OrderedDict(batchnorm=nn.BatchNorm1d(channels), relu=nn.ReLU()))
