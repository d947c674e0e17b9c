"""The words a recogniser is told to expect: the job's own names, the same every time, and few enough for Whisper."""

from __future__ import annotations

from interview.expected import LONGEST, expected_words
from interview.facts import posting_facts
from interview.plan import make_plan
from matching.skills import Vocabulary
from models.settings import ROOT
from models.values import InterviewPlan, Requirement
from screening.posting import read_posting

VOCABULARY = Vocabulary.load()


def kit_of(name: str) -> tuple[InterviewPlan, tuple[Requirement, ...]]:
    text = (ROOT / "samples" / "jobs" / f"{name}.md").read_text()
    posting = read_posting(text, media_type="text/markdown", name=name, vocabulary=VOCABULARY)
    plan = make_plan(posting.title, posting.requirements, minutes=30, plan_id="kit")
    return plan.model_copy(update={"facts": posting_facts(text)}), posting.requirements


def words_of(name: str) -> list[str]:
    return expected_words(*kit_of(name), VOCABULARY).rstrip(".").split(", ")


def test_the_names_that_recognisers_mishear_are_in_it() -> None:
    engineer, nurse, sales = map(words_of, ("backend_engineer", "intensive_care_nurse", "field_sales_representative"))
    assert {"PostgreSQL", "FastAPI", "Kubernetes", "Terraform", "RabbitMQ", "Hamburg", "query tuning"} <= set(engineer)
    assert {"CRRT", "ECMO", "CCRN", "Epic", "Cerner", "hemodynamic monitoring"} <= set(nurse)
    assert {"BrauBeviale", "Achema", "Salesforce", "Ulm"} <= set(sales), "names that no vocabulary has"


def test_names_of_what_the_job_needs_come_first_and_none_twice() -> None:
    engineer = words_of("backend_engineer")
    assert engineer.index("Django") < engineer.index("Kafka") < engineer.index("query tuning")
    assert len({word.casefold() for word in engineer}) == len(engineer)
    assert "Cloud" not in engineer, "a part of Google Cloud is no name of its own"


def test_the_same_job_gives_the_same_words_within_the_limit() -> None:
    for job in ("backend_engineer", "intensive_care_nurse", "field_sales_representative"):
        plan, requirements = kit_of(job)
        text = expected_words(plan, requirements, VOCABULARY)
        assert text == expected_words(plan, requirements, VOCABULARY)
        assert 100 < len(text) <= LONGEST + 1


def test_a_long_list_is_cut_at_a_word() -> None:
    plan, _ = kit_of("backend_engineer")
    skill = Requirement(id="r", text="Kubernetes", kind="skill", must_have=True)
    many = [skill.model_copy(update={"text": f"in Zorblax{n} Quuxville{n}"}) for n in range(200)]
    text = expected_words(plan, many, VOCABULARY)
    assert len(text) <= LONGEST + 1
    assert text.startswith("Zorblax0 Quuxville0, Zorblax1 Quuxville1, ")
    assert text.endswith(".")
    assert ", ".join(text.rstrip(".").split(", ")) == text.rstrip(".")


def test_a_job_that_names_nothing_expects_nothing() -> None:
    bare = InterviewPlan(id="k", title="helper", welcome="hello", closing="bye", competencies=(), questions=())
    assert expected_words(bare, (), VOCABULARY) == ""
