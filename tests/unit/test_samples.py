"""The samples are what the demo promises: real files, complete, described by their manifest, and made again alike."""

from __future__ import annotations

import io
import re
import tomllib
import zipfile
from collections import Counter
from pathlib import Path

import pypdfium2
import pytest
import soundfile

from models.values import InterviewPlan
from samples import build
from samples.writers import speech
from samples.writers.people import Person, read_people

SAMPLES = Path(build.__file__).parent
RESUMES = SAMPLES / "resumes"
ANSWERS = SAMPLES / "answers"
JOBS = {"backend_engineer", "intensive_care_nurse", "field_sales_representative"}


@pytest.fixture(scope="module")
def expected() -> dict[str, dict[str, str]]:
    return tomllib.loads((SAMPLES / "expected.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def people() -> dict[str, Person]:
    return {person.filename: person for person in read_people(SAMPLES / "people")}


@pytest.fixture(scope="module")
def plan() -> InterviewPlan:
    return InterviewPlan.model_validate_json((SAMPLES / "kits" / "backend_engineer.json").read_bytes())


def test_manifest_names_exactly_the_files(expected: dict[str, dict[str, str]]) -> None:
    assert set(expected) == {path.name for path in RESUMES.iterdir()}


def test_every_job_has_a_posting_and_people_of_every_level(expected: dict[str, dict[str, str]]) -> None:
    assert {path.stem for path in (SAMPLES / "jobs").glob("*.md")} == JOBS
    readable = [row for row in expected.values() if "reason" not in row]
    assert len(readable) >= 60
    field = Counter((row["job"], row["level"]) for row in readable)
    assert set(field) == {(job, level) for job in JOBS for level in ("strong", "middling", "weak", "off_target")}
    assert min(field.values()) >= 4


def test_every_layout_is_there(expected: dict[str, dict[str, str]]) -> None:
    layouts = {(Path(name).suffix, row.get("layout")) for name, row in expected.items() if "reason" not in row}
    pdf = {(".pdf", layout) for layout in ("single", "columns", "table", "header")}
    docx = {(".docx", layout) for layout in ("plain", "table", "textbox", "header")}
    assert layouts == pdf | docx | {(".txt", None), (".html", None)}


def test_bad_files_are_bad_in_the_way_the_manifest_says(expected: dict[str, dict[str, str]]) -> None:
    reasons = {row["reason"]: (RESUMES / name).read_bytes() for name, row in expected.items() if "reason" in row}
    assert set(reasons) == {"empty", "encrypted", "corrupt", "scan", "unsupported"}
    assert reasons["empty"] == b""
    assert reasons["unsupported"].startswith(b"MZ")
    with pytest.raises(pypdfium2.PdfiumError, match="password"):
        pypdfium2.PdfDocument(reasons["encrypted"])
    with pytest.raises(pypdfium2.PdfiumError, match="format"):
        pypdfium2.PdfDocument(reasons["corrupt"])
    assert pdf_text(reasons["scan"]).strip() == ""


def test_same_person_wrote_twice_from_two_addresses(people: dict[str, Person]) -> None:
    second = next(person for person in people.values() if person.same_person_as)
    first = people[second.same_person_as]
    assert set(first.contact) & set(second.contact), "one thing in common: the telephone"
    assert email(first) != email(second)
    assert first.sections != second.sections


def test_stuffed_words_are_in_the_file_and_invisible(people: dict[str, Person]) -> None:
    stuffed = next(person for person in people.values() if person.hidden)
    content = (RESUMES / stuffed.filename).read_bytes()
    assert "Kubernetes Terraform" in pdf_text(content)
    document = pypdfium2.PdfDocument(content)
    picture = document[0].render(scale=1).to_numpy()
    document.close()
    assert picture[-50:].min() == 255, "the bottom edge, where the words stand, looks empty"


def test_people_are_fictional(people: dict[str, Person]) -> None:
    """Addresses and numbers that belong to nobody: example domains and ranges kept for fiction."""
    for person in people.values():
        assert re.search(r"@example\.(com|org)$", email(person)), person.slug
        phones = [line for line in person.contact if line.startswith("+")]
        assert len(phones) == 1, person.slug
        assert re.fullmatch(r"\+44 7700 900\d{3}|\+1-202-555-01\d\d|\+49 171 39200\d\d", phones[0]), person.slug


def test_manifest_says_what_the_people_say(expected: dict[str, dict[str, str]], people: dict[str, Person]) -> None:
    said = {name: (person.job, person.level, person.name) for name, person in people.items()}
    assert said == {n: (r["job"], r["level"], r["name"]) for n, r in expected.items() if "reason" not in r}


def test_texts_and_pages_are_written_again_byte_for_byte(people: dict[str, Person]) -> None:
    names = [name for name, person in people.items() if person.format in ("txt", "html")]
    assert [name for name in names if build.write_resume(people[name]) != (RESUMES / name).read_bytes()] == []


def test_pdf_is_written_again_alike(people: dict[str, Person]) -> None:
    """Twice the same bytes here; against the kept file the words, because zlib builds pack differently."""
    made = build.write_resume(people["lukasz-kowalczyk.pdf"])
    assert made == build.write_resume(people["lukasz-kowalczyk.pdf"])
    kept = pdf_text((RESUMES / "lukasz-kowalczyk.pdf").read_bytes())
    assert "Łukasz Kowalczyk" in kept
    assert pdf_text(made) == kept


def test_docx_is_written_again_alike(people: dict[str, Person]) -> None:
    name = "nguyen-thi-mai.docx"
    assert parts(build.write_resume(people[name])) == parts((RESUMES / name).read_bytes())


def test_kit_is_short_and_says_who_asks(plan: InterviewPlan) -> None:
    assert "automated interviewer" in plan.welcome
    assert len(plan.competencies) == 4
    spoken = [plan.welcome, plan.closing, *(question.text for question in plan.questions)]
    assert all(len(text.split()) <= 25 for text in spoken)
    asked = [question.competency_id for question in plan.questions if question.competency_id]
    assert asked == [competency.id for competency in plan.competencies]
    assert all(question.rephrased for question in plan.questions)
    assert [question.kind for question in plan.questions[-2:]] == ["check", "candidate_questions"]


@pytest.mark.parametrize("voice", speech.VOICES)
def test_every_question_has_a_spoken_answer(plan: InterviewPlan, voice: str) -> None:
    words = speech.transcripts(ANSWERS / voice)
    assert list(words) == [question.id for question in plan.questions]
    assert {path.stem for path in (ANSWERS / voice).glob("*.flac")} == set(words)
    for question in words:
        sound = soundfile.info(ANSWERS / voice / f"{question}.flac")
        assert (sound.samplerate, sound.channels) == (speech.RATE, 1)
        assert 8 <= sound.duration <= 19, f"{voice}/{question} is spoken at real speed in the demo"


def email(person: Person) -> str:
    return next(line for line in person.contact if "@" in line)


def pdf_text(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
