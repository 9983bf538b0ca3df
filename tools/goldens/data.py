"""Golden numbers of packages/data: power transforms, normal quantiles, Kolmogorov-Smirnov. Run: python tools/goldens/data.py"""
import json
import pathlib

import numpy as np
import scipy
from scipy import special, stats

SEED = 20250611
random = np.random.default_rng(SEED)
root = pathlib.Path(__file__).parents[2] / "packages/data/src"

samples = {
    "lognormal": np.exp(random.normal(size=60)),
    "gamma": random.gamma(2.0, 3.0, size=50),
    "shifted": random.normal(size=40) * 4 - 3,
    "skewed": -np.exp(random.normal(size=45)) + 1,
}
power = []
for name, values in samples.items():
    case = {"name": name, "values": values.tolist()}
    yj, lam = stats.yeojohnson(values)
    case["yeoJohnson"] = {"lambda": lam, "values": ((yj - yj.mean()) / yj.std()).tolist()}
    if (values > 0).all():
        bc, lam = stats.boxcox(values)
        case["boxCox"] = {"lambda": lam, "values": ((bc - bc.mean()) / bc.std()).tolist()}
    power.append(case)
probabilities = [1e-12, 1e-7, 1e-3, 0.02, 0.2, 0.5, 0.6, 0.95, 0.9999, 1 - 1e-9]
points = [-6.0, -3.3, -1.0, -0.1, 0.0, 0.7, 2.5, 5.2]
head = {"generator": f"scipy {scipy.__version__}", "script": "tools/goldens/data.py", "seed": SEED}
(root / "normalisation/normalisation.golden.json").write_text(json.dumps({
    **head,
    "power": power,
    "normalQuantile": [{"p": p, "x": float(special.ndtri(p))} for p in probabilities],
    "normalProbability": [{"x": x, "p": float(special.ndtr(x))} for x in points],
}, indent=1) + "\n")

drift = []
for n, m, shift in [(30, 40, 0.0), (100, 80, 0.5), (50, 200, 1.5), (12, 9, 0.3)]:
    first = np.round(random.normal(size=n), 1)  # rounded: ties
    second = np.round(random.normal(size=m) + shift, 1)
    d = float(stats.ks_2samp(first, second).statistic)
    p = float(special.kolmogorov(np.sqrt(n * m / (n + m)) * d))
    drift.append({"first": first.tolist(), "second": second.tolist(), "statistic": d, "pValue": p})
(root / "report/drift.golden.json").write_text(json.dumps({**head, "kolmogorovSmirnov": drift}, indent=1) + "\n")
