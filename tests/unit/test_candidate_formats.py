"""People in every form a system may send them in: what is read, what is left out, what a bad row says."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from integrations.candidate_formats import Row, rows
from models.errors import BadRequest, Unsupported
from models.exchange import Answer, CandidateIntake
from screening.extract import Limits, read
from screening.parse import parse

SCHEMAS = Path(os.environ.get("FOYER_BENCH_DATA", "../shared/data")) / "schemas"
ADA = {"name": "Ada Byron", "email": "ada@example.org", "external_id": "A-1"}


def sent(value: Any) -> list[Row]:
    return rows(json.dumps(value).encode(), "application/json; charset=utf-8")


def person(value: Any) -> CandidateIntake:
    [row] = sent(value)
    assert row.person is not None, row.problem
    return row.person


def problem(value: Any) -> str:
    [row] = sent(value)
    assert row.person is None
    return row.problem


def test_our_own_fields() -> None:
    [row] = sent(
        {
            **ADA,
            "phone": "+44 20 7946 0018",
            "source": "Career site",
            "origin": "referral",
            "applied_at": "2026-11-20T09:30:00Z",
            "profile_url": "https://ats.example/1",
            "job_id": "job-1",
            "answers": {"Do you hold a licence?": True, "Years of Python?": 7},
            "resume": {"filename": "ada.pdf", "content": b64encode(b"%PDF-1").decode()},
        }
    )
    assert row.person == CandidateIntake(
        filename="ada.pdf",
        content=b"%PDF-1",
        name="Ada Byron",
        email="ada@example.org",
        phone="+44 20 7946 0018",
        external_id="A-1",
        source="Career site",
        origin="referral",
        applied_at=datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
        profile_url="https://ats.example/1",
        answers=(
            Answer(question="Do you hold a licence?", answer="Yes"),
            Answer(question="Years of Python?", answer="7"),
        ),
    )
    assert (row.job_id, row.external_id, row.ignored) == ("job-1", "A-1", ())


def test_a_list_a_wrapper_and_fields_for_all() -> None:
    assert [row.external_id for row in sent([ADA, {**ADA, "external_id": "A-2"}])] == ["A-1", "A-2"]
    found = sent({"job_id": "j", "source": "Fair", "candidates": [ADA, {**ADA, "source": "Post"}]})
    assert [(row.job_id, row.person.source if row.person else "") for row in found] == [("j", "Fair"), ("j", "Post")]


def test_what_nobody_is_judged_by_is_left_out() -> None:
    private = {"gender": "f", "age": 36, "citizenship": "GB", "Date of birth": "1815-12-10"}
    [row] = sent({**ADA, **private, "answers": {"What is your gender?": "f", "Any experience in health care?": "Yes"}})
    assert row.person is not None
    assert [each.question for each in row.person.answers] == ["Any experience in health care?"]
    assert row.ignored == ("Date of birth", "age", "citizenship", "gender")
    assert "1815" not in row.person.model_dump_json()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({}, "name, an e-mail"),
        ({"gender": "f"}, "name, an e-mail"),
        ({"email": "ada"}, "'ada' is no address"),
        ({**ADA, "applied_at": "yesterday"}, "ISO 8601"),
        ({**ADA, "origin": "friend"}, "referral"),
        ({**ADA, "name": ["Ada"]}, "name: a text"),
        ({**ADA, "phone": "1" * 61}, "phone: longer than 60"),
        ({**ADA, "external_id": "x" * 201}, "external_id: longer"),
        ({**ADA, "name": "A\0"}, "NUL"),
        ({**ADA, "resume": {"content": "%%%"}}, "base64"),
        ({**ADA, "answers": "Yes"}, "answers"),
        ({**ADA, "answers": [["a", "b"]]}, "answers"),
        ({**ADA, "answers": {"Why?": "x" * 5001}}, "answers: longer"),
        ({**ADA, "answers": {"Why?": {"a": 1}}}, "texts"),
    ],
)
def test_a_bad_row_says_why_and_the_others_go_on(value: Any, said: str) -> None:
    assert said in problem(value)
    assert [row.person is None for row in sent([value, ADA])] == [True, False]


def test_a_row_of_another_kind_is_a_bad_row() -> None:
    assert [row.person is None for row in sent(["Ada", ADA])] == [True, False]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"Ada"', b'"\xff', b"[" * 100_000])
def test_a_body_that_is_nothing_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        rows(body, "application/json")


def test_another_form_and_too_many_are_refused() -> None:
    with pytest.raises(Unsupported):
        rows(b"<xml/>", "application/xml")
    with pytest.raises(BadRequest, match="1,000"):
        sent([ADA] * 1001)


# ---------------------------------------------------------------- CSV


@pytest.mark.parametrize("parted", [",", ";", "\t"])
def test_a_csv_with_its_own_names_of_columns(parted: str) -> None:
    text = "\n".join(
        parted.join(line)
        for line in (
            ("First Name", "Last-Name", "E-Mail", "ID", "Job", "Do you drive?", "Gender", "CV"),
            ("Zoë", '"Ex, ""Ample"""', "zoe@example.org", "7", "j", "Yes", "f", '"Nurse\nsince 2019"'),
            ("Ben", "Ohne", "ben", "8", "", "", "", ""),
        )
    )
    [zoe, ben] = rows(("\ufeff" + text).encode(), "text/csv; header=present")
    assert zoe.person is not None
    assert (zoe.person.name, zoe.person.email, zoe.external_id, zoe.job_id) == (
        'Zoë Ex, "Ample"',
        "zoe@example.org",
        "7",
        "j",
    )
    assert zoe.person.answers == (Answer(question="Do you drive?", answer="Yes"),)
    assert zoe.person.content == b"Nurse\nsince 2019"
    assert zoe.ignored == ("Gender",)
    assert (ben.person, ben.external_id) == (None, None)
    assert "'ben' is no address" in ben.problem


