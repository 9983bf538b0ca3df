"""Scores of label sets, spans, boxes and ordered labels, by scikit-learn, seqeval and pycocotools:
python tools/goldens/structured.py > packages/metrics/src/structured.golden.json"""
import contextlib, io, json, sys, warnings
from importlib.metadata import version
import numpy as np, sklearn
from sklearn import metrics as m
from seqeval import metrics as s
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

SEED = 20261128
rng = np.random.default_rng(SEED)
warnings.simplefilter("ignore")  # scikit-learn and seqeval warn where they set 0/0 to 0


def label_sets(name, rows, labels, keep, flip):
    names = [chr(97 + i) for i in range(labels)]
    truth = (rng.random((rows, labels)) < np.linspace(keep, keep / 4, labels)).astype(int)
    found = np.where(rng.random((rows, labels)) < flip, 1 - truth, truth)
    scores = {}
    for average in ("micro", "macro", "weighted", "samples"):
        scores[average] = {title: float(f(truth, found, average=average)) for title, f in
            [("precision", m.precision_score), ("recall", m.recall_score), ("f1", m.f1_score), ("jaccard", m.jaccard_score)]}
    sets = lambda matrix: [[names[i] for i in np.flatnonzero(row)] for row in matrix]
    return dict(name=name, labels=names, predicted=sets(found), actual=sets(truth), scores=scores,
        subsetAccuracy=m.accuracy_score(truth, found), hammingLoss=m.hamming_loss(truth, found))


def spans(name, texts, tags, keep):
    actual = [[str(t) for t in rng.choice(tags, size=rng.integers(1, 12), p=[0.4] + [0.6 / (len(tags) - 1)] * (len(tags) - 1))] for _ in range(texts)]
    predicted = [[t if rng.random() < keep else str(rng.choice(tags)) for t in row] for row in actual]
    scores = {average: {"precision": float(s.precision_score(actual, predicted, average=average)), "recall": float(s.recall_score(actual, predicted, average=average)),
        "f1": float(s.f1_score(actual, predicted, average=average))} for average in ("micro", "macro", "weighted")}
    types = s.f1_score(actual, predicted, average=None)
    names = sorted({e[0] for e in s.sequence_labeling.get_entities(actual)} | {e[0] for e in s.sequence_labeling.get_entities(predicted)})
    return dict(name=name, predicted=predicted, actual=actual, scores=scores, byType=dict(zip(names, map(float, types))), accuracy=s.accuracy_score(actual, predicted))


def boxes(name, images, labels, crowds):
    annotations, results, truth, found = [], [], [], []
    for image in range(1, images + 1):
        own, detected = [], []
        for _ in range(rng.integers(0, 6)):
            x, y = rng.integers(0, 120, 2); w, h = rng.integers(12, 60, 2)
            label, crowd = int(rng.integers(1, labels + 1)), bool(crowds and rng.random() < 0.25)
            own.append(dict(x=int(x), y=int(y), width=int(w), height=int(h), label=str(label), crowd=crowd))
            annotations.append(dict(id=len(annotations) + 1, image_id=image, category_id=label, bbox=[int(x), int(y), int(w), int(h)], area=int(w * h), iscrowd=int(crowd)))
            for _ in range(rng.integers(0, 4)):  # several detections of one box, more or less far off
                dx, dy, dw, dh = rng.integers(-5, 6, 4)
                score = round(float(rng.random()), 2)  # ties happen
                found_label = label if rng.random() < 0.85 else int(rng.integers(1, labels + 1))
                box = [int(x + dx), int(y + dy), int(max(4, w + dw)), int(max(4, h + dh))]
                detected.append(dict(x=box[0], y=box[1], width=box[2], height=box[3], label=str(found_label), score=score))
                results.append(dict(image_id=image, category_id=found_label, bbox=box, score=score))
        truth.append(own); found.append(detected)
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = dict(images=[dict(id=i + 1) for i in range(images)], annotations=annotations, categories=[dict(id=i + 1) for i in range(labels)])
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(results), "bbox")
        evaluation.evaluate(); evaluation.accumulate(); evaluation.summarize()
    return dict(name=name, predicted=found, actual=truth, AP=float(evaluation.stats[0]), AP50=float(evaluation.stats[1]), AP75=float(evaluation.stats[2]))


def kappa(name, rows, labels):
    actual = rng.integers(1, labels + 1, rows)
    predicted = np.clip(actual + rng.integers(-2, 3, rows), 1, labels)
    return dict(name=name, predicted=[str(v) for v in predicted], actual=[str(v) for v in actual],
        **{w or "none": float(m.cohen_kappa_score(actual, predicted, weights=w)) for w in (None, "linear", "quadratic")})


json.dump(dict(generator=f"scikit-learn {sklearn.__version__}, seqeval {version('seqeval')}, pycocotools {version('pycocotools')}", script="tools/goldens/structured.py", seed=SEED,
    labelSets=[label_sets("five labels", 30, 5, 0.7, 0.2), label_sets("rare labels, empty sets", 25, 4, 0.3, 0.1)],
    spans=[spans("BIO", 12, ["O", "B-x", "I-x", "B-y", "I-y"], 0.7), spans("BIOES", 12, ["O", "B-x", "I-x", "E-x", "S-x", "S-y"], 0.7)],
    boxes=[boxes("three labels", 12, 3, False), boxes("crowds", 12, 2, True)],
    kappa=[kappa("ratings from 1 to 12", 60, 12)]), sys.stdout)
