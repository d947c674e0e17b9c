"""Bulk screening end to end beside the bare encoder on the same spans, in one run: how much is spent outside it?"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from api.offline import posting_of, screen_folder
from matching.torch_encoder import SentenceEmbedder
from models.engines import Vectors
from models.errors import UnreadableDocument
from models.settings import ROOT, Settings
from screening.extract import Reader
from screening.parse import parse
from screening.screen import Screener
from tests.bench.figures import figure
from tests.fakes import FakeEmbedder

RESUMES = ROOT / "samples" / "resumes"


class Noting(FakeEmbedder):
    """Remembers what it was asked to embed."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.texts.update(texts)
        return super().embed(texts)


def embedded_texts(job: Path) -> list[str]:
    """Every distinct text that screening the samples gives to the encoder: what it has to do at the least."""
    now, parsed = datetime.now(UTC).date(), []
    with closing(Reader(Settings().screening)) as reader:
        for file in sorted(RESUMES.iterdir()):
            with suppress(UnreadableDocument):
                parsed.append(parse(reader.read(file.read_bytes(), file.name), now=now))
    noting = Noting()
    Screener(posting_of(job).requirements, noting, threshold=0.5, review_band=0.1).screen_many(parsed, now=now)
    return sorted(noting.texts, key=len)


def main() -> bool:
    job = ROOT / "samples" / "jobs" / "backend_engineer.md"
    spans = embedded_texts(job)
    encoder = SentenceEmbedder()
    encoder.embed(spans[:8])
    began = time.perf_counter()
    encoder.embed(spans)
    bare = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        told = lambda _done, _total: None  # noqa: E731
        cold = screen_folder(settings, job, RESUMES, threshold=None, now=datetime.now(UTC).date(), told=told)["timing"]
        warm = screen_folder(settings, job, RESUMES, threshold=None, now=datetime.now(UTC).date(), told=told)["timing"]
    figure(
        "screening",
        "resumes a second, end to end, nothing cached",
        cold["resumes_per_second"],
        "1/s",
        files=cold["files"],
    )
    figure("screening", "resumes a second, everything cached", warm["resumes_per_second"], "1/s")
    figure("screening", "encoder alone", len(spans) / bare, "spans/s", spans=len(spans))
    figure("screening", "end to end / encoder alone", cold["seconds"] / bare, "ratio", note="model loading included")
    return True


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
