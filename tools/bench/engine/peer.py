"""The training steps of tools/bench/engine.ts in PyTorch, one model and one variant per process: prints JSON.

  python peer.py '{"model": "cnn", "variant": "channels last, fused Adam", "threads": 2, "warmup": 4, "steps": 15}'

With "variant": null it prints the names of the variants, of which the fastest is compared with.
"""

import json
import resource
import sys
import time

settings = json.loads(sys.argv[1])

import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

torch.set_num_threads(settings["threads"])
torch.manual_seed(0)


class Cnn(nn.Module):
    batch, size = 32, 64

    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in ((3, 32), (32, 64), (64, 128)))
        self.dense = nn.Linear((self.size // 8) ** 2 * 128, 128)
        self.heads = nn.ModuleList([nn.Linear(128, 2), nn.Linear(128, 3)])

    def inputs(self):
        return (torch.randn(self.batch, 3, self.size, self.size),)

    def forward(self, x):
        for conv in self.convs:
            x = F.max_pool2d(F.relu(conv(x)), 2)
        z = F.relu(self.dense(x.flatten(1)))
        return [head(z) for head in self.heads]


class Block(nn.Module):
    def __init__(self, a, b, stride):
        super().__init__()
        self.first, self.second = nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.Conv2d(b, b, 3, 1, 1, bias=False)
        self.norm1, self.norm2 = nn.BatchNorm2d(b), nn.BatchNorm2d(b)
        self.shortcut = nn.Identity()
        if stride > 1 or a != b:
            self.shortcut = nn.Sequential(nn.Conv2d(a, b, 1, stride, bias=False), nn.BatchNorm2d(b))

    def forward(self, x):
        y = F.relu(self.norm1(self.first(x)))
        return F.relu(self.norm2(self.second(y)) + self.shortcut(x))


class ResNet18(nn.Module):
    batch, size = 8, 96

    def __init__(self):
        super().__init__()
        self.stem, self.norm = nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)
        widths = [64, 64, 128, 256, 512]
        blocks = []
        for stage in range(1, 5):
            blocks.append(Block(widths[stage - 1], widths[stage], 1 if stage == 1 else 2))
            blocks.append(Block(widths[stage], widths[stage], 1))
        self.blocks = nn.Sequential(*blocks)
        self.heads = nn.ModuleList([nn.Linear(512, 2), nn.Linear(512, 3)])

    def inputs(self):
        return (torch.randn(self.batch, 3, self.size, self.size),)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm(self.stem(x))), 3, 2, 1)
        z = self.blocks(x).mean((2, 3))
        return [head(z) for head in self.heads]


class Mmoe(nn.Module):
    batch = 256

    def __init__(self):
        super().__init__()
        self.experts = nn.Linear(500, 8 * 64)
        self.gates = nn.ModuleList(nn.Linear(500, 8) for _ in range(2))
        self.towers = nn.ModuleList(nn.Linear(64, 32) for _ in range(2))
        self.heads = nn.ModuleList(nn.Linear(32, 2) for _ in range(2))

    def inputs(self):
        return (torch.randn(self.batch, 500),)

    def forward(self, x):
        values = F.relu(self.experts(x)).view(-1, 8, 64)
        outputs = []
        for gate, tower, head in zip(self.gates, self.towers, self.heads):
            mixed = (torch.softmax(gate(x), -1).unsqueeze(1) @ values).squeeze(1)
            outputs.append(head(F.relu(tower(mixed))))
        return outputs