def test_a_csv_row_of_the_wrong_length_keeps_no_other_from_being_read() -> None:
    found = rows(b"name,email\nAda,ada@example.org,and more\nBen,ben@example.org\nCy\n", "text/csv")
    assert [row.person.name if row.person else None for row in found] == [None, "Ben", "Cy"]


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"Nurse,Berlin\n1,2\n", b'name,email\n"Ada,ada@example.org\n'])
def test_a_csv_that_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        rows(body, "text/csv")


# ---------------------------------------------------------------- a form


def form(*parts: tuple[str, str | None, bytes]) -> tuple[bytes, str]:
    body = b""
    for name, filename, content in parts:
        named = f'; filename="{filename}"' if filename else ""
        body += f'--b\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode() + content + b"\r\n"
    return body + b"--b--\r\n", "multipart/form-data; boundary=b"


def test_a_form_with_a_file() -> None:
    [row] = rows(*form(("name", None, b"Ada"), ("job_id", None, b"j"), ("resume", "C:/x/ada.pdf", b"%PDF-1\r\n\0")))
    assert row.person is not None
    assert (row.person.filename, row.person.content) == ("ada.pdf", b"%PDF-1\r\n\0")
    [row] = rows(*form(("candidate", None, json.dumps(ADA).encode()), ("resume", "ada.txt", b"Ada")))
    assert row.person is not None
    assert (row.person.email, row.person.content, row.external_id) == ("ada@example.org", b"Ada", "A-1")


@pytest.mark.parametrize(
    "sending",
    [
        (b"", "multipart/form-data"),
        (b"nothing", "multipart/form-data; boundary=b"),
        form(("candidate", None, b"[]")),
        form(("resume", "a", b"1"), ("resume", "b", b"2")),
    ],
)
def test_a_form_that_cannot_be_used_is_refused(sending: tuple[bytes, str]) -> None:
    with pytest.raises(BadRequest):
        rows(*sending)


# ---------------------------------------------------------------- JSON Resume


def sample(name: str) -> dict[str, Any]:
    if not (SCHEMAS / name).is_file():
        pytest.skip(f"no open data: {SCHEMAS / name} is missing, so JSON Resume is not tested against its own sample")
    found: dict[str, Any] = json.loads((SCHEMAS / name).read_text())
    return found


