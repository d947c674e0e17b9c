"""Any number of one-page resumes as PDF, all different, the same for the same number: what throughput is measured on.

Each has some 40 spans, of which about 30 stand in no other resume (numbers and choices differ), and some that many
share, as in life: skill lines, degrees, phrases everybody writes. Sentences are put together from the lists below.
"""

from __future__ import annotations

import io
import random
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

WIDTH = 95
"""Characters a printed line."""


@dataclass(frozen=True, slots=True)
class Trade:
    titles: tuple[str, ...]
    employers: tuple[str, ...]
    did: tuple[str, ...]
    what: tuple[str, ...]
    where: tuple[str, ...]
    skills: tuple[str, ...]
    degree: str


TRADES = {
    "backend": Trade(
        ("Backend Engineer", "Software Developer", "Platform Engineer", "Python Developer"),
        ("Systems", "Software", "Labs", "Cloud"),
        ("Rebuilt", "Designed", "Moved", "Took over", "Split up", "Tested and documented", "Ran"),
        ("the billing service in Python", "a queue of background jobs on Redis", "the PostgreSQL schema of orders",
         "a REST interface for partners", "the Kafka pipeline of events", "deployment to Kubernetes with Terraform",
         "the search behind the catalogue in Elasticsearch", "the login service with OAuth"),
        ("for a marketplace of {n} merchants", "used by {n} internal teams", "across {n} regions of the cloud",
         "with {n} thousand requests a minute", "for {n} airlines and their agents", "of a bank with {n} branches"),
        ("Python", "PostgreSQL", "Docker", "Kubernetes", "Redis", "Kafka", "AWS", "Terraform", "Git", "FastAPI"),
        "BSc Computer Science",
    ),
    "nurse": Trade(
        ("Registered Nurse", "Staff Nurse", "Charge Nurse", "Critical Care Nurse"),
        ("Hospital", "Clinic", "Medical Centre", "Infirmary"),
        ("Cared for", "Watched over", "Admitted and assessed", "Planned the discharge of", "Handed over", "Taught"),
        ("ventilated patients after heart surgery", "patients with diabetes and their families",
         "adults in intensive care at night", "children before and after operations",
         "patients on dialysis and their relatives", "older people with dementia", "trauma patients in the first hour"),
        ("on a ward of {n} beds", "together with {n} physicians", "in a unit that admits {n} people a month",
         "as one of {n} nurses on the shift", "in a house with {n} places"),
        ("Triage", "Wound care", "Medication administration", "ECG", "Patient assessment", "Infection control"),
        "BSc Nursing",
    ),
    "accountant": Trade(
        ("Accountant", "Senior Accountant", "Financial Controller", "Bookkeeper"),
        ("Partners", "Audit", "Finance", "Holding"),
        ("Closed", "Reconciled", "Prepared", "Reviewed", "Reported on", "Brought order into", "Forecast"),
        ("the monthly accounts under IFRS", "the general ledger in SAP", "payroll and social insurance",
         "value added tax returns", "the fixed assets of the group", "accounts payable and receivable",
         "the budget and its variances", "intercompany balances"),
        ("for {n} subsidiaries in Europe", "of a retailer with {n} shops", "for {n} clients from the trades",
         "with an annual turnover of {n} million", "for a foundation with {n} projects"),
        ("SAP", "Excel", "IFRS", "US GAAP", "Payroll", "QuickBooks", "Financial reporting", "Tax"),
        "BA Accounting and Finance",
    ),
    "electrician": Trade(
        ("Electrician", "Maintenance Electrician", "Industrial Electrician", "Electrical Technician"),
        ("Electric", "Installations", "Energy", "Works"),
        ("Wired", "Inspected", "Commissioned", "Repaired", "Replaced", "Fitted", "Traced faults in"),
        ("switchboards and distribution panels", "the lighting of production halls", "photovoltaic plants on roofs",
         "motor drives and their PLC controls", "emergency power supplies", "charging points for cars",
         "fire alarm and access systems", "conveyor belts and lifting gear"),
        ("in {n} apartment buildings", "of a plant with {n} machines", "on {n} building sites at once",
         "for a dairy with {n} lines", "in a hospital of {n} rooms"),
        ("PLC", "Wiring", "Blueprint reading", "Preventive maintenance", "Conduit", "Troubleshooting"),
        "Apprenticeship Electrical Installation",
    ),
    "teacher": Trade(
        ("Teacher", "Mathematics Teacher", "Secondary School Teacher", "Head of Year"),
        ("School", "Academy", "College", "Grammar School"),
        ("Taught", "Planned", "Examined", "Led", "Renewed", "Wrote", "Moderated"),
        ("mathematics and physics to years seven to ten", "the curriculum of statistics",
         "lessons for pupils with special needs", "a club for robotics after school",
         "parents' evenings and reports", "exam papers and their marking", "a course for newly arrived pupils"),
        ("in classes of {n} pupils", "with a team of {n} colleagues", "for {n} schools of the district",
         "over {n} weeks of the term", "with a budget of {n} hundred pounds"),
        ("Curriculum development", "Classroom management", "Lesson planning", "Assessment", "Safeguarding"),
        "MEd Secondary Education",
    ),
    "marketing": Trade(
        ("Marketing Manager", "Digital Marketing Specialist", "Content Manager", "Brand Manager"),
        ("Media", "Brands", "Consumer Goods", "Travel"),
        ("Launched", "Ran", "Measured", "Briefed agencies on", "Grew", "Wrote the copy of", "Negotiated"),
        ("paid search campaigns in Google Ads", "the newsletter and its segments", "a loyalty programme in Salesforce",
         "trade fairs and customer events", "the relaunch of the web shop", "social media in four languages",
         "a series of product films", "market research among dealers"),
        ("in {n} countries", "with a budget of {n} thousand euros", "for {n} product lines",
         "that reached {n} thousand households", "together with {n} sales regions"),
        ("Google Analytics", "SEO", "Google Ads", "Salesforce", "Content marketing", "Copywriting", "Excel"),
        "MA Marketing",
    ),
}  # fmt: skip
RESULTS = (
    "which cut the usual delay from {a} to {b} days", "and brought complaints down by {b} percent within {m} months",
    "while training {c} new colleagues", "on time and {b} percent below the budget of {year}",
    "so that {a} hours a month were saved", "with {b} audits passed without a finding",
    "after comparing {c} ways of doing it", "and kept it running for {m} months without an incident",
    "which the management of {year} made the rule for {c} other sites", "with a reported satisfaction of {d} percent",
)  # fmt: skip
EVERYBODY = (
    "Reliable team player with strong communication skills",
    "Able to work under pressure and to meet deadlines",
    "Motivated and eager to learn",
)
FIRST = ("Amina", "Bruno", "Chiara", "Dilan", "Esther", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Keiko", "Liam",
         "Maja", "Nadia", "Oskar", "Petra", "Quinn", "Rosa", "Samir", "Tanja")  # fmt: skip
