"""A score that says what it rests on, and moves with nothing else."""

from __future__ import annotations

import re
from datetime import date

import pytest

from models.values import Basics, Flag, ParsedResume, Requirement, Resume, ScreeningResult, Span, Work
from screening.posting import read_posting
from screening.prepared import LISTED, span_texts
from screening.scoring import NAMES, explained, is_gate, what_if
from screening.screen import Screener
from screening.verdicts import RELATED
from tests.fakes_matching import FakeEmbedder

NOW = date(2026, 11, 23)
JOB = """# Backend Engineer

## Your tasks

- Design and run the services that read carrier messages

## Requirements

- At least 3 years of experience in backend development
- Python
- Docker and Kubernetes
- PostgreSQL or MySQL
- Fluent English
- The right to work in the United Kingdom

## Nice to have

- Kafka
"""
STRONG = (
    ("contact", "{name} | {name} of Leeds | mail@example.org"),
    ("summary", "{name} is a backend engineer. {pronoun} has the right to work in the United Kingdom."),
    ("experience", "Backend developer, Calder Ltd, 2019 - 2024"),
    ("experience", "Design and run services that read carrier messages in Python with Postgres"),
    ("experience", "Moved the services to Docker and k8s"),
    ("education", "BSc Computing, {year}"),
    ("skills", "Kafka, Redis"),
    ("languages", "English (native)"),
)
WEAK = (
    ("contact", "{name} | Leeds"),
    ("experience", "Cook in a hotel kitchen"),
    ("experience", "Grilled fish and trained two apprentices"),
)


def resume(
    lines: tuple[tuple[str, str], ...], name: str = "Ann Other", pronoun: str = "She", year: str = "2015"
) -> ParsedResume:
    spans = tuple(
        Span(
            id=number,
            text=text.format(name=name, pronoun=pronoun, year=year),
            line=number + 1,
            start=0,
            end=1,
            section=section,
            entry=0 if section == "experience" else None,
        )
        for number, (section, text) in enumerate(lines)
    )
    work = (Work(position="x", start_date="2019-01", end_date="2024-01"),)
    return ParsedResume(resume=Resume(basics=Basics(name=name), work=work), spans=spans)


def screener(requirements: tuple[Requirement, ...] | None = None, threshold: float = 0.5) -> Screener:
    return Screener(
        read_posting(JOB).requirements if requirements is None else requirements,
        FakeEmbedder(),
        threshold=threshold,
        review_band=0.1,
    )


def screen(parsed: ParsedResume, **kwargs: float) -> ScreeningResult:
    return screener(**kwargs).screen(parsed, now=NOW)  # type: ignore[arg-type]


def test_the_one_who_can_comes_before_the_one_who_cannot() -> None:
    strong, weak = screen(resume(STRONG)), screen(resume(WEAK))
    assert strong.decision == "advance"
    assert weak.decision == "below"
    assert strong.score > 0.9 > 0.2 > weak.score


def test_every_verdict_for_someone_has_their_own_words() -> None:
    for lines in (STRONG, WEAK):
        parsed = resume(lines)
        quotes = {span.text for span in parsed.spans}
        for one in screen(parsed).requirements:
            assert all(evidence.quote in quotes for evidence in one.evidence)
            assert bool(one.evidence) or one.status in {"not_met", "unknown"}
            assert one.reason


def test_the_score_is_the_weighted_mean_of_its_terms_and_must_have_facts_are_none() -> None:
    requirements = read_posting(JOB).requirements
    result = screen(resume(STRONG[2:]))
    counted = {term.requirement_id for term in result.terms}
    judged = {one.requirement_id for one in result.requirements if one.status != "unknown"}
    assert counted == judged - {one.id for one in requirements if is_gate(one)} != judged
    added = sum(term.weight * term.value for term in result.terms) / sum(term.weight for term in result.terms)
    assert result.score == pytest.approx(added, abs=1e-4)


def whole_job() -> Screener:
    posting = read_posting(JOB)
    return Screener(
        posting.requirements, FakeEmbedder(), threshold=0.5, review_band=0.1, title=posting.title, text=posting.text
    )


