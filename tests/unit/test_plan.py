"""Interview plans: made from requirements, and judged."""

from __future__ import annotations

import pytest

from interview import budget
from interview.kit import uncovered
from interview.lint import findings, protected_topics
from interview.plan import lint_plan, make_plan
from interview.topics import topic
from models.values import Anchors, Fact, InterviewPlan, Question, Requirement, RequirementKind


def needs(text: str, kind: RequirementKind = "skill", *, must: bool = True, sentence: str = "") -> Requirement:
    return Requirement(id=f"r:{text}", text=text, kind=kind, must_have=must, sentence=sentence)


BAKER = [
    needs("Nice decorations", must=False),
    needs("Sourdough"),
    needs("Bake bread and rolls for our three shops", "responsibility"),
    needs("Guide two apprentices", "responsibility"),
    needs("Solid knowledge of food hygiene rules"),
    needs("Able to plan the night's work"),
    needs("At least 3 years of experience in a craft bakery", "years"),
    needs("A completed apprenticeship", "degree"),
    needs("Start at 2 a.m. on five days a week", "shift"),
    needs("A valid food handler card", "certificate"),
    needs("Swiss citizens only, or a work permit", "authorisation"),
    needs("Native German speaker", "language"),
    needs("Fluent French", "language", must=False),
    needs("You are young, dynamic and in excellent health"),
]


def baker(minutes: int = 30) -> InterviewPlan:
    return make_plan("Baker (m/f/d)", BAKER, minutes=minutes, plan_id="kit")


def test_a_plan_covers_needs_first_and_every_competency_has_its_question() -> None:
    plan = baker()
    names = [competency.name for competency in plan.competencies]
    assert names[:4] == ["Sourdough", "Bake bread and rolls", "Food hygiene rules", "Guide two apprentices"]
    assert names.index("Nice decorations") == len(names) - 1
    asked = [question.competency_id for question in plan.questions if question.competency_id]
    ids = [competency.id for competency in plan.competencies]
    assert asked[: len(ids)] == ids, "every competency once before any of them twice"
    assert {r for c in plan.competencies for r in c.requirement_ids} <= {r.id for r in BAKER}


def test_questions_read_as_a_person_would_ask_them() -> None:
    texts = " ".join(question.text for question in baker().questions)
    assert "Let us talk about this: Sourdough." in texts
    assert "you had to bake bread and rolls for your three shops" in texts
    assert "food hygiene rules" in texts
    assert "plan the night's work" in texts
    assert "Something that may be new to you: Nice decorations. Imagine" in texts


def test_every_core_question_has_a_simpler_wording_follow_ups_and_anchors() -> None:
    plan = baker()
    for question in plan.questions:
        assert question.rephrased != question.text
        if question.competency_id:
            assert 2 <= len(question.probes) <= 4
    for competency in plan.competencies:
        assert len(set(competency.anchors.model_dump().values())) == 3
        assert competency.weight == 1.0


def test_checks_are_asked_plainly_first_and_in_fair_words() -> None:
    checks = [question for question in baker().questions if question.kind == "check"]
    assert [check.id for check in checks] == [
        "check_authorisation",
        "check_certificate",
        "check_shift",
        "check_language",
        "check_degree",
    ]
    assert [check.requirement_ids for check in checks][1] == ("r:A valid food handler card",)
    assert baker().questions[: len(checks)] == tuple(checks)
    words = " ".join(check.text for check in checks)
    assert "A valid food handler card" in words
    assert "citizen" not in words
    assert "fluent German" in words
    assert "French" not in words


def test_the_welcome_tells_what_it_is_and_the_end_belongs_to_the_candidate() -> None:
    plan = baker()
    assert "automated interviewer, not a person" in plan.welcome
    assert f"{len(plan.questions)} questions about the job: Baker." in plan.welcome
    assert plan.questions[-1].kind == "candidate_questions"


