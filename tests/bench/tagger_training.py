"""Makes matching/tagger.npz from SkillSpan train and Green train: `python -m tests.bench.tagger_training [CACHE]`.

Frozen encoder states, so a quarter of an hour on two cores is enough. With `--held` a seventh of the ads and a tenth of
Green's sentences are kept out and measured instead, and nothing is written. The dev files are never read here.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from matching.skills import Vocabulary
from matching.tagger import HEADS, LAYERS, WEIGHTS, TokenStates, features, phrases
from tests.bench.figures import figure
from tests.bench.skill_data import Sentence, sentences
from tests.bench.skills import scored

EPOCHS, BATCH, RATE, DROPOUT, SMOOTHING, AVERAGED = 5, 32, 1.5e-3, 0.35, 0.05, 0.998
Example = tuple[np.ndarray, np.ndarray, Sentence]


class Net(nn.Module):
    """As `matching.tagger.KnowledgeTagger` computes it, with dropout."""

    def __init__(self, width: int, extra: int = 17, hidden: int = 256) -> None:
        super().__init__()
        self.n, self.p, self.e = nn.LayerNorm(width), nn.Linear(width, hidden), nn.Linear(extra, hidden, bias=False)
        self.c1, self.c2 = nn.Conv1d(hidden, hidden, 3, padding=1), nn.Conv1d(hidden, hidden, 3, padding=1)
        self.o = nn.Linear(hidden, 3 * len(HEADS))

    def forward(self, states: Tensor, extra: Tensor) -> Tensor:
        seen = F.gelu(self.p(F.dropout(self.n(states), DROPOUT, self.training)) + self.e(extra))
        for mix in (self.c1, self.c2):
            kept = F.dropout(seen, DROPOUT, self.training)
            seen = seen + F.gelu(mix(kept.transpose(1, 2))).transpose(1, 2)
        return self.o(F.dropout(seen, DROPOUT, self.training)).unflatten(-1, (len(HEADS), 3))


def examples(name: str, cache: Path, vocabulary: Vocabulary) -> list[Example]:
    rows = sentences(name)
    file = cache / f"{name}.npy"
    if not file.is_file():
        states = TokenStates(cache)
        np.save(file, np.concatenate([states.of(row.words).astype(np.float16) for row in rows]))
    stored = np.load(file, mmap_mode="r")
    ends = np.cumsum([len(row.words) for row in rows])
    return [
        (np.asarray(stored[end - len(row.words) : end]), features(row.words, vocabulary), row)
        for end, row in zip(ends, rows, strict=True)
    ]


def batches(rows: list[Example]) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Of like lengths, in a random order."""
    order = sorted(range(len(rows)), key=lambda at: len(rows[at][0]) + random.random() * 4)
    groups = [order[at : at + BATCH] for at in range(0, len(order), BATCH)]
    random.shuffle(groups)
    for group in groups:
        most = max(len(rows[at][0]) for at in group)
        states = np.zeros((len(group), most, rows[group[0]][0].shape[1]), np.float32)
        extra = np.zeros((len(group), most, 17), np.float32)
        tags = np.full((len(group), most, len(HEADS)), -100)
        for row, at in enumerate(group):
            seen, more, sentence = rows[at]
            states[row, : len(seen)], extra[row, : len(seen)] = seen, more
            for head, given in sentence.tags.items():
                tags[row, : len(seen), HEADS.index(head)] = given
        yield torch.from_numpy(states), torch.from_numpy(extra), torch.from_numpy(tags)


def trained(rows: list[Example]) -> Net:
    """The running average of the weights over the last few hundred steps."""
    torch.manual_seed(0)
    random.seed(0)
    net = Net(rows[0][0].shape[1])
    average = torch.optim.swa_utils.AveragedModel(
        net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGED)
    )
    optimiser = torch.optim.AdamW(net.parameters(), RATE, weight_decay=0.02)
    steps = EPOCHS * -(-len(rows) // BATCH)
    pace = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps + 1)
    for epoch in range(EPOCHS):
        lost = 0.0
        for states, extra, tags in batches(rows):
            found = net(states, extra)
            loss = F.cross_entropy(found.reshape(-1, 3), tags.reshape(-1), label_smoothing=SMOOTHING)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            pace.step()
            average.update_parameters(net)
            lost += loss.item()
        print(f"epoch {epoch + 1} of {EPOCHS}: loss {lost:.1f}", file=sys.stderr, flush=True)
    kept: Any = average.module
    return kept.eval()


def measured(net: Net, rows: list[Example]) -> None:
    with torch.no_grad():
        scores = [
            F.log_softmax(net(torch.from_numpy(seen.astype(np.float32))[None], torch.from_numpy(more)[None]), -1)[0]
            for seen, more, _ in rows
        ]
    for at, head in enumerate(HEADS):
        own = [(row, said.numpy()) for (_, _, row), said in zip(rows, scores, strict=True) if head in row.tags]
        gold, guessed = [row.spans(head) for row, _ in own], [set(phrases(said[:, at])) for _, said in own]
        figure(
            "tagger",
            f"held-out training sentences, {head}: strict F1",
            scored(gold, guessed).strict,
            sentences=len(own),
        )
        figure("tagger", f"held-out training sentences, {head}: partial F1", scored(gold, guessed).partial)


def main() -> None:
    given = [one for one in sys.argv[1:] if one != "--held"]
    vocabulary = Vocabulary.load()
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(given[0]) if given else Path(folder)
        ads, green = (examples(f"{name}_train", cache, vocabulary) for name in ("skillspan", "green"))
        if "--held" in sys.argv:
            out = set(sorted({row.group for _, _, row in ads})[::7])
            net = trained([one for one in ads if one[2].group not in out] + [x for i, x in enumerate(green) if i % 10])
            return measured(net, [one for one in ads if one[2].group in out] + green[::10])
        net = trained(ads + green)
    weights = {name: value.detach().numpy().astype(np.float16) for name, value in net.state_dict().items()}
    np.savez_compressed(WEIGHTS, **weights)
    print(f"{WEIGHTS}: {WEIGHTS.stat().st_size / 1e6:.1f} MB, layers {LAYERS}", file=sys.stderr)


if __name__ == "__main__":
    main()
