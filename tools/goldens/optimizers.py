"""Steps of PyTorch's optimizers: writes packages/train/src/optimizers/optimizers.golden.json."""

import json
import pathlib

import torch

torch.set_default_dtype(torch.float64)
gradients = [[0.5, -1.0, 2.0], [0.1, 0.0, -3.0], [-0.7, 0.2, 0.4], [1.5, -0.3, 0.0]]
start = [1.0, -2.0, 0.5]
cases = {
    "sgd": (torch.optim.SGD, {"lr": 0.1}),
    "momentum": (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}),
    "nesterov": (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    "adam": (torch.optim.Adam, {"lr": 0.01}),
    "adamBetas": (torch.optim.Adam, {"lr": 0.01, "betas": (0.8, 0.99), "eps": 1e-4}),
    "adamw": (torch.optim.AdamW, {"lr": 0.01, "weight_decay": 0.1}),
}
result = {"generator": f"torch {torch.__version__.split('+')[0]}, tools/goldens/optimizers.py", "seed": None, "start": start, "gradients": gradients, "cases": {}}
for name, (kind, options) in cases.items():
    parameter = torch.nn.Parameter(torch.tensor([start]))
    optimizer = kind([parameter], **options)
    steps = []
    for gradient in gradients:
        parameter.grad = torch.tensor([gradient])
        optimizer.step()
        steps.append(parameter.detach()[0].tolist())
    result["cases"][name] = steps
clipped = torch.nn.Parameter(torch.tensor(start))
clipped.grad = torch.tensor([3.0, 4.0, 12.0])
torch.nn.utils.clip_grad_norm_([clipped], 1.0)
result["clipped"] = clipped.grad.tolist()
path = pathlib.Path(__file__).parents[2] / "packages/train/src/optimizers/optimizers.golden.json"
path.write_text(json.dumps(result, indent=1) + "\n")