@pytest.mark.parametrize(("minutes", "competencies"), [(5, 1), (10, 2), (15, 4), (30, 7), (45, 7)])
def test_the_number_of_questions_fits_the_minutes(minutes: int, competencies: int) -> None:
    assert len(baker(minutes).competencies) == competencies


@pytest.mark.parametrize("requirements", [[], [needs("A degree in physics", "degree")], [needs("Sourdough")]])
def test_a_job_that_says_little_still_gets_a_whole_interview(requirements: list[Requirement]) -> None:
    plan = make_plan("Baker", requirements, minutes=30, plan_id="kit")
    assert len(plan.competencies) == 5
    assert lint_plan(plan) == []


@pytest.mark.parametrize("minutes", [5, 10, 15, 20, 30, 45])
def test_every_competency_has_a_question_about_the_past_and_one_ahead_and_the_time_holds(minutes: int) -> None:
    plan = baker(minutes)
    both = [*plan.questions, *plan.reserve]
    for competency in plan.competencies:
        kinds = {question.kind for question in both if question.competency_id == competency.id}
        assert kinds == {"past_behaviour", "situational"}
    assert budget.seconds(plan) <= minutes * 60
    assert lint_plan(plan) == []
    asked = [question for question in plan.questions if question.competency_id]
    assert len({question.text for question in both}) == len(both)
    if minutes == 45:
        assert len(asked) == 2 * len(plan.competencies), "there is time for both"
        assert plan.reserve == ()


def test_a_short_interview_asks_the_kind_that_fits_first() -> None:
    asked = {question.competency_id: question.kind for question in baker(15).questions if question.competency_id}
    assert set(asked.values()) == {"past_behaviour"}
    likes = make_plan("Baker", [needs("Nice decorations", must=False)], minutes=5, plan_id="kit")
    assert likes.questions[0].kind == "situational", "nobody needs experience with what the job only likes"
    assert likes.reserve[0].kind == "past_behaviour"


def test_what_the_kit_leaves_out_is_named() -> None:
    left = {requirement.text for requirement in uncovered(baker(5), BAKER)}
    assert "Guide two apprentices" in left
    assert "Start at 2 a.m. on five days a week" in left, "only one check fits into five minutes"
    assert "You are young, dynamic and in excellent health" not in left
    assert uncovered(baker(45), BAKER) == ()


def test_a_protected_requirement_is_never_asked() -> None:
    words = baker(45).model_dump_json()
    assert "young" not in words
    assert 'health"' not in words
    assert lint_plan(baker(45)) == []


def test_the_same_requirements_give_the_same_plan() -> None:
    assert baker() == baker()
    assert make_plan("Baker", BAKER, minutes=30, language="de", plan_id="kit").language == "en"


def test_skills_of_one_sentence_share_a_question() -> None:
    both = [needs(name, sentence="Docker, Kubernetes") for name in ("Docker", "Kubernetes")]
    plan = make_plan("Engineer", both, minutes=30, plan_id="kit")
    assert plan.competencies[0].name == "Docker and Kubernetes"
    assert len(plan.competencies[0].requirement_ids) == 2


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("Strong Python, including at least one web framework", "skill", "Python"),
        ("At least 4 years of professional experience in backend development", "years", "backend development"),
        ("5+ years of Python", "years", "Python"),
        ("At least 2 years of experience as a nurse", "years", "work as a nurse"),
        ("Experience running services on AWS", "skill", "running services on AWS"),
        ("Experience with a CRM system (Salesforce)", "skill", "a CRM system"),
        ("Knowledge of Docker and of Kubernetes is a plus", "skill", "Docker and Kubernetes"),
        ("Represent us at our trade fairs", "responsibility", "represent your company at your trade fairs"),
        ("Bake bread", "responsibility", "bake bread"),
        ("Ability to work under pressure.", "skill", "work under pressure"),
        ("C++", "skill", "C++"),
        ("What makes you a good fit?", "skill", ""),
        ("There will be opportunities for everyone", "responsibility", ""),
        (" ".join(["endless"] * 20), "skill", ""),
    ],
)
def test_the_topic_of_a_requirement(text: str, kind: RequirementKind, expected: str) -> None:
    assert topic(needs(text, kind)).text == expected


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("Bake bread", True),
        ("Design of pumps", False),
        ("Design pumps", True),
        ("Sales to hospitals", False),
        ("Planning of shifts", False),
        ("Technical support for dealers", False),
        ("SEO for our shop", False),
    ],
)
def test_a_task_is_told_from_a_thing(text: str, verb: object) -> None:
    assert topic(needs(text, "responsibility")).verb is verb


