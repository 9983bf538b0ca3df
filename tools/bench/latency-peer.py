"""The labels of one sentence by a Transformer with two heads in PyTorch, timed from token ids: the peer of tools/bench/latency.ts.

Each variant is a way to run the same model; the fastest one is what is compared with.
"""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

configuration = json.loads(sys.argv[1])
torch.set_num_threads(configuration["threads"])
T, D, H, L, V = (configuration[name] for name in ("time", "width", "heads", "layers", "vocabulary"))
WARM, COUNT, LONGEST = (configuration[name] for name in ("warmup", "count", "maxLength"))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.value, self.output = (nn.Linear(D, D) for _ in range(4))
        self.first, self.second = nn.LayerNorm(D), nn.LayerNorm(D)
        self.up, self.down = nn.Linear(D, 4 * D), nn.Linear(4 * D, D)

    def forward(self, x, mask):
        def split(y):
            return y.view(1, -1, H, D // H).transpose(1, 2)

        y = self.first(x)
        c = F.scaled_dot_product_attention(split(self.query(y)), split(self.key(y)), split(self.value(y)), attn_mask=mask)
        x = x + self.output(c.transpose(1, 2).reshape(1, -1, D))
        return x + self.down(F.gelu(self.up(self.second(x))))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(V, D), nn.Parameter(torch.randn(LONGEST, D) * 0.02)
        self.blocks, self.norm = nn.ModuleList(Block() for _ in range(L)), nn.LayerNorm(D)
        self.topic, self.sentiment = nn.Linear(D, 4), nn.Linear(D, 2)

    def forward(self, ids, lengths):
        keep = torch.arange(ids.shape[1])[None] < lengths[:, None]
        x = self.tokens(ids) + self.positions[: ids.shape[1]]
        mask = keep[:, None, None]
        for block in self.blocks:
            x = block(x, mask)
        pooled = (self.norm(x) * keep[..., None]).sum(1) / lengths[:, None]
        return self.topic(pooled), self.sentiment(pooled)


def measure(model):
    times = []
    for n in range(WARM + COUNT):
        ids = [[1 + (n * 31 + at * 17) % 60 for at in range(T)]]
        start = time.perf_counter()
        with torch.inference_mode():
            outputs = model(torch.tensor(ids), torch.tensor([T]))
            _ = [torch.softmax(output, -1).tolist() for output in outputs]
        times.append((time.perf_counter() - start) * 1000)
    times = sorted(times[WARM:])
    return {"median": times[COUNT // 2], "p95": times[int(COUNT * 0.95)]}


torch.manual_seed(0)
model = Model().eval()
variants = {"eager": measure(model)}
with torch.inference_mode():
    traced = torch.jit.freeze(torch.jit.trace(model, (torch.ones(1, T, dtype=torch.int64), torch.tensor([T])), check_trace=False))
variants["traced and frozen"] = measure(traced)
try:
    variants["compiled"] = measure(torch.compile(model))
except Exception:  # it needs a C++ compiler
    pass
print(json.dumps({"version": torch.__version__, "variants": variants}))
