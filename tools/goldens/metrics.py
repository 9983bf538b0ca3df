"""Golden numbers for packages/metrics, from scikit-learn and scipy. Run: python tools/goldens/metrics.py"""

import json
import pathlib
import warnings

import numpy
import scipy
import scipy.stats
import sklearn
from sklearn import metrics

SEED = 20240517
FOLDER = pathlib.Path(__file__).resolve().parents[2] / "packages" / "metrics" / "src"
warnings.simplefilter("ignore")  # scikit-learn warns where it sets 0/0 to 0


def draw(generator, labels, probabilities, count, correct):
    actual = generator.choice(labels, size=count, p=probabilities)
    other = generator.choice(labels, size=count)
    predicted = numpy.where(generator.random(count) < correct, actual, other)
    return predicted.tolist(), actual.tolist()


def expected(predicted, actual, labels):
    result = {"accuracy": metrics.accuracy_score(actual, predicted)}
    for average in ("macro", "micro", "weighted"):
        scores = metrics.precision_recall_fscore_support(actual, predicted, labels=labels, average=average)[:3]
        result[average] = dict(zip(("precision", "recall", "f1Score"), map(float, scores)))
    names = labels or sorted(set(actual) | set(predicted))
    rows = zip(*metrics.precision_recall_fscore_support(actual, predicted, labels=names, average=None))
    result["perClass"] = {
        name: {"precision": float(p), "recall": float(r), "f1Score": float(f), "support": int(s)}
        for name, (p, r, f, s) in zip(names, rows)
    }
    every = sorted(set(actual) | set(predicted))
    result["confusion"] = {"labels": every, "counts": metrics.confusion_matrix(actual, predicted, labels=every).tolist()}
    return result


def case(name, predicted, actual, labels=None):
    return {"name": name, "predicted": predicted, "actual": actual, "labels": labels,
            "expected": expected(predicted, actual, labels)}


def classification():
    generator = numpy.random.default_rng(SEED)
    five = ["business", "health", "politics", "science", "sports"]
    multi = draw(generator, five, [0.3, 0.1, 0.2, 0.15, 0.25], 80, 0.6)
    binary = draw(generator, ["no", "yes"], [0.5, 0.5], 40, 0.7)
    rare = draw(generator, ["ham", "spam"], [0.95, 0.05], 120, 0.9)
    skewed = draw(generator, five, [0.9, 0.04, 0.03, 0.02, 0.01], 100, 0.5)
    never_predicted = [label if label != "health" else "science" for label in multi[0]]
    never_true = [label if label != "sports" else "politics" for label in multi[1]]
    return [
        case("two labels", *binary),
        case("two labels, one rare", *rare),
        case("a rare label never predicted", ["ham"] * 120, rare[1]),
        case("five labels", *multi),
        case("five labels, imbalanced", *skewed),
        case("a label absent from prediction", never_predicted, multi[1]),
        case("a label absent from truth", multi[0], never_true),
        case("labels absent from prediction and from truth", never_predicted, never_true),
        case("some labels asked for", *multi, labels=["sports", "health"]),
        case("more labels asked for than seen", *binary, labels=["maybe", "no", "yes"]),
        case("only a label never true asked for", multi[0], never_true, labels=["sports"]),
        case("only a label never seen asked for", *binary, labels=["maybe"]),
        case("every prediction wrong", ["b", "c", "a", "b"], ["a", "b", "c", "c"]),
        case("one example, right", ["a"], ["a"]),
        case("one example, wrong", ["b"], ["a"]),
    ]


def statistics():
    pairs = [(0, 1), (1, 1), (0, 10), (10, 10), (3, 10), (50, 100), (87, 100), (9991, 10000)]
    return {
        "wilson": [
            {"successes": k, "n": n, "level": level, "low": interval.low, "high": interval.high}
            for k, n in pairs for level in (0.8, 0.95, 0.999)
            for interval in [scipy.stats.binomtest(k, n).proportion_ci(level, method="wilson")]
        ],
        "normalQuantile": [
            {"probability": p, "quantile": float(scipy.stats.norm.ppf(p))}
            for p in (1e-300, 1e-20, 1e-9, 0.001, 0.025, 0.074, 0.076, 0.3, 0.5, 0.6, 0.925, 0.93, 0.975, 0.9999)
        ],
    }


def write(name, generator, content):
    text = json.dumps({"generator": generator, "script": "tools/goldens/metrics.py", "seed": SEED, **content}, indent=1)
    (FOLDER / name).write_text(text + "\n")


write("classification.golden.json", f"scikit-learn {sklearn.__version__}", {"cases": classification()})
write("statistics/statistics.golden.json", f"scipy {scipy.__version__}", statistics())
