"""From lines to a resume: fields, spans, years. The documents are plain text, so no file is read here."""

from __future__ import annotations

from datetime import date
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.values import Box, DocumentText, Line, ParsedResume, Resume, Work
from screening.parse import SECTIONS, parse, worked_years
from screening.raw import DOCX, PDF, TEXT
from screening.sections import heading_of

NOW = date(2026, 11, 23)

RESUME = """\
Jana Nováková, MSc
Backend Engineer
Brno, Czech Republic | jana.novakova@example.org | +420 601 234 567
https://www.linkedin.com/in/jana-novakova-example | github.com/jana-example

Summary
Engineer who likes databases. Ten years of Python.

Work Experience

Senior Backend Engineer, Morava Data s.r.o.          03/2019 – present
• Built the billing service in Python and PostgreSQL, which handles
  four million invoices a month
• Cut the nightly run from 6 hours to 40 minutes

Backend Engineer
Oakline Ltd, London | Jan 2016 - Dec 2019
- Wrote REST services with Django
- Looked after RabbitMQ

Career break
Feb 2014 - Dec 2015

Education
MSc Computer Science, Masaryk University, 2011 – 2013

Skills
Databases: PostgreSQL, Redis
Python, Go; Kubernetes (basic)

Certificates
AWS Certified Developer – Associate, 2023

Languages
Czech (native), English: C1, German - B1
"""


def document(text: str, *, media_type: str = TEXT, emphasised: tuple[str, ...] = ()) -> DocumentText:
    lines, at = [], 0
    for number, line in enumerate(text.split("\n"), start=1):
        lines.append(Line(text=line, number=number, start=at, end=at + len(line), emphasis=line in emphasised))
        at += len(line) + 1
    return DocumentText(sha256="0" * 64, name="cv.txt", media_type=media_type, text=text, lines=tuple(lines))


@pytest.fixture(scope="module")
def parsed() -> ParsedResume:
    return parse(document(RESUME), now=NOW)


def test_reads_who_it_is_from(parsed: ParsedResume) -> None:
    basics = parsed.resume.basics
    assert (basics.name, basics.label) == ("Jana Nováková", "Backend Engineer")
    assert (basics.email, basics.phone) == ("jana.novakova@example.org", "+420601234567")
    assert basics.location is not None
    assert (basics.location.city, basics.location.country_code) == ("Brno", "CZ")
    assert {(p.network, p.username) for p in basics.profiles} == {
        ("LinkedIn", "jana-novakova-example"),
        ("GitHub", "jana-example"),
    }


def test_reads_work_in_two_layouts_and_leaves_a_career_break_out(parsed: ParsedResume) -> None:
    first, second = parsed.resume.work
    assert (first.position, first.name) == ("Senior Backend Engineer", "Morava Data s.r.o.")
    assert (first.start_date, first.end_date) == ("2019-03", None)
    assert first.highlights[0].endswith("which handles   four million invoices a month")
    assert (second.position, second.name, second.location) == ("Backend Engineer", "Oakline Ltd", "London")
    assert (second.start_date, second.end_date) == ("2016-01", "2019-12")
    assert len(second.highlights) == 2


def test_reads_the_other_sections(parsed: ParsedResume) -> None:
    resume = parsed.resume
    (school,) = resume.education
    assert (school.study_type, school.area, school.institution) == ("MSc", "Computer Science", "Masaryk University")
    assert (school.start_date, school.end_date) == ("2011", "2013")
    assert resume.skills[0].keywords == ("PostgreSQL", "Redis")
    assert [(skill.name, skill.level) for skill in resume.skills[1:]] == [
        ("Python", None),
        ("Go", None),
        ("Kubernetes", "basic"),
    ]
    assert [(c.name, c.date) for c in resume.certificates] == [("AWS Certified Developer – Associate", "2023")]
    assert [(x.language, x.fluency) for x in resume.languages] == [
        ("Czech", "native"),
        ("English", "C1"),
        ("German", "B1"),
    ]


def test_spans_are_verbatim_whole_bullets_with_section_and_entry(parsed: ParsedResume) -> None:
    for span in parsed.spans:
        assert span.text == " ".join(RESUME[span.start : span.end].split())
        assert span.section in SECTIONS
        assert span.text[:8] in RESUME.split("\n")[span.line - 1]
    billing = next(span for span in parsed.spans if "billing" in span.text)
    assert billing.text.endswith("handles four million invoices a month")
    assert (billing.section, billing.entry) == ("experience", 0)
    assert next(span for span in parsed.spans if "RabbitMQ" in span.text).entry == 1
    assert "Ten years of Python." in [span.text for span in parsed.spans]
    assert not any(heading_of(span.text) for span in parsed.spans)


