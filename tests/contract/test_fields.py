"""Where fields and quotes come from: their characters, and their ink on the rendered page."""

from __future__ import annotations

import io
from datetime import date

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas

from models.errors import UnreadableDocument
from models.settings import ROOT
from models.values import ParsedResume, Resume, Span, Work
from screening.experience import skill_years, worked_years
from screening.extract import Limits, read
from screening.languages import language_of
from screening.parse import parse

NOW = date(2026, 1, 15)
PAGE = [
    (72, "Mara Lindqvist"),
    (72, "mara.lindqvist@mail.example | +46 8 123 456 78 | Stockholm, Sweden"),
    (72, "Experience"),
    (72, "Data Engineer, Northwind Analytics AB"),
    (72, "March 2019 - Present"),
    (90, "Built pipelines in Python that carry two billion rows a day and are watched by alerts that wake"),
    (90, "nobody at night unless a customer would notice."),
    (72, "Education"),
    (72, "BSc in Physics, Uppsala University, 2014 - 2018"),
]


def _pdf() -> bytes:
    target = io.BytesIO()
    page = canvas.Canvas(target, pagesize=A4)
    for row, (x, text) in enumerate(PAGE):
        page.setFont("Helvetica", 10)
        page.drawString(x, 780 - 18 * row, text)
    page.save()
    return target.getvalue()


def _parsed() -> tuple[str, ParsedResume]:
    document = read(_pdf(), "mara.pdf", Limits())
    return document.text, parse(document, now=NOW)


@pytest.mark.parametrize(
    ("path", "printed"),
    [
        ("basics.name", "Mara Lindqvist"),
        ("basics.email", "mara.lindqvist@mail.example"),
        ("basics.phone", "+46 8 123 456 78"),
        ("basics.location", "Stockholm, Sweden"),
        ("work.0.name", "Northwind Analytics AB"),
        ("work.0.position", "Data Engineer"),
        ("work.0.startDate", "March 2019 - Present"),
        ("education.0.institution", "Uppsala University"),
        ("education.0.studyType", "BSc"),
    ],
)
def test_a_field_names_its_characters(path: str, printed: str) -> None:
    text, parsed = _parsed()
    source = parsed.sources[path]
    assert printed.startswith(text[source.start : source.end])
    assert text[source.start : source.end]
    assert source.page == 1
    assert text.count("\n", 0, source.start) == source.line - 1


def test_ink_lies_within_the_areas_of_a_quote() -> None:
    """All of the page's ink that a two-line span covers is in its areas, a box for each printed line."""
    _, parsed = _parsed()
    span = next(span for span in parsed.spans if span.text.startswith("Built pipelines"))
    assert len(span.areas) == 2
    scale = 3
    document = pypdfium2.PdfDocument(_pdf())
    image = document[0].render(scale=scale, grayscale=True).to_numpy()
    dark = image.reshape(image.shape[0], image.shape[1]) < 128
    for area, row in zip(span.areas, (5, 6), strict=True):
        baseline = A4[1] - (780 - 18 * row)
        band = dark[int((baseline - 10) * scale) : int((baseline + 5) * scale)]
        inside = dark[
            int(area.y0 * scale) - 2 : int(area.y1 * scale) + 3, int(area.x0 * scale) - 2 : int(area.x1 * scale) + 3
        ]
        assert inside.sum() > 0
        assert inside.sum() >= 0.99 * band.sum()
        assert area.y1 - area.y0 < 18


def test_a_claim_is_kept_apart_from_what_dates_show() -> None:
    text = (
        "Jo Doe\n\nSummary\nTeacher with 10+ years of experience in schools.\n\n"
        "Experience\nTeacher, Elm School\n2020 - 2022\n"
    )
    parsed = parse(read(text.encode(), "jo.txt", Limits()), now=NOW)
    assert [claim.years for claim in parsed.claims] == [10.0]
    assert parsed.claims[0].quote == "Teacher with 10+ years of experience in schools."
    assert parsed.years == 2.0


