"""Outputs and gradients of PyTorch's LSTM and GRU: writes packages/core/src/layers/recurrent.golden.json."""

import json
import pathlib

import torch

torch.manual_seed(11)
torch.set_default_dtype(torch.float64)
features, units, lengths = 3, 4, [5, 2, 4]
time = max(lengths)
x = torch.randn(len(lengths), time, features)
for row, length in enumerate(lengths):
    x[row, length:] = 0


def named(module, suffix, gradient):
    get = lambda name: getattr(module, name + suffix).grad if gradient else getattr(module, name + suffix).detach()
    transposed = {"inputWeight": get("weight_ih_l0").T.tolist(), "recurrentWeight": get("weight_hh_l0").T.tolist()}
    if isinstance(module, torch.nn.GRU):
        return {**transposed, "inputBias": get("bias_ih_l0").tolist(), "recurrentBias": get("bias_hh_l0").tolist()}
    # the layer has the sum of the two; each has its gradient
    bias = get("bias_ih_l0") if gradient else get("bias_ih_l0") + get("bias_hh_l0")
    return {**transposed, "bias": bias.tolist()}


def case(kind, bidirectional):
    module = kind(features, units, batch_first=True, bidirectional=bidirectional)
    given = x.clone().requires_grad_()
    packed = torch.nn.utils.rnn.pack_padded_sequence(given, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
    output, _ = torch.nn.utils.rnn.pad_packed_sequence(module(packed)[0], batch_first=True, total_length=time)
    weights = torch.sin(1.7 * torch.arange(output.numel()) + 0.4).reshape(output.shape)
    (output * weights).sum().backward()
    tree = lambda gradient: (
        {"forward": named(module, "", gradient), "backward": named(module, "_reverse", gradient)}
        if bidirectional
        else named(module, "", gradient)
    )
    return {
        "params": tree(False),
        "output": output.tolist(),
        "gradients": {"params": tree(True), "x": given.grad.tolist()},
    }


cases = {
    "lstm": case(torch.nn.LSTM, False),
    "gru": case(torch.nn.GRU, False),
    "bidirectionalLstm": case(torch.nn.LSTM, True),
    "bidirectionalGru": case(torch.nn.GRU, True),
}
cases["rematerialisedGru"] = cases["gru"]
result = {
    "generator": f"torch {torch.__version__.split('+')[0]}, tools/goldens/recurrent.py",
    "seed": 11,
    "features": features,
    "units": units,
    "lengths": lengths,
    "x": x.tolist(),
    "cases": cases,
}
path = pathlib.Path(__file__).parents[2] / "packages/core/src/layers/recurrent.golden.json"
rounded = json.loads(json.dumps(result), parse_float=lambda text: float(f"{float(text):.9g}"))
path.write_text(json.dumps(rounded, separators=(",", ":")) + "\n")
