"""Golden numbers for packages/balance, from PyTorch's autograd and Adam. Run: python tools/goldens/balance.py"""

import json
import pathlib
import random

import torch

SEED = 20240518
FOLDER = pathlib.Path(__file__).resolve().parents[2] / "packages" / "balance" / "src"
FACTORS = {"regression": 0.5, "classification": 1.0}
torch.set_default_dtype(torch.float64)


def uncertainty(kinds, learning_rate, initial, steps, absence):
    draw = random.Random(SEED)
    parameters = [torch.tensor(initial, requires_grad=True) for _ in kinds]
    optimizer = torch.optim.Adam(parameters, lr=learning_rate)
    rows = []
    for step in range(steps):
        losses = [draw.uniform(0.05, 3.0) * 4.0 ** task / (1 + step / 10) for task in range(len(kinds))]
        present = [draw.random() >= absence for _ in kinds]
        weights = [FACTORS[kind] * torch.exp(-s).item() if here else 0.0
                   for kind, s, here in zip(kinds, parameters, present)]
        rows.append({"losses": losses, "present": present, "weights": weights})
        optimizer.zero_grad(set_to_none=True)  # a task without a gradient keeps its moments and its step count
        terms = [FACTORS[kind] * torch.exp(-s) * loss + s / 2
                 for kind, s, loss, here in zip(kinds, parameters, losses, present) if here]
        if terms:
            sum(terms).backward()
        optimizer.step()
    return {"kinds": kinds, "learningRate": learning_rate, "initial": initial, "steps": rows,
            "logVariances": [s.item() for s in parameters]}


cases = [
    uncertainty(["regression", "regression"], 0.01, 0.0, 12, 0.0),
    uncertainty(["classification", "regression", "classification"], 0.1, -0.5, 40, 0.3),
    uncertainty(["classification"], 0.025, 0.0, 20, 0.0),
]
content = {"generator": f"torch {torch.__version__.split('+')[0]}", "script": "tools/goldens/balance.py", "seed": SEED,
           "cases": cases}
(FOLDER / "weighting" / "uncertainty.golden.json").write_text(json.dumps(content, indent=1) + "\n")