LAST = ("Abbott", "Bergmann", "Costa", "Dvorak", "Eriksen", "Fontaine", "Garcia", "Haddad", "Ivanov", "Jansen",
        "Kowal", "Lindholm", "Moreau", "Novak", "Okoye", "Pereira", "Rossi", "Sato", "Tanaka", "Weber")  # fmt: skip
CITIES = ("Leeds", "Hamburg", "Porto", "Lyon", "Gdansk", "Malmo", "Turin", "Cork", "Ghent", "Brno")
MONTHS = ("Jan", "Mar", "Apr", "Jun", "Sep", "Nov")


def trade_of(number: int) -> str:
    return list(TRADES)[number % len(TRADES)]


def lines_of(number: int) -> list[tuple[str, str]]:
    """(kind, text) of each paragraph, top to bottom; kind: name, head, title, bullet or plain."""
    dice = random.Random(f"resume {number}")
    trade = TRADES[trade_of(number)]
    first, last = dice.choice(FIRST), dice.choice(LAST)
    found = [("name", f"{first} {last}"), ("plain", f"{dice.choice(trade.titles)}, {dice.choice(CITIES)}")]
    found.append(("plain", f"{first}.{last}{number}@example.org".lower() + f" | +44 20 7946 {number % 10000:04d}"))
    found += [("head", "Summary"), ("plain", _sentence(dice, trade)), ("plain", dice.choice(EVERYBODY))]
    found.append(("head", "Work Experience"))
    end = "Present"
    year = 2026 - dice.randint(0, 1)
    for _ in range(3):
        start = year - dice.randint(1, 4)
        employer = f"{dice.choice(LAST)} {dice.choice(trade.employers)}"
        found.append(("title", f"{dice.choice(trade.titles)}, {employer}"))
        found.append(("plain", f"{dice.choice(MONTHS)} {start} - {end}"))
        found += [("bullet", _sentence(dice, trade)) for _ in range(dice.randint(8, 10))]
        end, year = f"{dice.choice(MONTHS)} {start}", start
    found += [("head", "Education"), ("plain", f"{trade.degree}, University of {dice.choice(CITIES)}")]
    found.append(("plain", f"{year - 4} - {year - 1}"))
    found.append(("head", "Skills"))
    found.append(("plain", ", ".join(dice.sample(trade.skills, k=min(5, len(trade.skills))))))
    return [*found, ("head", "Languages"), ("plain", "English (fluent), German (basic)")]


def _sentence(dice: random.Random, trade: Trade) -> str:
    where = dice.choice(trade.where).format(n=dice.randint(3, 990))
    result = dice.choice(RESULTS).format(
        a=dice.randint(11, 99),
        b=dice.randint(2, 60),
        c=dice.randint(2, 19),
        d=dice.randint(81, 99),
        m=dice.randint(3, 40),
        year=dice.randint(2012, 2025),
    )
    return f"{dice.choice(trade.did)} {dice.choice(trade.what)} {where}, {result}"


def pdf_of(number: int) -> bytes:
    from textwrap import wrap

    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    page = Canvas(out, pagesize=(595, 842), invariant=1)
    at = 800.0
    for kind, text in lines_of(number):
        font, size = {
            "name": ("Helvetica-Bold", 15),
            "head": ("Helvetica-Bold", 11),
            "title": ("Helvetica-Bold", 9),
        }.get(kind, ("Helvetica", 8.5))
        at -= {"name": 8, "head": 6}.get(kind, 0)
        for count, line in enumerate(wrap(text, WIDTH)):
            page.setFont(font, size)
            page.drawString(62 if kind == "bullet" else 50, at, f"• {line}" if kind == "bullet" and not count else line)
            at -= size * 1.22
    page.showPage()
    page.save()
    return out.getvalue()


def write_one(folder: Path, number: int) -> None:
    (folder / f"{number:06d}.pdf").write_bytes(pdf_of(number))


def write(folder: Path, count: int) -> None:
    """`count` files into `folder`, made on two cores."""
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for _ in pool.map(partial(write_one, folder), range(count), chunksize=50):
            pass


def texts(count: int) -> Iterator[str]:
    """The same resumes as plain text."""
    for number in range(count):
        yield "\n".join(f"• {text}" if kind == "bullet" else text for kind, text in lines_of(number))


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
