"""The steps of tools/bench/torchjd-peer.py with LibMTL's shared trunk and its ways of weighting, timed. Prints JSON.

Only the modules of architectures and weightings are loaded: the package itself also loads models of images, which need torchvision.
"""

import importlib.util
import json
import pathlib
import sys
import time
import types
from importlib.metadata import version

import torch
from torch import nn
from torch.nn import functional as F

root = pathlib.Path(importlib.util.find_spec("LibMTL").submodule_search_locations[0])
for name in ("LibMTL", "LibMTL.architecture", "LibMTL.weighting"):
    bare = types.ModuleType(name)
    bare.__path__ = [str(root.parent.joinpath(*name.split(".")))]
    sys.modules[name] = bare

from LibMTL.architecture.HPS import HPS  # noqa: E402
from LibMTL.weighting.CAGrad import CAGrad  # noqa: E402
from LibMTL.weighting.EW import EW  # noqa: E402
from LibMTL.weighting.MGDA import MGDA  # noqa: E402
from LibMTL.weighting.PCGrad import PCGrad  # noqa: E402

from peer_trunk import Trunk  # noqa: E402

settings = json.loads(sys.argv[1])
torch.set_num_threads(settings["threads"])
B, S, WARM, STEPS = (settings[name] for name in ("rows", "size", "warmup", "steps"))
# Options are those of its command line by default. This version of CAGrad is written for three tasks.
METHODS = {"equal": (EW, {}), "pcgrad": (PCGrad, {}), "mgda": (MGDA, {"mgda_gn": "none"}),
           "cagrad": (CAGrad, {"calpha": 0.5, "rescale": 1})}


def variant(tasks, method):
    torch.manual_seed(0)
    weighting, options = METHODS[method]
    names = [f"task{task}" for task in range(tasks)]
    heads = nn.ModuleDict({name: nn.Linear(64, 4) for name in names})
    # It writes into gradients that it has set to zero, which PyTorch 2 sets to None unless told.
    zeroed = {"zero_grad_share_params": lambda self: self.encoder.zero_grad(set_to_none=False)}
    kind = type("Model", (HPS, weighting), {"__init__": HPS.__init__, **zeroed})
    model = kind(names, lambda: Trunk(S), heads, False, False, torch.device("cpu"))
    model.init_param()
    adam = torch.optim.Adam(model.parameters(), 1e-3, fused=True)
    images = torch.randn(B, 1, S, S).numpy()
    labels = [(torch.arange(B) * (task + 1) + task) % 4 for task in range(tasks)]

    def step():
        outputs = model(torch.from_numpy(images))
        losses = torch.stack([F.cross_entropy(outputs[name], label) for name, label in zip(names, labels)])
        adam.zero_grad(set_to_none=False)
        model.backward(losses, **options)
        adam.step()
        return [loss.item() for loss in losses]

    return step


results = []
for tasks in settings["tasks"]:
    names = [name for name in METHODS if name != "cagrad" or tasks == 3]
    steps = [variant(tasks, name) for name in names]
    times = [[] for _ in names]
    processor = [[] for _ in names]
    for index in range(WARM + STEPS):
        for at, step in enumerate(steps):
            start, before = time.perf_counter(), time.process_time()
            step()
            if index >= WARM:
                processor[at].append((time.process_time() - before) * 1000)
                times[at].append((time.perf_counter() - start) * 1000)
    for name, taken, used in zip(names, times, processor):
        medians = {"milliseconds": sorted(taken)[STEPS // 2], "processor": sorted(used)[STEPS // 2]}
        results.append({"tasks": tasks, "method": name, "route": "libmtl", **medians})
print(json.dumps({"torch": torch.__version__, "libmtl": version("LibMTL"), "results": results}))