@pytest.mark.parametrize("text", ["He is 35 years old.", "A five years degree program.", "2 years of warranty."])
def test_other_years_are_no_claim(text: str) -> None:
    parsed = parse(read(f"Jo Doe\n\nSummary\n{text}\n".encode(), "jo.txt", Limits()), now=NOW)
    assert parsed.claims == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Ich bin Ingenieur und arbeite mit dem Team an der Steuerung für die Bahn", "de"),
        ("Responsable de la gestion des projets et du suivi avec les clients pour une banque", "fr"),
        ("Odpowiedzialna za rozwój aplikacji oraz testy w zespole i praca z klientem na co dzień", "pl"),
        ("Разработка программного обеспечения и поддержка клиентов", "ru"),
        ("Led a team of five and shipped the product to the market", "en"),
        ("Python, Go, SQL", "en"),
        ("", "en"),
    ],
)
def test_the_language_of_a_text(text: str, code: str) -> None:
    assert language_of(text) == code


def test_another_language_is_said_plainly() -> None:
    text = (
        "Ana Ruiz\n\nExperiencia\nIngeniera de datos en una empresa de la ciudad\n2019 - 2021\n"
        "Desarrollo de los sistemas para el cliente\n"
    )
    parsed = parse(read(text.encode(), "ana.txt", Limits()), now=NOW)
    assert parsed.language == "es"
    assert any(flag.code == "resume_language" and "Spanish" in flag.detail for flag in parsed.flags)
    assert parsed.spans


# ------------------------------------------------------------ years

months = st.integers(0, 12 * 30).map(lambda n: (1990 + n // 12, n % 12 + 1))


def _work(pair: tuple[tuple[int, int], tuple[int, int]]) -> Work:
    start, end = sorted(pair)
    return Work(start_date=f"{start[0]}-{start[1]:02d}", end_date=f"{end[0]}-{end[1]:02d}")


works = st.lists(st.tuples(months, months).map(_work), max_size=8)


def _years(work: list[Work]) -> float:
    return worked_years(Resume(work=tuple(work)), now=NOW) or 0.0


@given(works, st.randoms())
def test_years_do_not_depend_on_order_or_repeats(work: list[Work], random: object) -> None:
    shuffled = work * 2
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert _years(shuffled) == _years(work)


@given(works, works)
def test_more_work_never_makes_fewer_years_nor_more_than_the_sum(some: list[Work], more: list[Work]) -> None:
    assert _years(some) <= _years(some + more)
    assert _years(some) <= sum(_years([one]) for one in some) + 0.1 * len(some)  # each is rounded to a tenth


def test_years_of_a_skill_are_the_union_of_the_jobs_that_show_it() -> None:
    work = (
        Work(start_date="2010-01", end_date="2012-12"),
        Work(start_date="2012-01", end_date="2013-12"),
        Work(start_date="2020-01", end_date="2020-12"),
        Work(position="undated"),
    )
    spans = tuple(
        Span(
            id=n,
            text="x",
            line=n + 1,
            start=n,
            end=n + 1,
            section="experience" if entry is not None else "skills",
            entry=entry,
        )
        for n, entry in enumerate([0, 1, 2, 3, None])
    )
    parsed = ParsedResume(resume=Resume(work=work), spans=spans)
    shown = [{"python"}, {"python"}, {"go"}, {"rust"}, {"java"}]
    assert skill_years(parsed, shown, now=NOW) == {"go": 1.0, "python": 4.0}


def test_every_field_of_the_samples_has_a_place() -> None:
    """Of all fields that the samples' resumes give, at most one in fifty is not found again in its document."""
    fields = placed = 0
    for file in sorted((ROOT / "samples" / "resumes").glob("*")):
        try:
            document = read(file.read_bytes(), file.name, Limits())
        except UnreadableDocument:
            continue
        parsed = parse(document, now=NOW)
        found = [f"basics.{key}" for key in ("name", "email", "phone") if getattr(parsed.resume.basics, key)]
        for index, work in enumerate(parsed.resume.work):
            found += [f"work.{index}.{key}" for key in ("name", "position") if getattr(work, key)]
            found += [f"work.{index}.startDate"] if work.start_date else []
        found += [f"skills.{index}.name" for index in range(len(parsed.resume.skills))]
        found += [f"languages.{index}.language" for index in range(len(parsed.resume.languages))]
        found += [f"certificates.{index}.name" for index in range(len(parsed.resume.certificates))]
        fields += len(found)
        placed += sum(path in parsed.sources for path in found)
        assert all(0 <= source.start < source.end <= len(document.text) for source in parsed.sources.values())
    assert fields > 100
    assert placed >= 0.98 * fields
