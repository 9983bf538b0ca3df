"""A tiny residual network with torchvision's names, its weights and outputs: python tools/goldens/resnet.py > packages/encoders/src/image/resnet.golden.json"""
import json, sys
import torch
from torch import nn
torch.manual_seed(20261124)


class Block(nn.Module):
    def __init__(self, before, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = nn.Sequential(nn.Conv2d(before, width, 1, stride, bias=False), nn.BatchNorm2d(width)) if stride > 1 else None

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.layer1 = nn.Sequential(Block(4, 4, 1))
        self.layer2 = nn.Sequential(Block(4, 8, 2), Block(8, 8, 1))
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        x = nn.functional.max_pool2d(torch.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        return self.layer2(self.layer1(x)).mean((2, 3))


net = Net()
with torch.no_grad():
    for _ in range(5):
        net.train()(torch.randn(8, 3, 17, 22))
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.weight.uniform_(0.5, 1.5)
            module.bias.uniform_(-0.5, 0.5)
    x = torch.randn(2, 3, 17, 22)
    y = net.eval()(x)
rounded = lambda t: [round(v, 6) for v in t.flatten().tolist()]
with torch.no_grad():
    for name, p in net.state_dict().items():
        if p.dtype.is_floating_point: p.copy_(torch.tensor(rounded(p)).reshape(p.shape))
    x = torch.tensor(rounded(x)).reshape(x.shape)
    y = net.eval()(x)
weights = {name: dict(shape=list(p.shape), data=rounded(p)) for name, p in net.state_dict().items() if p.dtype.is_floating_point}
json.dump(dict(generator=f"PyTorch {torch.__version__}", script="tools/goldens/resnet.py", seed=20261124, weights=weights,
               input=dict(shape=[2, 17, 22, 3], data=rounded(x.permute(0, 2, 3, 1))), output=dict(shape=list(y.shape), data=rounded(y))), sys.stdout)