PROTECTED = {
    "How old are you?": "age",
    "We are a young, dynamic team": "age",
    "Do you have small children?": "family",
    "Are you married?": "family",
    "Do you have any disabilities?": "health or disability",
    "Able to lift 35 pounds": "health or disability",
    "What is your religion?": "religion",
    "Where are you from?": "origin",
    "Native English speaker": "origin",
    "No accent": "origin",
    "What is your gender?": "sex or orientation",
    "Are you in a union?": "politics or union",
    "Have you ever been arrested?": "criminal record",
    "What is your current salary?": "pay history",
    "Honesty": "honesty",
    "Integrity": "honesty",
    "Sounds confident and enthusiastic": "emotion or personality",
    "Emotional intelligence": "emotion or personality",
    "When do you plan to retire?": "age",
    "Are you planning to have a baby?": "family",
    "Who looks after your children?": "family",
    "Do you smoke?": "health or disability",
    "Any pre-existing condition?": "health or disability",
    "Speaks without an accent": "origin",
    "Where do you come from?": "origin",
    "Well-groomed appearance": "appearance",
    "Tells the truth": "honesty",
}
LOOK_ALIKES = (
    "Manage a team of engineers",
    "Avoid race conditions in concurrent code",
    "Data integrity and referential integrity",
    "Care for pregnant patients and their families",
    "Support children with disabilities",
    "Experience with children of all ages",
    "Native mobile apps and cloud-native services",
    "Genetic testing and family medicine",
    "Sell health insurance to companies",
    "Mechanical ventilation, average age of patients 70",
    "Describe how you present a salary model to a works council",
    "Sentiment analysis of emotions in product reviews",
    "Work with religious communities in the district",
    "Union of two tables in SQL",
    "Keep health care records up to date",
    "Replace ageing infrastructure before it fails",
    "Find out how old the data are",
    "Give honest feedback in reviews",
    "Work with your partner companies",
    "Are you happy with how it went?",
    "Teach children of every age group",
    "Deputy for a parental leave cover",
)


@pytest.mark.parametrize(("text", "found"), PROTECTED.items())
@pytest.mark.proves(4)
def test_protected_topics_are_found(text: str, found: str) -> None:
    assert protected_topics(text) == [found]


@pytest.mark.parametrize("text", LOOK_ALIKES)
@pytest.mark.proves(4)
def test_work_that_looks_like_a_protected_topic_passes(text: str) -> None:
    assert protected_topics(text) == []


def broken(**changes: object) -> InterviewPlan:
    return baker(15).model_copy(update=changes)


def test_the_lint_names_what_is_wrong() -> None:
    plan = baker(15)
    first, competency = plan.questions[4], plan.competencies[0]
    stray = Question(id="q9", competency_id="nowhere", text="Tell me about it")
    cases: dict[str, InterviewPlan] = {
        "is used 2 times": broken(questions=(*plan.questions[:-1], first, plan.questions[-1])),
        "a competency that the plan does not have: nowhere": broken(questions=(*plan.questions[:-1], stray)),
        "belongs to no competency": broken(questions=(stray.model_copy(update={"competency_id": None}),)),
        "has no low anchor": broken(
            competencies=(competency.model_copy(update={"anchors": Anchors(low=" ", medium="b", high="c")}),)
        ),
        "say the same": broken(
            competencies=(competency.model_copy(update={"anchors": Anchors(low="a", medium="A ", high="c")}),)
        ),
        "does not say that the interviewer is automated": broken(welcome="Hello, I am Anna."),
        "has no question": broken(questions=()),
        "has no closing": broken(closing=" "),
        "has no words": broken(questions=(first.model_copy(update={"text": ""}), plan.questions[-1])),
        "come once, at the end": broken(questions=(plan.questions[-1], *plan.questions[:-1])),
        "protected topic (age)": broken(questions=(first.model_copy(update={"text": "How old are you?"}),)),
    }
    assert lint_plan(plan) == []
    for problem, bad in cases.items():
        assert any(problem in found for found in lint_plan(bad)), problem


