"""Facts decide: years, degrees, licences, languages, places, permits, shifts; and silence is not a fault."""

from __future__ import annotations

from datetime import date

import pytest

from models.values import Basics, ParsedResume, Requirement, RequirementKind, RequirementScore, Resume, Span, Work
from screening.noted import Noted
from screening.rules import judge, years_between

NOW = date(2026, 11, 23)


def resume(*lines: tuple[str, str], work: tuple[Work, ...] = ()) -> ParsedResume:
    """Lines of (section, text); experience lines belong to the work entries in order."""
    spans, entry = [], 0
    for number, (section, text) in enumerate(lines):
        spans.append(
            Span(
                id=number,
                text=text,
                line=number + 1,
                start=0,
                end=len(text),
                section=section,
                entry=entry if section == "experience" else None,
            )
        )
        entry += section == "experience"
    return ParsedResume(resume=Resume(basics=Basics(name="Ann Other"), work=work), spans=tuple(spans))


def ask(
    kind: RequirementKind, text: str, *alternatives: str, years: float | None = None, level: str | None = None
) -> Requirement:
    return Requirement(
        id="r1", text=text, kind=kind, must_have=True, alternatives=alternatives, years=years, level=level
    )


def verdict(requirement: Requirement, parsed: ParsedResume) -> RequirementScore:
    judged = judge(requirement, Noted(parsed), now=NOW)
    assert judged is not None
    found = judged.written(parsed.document)
    quotes = {span.text for span in parsed.spans}
    assert all(evidence.quote in quotes for evidence in found.evidence)
    assert found.evidence or found.status in {"not_met", "unknown"}
    return found


JAVA = Work(position="Java Developer", start_date="2020-01", end_date="2022-12")
COOK = Work(position="Cook", start_date="2015-01", end_date="2019-12")
BOTH = resume(
    ("experience", "Java Developer: built services in Java"),
    ("experience", "Cook: ran a kitchen"),
    work=(JAVA, COOK),
)


@pytest.mark.parametrize(
    ("text", "years", "status"),
    [
        ("3 years of Java", 3, "met"),
        ("5 years of Java", 5, "partly"),
        ("8 years of Java", 8, "not_met"),
        ("2 years of Kubernetes", 2, "not_met"),
        ("7 years of professional experience", 7, "met"),
    ],
)
def test_years_count_where_the_thing_was_done(text: str, years: float, status: str) -> None:
    assert verdict(ask("years", text, years=years), BOTH).status == status


def test_overlapping_jobs_count_once_and_more_years_earn_nothing() -> None:
    twice = resume(("experience", "Java here"), ("experience", "Java there"), work=(JAVA, JAVA))
    assert years_between(Noted(twice), [0, 1], now=NOW) == 3
    assert verdict(ask("years", "1 year of Java", years=1), twice).score == 1.0
    assert verdict(ask("years", "3 years of Java", years=3), twice).score == 1.0


def test_a_claim_is_taken_where_no_dates_speak_against_it() -> None:
    claim = resume(("summary", "Nurse with 6 years of experience in intensive care"))
    assert verdict(ask("years", "4 years of experience in intensive care", years=4), claim).status == "met"
    assert verdict(ask("years", "8 years of experience in intensive care", years=8), claim).status == "partly"
    assert verdict(ask("years", "4 years of experience", years=4), resume()).status == "unknown"
    dated = resume(("summary", "9 years of experience in Java"), ("experience", "Cook"), work=(COOK,))
    assert verdict(ask("years", "8 years of experience in Java", years=8), dated).status == "partly"


DEGREE = ask("degree", "A bachelor's degree in computer science or a related field", level="bachelor")


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("MSc Computer Science, Leeds", "met"),
        ("BS Software Engineering", "met"),
        ("B.A. in History", "partly"),
        ("Abitur, Gymnasium Ulm", "not_met"),
        ("Associate Degree in Computer Science", "not_met"),
    ],
)
def test_degrees(line: str, status: str) -> None:
    assert verdict(DEGREE, resume(("education", line))).status == status


