"""Golden directions for packages/balance, from TorchJD in float64. Run: python tools/goldens/aggregation.py

Only where it computes what the definition says: iterative solvers run to convergence, ridges are made negligible.
"""

import importlib.metadata
import json
import pathlib

import torch
import torchjd.aggregation as jd
from torchjd.linalg import QuadprogProjector

SEED = 20250311
FILE = pathlib.Path(__file__).resolve().parents[2] / "packages" / "balance" / "src" / "aggregation" / "aggregation.golden.json"
torch.set_default_dtype(torch.float64)
draw = torch.Generator().manual_seed(SEED)
SHAPES = [(2, 3), (2, 6), (3, 5), (5, 9), (8, 12)]
TINY = {"projector": QuadprogProjector(norm_eps=1e-300, reg_eps=1e-12)}


def matrix(rows, columns, shift):
    return torch.randn(rows, columns, generator=draw) + shift


def methods(rows):
    yield "mgda", {}, jd.MGDA(epsilon=1e-15, max_iters=50000), 1e-3  # Frank-Wolfe converges sublinearly
    yield "imtlG", {}, jd.IMTLG(), 1e-6
    for scale in ("min", "median", "rmse"):
        yield "aligned", {"scale": scale}, jd.AlignedMTL(scale_mode=scale), 1e-6
    yield "config", {}, jd.ConFIG(), 1e-6
    yield "upgrad", {}, jd.UPGrad(**TINY), 1e-6
    yield "dualProj", {}, jd.DualProj(**TINY), 1e-6
    preference = [0.5 + 0.25 * row for row in range(rows)]
    vector = torch.tensor(preference)
    yield "upgrad", {"preference": preference}, jd.UPGrad(vector, **TINY), 1e-6
    yield "dualProj", {"preference": preference}, jd.DualProj(vector, **TINY), 1e-6
    yield "aligned", {"preference": preference}, jd.AlignedMTL(vector), 1e-6
    yield "config", {"preference": preference}, jd.ConFIG(vector), 1e-6
    for alpha in (0.5, 1.0, 2.0):
        yield "fairgrad", {"alpha": alpha}, jd.FairGrad(alpha=alpha), 1e-6
    for c in (0.3, 1.0):
        yield "cagrad", {"c": c}, jd.CAGrad(c=c, norm_eps=1e-12), 1e-3  # an interior-point solver, to its own tolerance
    if rows == 2:
        yield "pcgrad", {}, jd.PCGrad(), 1e-6
    if rows >= 5:
        yield "krum", {"byzantine": 1, "selected": 2}, jd.Krum(n_byzantine=1, n_selected=2), 1e-6


cases = []
for rows, columns in SHAPES:
    for shift in (0.0, 0.4):
        jacobian = matrix(rows, columns, shift)
        cases.append({"jacobian": jacobian.tolist(), "results": [
            {"method": method, "options": options, "direction": aggregator(jacobian).tolist(), "tolerance": tolerance}
            for method, options, aggregator, tolerance in methods(rows)]})

# No direction improves all of eight gradients in the plane; and two of five are equal. CAGrad with c < 1 has a direction there too.
for jacobian in (matrix(8, 2, 0.2), matrix(5, 9, 0.2)[[0, 1, 2, 3, 0]]):
    cases.append({"jacobian": jacobian.tolist(), "results": [
        {"method": method, "options": options, "direction": aggregator(jacobian).tolist(), "tolerance": tolerance}
        for method, options, aggregator, tolerance in (
            ("cagrad", {"c": 0.3}, jd.CAGrad(c=0.3, norm_eps=1e-12), 1e-3),
            ("cagrad", {"c": 0.8}, jd.CAGrad(c=0.8, norm_eps=1e-12), 1e-3),
            ("upgrad", {}, jd.UPGrad(**TINY), 1e-6),
            ("dualProj", {}, jd.DualProj(**TINY), 1e-6))]})

# Four steps of a method with memory, for two tasks, where no order is drawn.
history = []
vaccine = jd.GradVac(beta=0.5)
for _ in range(4):
    jacobian = matrix(2, 4, 0.2)
    history.append({"jacobian": jacobian.tolist(), "direction": vaccine(jacobian).tolist()})

FILE.write_text(json.dumps({
    "generator": f"torchjd {importlib.metadata.version('torchjd')}",
    "script": "tools/goldens/aggregation.py",
    "seed": SEED,
    "cases": cases,
    "gradvac": {"beta": 0.5, "steps": history},
}) + "\n")