def test_the_whole_resume_counts_beside_the_requirements() -> None:
    judge = whole_job()
    strong, weak = judge.screen(resume(STRONG), now=NOW), judge.screen(resume(WEAK), now=NOW)
    near = {term.name: term.value for term in strong.terms if term.requirement_id is None}
    far = {term.name: term.value for term in weak.terms if term.requirement_id is None}
    assert set(near) == set(NAMES.values())
    assert all(near[name] > far[name] for name in near)
    assert (strong.decision, weak.decision) == ("advance", "below")


@pytest.mark.proves(14)
def test_lines_said_again_and_another_order_move_no_term() -> None:
    judge = whole_job()
    once = judge.screen(resume(STRONG), now=NOW)
    for lines in (STRONG * 3, STRONG[::-1], (*STRONG, *STRONG[4:1:-1]), (*STRONG, ("skills", STRONG[3][1]))):
        assert judge.screen(resume(lines), now=NOW).terms == once.terms


def test_what_would_change_a_score_is_what_judging_it_so_gives() -> None:
    requirements = read_posting(JOB).requirements
    lacking = tuple(line for line in STRONG if "Kafka" not in line[1])
    before = screen(resume(lacking))
    kafka = next(one for one in requirements if one.text == "Kafka")
    assert what_if(before, kafka, LISTED) == screen(resume((*lacking, ("skills", "Kafka, Redis")))).score > before.score
    assert what_if(before, kafka, 0.0) == before.score
    permit = next(one for one in requirements if one.kind == "authorisation")
    assert what_if(before, permit, 0.0) == before.score


def test_the_explanation_adds_up_to_the_score_and_says_what_would_change_it() -> None:
    requirements = read_posting(JOB).requirements
    result = screen(resume(WEAK))
    lines = explained(result, requirements)
    assert sum(line.points for line in lines) == pytest.approx(100 * result.score, abs=1e-4)
    for line in lines:
        asked = next((one for one in requirements if one.id == line.term.requirement_id), None)
        assert line.if_met == (None if asked is None else 100 * what_if(result, asked))
        assert line.if_met is None or line.if_met >= 100 * result.score - 1e-9


@pytest.mark.parametrize("name", ["Shanice O'Neal", "Nguyễn Thị Mai", "Will Chase", "DIEGO GARCÍA-LÓPEZ", "Kim Polish"])
@pytest.mark.proves(13)
def test_name_pronoun_and_year_of_graduation_weigh_nothing(name: str) -> None:
    first = screen(resume(STRONG))
    other = screen(resume(STRONG, name=name, pronoun="He", year="1985"))
    assert other.score == first.score
    assert [(one.status, one.score) for one in other.requirements] == [
        (one.status, one.score) for one in first.requirements
    ]
    assert span_texts(resume(STRONG, name=name)) == span_texts(resume(STRONG))


@pytest.mark.proves(13, 33)
@pytest.mark.parametrize(
    "address", ["9 Elm Road, Leeds LS1 4AP", "1 High Street, Beverly Hills, CA 90210", "Detroit, MI 48208"]
)
def test_another_address_and_postcode_weigh_nothing(address: str) -> None:
    told = tuple(("contact", f"{{name}} | {one}") for one in ("7 Oak Lane, Chicago, IL 60616", address))
    first, other = (screen(resume((line, *STRONG[1:]))) for line in told)
    assert (other.score, other.decision, other.terms) == (first.score, first.decision, first.terms)
    postcodes = span_texts(resume((told[1], *STRONG)))[0]
    assert not re.search(r"\d", postcodes)


def test_company_and_order_change_nothing() -> None:
    judge = screener()
    both = [resume(STRONG), resume(WEAK)]
    alone = [judge.screen(one, now=NOW) for one in both]
    assert judge.screen_many(both, now=NOW) == alone
    assert judge.screen_many(both[::-1], now=NOW)[::-1] == alone
    shuffled = resume(STRONG[::-1])
    assert judge.screen(shuffled, now=NOW).score == alone[0].score


def test_one_call_for_the_requirements_and_one_for_all_spans() -> None:
    embedder = FakeEmbedder()
    judge = Screener(read_posting(JOB).requirements, embedder, threshold=0.5, review_band=0.1)
    judge.screen_many([resume(STRONG)] * 3, now=NOW)
    assert len(embedder.calls) == 2


