"""Duplicates: planted perturbed copies found, strangers let be, 10,000 resumes in seconds.

Every text goes through the reader and the parser, as an upload does. The data hold real duplicates of their own; they
are found by comparing every pair exactly, counted apart, and blamed on nobody.
"""

from __future__ import annotations

import csv
import io
import random
import re
import sys
import time
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date
from itertools import combinations
from xml.sax.saxutils import escape

from models.values import ParsedResume
from screening.duplicates import SAME, find_duplicates
from screening.extract import Limits, read
from screening.minhash import Worded, likeness
from screening.parse import parse
from tests.bench.figures import DATA, figure, skipped

BENCH = "duplicates"
NOW = date(2026, 11, 1)
PLANTED = 60
"""Copies of each kind."""
STRANGERS = 2000


def _words(text: str) -> list[str]:
    return text.split()


FIRST = _words(
    "Ada Bo Cleo Dan Eva Finn Gus Hal Ida Jan Kim Lea Max Nora Otto Pia Quinn Rosa Sam Tom Uma Vito Wes Yara"
)
LAST = _words(
    "Abara Brenner Castell Dorsey Eklund Farrow Gavin Holm Ilic Jurek Kessel Lomax Marin Novak Ogden Prior Quist Rask "
    "Sorel Tamm Unger Vance Weir Yoder Zabel"
)
TOOLS = _words(
    "Python Java Go Rust SQL Docker Kubernetes Terraform Ansible Jenkins Kafka Spark Airflow Redis Oracle Excel "
    "Tableau Linux Django React Angular Scala Hadoop Snowflake Grafana Splunk Jira Figma Sketch Salesforce"
)
TRADES = _words("billing claims logistics payroll booking inventory lending pricing dispatch ticketing care telemetry")
Perturb = Callable[[str, random.Random], tuple[str, str]]
"""Text -> (text, format)."""


def base_texts() -> dict[str, str]:
    """name -> text of every resume of the data folder."""
    csv.field_size_limit(10**8)
    texts: dict[str, str] = {}
    with (DATA / "ranking" / "distractors.csv").open(encoding="utf-8") as file:
        texts |= {f"distractor-{row['ID']}": row["Resume"] for row in csv.DictReader(file)}
    for part in (1, 2, 3):
        with (DATA / "ranking" / f"planted_{part}.csv").open(encoding="utf-8") as file:
            rows = csv.DictReader(file)
            texts |= {f"planted-{part}-{at}": row["Ground Truth"] for at, row in enumerate(rows)}
    with zipfile.ZipFile(DATA / "parsing" / "resumes_310_labelled.zip") as archive:
        for name in archive.namelist():
            if name.endswith(".xml"):
                plain = re.sub(r"<[^>]+>", "", archive.read(name).decode("utf-8", "replace"))
                texts[f"cc0-{name.rsplit('/', 1)[-1]}"] = re.sub(r" {2,}", "\n", plain)
    return texts