def test_overlapping_jobs_are_counted_once(parsed: ParsedResume) -> None:
    # January 2016 to November 2026 without a gap: ten months of both jobs at once count once, the break not at all.
    assert parsed.years == 10.9


def test_years_without_dates_are_unknown_not_zero() -> None:
    assert worked_years(Resume(), now=NOW) is None
    assert worked_years(Resume(work=(Work(position="Cook"),)), now=NOW) is None
    assert worked_years(Resume(work=(Work(start_date="2030-01"),)), now=NOW) is None


def test_listed_paragraphs_of_docx_are_bullets_and_are_not_joined() -> None:
    text = "Ann Bell\nExperience\nNurse\nHill Hospital | 2019 – 2021\nRan the night shift\ncared for ten patients"
    base = document(text, media_type=DOCX, emphasised=("Nurse",))
    lines = [line.model_copy(update={"bullet": line.number >= 5}) for line in base.lines]
    result = parse(base.model_copy(update={"lines": tuple(lines)}), now=NOW)
    assert result.resume.work[0].highlights == ("Ran the night shift", "cared for ten patients")


def test_a_name_beside_a_side_bar_is_found() -> None:
    rows = [("Skills", 30, 50, 10, True), ("Python", 30, 70, 10, False), ("Łukasz Wolny", 200, 40, 24, True)]
    rows += [("Experience", 200, 80, 10, True), ("Engineer, Acme GmbH, 2019 - 2021", 200, 95, 10, False)]
    lines, at = [], 0
    for number, (text, x, y, height, bold) in enumerate(rows, start=1):
        box = Box(x0=x, y0=y, x1=x + 150, y1=y + height)
        lines.append(
            Line(text=text, number=number, page=1, start=at, end=at + len(text), box=box, emphasis=bold),
        )
        at += len(text) + 1
    page = DocumentText(
        sha256="", name="a.pdf", media_type=PDF, text="\n".join(row[0] for row in rows), lines=tuple(lines)
    )
    result = parse(page, now=NOW)
    assert result.resume.basics.name == "Łukasz Wolny"
    assert [skill.name for skill in result.resume.skills] == ["Python"]


@pytest.mark.parametrize(
    ("line", "section"),
    [
        ("WORK EXPERIENCE", "experience"),
        ("E D U C A T I O N", "education"),
        ("3. Sprachkenntnisse:", "languages"),
        ("Relevant Project Experience", None),
        ("RELEVANT CLINICAL EXPERIENCE", "experience"),
        ("TRAINING SPECIALIST", None),
        ("Doświadczenie zawodowe", "experience"),
        ("Experience in Python, Go and Rust since 2015", None),
    ],
)
def test_section_titles(line: str, section: str | None) -> None:
    assert heading_of(line) == section


def test_an_odd_resume_gives_flags_instead_of_an_error() -> None:
    result = parse(document("???\n12345\n@@@"), now=NOW)
    assert {flag.code for flag in result.flags} == {"no_name", "no_contact", "no_sections", "no_dates"}


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=40), max_size=6))
def test_never_raises_and_always_quotes_verbatim(lines: list[str]) -> None:
    text = "\n".join([*lines, "Experience", *lines[:5], "2019 - 2021", "Education", *lines[5:]])
    for span in parse(document(text), now=NOW).spans:
        assert span.text == " ".join(text[span.start : span.end].split())
        assert 0 < len(span.text) <= 300


def test_a_dated_club_is_no_job_and_gives_no_years_but_can_be_quoted() -> None:
    parsed = parse(
        document(
            dedent("""
        Ada Lovelace
        ada@example.org

        Experience
        Software Engineer, Acme Ltd, London
        Jan 2018 - Dec 2020
        - Built the billing service in Python

        Other Experience
        Annual chess club championship; 3rd round: group "B"
        2005 - 2016
        """)
        ),
        now=NOW,
    )
    assert [work.position for work in parsed.resume.work] == ["Software Engineer"]
    assert parsed.years == 3.0
    assert any("chess club" in span.text for span in parsed.spans)


@pytest.mark.parametrize("title", ["Work Experience", "Berufserfahrung", "Expérience professionnelle", "Experiencia"])
@pytest.mark.parametrize(
    "job",
    [
        "Kassiererin bei Rewe, 2012 - 2015",
        "Serveur, Le Petit Bistro, Lyon, 2016 - 2018",
        "Magazynier, Amazon, Poznań, 2017 - 2020",
        "Private household, 2010 - 2014",
        "Self-employed gardener since 2015",
        "Acme Ltd\n2015 - 2018",
        "Uber driver, 2020",
    ],
)
def test_plain_jobs_of_any_language_are_jobs(title: str, job: str) -> None:
    text = f"Ada Lovelace\nada@example.org\n\n{title}\n{job}\n- Did it well\n"
    assert len(parse(document(text), now=NOW).resume.work) == 1
