"""What TorchJD makes of the Jacobians of tools/bench/conformance.ts, in float64: reads and writes the files that the settings name, prints JSON.

Each method runs twice: as it is by default, and as near to its definition as its options allow (`tight`: solvers run on, ridges are made negligible).
Where orders or numbers are drawn, those of the case take their place.
"""

import json
import pathlib
import sys
import warnings
from importlib.metadata import version

import numpy
import torch
import torchjd.aggregation as jd
from scipy.optimize import nnls

warnings.filterwarnings("ignore")
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
settings = json.loads(sys.argv[1])


def projector():
    from torchjd.linalg import QuadprogProjector
    return QuadprogProjector(norm_eps=1e-300, reg_eps=1e-12)


def aggregators(method, options, rows, tight):
    if method == "mgda":
        return jd.MGDA(epsilon=1e-15, max_iters=2000) if tight else jd.MGDA()
    if method == "upgrad":
        return jd.UPGrad(projector=projector()) if tight else jd.UPGrad()
    if method == "dualProj":
        return jd.DualProj(projector=projector()) if tight else jd.DualProj()
    if method == "cagrad":
        return jd.CAGrad(norm_eps=1e-12 if tight else 1e-4, **options)
    if method == "nash":
        return jd.NashMTL(n_tasks=rows, max_norm=1.0, optim_niter=100 if tight else 20)
    if method == "fairgrad":
        return jd.FairGrad(max_iters=10000 if tight else None, **options)
    if method == "gradvac" and tight:
        return jd.GradVac(eps=1e-300)
    return {"imtlG": jd.IMTLG, "config": jd.ConFIG, "pcgrad": jd.PCGrad, "gradvac": jd.GradVac,
            "aligned": lambda scale="min": jd.AlignedMTL(scale_mode=scale),
            "krum": lambda byzantine, selected: jd.Krum(n_byzantine=byzantine, n_selected=selected)}[method](**options)


def as_drawn(method, orders):
    """torch.randperm that answers with the orders of the case; GradVac permutes the other tasks by their rank."""
    turn = iter(range(len(orders)))

    def randperm(count, **_):
        i = next(turn)
        order = orders[i]
        return torch.tensor([j - (j > i) for j in order if j != i] if method == "gradvac" else order)

    return randperm


def answers(one, method, options, tight):
    jacobian = torch.tensor(one["jacobian"])
    drawn, torch.randperm = torch.randperm, as_drawn(method, one["orders"])
    root = torch.sqrt
    if method == "krum" and tight:  # the paper adds squared distances, TorchJD distances
        torch.sqrt = lambda squares: squares
    try:
        aggregator = aggregators(method, options, len(jacobian), tight)
        if method == "config":
            return {"direction": aggregator(jacobian).tolist()}
        weighting = aggregator.weighting if method == "nash" else aggregator.gramian_weighting
        weights = weighting(jacobian if method == "nash" else jacobian @ jacobian.T)
        return {"weights": weights.tolist(), "direction": (weights @ jacobian).tolist()}
    except Exception as error:  # a failure of the peer is a result
        return {"error": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"}
    finally:
        torch.randperm, torch.sqrt = drawn, root


def projections(jacobian):
    """The direction of UPGrad by another way: each gradient projected on the dual cone by non-negative least squares on the Jacobian itself."""
    rows = numpy.array(jacobian)
    lengths = numpy.linalg.norm(rows, axis=1)
    basis = (rows[lengths > 0] / lengths[lengths > 0, None]).T
    direction = numpy.zeros(rows.shape[1])
    for row, length in zip(rows, lengths):
        if length > 0:
            direction += length * (row / length + basis @ nnls(basis, -row / length, maxiter=10000)[0])
    return (direction / len(rows)).tolist()


def follower(name, options, tasks):
    """What has a memory, or works entry by entry: one aggregator for all steps of a sequence."""
    if name == "gradvac":
        return jd.GradVac(eps=1e-300, **options)
    if name.startswith("smoothed"):
        return jd.GramianWeightedAggregator(jd.CRMOGMWeighting(jd.UPGrad(projector=projector()).gramian_weighting, **options))
    if name == "excessMtl":  # its own first step takes the excess as it is, not relative to the first; after one of warm-up it does
        return jd.ExcessMTL(robust_step_size=options["rate"], n_warmup_steps=1)
    if name == "trimmedMean":
        return jd.TrimmedMean(options["trim"])
    return jd.GradDrop(leak=torch.full((tasks,), options["leak"]))


def followed(name, options, sequence):
    aggregator = follower(name, options, sequence["tasks"])
    directions = []
    permuted, uniform = torch.randperm, torch.rand
    try:
        for step in sequence["steps"]:
            torch.randperm = as_drawn(name, step["orders"])
            torch.rand = lambda *_, **__: torch.tensor(step["draws"])
            directions.append(aggregator(torch.tensor(step["jacobian"])).tolist())
    except ValueError:  # too few tasks
        return None
    finally:
        torch.randperm, torch.rand = permuted, uniform
    return directions


given = json.loads(pathlib.Path(settings["input"]).read_text())
results = {}
for name, method, options, every in settings["methods"]:
    some = [one for one in given["cases"] if one["index"] % every == 0]
    results[name] = [{"index": one["index"], "default": answers(one, method, options, False),
                      "tight": answers(one, method, options, True)} for one in some]
    if method == "upgrad":
        for one, answer in zip(some, results[name]):
            answer["reference"] = projections(one["jacobian"])
sequences = {name: [followed(name, options, one) for one in given["sequences"]] for name, options in settings["followed"]}
written = json.dumps({"cases": results, "sequences": sequences})
pathlib.Path(settings["output"]).write_text(written.replace("NaN", "null").replace("Infinity", "null"))
print(json.dumps({"torch": torch.__version__, "torchjd": version("torchjd")}))