def test_no_schooling_in_the_resume_or_an_equivalent_is_a_question() -> None:
    assert verdict(DEGREE, resume(("skills", "Python"))).status == "unknown"
    either = ask("degree", "A bachelor's degree or equivalent experience", level="bachelor")
    assert verdict(either, resume(("skills", "Python"))).status == "unknown"
    assert verdict(either, resume(("education", "Abitur"))).status == "not_met", "no work that could stand for it"
    lower = ask(
        "degree", "BSN, or an associate degree in nursing", "BSN", "an associate degree in nursing", level="bachelor"
    )
    assert verdict(lower, resume(("education", "Associate Degree in Nursing, Columbus"))).status == "met"


@pytest.mark.parametrize(
    ("text", "line", "status"),
    [
        ("BLS certification", "Basic Life Support, 2025", "met"),
        ("BLS certification", "ACLS (valid to 2027)", "met"),
        ("ACLS certification", "ACLS expected in May", "partly"),
        ("ACLS certification", "BLS", "not_met"),
        ("Registered Nurse license in the State of Ohio", "RN, Ohio", "met"),
        ("A valid driving licence, class B", "Clean driving licence", "met"),
        ("A beekeeping licence", "Beekeeping licence of the county", "met"),
    ],
)
def test_certificates(text: str, line: str, status: str) -> None:
    assert verdict(ask("certificate", text), resume(("certificates", line))).status == status


@pytest.mark.parametrize(
    ("text", "level", "line", "status"),
    [
        ("Fluent German", "fluent", "German (C1), English", "met"),
        ("Fluent German", "fluent", "English: native, German: basic", "partly"),
        ("Good English", "good", "Fluent in English and French", "met"),
        ("Fluent German", "fluent", "French", "not_met"),
    ],
)
def test_languages(text: str, level: str, line: str, status: str) -> None:
    assert verdict(ask("language", text, level=level), resume(("languages", line))).status == status


def test_an_unlisted_language_is_a_question() -> None:
    assert verdict(ask("language", "Fluent German"), resume(("skills", "Python"))).status == "unknown"
    assert verdict(ask("language", "Fluent English"), resume(("languages", "French"))).status == "unknown"
    either = ask("language", "German or Dutch", "German", "Dutch")
    assert verdict(either, resume(("languages", "Dutch"))).status == "met"


@pytest.mark.parametrize(
    ("kind", "text", "line", "status"),
    [
        ("location", "Based in Leeds", "Leeds, United Kingdom", "met"),
        ("location", "Based in Leeds", "Willing to relocate", "met"),
        ("location", "Based in Leeds", "Graz, Austria", "unknown"),
        ("authorisation", "The right to work in the UK", "Right to work in the UK", "met"),
        ("authorisation", "The right to work in the UK", "Work permit held, no sponsorship needed", "met"),
        ("authorisation", "The right to work in the UK", "Will need visa sponsorship", "not_met"),
        ("authorisation", "The right to work in the UK", "Python", "unknown"),
        ("shift", "Able to work night shifts", "Rotating night shifts on a 20-bed unit", "met"),
        ("shift", "Able to work night shifts", "Unable to work night shifts", "not_met"),
        ("shift", "Able to work night shifts", "Python", "unknown"),
    ],
)
def test_silence_is_a_question(kind: RequirementKind, text: str, line: str, status: str) -> None:
    assert verdict(ask(kind, text), resume(("summary", line))).status == status


def test_skills_and_tasks_have_no_rule() -> None:
    assert judge(ask("skill", "Python"), Noted(BOTH), now=NOW) is None
    assert judge(ask("responsibility", "Write code"), Noted(BOTH), now=NOW) is None


@pytest.mark.parametrize(
    ("asked", "line", "status"),
    [
        ("Bachelor's degree in computer science or engineering", "B.E. in Electrical", "met"),
        ("Bachelor's degree in computer science or a related field", "BSc Mathematics", "met"),
        ("Bachelor's degree in computer science", "BSc Mathematics", "partly"),
        ("Bachelor's degree in business or marketing", "MBA in Finance", "met"),
        ("Bachelor's degree in business or marketing", "BA History, 2012", "partly"),
        ("Bachelor's degree in nursing", "BSc Nursing, expected 2028", "partly"),
        ("Bachelor's degree in nursing", "BSc Physics, expected 2028", "not_met"),
        ("Bachelor's degree in nursing", "High school diploma", "not_met"),
        ("completed technical diploma or vocational training", "Apprenticeship as a car mechanic", "met"),
        ("completed technical diploma or vocational training", "BA History", "partly"),
    ],
)
def test_fields_of_degrees_go_by_families(asked: str, line: str, status: str) -> None:
    assert verdict(ask("degree", asked), resume(("education", line))).status == status