def test_the_formats_own_sample_reads_back_as_it_was() -> None:
    resume = sample("jsonresume_sample.resume.json")
    found = person({**resume, "external_id": "R-1", "answers": {"Do you drive?": "No"}})
    assert (found.name, found.email, found.phone) == ("Richard Hendriks", "richard.hendriks@mail.com", "(912) 555-4321")
    assert (found.external_id, len(found.answers), found.filename) == ("R-1", 1, "JSON Resume.txt")
    parsed = parse(read(found.content, found.filename, Limits()), now=date(2026, 11, 20)).resume
    [job], [school] = parsed.work, parsed.education
    assert (job.name, job.position, job.start_date, job.end_date) == (
        "Pied Piper",
        "CEO/President",
        "2013-12",
        "2014-12",
    )
    assert job.highlights == tuple(resume["work"][0]["highlights"])
    assert (school.institution, school.area, school.study_type) == (
        "University of Oklahoma",
        "Information Technology",
        "Bachelor",
    )
    assert (parsed.basics.name, parsed.basics.email) == (found.name, found.email)
    assert [(skill.name, list(skill.keywords)) for skill in parsed.skills] == [
        (skill["name"], skill["keywords"]) for skill in resume["skills"]
    ]
    assert [(each.language, each.fluency) for each in parsed.languages] == [("English", "Native speaker")]


def test_every_text_of_the_sample_is_in_what_is_read() -> None:
    resume = sample("jsonresume_sample.resume.json")
    text = person(resume).content.decode()
    for section in ("work", "volunteer", "education", "awards", "publications", "projects", "references"):
        for entry in resume[section]:
            for field in ("name", "position", "organization", "institution", "title", "summary", "reference"):
                assert entry.get(field, "") in text, (section, field)


def test_a_resume_of_odd_values_is_read_without_them() -> None:
    odd = {
        "basics": {"name": "Ada", "profiles": "none", "location": ["x"]},
        "work": [None, {"position": "Clerk", "startDate": "2019-99", "highlights": ["a", {"b": 1}], "name": 7}],
        "skills": {"name": "Python"},
        "education": [{"studyType": True}],
    }
    text = person(odd).content.decode()
    assert "Clerk | 2019-99 - present" in text
    assert "- a\n" in text
    assert "True" not in text


def test_a_json_resume_may_be_the_file_of_a_candidate() -> None:
    found = person({**ADA, "resume": {"basics": {"name": "A. B."}, "work": [{"position": "Clerk"}]}})
    assert (found.name, found.email) == ("Ada Byron", "ada@example.org")
    assert found.content.startswith(b"A. B.\n\nExperience\n")


# ---------------------------------------------------------------- HR Open

EXPORTED = {
    "candidate": {
        "person": {
            "id": {"value": "p-9", "schemeId": "JazzHR Candidate", "schemeAgencyId": "JazzHR"},
            "name": {"formattedName": "Zoë Example", "given": "Zoë", "family": "Example"},
            "gender": "female",
            "citizenShip": ["DE"],
            "applyDate": "2026-11-19",
            "communication": {
                "address": [{"city": "Berlin"}],
                "phone": [{"formattedNumber": "+49 30 1234567"}],
                "email": [{"address": "zoe@example.org"}],
            },
        },
        "profiles": [
            {
                "profileId": {"value": "a-77"},
                "associatedPositionOpenings": [{"positionTitle": "Nurse", "candidateStatus": {"name": "New"}}],
                "attachments": [{"id": {"value": "f"}, "descriptions": ["Resume"], "url": "https://files.example/f"}],
            }
        ],
    }
}


def test_an_hr_open_candidate() -> None:
    [row] = sent({**EXPORTED, "job_id": "j"})
    assert row.person is not None
    assert (row.person.name, row.person.email, row.person.phone) == ("Zoë Example", "zoe@example.org", "+49 30 1234567")
    assert (row.external_id, row.person.source, row.person.stage, row.job_id) == ("a-77", "JazzHR", "New", "j")
    assert row.person.applied_at == datetime(2026, 11, 19, tzinfo=UTC)
    assert row.resume_url == "https://files.example/f"
    assert "female" not in row.person.model_dump_json()
    assert "DE" not in row.person.model_dump_json()


def test_an_hr_open_candidate_with_its_file_and_one_of_nulls() -> None:
    candidate = EXPORTED["candidate"]
    held = {"fileName": "zoe.txt", "content": b64encode(b"Nurse").decode(), "mimeType": "text/plain"}
    found = person({"candidate": {**candidate, "profiles": [{"attachments": [held]}]}})
    assert (found.filename, found.content, found.external_id) == ("zoe.txt", b"Nurse", "p-9")
    nulls = {"person": {"name": {"given": "Ben", "family": None}, "communication": None, "id": None}, "profiles": None}
    assert person({"candidate": nulls}).name == "Ben"
    assert "name, an e-mail" in problem({"candidate": {"person": {"name": None}}})
