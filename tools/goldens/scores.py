"""Scores of probabilities and numbers, by scikit-learn and SciPy: python tools/goldens/scores.py > packages/metrics/src/scores.golden.json"""
import json, sys
import numpy as np, sklearn
from sklearn import metrics as m
try:
    from scipy import stats
    import scipy
except ImportError:
    stats = None
rng = np.random.default_rng(20261124)
cases = []
for name, n, classes, ties in [("binary", 40, 2, False), ("three classes with ties", 60, 3, True), ("five classes", 120, 5, False)]:
    labels = [chr(97 + i) for i in range(classes)]
    raw = rng.gamma(1.0, size=(n, classes)) + 0.05
    if ties: raw = np.ceil(raw * 2)
    p = raw / raw.sum(1, keepdims=True)
    y = np.array([rng.choice(classes, p=row) if rng.random() < 0.7 else rng.integers(classes) for row in p])
    one = np.eye(classes)[y]
    pred = p.argmax(1)
    cases.append(dict(name=name, labels=labels, probabilities=p.tolist(), actual=[labels[i] for i in y],
        logLoss=m.log_loss(y, p, labels=list(range(classes))),
        brier=float(((p - one) ** 2).sum(1).mean()),
        top2=float(m.top_k_accuracy_score(y, p, k=2, labels=list(range(classes)))) if classes > 2 else 1.0,
        rocAucMacro=float(np.mean([m.roc_auc_score(one[:, c], p[:, c]) for c in range(classes)])),
        rocAucWeighted=float(np.average([m.roc_auc_score(one[:, c], p[:, c]) for c in range(classes)], weights=one.sum(0))),
        rocAucLast=float(m.roc_auc_score(one[:, -1], p[:, -1])),
        averagePrecisionMacro=float(np.mean([m.average_precision_score(one[:, c], p[:, c]) for c in range(classes)])),
        averagePrecisionLast=float(m.average_precision_score(one[:, -1], p[:, -1])),
        predicted=[labels[i] for i in pred], kappa=m.cohen_kappa_score(y, pred), matthews=m.matthews_corrcoef(y, pred),
        uar=m.balanced_accuracy_score(y, pred)))
numbers = []
for name, n, offset in [("near 0", 30, 0.0), ("far from 0", 50, 1e6)]:
    t = rng.normal(size=n) * 3 + offset
    y = t + rng.normal(size=n)
    t, y = np.round(t, 1), np.round(y, 1)
    numbers.append(dict(name=name, predicted=y.tolist(), actual=t.tolist(), mse=m.mean_squared_error(t, y), mae=m.mean_absolute_error(t, y),
        r2=m.r2_score(t, y), explainedVariance=m.explained_variance_score(t, y), pearson=float(np.corrcoef(t, y)[0, 1]),
        spearman=float(stats.spearmanr(t, y)[0])))
json.dump(dict(generator=f"scikit-learn {sklearn.__version__}, SciPy {scipy.__version__}", script="tools/goldens/scores.py", seed=20261124, cases=cases, numbers=numbers), sys.stdout, indent=1)
