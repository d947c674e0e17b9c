"""How long a full report takes: eight competencies, forty-five minutes of transcript with the time of every word. The
page by its bar; JSON, and the PDF where WeasyPrint is installed, for information."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

from interview.report import render_html
from interview.report_json import render_json
from interview.report_pdf import WeasyPrinter
from tests.bench.figures import figure, percentile, skipped
from tests.report_world import full_report, plan, scorecard, turns

TIMES = 20
BAR = 0.3


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> bool:
    kit = plan()
    said = turns(kit, talk=7)
    given = full_report(plan=kit, turns=said, scorecard=scorecard(kit, said))
    first = seconds(lambda: render_html(given))
    used = time.process_time()
    again = [seconds(lambda: render_html(given)) for _ in range(TIMES)]
    used = (time.process_time() - used) / TIMES
    size = {"kilobytes": round(len(render_html(given)) / 1000), "words": sum(len(t.text.split()) for t in given.turns)}
    held = figure("report", "page, median", statistics.median(again), "s", at_most=BAR, times=TIMES, **size)
    figure("report", "page, 95th percentile", percentile(again, 0.95), "s")
    figure("report", "page, the first of a process", first, "s")
    figure("report", "page, processor time", used, "s")
    figure("report", "JSON, median", statistics.median(seconds(lambda: render_json(given)) for _ in range(TIMES)), "s")
    printer = WeasyPrinter()
    if printer.why_not:
        skipped("report", f"PDF: {printer.why_not}")
    else:
        page = render_html(given)
        figure("report", "PDF, A4, its process's start counted", seconds(lambda: printer.pdf(page, "A4")), "s")
    return held


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