def skill(text: str, *alternatives: str) -> Requirement:
    return Requirement(id="r1", text=text, kind="skill", must_have=True, alternatives=alternatives)


def one(requirement: Requirement, *lines: tuple[str, str]) -> float:
    return screener((requirement,)).screen(resume(lines), now=NOW).requirements[0].score


def test_a_skill_used_counts_more_than_one_listed_and_saying_it_twice_earns_nothing() -> None:
    used, listed = ("experience", "Ran Kubernetes for forty teams"), ("skills", "k8s, Helm, Linux")
    assert one(skill("Kubernetes"), used) == 1.0
    assert one(skill("Kubernetes"), listed) == LISTED
    assert one(skill("Kubernetes"), listed, listed, listed) == LISTED
    assert one(skill("Kubernetes"), ("interests", "Kubernetes and chess")) < 0.6
    assert one(skill("Kubernetes"), ("references", "Kubernetes Ltd")) == 0.0


def test_a_neighbour_of_a_tool_is_not_the_tool() -> None:
    assert one(skill("Kubernetes"), ("experience", "kubernetes-like container platform of our own")) <= 1.0
    assert one(skill("Docker Swarm"), ("experience", "Ran Docker for forty teams in production")) <= RELATED


def test_denied_skills_do_not_count() -> None:
    assert one(skill("Kubernetes"), ("summary", "I have no experience with Kubernetes")) == 0.0
    assert one(skill("Kubernetes"), ("summary", "Never worked with Docker or Kubernetes")) == 0.0


def test_any_alternative_will_do_and_an_unknown_name_is_found_as_written() -> None:
    assert one(skill("PostgreSQL or MySQL", "PostgreSQL", "MySQL"), ("experience", "Tuned MySQL")) == 1.0
    assert one(skill("Frobnicator 9 or Zyx", "Frobnicator 9", "Zyx"), ("experience", "Built with zyx")) == 1.0
    assert one(skill("Zyx"), ("experience", "Built with Zyxel routers, all day")) == 0.0


def test_a_missing_must_have_asks_for_a_person() -> None:
    without = tuple(line for line in STRONG if "Docker" not in line[1])
    result = screen(resume(without))
    assert result.score >= 0.5
    assert result.decision == "review"
    assert "Docker" in result.reason


def test_an_unstated_permit_holds_nobody_back_but_is_asked_about() -> None:
    silent = tuple(line for line in STRONG if "right to work" not in line[1])
    result = screen(resume(silent))
    assert result.decision == "advance"
    assert [flag.code for flag in result.flags] == ["ask"]


def test_just_below_the_threshold_a_person_looks() -> None:
    score = screen(resume(STRONG)).score
    assert screen(resume(STRONG), threshold=min(1.0, score + 0.05)).decision == "review"
    weak = screen(resume(WEAK)).score
    assert screen(resume(WEAK), threshold=weak + 0.2).decision == "below"


def test_a_resume_without_section_titles_is_read_all_the_same() -> None:
    assert one(skill("Kubernetes"), ("contact", "For five years I have run Kubernetes in production")) == 1.0


def test_an_empty_resume_scores_nothing_and_keeps_its_flags() -> None:
    hidden = Flag(code="hidden_text", detail="White on white.", quote="Kubernetes " * 5)
    empty = ParsedResume(resume=Resume(), spans=(), flags=(hidden,))
    result = screen(empty)
    assert (result.score, result.decision) == (0.0, "below")
    assert result.flags[0] == hidden


def test_repeating_the_posting_is_said() -> None:
    requirements = tuple(
        Requirement(id=f"r{n}", text=text, kind="responsibility", must_have=False, sentence=text)
        for n, text in enumerate(
            [
                "Plan and lead the night team",
                "Answer calls from all our wards",
                "Write the monthly report for management",
            ]
        )
    )
    copied = resume(tuple(("experience", one.sentence) for one in requirements))
    assert [flag.code for flag in screener(requirements).screen(copied, now=NOW).flags] == ["copied_posting"]


def test_a_result_names_what_it_depends_on() -> None:
    versions = screen(resume(STRONG)).versions
    assert versions["embedder"] == "bag-of-words"
    assert versions != screener((skill("Python"),)).versions
