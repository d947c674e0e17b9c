"""Bulk screening end to end beside the bare encoder on the same spans, in one run: how much is spent outside it?"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from api.offline import screen_folder
from matching.embedder import SentenceEmbedder
from matching.redact import Redactor
from models.settings import ROOT, Settings
from screening.extract import Reader
from screening.parse import parse
from tests.bench.figures import figure

RESUMES = ROOT / "samples" / "resumes"


def sample_spans() -> list[str]:
    """The unique redacted spans of all readable samples: what the encoder has to do at the least."""
    from models.errors import UnreadableDocument

    now, found = datetime.now(UTC).date(), set()
    reader = Reader(Settings().screening)
    for file in sorted(RESUMES.iterdir()):
        try:
            parsed = parse(reader.read(file.read_bytes(), file.name), now=now)
        except UnreadableDocument:
            continue
        redactor = Redactor([parsed.resume.basics.name or ""])
        found.update(redactor.redact(span.text).text for span in parsed.spans)
    reader.close()
    return sorted(found, key=len)


def main() -> bool:
    job = ROOT / "samples" / "jobs" / "backend_engineer.md"
    spans = sample_spans()
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
