"""What a GPU gives: resumes from text to scores, the encoder's part of what the card can do in bf16, and Whisper over
many windows at once. Skipped, and said, where there is none.

The card's peak is measured in the same run: a product of two large bf16 matrices. Whisper has the shape of `base` and
drawn weights, which take as long as others for so many tokens; PROMISED tokens a window is more than people say.

`python -m tests.bench.gpu [--device cpu --resumes 20]`: on a processor it only shows that all of this runs."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from matching.torch_encoder import ROWS, WIDTHS, Bf16Embedder
from models.settings import ROOT
from models.values import ParsedResume
from screening.extract import Limits, read
from screening.parse import parse
from screening.posting import read_posting
from screening.prepared import span_texts
from screening.screen import Screener
from tests.bench.corpus import pdf_of
from tests.bench.figures import figure, skipped
from tests.bench.rescoring import THRESHOLD

BENCH, RESUMES = "gpu", 1_000
NOW = date(2026, 11, 1)
WINDOW_SECONDS, WINDOWS, PROMISED = 30.0, 32, 120
ROUNDS = 5


class Timed:
    """Seconds until the device has done all of it."""

    def __init__(self, device: str) -> None:
        self._device = device

    def __call__(self, work: Callable[[], object]) -> float:
        import torch

        work()  # kernels are chosen, memory is taken
        if self._device == "cuda":
            torch.cuda.synchronize()
        began = time.perf_counter()
        work()
        if self._device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - began


def peak(device: str, timed: Timed) -> float:
    """bf16 operations a second in a product that is all the card has to do."""
    import torch

    size = 8192 if device == "cuda" else 1024
    one, other = (torch.randn(size, size, device=device, dtype=torch.bfloat16) for _ in range(2))
    seconds = min(timed(lambda: one @ other) for _ in range(ROUNDS))
    return 2.0 * size**3 / seconds


def operations(encoder: Any, texts: list[str]) -> float:
    """Of the encoder's products for these texts as they are, without what they are filled up with: two for each weight
    of a layer and token, and the attention of each token to each."""
    transformer = encoder[0].auto_model
    weights = sum(one.numel() for one in transformer.encoder.parameters() if one.dim() == 2)
    width, layers = transformer.config.hidden_size, transformer.config.num_hidden_layers
    found = encoder.tokenizer(texts, truncation=True, max_length=WIDTHS[-1])["input_ids"]
    return float(sum(len(one) * (2 * weights + 4 * layers * width * len(one)) for one in found))


def encoding(device: str, timed: Timed, resumes: list[ParsedResume]) -> None:
    posting = read_posting((ROOT / "samples" / "jobs" / "backend_engineer.md").read_text("utf-8"))
    encoder = Bf16Embedder(device=device, rows=ROWS if device == "cuda" else 4)
    given = {"threshold": THRESHOLD, "review_band": 0.08, "title": posting.title, "text": posting.text}
    screener = Screener(posting.requirements, encoder, **given)
    seconds = timed(lambda: screener.screen_many(resumes, now=NOW))
    texts = sorted({text for one in resumes for text in span_texts(one)}, key=len)
    alone, most = timed(lambda: encoder.embed(texts)), peak(device, timed)
    done = operations(encoder._model, texts) / alone
    about: dict[str, Any] = {"device": device, "resumes": len(resumes), "spans": len(texts)}
    figure(BENCH, "from read text to scores, one process", len(resumes) / seconds, "resumes/s", **about)
    figure(BENCH, "encoder alone", len(texts) / alone, "spans/s", **about)
    figure(BENCH, "the card's bf16 peak", most / 1e12, "TFLOP/s", device=device)
    figure(BENCH, "encoder, of the bf16 peak", done / most, "share", tflops=round(done / 1e12, 3), **about)


def recognising(device: str, timed: Timed, windows: int) -> None:
    """Each window on its own, then all at once."""
    import torch
    import whisper
    from whisper.model import ModelDimensions, Whisper

    torch.manual_seed(1)
    model = Whisper(ModelDimensions(80, 1500, 512, 8, 6, 51864, 448, 512, 8, 6)).to(device).eval()
    options = whisper.DecodingOptions(
        language="en", fp16=device == "cuda", without_timestamps=True, sample_len=PROMISED, suppress_blank=False
    )
    for count in (1, windows):
        heard = torch.randn(count, 80, 3000, device=device, dtype=torch.float16 if device == "cuda" else torch.float32)
        seconds = timed(lambda heard=heard: model.decode(heard, options))
        spoken = WINDOW_SECONDS * count
        figure(BENCH, "Whisper base, real-time factor", seconds / spoken, "", windows=count, device=device)


def main(device: str = "cuda", count: int = RESUMES, windows: int = WINDOWS) -> bool:
    import torch

    if device == "cuda" and not torch.cuda.is_available():
        skipped(BENCH, "no CUDA device is here: nothing is known of this machine's GPU")
        return True
    resumes = [parse(read(pdf_of(number), f"{number}.pdf", Limits()), now=NOW) for number in range(count)]
    timed = Timed(device)
    encoding(device, timed, resumes)
    recognising(device, timed, windows)
    return True


if __name__ == "__main__":
    wanted = argparse.ArgumentParser()
    wanted.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    wanted.add_argument("--resumes", type=int, default=RESUMES)
    wanted.add_argument("--windows", type=int, default=WINDOWS)
    given = wanted.parse_args()
    sys.exit(0 if main(given.device, given.resumes, given.windows) else 1)
