"""From a posting to what it asks."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from models.errors import BadRequest
from models.values import JobPosting, Requirement
from screening.posting import read_posting

JOBS = Path(__file__).resolve().parents[2] / "samples" / "jobs"


@cache
def sample(name: str) -> JobPosting:
    return read_posting((JOBS / f"{name}.md").read_text(encoding="utf-8"), name=name)


def asked(posting: JobPosting, kind: str) -> list[Requirement]:
    return [requirement for requirement in posting.requirements if requirement.kind == kind]


def only(sentence: str, heading: str = "Requirements") -> list[Requirement]:
    return list(read_posting(f"# Job\n\n## {heading}\n\n- {sentence}\n").requirements)


@pytest.mark.parametrize("name", ["backend_engineer", "field_sales_representative", "intensive_care_nurse"])
def test_every_requirement_stands_in_the_posting(name: str) -> None:
    posting = sample(name)
    lines = posting.text.split("\n")
    squeezed = " ".join(posting.text.split())
    assert 20 <= len(posting.requirements) <= 35
    assert [one.id for one in posting.requirements] == [f"r{n + 1}" for n in range(len(posting.requirements))]
    for requirement in posting.requirements:
        assert requirement.sentence in squeezed
        assert requirement.line is not None
        assert requirement.sentence.split()[0] in lines[requirement.line - 1]
    said = " ".join(requirement.sentence.lower() for requirement in posting.requirements)
    for boilerplate in ("pension", "disability", "cv", "founded", "parental leave", "insurance"):
        assert boilerplate not in said


def test_the_engineer() -> None:
    posting = sample("backend_engineer")
    assert (posting.title, posting.location) == ("Backend Engineer (Python)", "Leeds, United Kingdom")
    assert [one.years for one in asked(posting, "years")] == [4]
    assert [one.level for one in asked(posting, "degree")] == ["bachelor"]
    languages = asked(posting, "language")
    assert [(one.text, one.must_have, one.alternatives) for one in languages] == [
        ("Fluent English", True, ()),
        ("German or Dutch", False, ("German", "Dutch")),
    ]
    skills = {one.text: one for one in asked(posting, "skill")}
    assert skills["PostgreSQL or MySQL"].alternatives == ("PostgreSQL", "MySQL")
    assert skills["Python"].must_have
    assert not skills["Kubernetes"].must_have
    assert "Terraform" in skills
    assert [one.must_have for one in asked(posting, "certificate")] == [False]
    assert len(asked(posting, "authorisation")) == 1
    assert len(asked(posting, "location")) == 1
    assert not any(one.must_have for one in asked(posting, "responsibility"))


def test_the_nurse() -> None:
    posting = sample("intensive_care_nurse")
    assert posting.location == "Columbus, Ohio"
    must = [one.text for one in asked(posting, "certificate") if one.must_have]
    assert "Registered Nurse license" in must[0]
    assert must[1:] == ["BLS certification", "ACLS certification"]
    assert [one.years for one in asked(posting, "years")] == [2]
    assert any("12-hour night shifts" in one.text for one in asked(posting, "shift"))
    assert [one.alternatives for one in asked(posting, "language") if not one.must_have] == [("Spanish", "Somali")]


def test_the_representative() -> None:
    posting = sample("field_sales_representative")
    assert [(one.text, one.level) for one in asked(posting, "language") if one.must_have] == [
        ("Fluent German", "fluent"),
        ("Good English", "good"),
    ]
    assert [one.text for one in asked(posting, "certificate")] == ["A valid driving licence, class B"]
    crm = next(one for one in asked(posting, "skill") if "CRM" in one.text)
    assert {"Salesforce", "SAP", "HubSpot"} <= set(crm.alternatives)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Docker, Kubernetes and Terraform", [("skill", "Docker"), ("skill", "Kubernetes"), ("skill", "Terraform")]),
        ("5+ years of Python", [("years", "5+ years of Python")]),
        ("BSc in computing and 3 years of Java", [("degree", "BSc in computing"), ("years", "3 years of Java")]),
        ("A record of meeting or beating annual targets", [("skill", "meeting or beating annual targets")]),
        ("Willing to work weekends", [("shift", "Willing to work weekends")]),
    ],
)
def test_sentences(sentence: str, expected: list[tuple[str, str]]) -> None:
    assert [(one.kind, one.text) for one in only(sentence)] == expected


@pytest.mark.parametrize(
    ("sentence", "years"),
    [
        ("3 to 7 years of experience in sales", 3),
        ("Minimum two years of nursing experience", 2),
        ("Min. 2 Years of work", 2),
    ],
)
def test_the_least_number_of_years_counts(sentence: str, years: float) -> None:
    assert [one.years for one in only(sentence)] == [years]


def test_words_make_a_wish_of_a_must() -> None:
    assert [one.must_have for one in only("Kafka is a plus")] == [False]
    assert [one.must_have for one in only("Kafka", heading="Nice to have")] == [False]
    assert [one.must_have for one in only("Kafka")] == [True]


PLAIN = """Job title: Store Assistant
Location: Graz
We are a family business and offer a good salary.
REQUIREMENTS
At least 1 year of experience in retail
Fluent German
"""


def test_plain_text_with_capital_headings() -> None:
    posting = read_posting(PLAIN, media_type="text/plain")
    assert (posting.title, posting.location) == ("Store Assistant", "Graz")
    assert [one.kind for one in posting.requirements] == ["years", "language"]


HTML = (
    "<html><head><title>x</title></head><body><nav>Menu Python</nav><h1>Cook</h1><h2>Requirements</h2>"
    "<ul><li>Food hygiene <b>certificate</b></li></ul></body></html>"
)


def test_html_and_the_record_inside_a_page() -> None:
    posting = read_posting(HTML, media_type="text/html")
    assert posting.title == "Cook"
    assert [(one.kind, one.text) for one in posting.requirements] == [("certificate", "Food hygiene certificate")]
    record = json.dumps(
        {
            "@context": "https://schema.org",
            "@type": "JobPosting",
            "title": "Night nurse",
            "description": "<p>Our ward has a team that is glad of every colleague, and time for its patients.</p>",
            "qualifications": "Registered Nurse licence",
            "experienceRequirements": {"@type": "OccupationalExperienceRequirements", "monthsOfExperience": 24},
            "skills": "ECMO, CRRT",
            "jobLocation": {"@type": "Place", "address": {"addressLocality": "Leeds", "addressCountry": "GB"}},
        }
    )
    for text, media_type in (
        (record, "application/ld+json"),
        (f'<html><script type="application/ld+json">{record}</script><p>Menu</p></html>', "text/html"),
    ):
        found = read_posting(text, media_type=media_type)
        assert (found.title, found.location) == ("Night nurse", "Leeds, GB")
        kinds = [one.kind for one in found.requirements]
        assert sorted(kinds) == ["certificate", "skill", "skill", "years"]
        assert [one.years for one in asked(found, "years")] == [2]


LONG = "Our ward has a team that is glad of every colleague, and time for its patients. "
RECORD = {"@type": "JobPosting", "title": "Nurse", "description": LONG, "qualifications": "Registered Nurse licence"}


@pytest.mark.parametrize(
    "record",
    [
        {"@type": ["Thing", "JobPosting"]},
        {"@type": "http://schema.org/JobPosting"},
        {"@type": "schema:JobPosting"},
        {"experienceRequirements": {"monthsOfExperience": "a year"}},
        {"experienceRequirements": {"monthsOfExperience": "NaN"}},
        {"skills": {"name": ["ECMO"]}, "responsibilities": [None, {"x": 1}]},
        {"jobLocation": [None, 5], "title": "Nurse"},
        {"@graph": [{"@type": 5}, {"@type": [{"a": 1}]}]},
    ],
)
def test_records_as_pages_have_them_are_read(record: dict[str, object]) -> None:
    found = read_posting(json.dumps({**RECORD, **record}), media_type="application/ld+json")
    assert found.title == "Nurse"
    assert "certificate" in [one.kind for one in found.requirements]
    assert "nan" not in found.text
    assert "{" not in found.text


@pytest.mark.parametrize("kind", ["application/ld+json", "application/LD+JSON; charset=utf-8"])
def test_a_page_is_read_by_its_record_though_it_breaks_lines_in_texts(kind: str) -> None:
    broken = json.dumps(RECORD).replace("colleague, and", "colleague,\n and")
    other = json.dumps({"@type": "Organization", "name": "Clinic"})
    page = f'<html><script type="{kind}">[{other}, {broken}]</script><p>Menu</p></html>'
    found = read_posting(page)
    assert found.title == "Nurse"
    assert "Menu" not in found.text


def test_a_json_resume_job_is_read() -> None:
    job = {
        "title": "Web Developer",
        "type": "Full-time",
        "description": "We look for somebody to join our team.",
        "location": {"city": "Berlin", "countryCode": "DE"},
        "qualifications": ["3+ years of experience in web development"],
        "skills": [{"name": "Databases", "level": "Master", "keywords": ["SQL", "MongoDB"]}],
    }
    found = read_posting(json.dumps(job), media_type="application/json")
    assert (found.title, found.location) == ("Web Developer", "Berlin, DE")
    assert [one.years for one in asked(found, "years")] == [3]
    assert {"sql", "mongodb"} <= {one.text.lower() for one in found.requirements if one.kind == "skill"}


def test_another_language_comes_line_by_line_and_flagged() -> None:
    posting = read_posting(
        "# Koch\n\n## Ihr Profil\n\n- Erfahrung in der Küche und mit der Kasse\n- Freude an der Arbeit\n"
    )
    assert posting.language == "de"
    assert [flag.code for flag in posting.flags] == ["posting_language"]
    assert len(posting.requirements) == 2


@pytest.mark.parametrize(
    ("text", "media_type"),
    [
        ("", "text/plain"),
        (" \n--- \n", "text/markdown"),
        ("<p></p>", "text/html"),
        ("{", "application/json"),
        ("{}", "application/json"),
    ],
)
def test_nothing_to_read_is_said_with_the_name(text: str, media_type: str) -> None:
    with pytest.raises(BadRequest, match=r"job\.x"):
        read_posting(text, media_type=media_type, name="job.x")


def test_a_text_without_sentences_still_gives_its_skills_and_years() -> None:
    run_on = (
        "overview dynamic global team " * 12 + "5 years experience docker kubernetes terraform python bachelor degree"
    )
    found = read_posting(f"Platform Engineer\n{run_on}", media_type="text/plain").requirements
    assert {"docker", "kubernetes", "terraform", "python"} <= {one.text for one in found if one.kind == "skill"}
    assert [one.years for one in found if one.kind == "years"] == [5]
    assert [one.level for one in found if one.kind == "degree"] == ["bachelor"]


def test_a_line_alone_is_better_than_nothing() -> None:
    assert [one.text for one in read_posting("Python developer").requirements] == ["Python developer"]
