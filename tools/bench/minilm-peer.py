"""Fine-tuning of a published MiniLM with two heads in PyTorch, the peak memory of the process: prints JSON.

  python minilm-peer.py FOLDER [--steps 24] [--widths 24,40,56,64] [--batch 32] [--attention sdpa]

FOLDER has `model.safetensors` of BERT with 6 layers of width 384, such as all-MiniLM-L6-v2. Batches of random tokens have the widths in turn;
at the end come one evaluation of each width and a file of the weights and the optimizer's state, as `polytask train` does it. It is the peer
of `polytask train`, see docs/benchmarks.md.
"""

import argparse
import json
import os
import resource
import tempfile

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--steps", type=int, default=24)
parser.add_argument("--widths", default="24,40,56,64")
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--attention", choices=["sdpa", "plain"], default="sdpa")
given = parser.parse_args()
widths = [int(width) for width in given.widths.split(",")]
WIDTH, HEADS, LAYERS, INNER, TOKENS = 384, 12, 6, 1536, 30522
torch.set_num_threads(1)
torch.manual_seed(0)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.value, self.output = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.first, self.second = nn.LayerNorm(WIDTH, 1e-12), nn.LayerNorm(WIDTH, 1e-12)
        self.up, self.down = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)

    def forward(self, x, mask):
        rows, time, _ = x.shape
        rate = 0.1 if self.training else 0.0

        def split(y):
            return y.view(rows, time, HEADS, WIDTH // HEADS).transpose(1, 2)

        q, k, v = split(self.query(x)), split(self.key(x)), split(self.value(x))
        if given.attention == "sdpa":
            c = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=rate)
        else:
            c = F.dropout(torch.softmax(q @ k.transpose(-1, -2) / (WIDTH // HEADS) ** 0.5 + mask, -1), rate) @ v
        x = self.first(x + F.dropout(self.output(c.transpose(1, 2).reshape(rows, time, WIDTH)), rate))
        return self.second(x + F.dropout(self.down(F.gelu(self.up(x))), rate))


# What the file calls the parts of a block.
PARTS = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "output": "attention.output.dense",
    "first": "attention.output.LayerNorm",
    "up": "intermediate.dense",
    "down": "output.dense",
    "second": "output.LayerNorm",
}


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.positions, self.types = (nn.Embedding(count, WIDTH) for count in (TOKENS, 512, 2))
        self.norm = nn.LayerNorm(WIDTH, 1e-12)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.dense = nn.Linear(WIDTH, 128)
        self.heads = nn.ModuleList([nn.Linear(128, 4), nn.Linear(128, 2)])

    @torch.no_grad()
    def load(self, tensors):
        for name, place in (("words", "word"), ("positions", "position"), ("types", "token_type")):
            getattr(self, name).weight.copy_(tensors[f"embeddings.{place}_embeddings.weight"])
        parts = [(self.norm, "embeddings.LayerNorm")]
        for index, block in enumerate(self.blocks):
            parts += [(getattr(block, own), f"encoder.layer.{index}.{name}") for own, name in PARTS.items()]
        for part, name in parts:
            part.weight.copy_(tensors[f"{name}.weight"])
            part.bias.copy_(tensors[f"{name}.bias"])

    def forward(self, ids, lengths):
        time = ids.shape[1]
        present = torch.arange(time)[None] < lengths[:, None]
        mask = torch.where(present, 0.0, -1e9)[:, None, None]
        x = self.norm(self.words(ids) + self.positions(torch.arange(time)) + self.types.weight[0])
        x = F.dropout(x, 0.1, self.training)
        for block in self.blocks:
            x = block(x, mask)
        pooled = F.dropout((x * present[..., None]).sum(1) / lengths[:, None], 0.3, self.training)
        hidden = F.relu(self.dense(pooled))
        return [head(hidden) for head in self.heads]


def batch(width):
    return torch.randint(1000, TOKENS, (given.batch, width)), torch.randint(width // 2, width + 1, (given.batch,))


model = Model()
model.load(load_file(os.path.join(given.folder, "model.safetensors")))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.01, fused=True)
for step in range(given.steps):
    outputs = model(*batch(widths[step % len(widths)]))
    loss = sum(F.cross_entropy(out, torch.randint(out.shape[1], (given.batch,))) for out in outputs)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    loss.item()
model.eval()
with torch.inference_mode():
    for width in widths:
        model(*batch(width))
with tempfile.TemporaryFile() as file:
    torch.save({"weights": model.state_dict(), "optimizer": optimizer.state_dict()}, file)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"version": torch.__version__, "attention": given.attention, "peakMiB": round(peak)}))