@pytest.mark.parametrize(
    ("kind", "asked", "line", "status"),
    [
        ("authorisation", "authorized to work in the United States", "German citizen", "unknown"),
        ("authorisation", "authorized to work in the United States", "U.S. citizen", "met"),
        ("authorisation", "right to work in the UK", "I would need a visa for the United States", "unknown"),
        ("authorisation", "right to work in the UK", "I would need a visa for the United Kingdom", "not_met"),
        ("shift", "willingness to be on call every fourth weekend", "Weekend shifts while in school", "unknown"),
        ("shift", "willingness to be on call every fourth weekend", "On-call duty every sixth week", "met"),
        ("shift", "work rotating shifts, including nights", "Shift Supervisor", "unknown"),
        ("shift", "work rotating shifts, including nights", "Night shifts for two years", "met"),
        ("shift", "willing to travel two days a week", "Lee Travel, Cork", "unknown"),
        ("shift", "willing to travel two days a week", "Four days a week on tour", "met"),
        ("certificate", "Valid driver's license", "Painter and decorator", "unknown"),
        ("certificate", "Valid driver's license", "Clean driving licence (B)", "met"),
        ("certificate", "Paralegal certificate or a law degree", "J.D., cum laude", "met"),
        ("certificate", "CCNA certification", "Completed a CCNA course", "partly"),
    ],
)
def test_what_only_the_person_can_settle_is_unknown_unless_said(
    kind: RequirementKind, asked: str, line: str, status: str
) -> None:
    assert verdict(ask(kind, asked), resume(("other", line))).status == status


@pytest.mark.parametrize(
    ("kind", "asked", "line", "status"),
    [
        ("authorisation", "right to work in the UK", "I don't need a visa to work in the UK.", "met"),
        ("authorisation", "right to work in the UK", "Integrated Visa payments with no downtime", "unknown"),
        ("authorisation", "right to work in the UK", "Exec sponsor for the migration; needs analysis done", "unknown"),
        ("authorisation", "right to work in the UK", "I do not have the right to work in the UK.", "not_met"),
        ("authorisation", "right to work in the UK", "Not authorized to work without sponsorship.", "not_met"),
        ("authorisation", "right to work in the UK", "Issued visas to travellers at the embassy", "unknown"),
        ("shift", "work nights", "Worked nights and weekends, not missing one shift", "met"),
        ("shift", "work nights", "Sat with residents in their last nights when no family could come", "unknown"),
        ("shift", "work nights", "I prefer day shifts because of my young family", "unknown"),
        ("shift", "work nights", "I cannot work nights", "not_met"),
        ("location", "Leeds or relocation", "Relocated the data centre to Dublin", "unknown"),
        ("location", "Leeds or relocation", "Not willing to relocate", "unknown"),
        ("certificate", "ACLS", "ACLS: not yet", "not_met"),
        ("certificate", "AWS Certified Solutions Architect", "Managed AWS Certified Solutions Architects", "not_met"),
        ("certificate", "driving licence", "Permissive license for libs", "unknown"),
        ("language", "Fluent German", "English native, no German", "not_met"),
        ("language", "Fluent German", "German (elementary proficiency)", "partly"),
        ("language", "Fluent German", "German    Beginner", "partly"),
        ("degree", "Bachelor's degree in computer science", "Dropped out of BSc Computer Science", "partly"),
        ("degree", "Bachelor's degree in computer science", "BSc Computer Science, 2010. Now ranked top 10.", "met"),
    ],
)
def test_a_denial_a_wish_or_a_homonym_is_not_taken_for_the_fact(
    kind: RequirementKind, asked: str, line: str, status: str
) -> None:
    section = {"language": "languages", "degree": "education"}.get(kind, "other")
    level = "fluent" if kind == "language" else None
    assert verdict(ask(kind, asked, level=level), resume((section, line))).status == status
