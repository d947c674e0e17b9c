"""What a load costs in machines, memory, storage, bandwidth and money: `python -m deploy.sizing` writes the tables of
docs/scale.md anew; with `--resumes N --interviews N` it prints them for another load. Measured figures name the command
that prints them; assumptions are yours to replace below. What rests on a figure that nobody has measured says so."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass

from models.settings import ROOT

PAGE = ROOT / "docs" / "scale.md"
BEGIN, END = "<!-- sizing: made by python -m deploy.sizing -->", "<!-- sizing: end -->"
UNKNOWN = "not measured yet"
DAY = 86_400.0


@dataclass(frozen=True)
class Figure:
    """`value` None: nobody has measured it."""

    value: float | None
    unit: str
    about: str
    source: str


COST = "`python -m tests.bench.cost`"
MEASURED = {
    "resume_cpu": Figure(0.53, "s", "processor time of a resume, from upload to score", COST),
    "resume_rows": Figure(46.2, "kB", "rows and queue kept of a resume", COST),
    "interview_cpu": Figure(None, "s", "processor time of a minute of interview, Whisper base.en on a processor", COST),
    "fallback_cpu": Figure(17.1, "s", "the same with PocketSphinx, which is for trials; not in the sums", COST),
    "report_cpu": Figure(None, "s", "processor time from an interview's end to its report", COST),
    "worker_memory": Figure(842.0, "MB", "memory of a process that screens, its readers included", COST),
    "interview_memory": Figure(None, "MB", "memory of a service that holds one interview, Whisper included", COST),
    "recording": Figure(65.0, "MB", "a recording of 45 minutes, both voices, FLAC", "`docs/operating.md`, Recordings"),
    "microphone": Figure(0.256, "Mbit/s", "a microphone: 16 kHz, 16 bits, by the protocol", "`interview/events.py`"),
    "card": Figure(None, "x", "seconds of speech that one GPU recognises in a second", "`python -m tests.bench.gpu`"),
    "postgres": Figure(
        0.039, "s", "processor time that PostgreSQL needs for a resume", "`python -m tests.bench.scale`"
    ),
    "index_memory": Figure(
        0.145,
        "kB",
        "memory of the talent pool's index, a resume; its files come on top",
        "`python -m tests.bench.index`",
    ),
}
ASSUMED = {
    "minutes": Figure(45.0, "min", "an interview", "the longest usual"),
    "hours": Figure(10.0, "h", "of a day in which that many interviews are held", "yours to say"),
    "file": Figure(200.0, "kB", "an uploaded resume", "yours to say"),
    "kept": Figure(180.0, "days", "that files and recordings are kept", "yours, and the law's"),
    "busy": Figure(
        0.6, "", "share of a machine's processors that work is planned for", "room for peaks and a lost node"
    ),
    "machine": Figure(16.0, "vCPU", "a machine, with 64 GB", "yours to say"),
    "vcpu_hour": Figure(0.05, "$", "a vCPU for an hour, memory included", "replace it by your price"),
    "gb_month": Figure(0.023, "$", "a GB of object storage for a month", "replace it by your price"),
    "gb_out": Figure(0.05, "$", "a GB that leaves", "replace it by your price"),
}


def value(name: str) -> float:
    """Raises LookupError where nobody has measured it."""
    found = (MEASURED | ASSUMED)[name].value
    if found is None:
        raise LookupError(name)
    return found


def machines(vcpu: float) -> float:
    return math.ceil(vcpu / value("busy") / value("machine"))


def money(vcpu: float) -> float:
    """Of machines that are held all day, a month."""
    return machines(vcpu) * value("machine") * value("vcpu_hour") * 24 * 30


Row = tuple[str, str, Callable[[], float]]


def of_resumes(a_day: float) -> list[Row]:
    def vcpu() -> float:
        return a_day * value("resume_cpu") / DAY

    def stored() -> float:
        return a_day * value("file") * value("kept") / 1e9

    return [
        ("resumes a second, over the whole day", "1/s", lambda: a_day / DAY),
        ("vCPUs at work", "vCPU", vcpu),
        ("machines for them", "", lambda: machines(vcpu())),
        ("vCPUs of PostgreSQL", "vCPU", lambda: a_day * value("postgres") / DAY),
        ("rows and queue, a month", "GB", lambda: a_day * 30 * value("resume_rows") / 1e6),
        ("memory of the index over what is kept", "GB", lambda: a_day * value("kept") * value("index_memory") / 1e6),
        ("files that come in, a day", "GB", lambda: a_day * value("file") / 1e6),
        ("files kept", "TB", stored),
        ("that comes in, in the mean", "Mbit/s", lambda: a_day * value("file") * 8 / 1e3 / DAY),
        ("machines, a month", "$", lambda: money(vcpu())),
        ("files kept, a month", "$", lambda: stored() * 1e3 * value("gb_month")),
    ]


def of_interviews(at_once: float) -> list[Row]:
    def a_day() -> float:
        return at_once * value("hours") * 60 / value("minutes")

    def vcpu() -> float:
        return at_once * value("interview_cpu") / 60

    def stored() -> float:
        return a_day() * value("recording") * value("kept") / 1e6

    return [
        ("interviews a day", "", a_day),
        ("vCPUs that listen and speak, recognition on processors", "vCPU", vcpu),
        ("machines for them", "", lambda: machines(vcpu())),
        ("cards instead, for recognition", "", lambda: at_once / value("card")),
        ("vCPUs for reports", "vCPU", lambda: a_day() * value("report_cpu") / (value("hours") * 3600)),
        ("voices that come in", "Gbit/s", lambda: at_once * value("microphone") / 1e3),
        ("raw microphones of interviews under way", "GB",
         lambda: at_once * value("microphone") * value("minutes") * 60 / 8 / 1e3),
        ("recordings, a day", "TB", lambda: a_day() * value("recording") / 1e6),
        ("recordings kept", "TB", stored),
        ("machines, a month", "$", lambda: money(vcpu())),
        ("recordings kept, a month", "$", lambda: stored() * 1e3 * value("gb_month")),
        ("each recording heard once, a month", "$",
         lambda: a_day() * 30 * value("recording") / 1e3 * value("gb_out")),
    ]  # fmt: skip


def shown(row: Row) -> str:
    name, unit, reckoned = row
    try:
        number = reckoned()
    except LookupError:
        return f"| {name} | {UNKNOWN} |"
    figures = f"{number:,.0f}" if number >= 100 else f"{number:,.1f}".removesuffix(".0")
    return f"| {name} | {f'{figures} {unit}'.strip()} |"


def inputs(figures: dict[str, Figure], head: str) -> list[str]:
    lines = [f"| {head} | is | from |", "|---|---|---|"]
    for one in figures.values():
        said = UNKNOWN if one.value is None else f"{one.value:g} {one.unit}".strip()
        lines.append(f"| {one.about} | {said} | {one.source} |")
    return lines


def tables(resumes: float, interviews: float) -> str:
    parts = [
        inputs(MEASURED, "measured"),
        inputs(ASSUMED, "assumed"),
        [f"| {resumes:,.0f} resumes a day | |", "|---|---|", *map(shown, of_resumes(resumes))],
        [f"| {interviews:,.0f} interviews at once | |", "|---|---|", *map(shown, of_interviews(interviews))],
    ]
    return "\n\n".join("\n".join(part) for part in parts)


def page() -> str:
    """docs/scale.md as it should be."""
    text = PAGE.read_text("utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    return f"{before}{BEGIN}\n\n{tables(1e6, 1e4)}\n\n{END}{after}"


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--resumes", type=float)
    options.add_argument("--interviews", type=float)
    asked = options.parse_args()
    if asked.resumes is None and asked.interviews is None:
        PAGE.write_text(page(), "utf-8")
    else:
        print(tables(asked.resumes or 0.0, asked.interviews or 0.0))
