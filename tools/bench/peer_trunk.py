"""The shared layers of the network that the peers of tools/bench/torchjd.ts train: `convolutionalModel` of balance/convolutional.ts in PyTorch."""

import torch
from torch import nn
from torch.nn import functional as F


class Trunk(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.first = nn.Conv2d(1, 16, 3, padding=1, bias=False)
        self.second = nn.Conv2d(16, 32, 3, padding=1, bias=False)
        self.out = nn.Linear(size // 4 * (size // 4) * 32, 64, bias=False)

    def forward(self, x):
        x = F.max_pool2d(torch.relu(self.first(x)), 2)
        x = F.max_pool2d(torch.relu(self.second(x)), 2)
        return torch.relu(self.out(x.flatten(1)))