def edited(path: str, value: object, plan: InterviewPlan) -> InterviewPlan:
    """The plan with one field changed; `path` as in its JSON."""
    raw = plan.model_dump(mode="json")
    *way, last = path.split(".")
    place = raw
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    place[int(last) if last.isdigit() else last] = value
    return InterviewPlan.model_validate(raw)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("competencies.1.anchors.low", "", "has no low anchor"),
        ("competencies.1.anchors.medium", "Somewhat good", "its medium anchor is too short"),
        ("competencies.2.name", "Emotional intelligence", "protected topic (emotion or personality)"),
        ("competencies.0.anchors.high", "Has a neutral accent and a calm voice", "protected topic (origin)"),
        ("questions.6.text", "How is your health?", "protected topic (health or disability)"),
        ("questions.6.probes.1.text", "And what does your wife say?", "protected topic (family)"),
        ("reserve.0.text", "How old are you?", "protected topic (age)"),
        ("questions.6.rephrased", "Where are you from?", "protected topic (origin)"),
        ("welcome", "Hello, I am Anna.", "is automated"),
        ("closing", " ", "no closing"),
    ],
)
def test_each_finding_is_at_its_field(path: str, value: str, said: str) -> None:
    [found] = findings(edited(path, value, baker(15)))
    assert found.path == path
    assert said in found.text


def test_a_kit_has_as_many_competencies_as_its_minutes_hold() -> None:
    long, short = baker(45), baker(10)
    for plan, minutes, said in ((long, 10, "has 0 to 4 competencies"), (short, 30, "has 5 to 8 competencies")):
        found = {finding.path: finding.text for finding in findings(plan.model_copy(update={"minutes": minutes}))}
        assert said in found["competencies"]
    assert "minutes" in {finding.path for finding in findings(long.model_copy(update={"minutes": 5}))}


@pytest.mark.proves(10)
def test_other_weights_need_a_reason() -> None:
    heavier = edited("competencies.0.weight", 2.0, baker())
    assert [finding.path for finding in findings(heavier)] == ["weights_reason"]
    assert findings(heavier.model_copy(update={"weights_reason": "The bread is what people come for."})) == []
    nothing = heavier.model_copy(
        update={"competencies": tuple(one.model_copy(update={"weight": 0.0}) for one in heavier.competencies)}
    )
    assert [finding.path for finding in findings(nothing)] == ["competencies.0.weight"]


def test_a_competency_that_nobody_asks_for_is_found() -> None:
    plan = baker()
    left = tuple(one for one in plan.questions if one.competency_id != plan.competencies[0].id)
    [found] = findings(plan.model_copy(update={"questions": left}))
    assert found.path == "competencies.0"
    assert "is never asked for" in found.text


def test_the_hash_is_of_what_a_person_wrote() -> None:
    plan = baker()
    told = plan.model_copy(update={"version": 7, "facts": (Fact(text="We are in Ulm."),)})
    assert plan.sha256 == told.sha256, "the posting's sentences and the number are no edit"
    assert len(plan.sha256) == 64
    for changed in (
        edited("questions.5.text", "Another question?", plan),
        edited("competencies.0.weight", 2.0, plan),
        plan.model_copy(update={"facts": (Fact(question="Pay?", text="20 euros an hour."),)}),
    ):
        assert changed.sha256 != plan.sha256