def with_contact(text: str, at: int) -> str:
    """A name and addresses of its own on top, where the text has none."""
    if re.search(r"\S@\S", text):
        return text
    first, last = FIRST[at % len(FIRST)], LAST[at // len(FIRST) % len(LAST)]
    return f"{first} {last}\n{first}.{last}{at}@example.org | +44 20 7946 {at % 10_000:04d}\n\n{text}"


def stranger(rng: random.Random, at: int) -> str:
    """One of many who filled in the same template: the same titles and phrases, another life."""
    name = f"{FIRST[at % len(FIRST)]} {LAST[at // len(FIRST) % len(LAST)]}"
    lines = [name, f"{name.replace(' ', '.').lower()}{at}@example.net | +1 415 55{at:05d}", "", "Summary"]
    lines += [
        "Results-driven professional with a proven track record of delivering projects on time and within budget.",
        f"Seeking a role in {rng.choice(TRADES)} where I can use {rng.choice(TOOLS)} and {rng.choice(TOOLS)}.",
        "",
        "Experience",
    ]
    for job in range(3):
        start = 2024 - 3 * job - rng.randrange(2)
        lines += [
            f"{rng.choice(['Analyst', 'Engineer', 'Consultant'])}, {rng.choice(LAST)} Ltd, {start - 2} - {start}",
            f"- Responsible for {rng.choice(TRADES)} and {rng.choice(TRADES)} with {rng.choice(TOOLS)}",
            "- Worked closely with stakeholders across the business to understand and deliver requirements",
            f"- Reduced the time spent on {rng.choice(TRADES)} by {rng.randrange(5, 70)} percent",
        ]
    lines += ["", "Skills", ", ".join(rng.sample(TOOLS, 8)), "", "References available on request"]
    return "\n".join(lines)


# ---------------------------------------------------------------- perturbations


def reordered(text: str, rng: random.Random) -> tuple[str, str]:
    """Blocks of six lines (at most) in another order, the head kept."""
    lines = text.split("\n")
    blocks = [lines[at : at + 6] for at in range(3, len(lines), 6)]
    rng.shuffle(blocks)
    return "\n".join(lines[:3] + [line for block in blocks for line in block]), "txt"


def rewrapped(text: str, rng: random.Random) -> tuple[str, str]:
    width, out = rng.randrange(50, 90), []
    for line in text.split("\n"):
        row = ""
        for word in line.split():
            if len(row) + len(word) > width:
                out.append(row)
                row = word
            else:
                row = f"{row} {word}".strip()
        out.append(row)
    return "\n".join(out), "txt"


def misspelt(text: str, rng: random.Random, share: float = 0.03) -> tuple[str, str]:
    def one(match: re.Match[str]) -> str:
        word = match.group()
        if rng.random() > share:
            return word
        at = rng.randrange(1, len(word) - 1)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    return re.sub(r"[A-Za-z]{4,}(?![\w.]*@)", one, text), "txt"


def redated(text: str, rng: random.Random) -> tuple[str, str]:
    step = rng.choice([1, 2])
    return re.sub(r"\b20[012]\d\b", lambda year: str(min(2026, int(year.group()) + step)), text), "txt"


def grown(text: str, rng: random.Random) -> tuple[str, str]:
    """One job more, after the head."""
    lines = text.split("\n")
    head = min(3, len(lines) - 1)
    job = [
        f"Lead, {rng.choice(LAST)} {rng.choice(LAST)} GmbH, 2025 - present",
        f"- Built a {rng.choice(TRADES)} service on {rng.choice(TOOLS)} used by {rng.randrange(2, 40)} teams",
        f"- Moved {rng.choice(TRADES)} from {rng.choice(TOOLS)} to {rng.choice(TOOLS)} without a day of downtime",
    ]
    return "\n".join(lines[:head] + job + lines[head:]), "txt"


def moved(text: str, rng: random.Random) -> tuple[str, str]:
    """Other addresses."""
    text = re.sub(r"\S+@\S+", f"new{rng.randrange(10**9)}@example.com", text)
    return re.sub(r"\+?\(?\d[\d ()-]{7,}\d", f"+44 7{rng.randrange(10**9):09d}", text), "txt"


def tagged(text: str, rng: random.Random) -> tuple[str, str]:
    return misspelt(re.sub(r"(\w)@", r"\1+jobs@", text), rng)


def redialled(text: str, rng: random.Random) -> tuple[str, str]:
    text = re.sub(r"\+44 20 (\d{4}) (\d{4})", r"(020) \1-\2", text)
    return misspelt(re.sub(r"\((\d{3})\) ?(\d{3})-(\d{4})", r"+1 \1 \2 \3", text), rng)


def everything(text: str, rng: random.Random) -> tuple[str, str]:
    for change in (redated, grown, rewrapped, misspelt):
        text, _ = change(text, rng)
    return text, rng.choice(["pdf", "docx", "html"])


KINDS: dict[str, Perturb] = {
    "sections re-ordered": reordered,
    "re-wrapped": rewrapped,
    "typing errors, 3 % of words": misspelt,
    "dates updated": redated,
    "one job added": grown,
    "contact changed": moved,
    "as PDF": lambda text, _: (text, "pdf"),
    "as DOCX": lambda text, _: (text, "docx"),
    "as HTML": lambda text, _: (text, "html"),
    "upper case": lambda text, _: (text.upper(), "txt"),
    "white space": lambda text, _: (text.replace(" ", "   ").replace("\n", "\n\n"), "txt"),
    "phone in another format": redialled,
    "+tag e-mail": tagged,
    "dates, job, wrapping, errors and format at once": everything,
}


def rendered(text: str, kind: str) -> bytes:
    if kind == "html":
        return ("<html><body>" + "".join(f"<p>{escape(line)}</p>" for line in text.split("\n")) + "</body>").encode()
    if kind == "txt":
        return text.encode("utf-8", "replace")
    out = io.BytesIO()
    if kind == "docx":
        from docx import Document

        document = Document()
        for line in text.split("\n"):
            document.add_paragraph("".join(letter for letter in line if letter.isprintable()))
        document.save(out)
    else:
        from reportlab.lib.styles import getSampleStyleSheet
        from reportlab.platypus import Paragraph, SimpleDocTemplate

        style = getSampleStyleSheet()["BodyText"]
        shown = [
            Paragraph(escape(line.encode("latin-1", "ignore").decode("latin-1")), style) for line in text.split("\n")
        ]
        SimpleDocTemplate(out).build(shown)
    return out.getvalue()


def read_resume(text: str, kind: str = "txt") -> ParsedResume:
    return parse(read(rendered(text, kind), f"resume.{kind}", Limits()), now=NOW)


# ---------------------------------------------------------------- measuring


def twins(texts: dict[str, ParsedResume]) -> set[frozenset[str]]:
    """Pairs of the data that are one text, by comparing all of them exactly."""
    worded = {name: Worded.of(" ".join(span.text for span in one.spans)) for name, one in texts.items()}
    holders: dict[int, list[str]] = defaultdict(list)
    for name, own in worded.items():
        for run in own.runs.tolist():
            holders[run].append(name)
    met: Counter[frozenset[str]] = Counter(
        frozenset(pair) for names in holders.values() if len(names) < 50 for pair in combinations(names, 2)
    )
    common = [pair for pair, shared in met.items() if shared > 20]
    return {pair for pair in common if likeness(*(worded[name] for name in sorted(pair)))[0] >= SAME}


def measured(base: dict[str, str], rng: random.Random) -> bool:
    own = {name: read_resume(text) for name, text in base.items()}
    known = twins(own)
    own |= {f"stranger-{at}": read_resume(stranger(rng, at)) for at in range(STRANGERS)}
    planted: dict[str, tuple[str, str]] = {}
    for kind, change in KINDS.items():
        for name in rng.sample(sorted(base), PLANTED):
            text, shape = change(base[name], rng)
            copy = f"copy-{len(planted)}"
            planted[copy] = (name, kind)
            own[copy] = read_resume(text, shape)
    began = time.perf_counter()
    pairs = find_duplicates(own)
    seconds = time.perf_counter() - began
    shuffled = list(own.items())
    rng.shuffle(shuffled)
    same = find_duplicates(dict(shuffled)) == pairs
    root = {name: planted.get(name, (name, ""))[0] for name in own}
    suggested = {frozenset((root[pair.one], root[pair.other])) for pair in pairs if pair.kind != "shared_contact"}
    linked = _components(pairs)
    found = {copy for copy, (name, _) in planted.items() if linked.get(copy) == linked.get(name) is not None}
    ok = _by_kind(planted, found)
    wrong = {pair for pair in suggested if len(pair) == 2 and pair not in known and not _reachable(pair, known)}
    for pair in sorted(map(sorted, wrong)):
        print(f"false: {pair}", file=sys.stderr)
    ok &= figure(BENCH, "copies found", len(found) / len(planted), "recall", copies=len(planted), at_least=0.98)
    ok &= figure(BENCH, "false merges", len(wrong), "pairs", distinct=len(base) + STRANGERS, at_most=0)
    shared = sum(pair.kind == "shared_contact" for pair in pairs)
    figure(BENCH, "an address shared under two names", shared, "pairs", note="said, counted as no merge")
    figure(BENCH, "one text twice in the data itself", len(known), "pairs", note="found exactly, all pairs compared")
    ok &= figure(BENCH, "same answer in another order", int(same), at_least=1)
    figure(BENCH, "time", seconds, "s", resumes=len(own))
    return ok


def _components(pairs: list) -> dict[str, str]:  # type: ignore[type-arg]
    from screening.duplicates import groups

    firm = [group for group in groups(pairs) if group.kind != "shared_contact"]
    return {name: group.names[0] for group in firm for name in group.names}


def _reachable(pair: frozenset[str], known: set[frozenset[str]]) -> bool:
    """Two of the data's own twins may be linked through a third."""
    one, other = sorted(pair)
    neighbours = {name for link in known if one in link for name in link}
    return any(frozenset((name, other)) in known for name in neighbours)


def _by_kind(planted: dict[str, tuple[str, str]], found: set[str]) -> bool:
    total, hit = Counter(kind for _, kind in planted.values()), Counter(planted[copy][1] for copy in found)
    for kind in KINDS:
        figure(BENCH, f"found: {kind}", hit[kind] / total[kind], "recall", copies=total[kind])
    return True


def addresses() -> bool:
    """A family's telephone and an agency's mailbox are said, a mailbox written in two ways is one person's."""
    rng = random.Random(3)
    families: dict[str, ParsedResume] = {}
    for at in range(100):
        text = stranger(rng, at)
        other = re.sub(
            r"^.*",
            f"{FIRST[(at + 7) % len(FIRST)]} {text.splitlines()[0].split()[1]}",
            stranger(rng, at + 500),
            count=1,
        )
        other = re.sub(r"\+1 415 55\d{5}", f"+1 415 55{at:05d}", other)
        families |= {f"{at}-a": read_resume(text), f"{at}-b": read_resume(other)}
    pairs = find_duplicates(families)
    merged = sum(pair.kind != "shared_contact" for pair in pairs)
    said = sum(pair.kind == "shared_contact" for pair in pairs)
    figure(BENCH, "families with one telephone: said", said, "pairs", of=100)
    return figure(BENCH, "families with one telephone: taken for one person", merged, "pairs", of=100, at_most=0)


def many(base: dict[str, str]) -> bool:
    """10,000 resumes: the parsed ones again under other names, their lines' words partly replaced."""
    rng, some = random.Random(11), []
    parsed = [read_resume(text) for text in list(base.values())[:400]]
    for at in range(10_000):
        one = parsed[at % len(parsed)]
        spans = []
        for span in one.spans:
            words = [word if rng.random() > 0.3 else f"w{rng.randrange(5000)}" for word in span.text.split()]
            spans.append(span.model_copy(update={"text": " ".join(words)}))
        some.append(one.model_copy(update={"spans": tuple(spans)}))
    began = time.perf_counter()
    find_duplicates({f"{at:05d}": one for at, one in enumerate(some)})
    return figure(BENCH, "10,000 resumes compared", time.perf_counter() - began, "s", at_most=60, note="read already")


def main() -> bool:
    if not (DATA / "ranking" / "distractors.csv").is_file():
        skipped(BENCH, f"no data in {DATA}")
        return True
    base = {name: with_contact(text, at) if at % 2 else text for at, (name, text) in enumerate(base_texts().items())}
    return all([measured(base, random.Random(29)), addresses(), many(base)])


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