class Layer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.count = heads
        self.query, self.key, self.value, self.output = (nn.Linear(width, width) for _ in range(4))
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, mask, rate, sdpa):
        rows, time_, width = x.shape

        def split(y):
            return y.view(rows, time_, self.count, width // self.count).transpose(1, 2)

        y = self.first(x)
        q, k, v = split(self.query(y)), split(self.key(y)), split(self.value(y))
        if sdpa:
            c = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        else:
            c = torch.softmax(q @ k.transpose(-1, -2) / (width // self.count) ** 0.5 + mask, -1) @ v
        x = x + F.dropout(self.output(c.transpose(1, 2).reshape(rows, time_, width)), rate)
        return x + F.dropout(self.down(F.gelu(self.up(self.second(x)))), rate)


class Transformer(nn.Module):
    batch, time, width, count, layers, tokens, rate, sdpa = 32, 64, 256, 4, 4, 8000, 0.1, False

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(self.tokens, self.width)
        self.positions = nn.Parameter(torch.randn(self.time, self.width) * 0.02)
        self.stack = nn.ModuleList(Layer(self.width, self.count) for _ in range(self.layers))
        self.norm = nn.LayerNorm(self.width)
        self.heads = nn.ModuleList([nn.Linear(self.width, 4), nn.Linear(self.width, 2)])

    def inputs(self):
        lengths = self.time // 2 + torch.arange(self.batch) % (self.time // 2)
        return torch.randint(0, self.tokens, (self.batch, self.time)), lengths

    def forward(self, ids, lengths):
        keep = torch.arange(self.time)[None] < lengths[:, None]
        x = F.dropout(self.table(ids) + self.positions, self.rate)
        mask = torch.zeros(len(ids), 1, 1, self.time).masked_fill(~keep[:, None, None], float("-inf"))
        for layer in self.stack:
            x = layer(x, mask, self.rate, self.sdpa)
        z = (self.norm(x) * keep[..., None]).sum(1) / lengths[:, None]
        return [head(z) for head in self.heads]


class Bert(Transformer):
    batch, time, width, count, layers = 8, 128, 768, 12, 2


class Crnn(nn.Module):
    """Log-mel [16, 300, 80] to characters (CTC) and an emotion."""

    batch, frames, classes, longest = 16, 300, 29, 30

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 32, 3, 2, 1), nn.Conv2d(32, 32, 3, 2, 1)
        self.project = nn.Linear(640, 128)
        self.recurrent = nn.GRU(128, 96, num_layers=2, bidirectional=True, batch_first=True)
        self.characters = nn.Linear(192, self.classes)
        self.score, self.context = nn.Linear(192, 64), nn.Linear(64, 1)
        self.hidden, self.emotion = nn.Linear(384, 64), nn.Linear(64, 4)

    def inputs(self):
        lengths = self.frames - 4 * (torch.arange(self.batch) % 16)
        return torch.randn(self.batch, self.frames, 80), (lengths + 3) // 4

    def forward(self, x, lengths):
        y = F.relu(self.second(F.relu(self.first(x.unsqueeze(1)))))
        rows, channels, time_, bands = y.shape
        y = F.relu(self.project(y.permute(0, 2, 3, 1).reshape(rows, time_, bands * channels)))
        packed = nn.utils.rnn.pack_padded_sequence(y, lengths, batch_first=True, enforce_sorted=False)
        y, _ = nn.utils.rnn.pad_packed_sequence(self.recurrent(packed)[0], batch_first=True, total_length=time_)
        keep = torch.arange(time_)[None] < lengths[:, None]
        scores = self.context(torch.tanh(self.score(y))).squeeze(-1).masked_fill(~keep, float("-inf"))
        weights = torch.softmax(scores, 1).unsqueeze(-1)
        mean = (weights * y).sum(1)
        deviation = torch.sqrt(((weights * y * y).sum(1) - mean * mean).clamp_min(1e-6))
        return self.characters(y), self.emotion(F.relu(self.hidden(torch.cat([mean, deviation], 1))))


def crnn_losses(model, outputs, inputs):
    logits, emotion = outputs
    rows = len(emotion)
    sizes = 10 + torch.arange(rows) % (model.longest - 10)
    targets = 1 + torch.arange(rows * model.longest).view(rows, -1) * 7 % (model.classes - 1)
    ctc = F.ctc_loss(F.log_softmax(logits, -1).transpose(0, 1), targets, inputs[1], sizes, reduction="sum") / sizes.sum()
    return ctc, F.cross_entropy(emotion, torch.arange(rows) % 4)


def class_losses(model, outputs, inputs):
    return [F.cross_entropy(y, torch.arange(len(y)) % y.shape[1]) for y in outputs]


models = {
    "transformer": Transformer,
    "bert": Bert,
    "cnn": Cnn,
    "resnet18": ResNet18,
    "mmoe": Mmoe,
    "crnn": Crnn,
}
name = settings["model"]
layouts = ["channels first", "channels last"] if name in ("cnn", "resnet18", "crnn") else ["plain"]
if name in ("transformer", "bert"):
    layouts = ["plain attention", "scaled_dot_product_attention"]
names = [f"{layout}, {adam}" for layout in layouts for adam in ("Adam", "fused Adam")]
variant = settings.get("variant")
if variant is None:
    print(json.dumps({"version": torch.__version__, "variants": names}))
    sys.exit()

model = models[name]()
if "scaled_dot" in variant:
    model.sdpa = True
if "last" in variant:
    model = model.to(memory_format=torch.channels_last)
adam = torch.optim.Adam(model.parameters(), 1e-3, fused="fused" in variant)
losses_of = crnn_losses if name == "crnn" else class_losses
times = []
for step in range(1 + settings["warmup"] + settings["steps"]):
    inputs = model.inputs()
    if "last" in variant and inputs[0].dim() == 4:
        inputs = (inputs[0].contiguous(memory_format=torch.channels_last), *inputs[1:])
    start = time.perf_counter()
    losses = losses_of(model, model(*inputs), inputs)
    adam.zero_grad()
    (losses[0] + 0.5 * losses[1]).backward()
    adam.step()
    read = [loss.item() for loss in losses]
    times.append((time.perf_counter() - start) * 1000)
times = sorted(times[1 + settings["warmup"] :])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"minimum": times[0], "median": times[len(times) // 2], "peakMiB": peak, "losses": read}))
