"""Steps of a small CNN with K tasks whose gradients TorchJD compares, timed: the peer of tools/bench/torchjd.ts. Prints JSON.

Routes to the same update: `autojac` (Jacobian of the shared parameters by mtl_backward), `autogram` (its Gramian without the Jacobian), and
`features` (the Gramian of the gradients at the shared features, with TorchJD's weights); `equal` is one backward pass of the sum.
"""

import json
import sys
import time

import torch
from importlib.metadata import version
from torch import nn
from torch.nn import functional as F
from torchjd.aggregation import CAGrad, MGDA, MGDAWeighting, PCGrad, PCGradWeighting, UPGrad, UPGradWeighting
from torchjd.autogram import Engine
from torchjd.autojac import jac_to_grad, mtl_backward

from peer_trunk import Trunk

settings = json.loads(sys.argv[1])
torch.set_num_threads(settings["threads"])
B, S, WARM, STEPS = (settings[name] for name in ("rows", "size", "warmup", "steps"))
METHODS = {"upgrad": (UPGrad, UPGradWeighting), "pcgrad": (PCGrad, PCGradWeighting), "mgda": (MGDA, MGDAWeighting)}
try:
    CAGrad(c=0.5)
except ImportError:  # it wants cvxpy
    pass
else:
    METHODS["cagrad"] = (lambda: CAGrad(c=0.5), lambda: CAGrad(c=0.5).gramian_weighting)


def variant(tasks, method, route):
    torch.manual_seed(0)
    trunk, heads = Trunk(S), nn.ModuleList(nn.Linear(64, 4) for _ in range(tasks))
    parameters = [*trunk.parameters(), *heads.parameters()]
    adam = torch.optim.Adam(parameters, 1e-3, fused=True)
    images = torch.randn(B, 1, S, S).numpy()
    labels = [(torch.arange(B) * (task + 1) + task) % 4 for task in range(tasks)]
    aggregator, weighting = (kind() for kind in METHODS[method]) if method != "equal" else (None, None)
    engine = Engine(trunk, batch_dim=None) if route == "autogram" else None
    shared = list(trunk.parameters())

    def step():
        features = trunk(torch.from_numpy(images))
        losses = [F.cross_entropy(head(features), label) for head, label in zip(heads, labels)]
        adam.zero_grad()
        if route == "equal":
            sum(losses).backward()
        elif route == "autojac":
            mtl_backward(losses, features=features)
            jac_to_grad(shared, aggregator)
        elif route == "autogram":
            stacked = torch.stack(losses)
            stacked.backward(weighting(engine.compute_gramian(stacked)))
        else:
            rows = [torch.autograd.grad(loss, features, retain_graph=True)[0].flatten() for loss in losses]
            jacobian = torch.stack(rows)
            torch.stack(losses).backward(weighting(jacobian @ jacobian.T))
        adam.step()
        return [loss.item() for loss in losses]

    return step


names = [("equal", "equal")] + [(method, route) for method in METHODS for route in ("autojac", "autogram", "features")]
results = []
for tasks in settings["tasks"]:
    steps = [variant(tasks, method, route) for method, route in names]
    times = [[] for _ in names]
    processor = [[] for _ in names]
    for index in range(WARM + STEPS):
        for at, step in enumerate(steps):
            start, before = time.perf_counter(), time.process_time()
            step()
            if index >= WARM:
                processor[at].append((time.process_time() - before) * 1000)
                times[at].append((time.perf_counter() - start) * 1000)
    for (method, route), taken, used in zip(names, times, processor):
        medians = {"milliseconds": sorted(taken)[STEPS // 2], "processor": sorted(used)[STEPS // 2]}
        results.append({"tasks": tasks, "method": method, "route": route, **medians})
print(json.dumps({"torch": torch.__version__, "torchjd": version("torchjd"), "results": results}))
