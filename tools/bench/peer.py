"""One training step of a Transformer with two heads in PyTorch, timed: the peer of tools/bench/step.ts. Prints JSON.

Each variant is a way to run the same step; the fastest one is what is compared with.
"""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

configuration = json.loads(sys.argv[1])
torch.set_num_threads(configuration["threads"])
B, T, D, H, L, V = (configuration[name] for name in ("batch", "time", "width", "heads", "layers", "vocabulary"))
RATE, WARM, STEPS = configuration["dropout"], configuration["warmup"], configuration["steps"]


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.value, self.output = (nn.Linear(D, D) for _ in range(4))
        self.first, self.second = nn.LayerNorm(D), nn.LayerNorm(D)
        self.up, self.down = nn.Linear(D, 4 * D), nn.Linear(4 * D, D)

    def forward(self, x, mask, fused):
        def split(y):
            return y.view(B, T, H, D // H).transpose(1, 2)

        y = self.first(x)
        q, k, v = split(self.query(y)), split(self.key(y)), split(self.value(y))
        if fused:
            c = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        else:
            c = torch.softmax(q @ k.transpose(-1, -2) / (D // H) ** 0.5 + mask, -1) @ v
        x = x + F.dropout(self.output(c.transpose(1, 2).reshape(B, T, D)), RATE)
        return x + F.dropout(self.down(F.gelu(self.up(self.second(x)))), RATE)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(V, D), nn.Parameter(torch.randn(T, D) * 0.02)
        self.blocks, self.norm = nn.ModuleList(Block() for _ in range(L)), nn.LayerNorm(D)
        self.topic, self.sentiment = nn.Linear(D, 4), nn.Linear(D, 2)

    def forward(self, ids, lengths, fused):
        keep = torch.arange(T)[None] < lengths[:, None]
        x = F.dropout(self.tokens(ids) + self.positions, RATE)
        mask = torch.zeros(B, 1, 1, T).masked_fill(~keep[:, None, None], float("-inf"))
        for block in self.blocks:
            x = block(x, mask, fused)
        x = self.norm(x) * keep[..., None]
        pooled = x.sum(1) / lengths[:, None]
        return self.topic(pooled), self.sentiment(pooled)


def measure(attention, optimizer):
    torch.manual_seed(0)
    model = Model()
    adam = torch.optim.Adam(model.parameters(), 1e-3, fused=optimizer)
    times = []
    for step in range(WARM + STEPS):
        ids = torch.randint(0, V, (B, T)).numpy()
        lengths = (T // 2 + torch.arange(B) % (T // 2)).numpy()
        start = time.perf_counter()
        topic, sentiment = model(torch.from_numpy(ids), torch.from_numpy(lengths), attention)
        losses = F.cross_entropy(topic, torch.arange(B) % 4), F.cross_entropy(sentiment, torch.arange(B) % 2)
        adam.zero_grad()
        (losses[0] + losses[1]).backward()
        adam.step()
        _ = [loss.item() for loss in losses]
        times.append((time.perf_counter() - start) * 1000)
    return sorted(times[WARM:])


variants = {}
for attention in (False, True):
    for optimizer in (False, True):
        times = measure(attention, optimizer)
        name = ("sdpa" if attention else "plain") + (", fused Adam" if optimizer else "")
        variants[name] = {"minimum": times[0], "median": times[len(times) // 2]}
print(json.dumps({"version": torch.__version__, "variants": variants}))
