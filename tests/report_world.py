"""A full report for tests and benches: eight competencies, forty-five minutes, requirements, checks, a resume that
differs in two places. All of it invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from interview.evidence import sentences
from interview.report import ReportInput
from models.values import (
    Anchors,
    Competency,
    Evidence,
    InterviewPlan,
    ParsedResume,
    Probe,
    Question,
    Rating,
    Requirement,
    RequirementScore,
    Resume,
    Scorecard,
    ScreeningResult,
    Skill,
    Span,
    Turn,
    Word,
    Work,
)

NAMES = ("Łukasz Żółkiewski", "李雷", "Дмитрий Волков", "محمد بن عبد الله")
MINUTES = 45

COMPETENCIES = (
    ("incident_ownership", "Incident ownership", "Takes charge when a running service fails."),
    ("performance", "Performance and data", "Finds out why a system is slow by measuring."),
    ("collaboration", "Working through disagreement", "Disagrees openly, brings evidence, supports the decision."),
    ("release_judgement", "Judgement about releases", "Weighs a deadline against the risk for customers."),
    ("testing", "Testing", "Finds faults before customers do."),
    ("mentoring", "Helping others grow", "Explains, reviews and lets others try."),
    ("planning", "Planning and estimates", "Cuts work into pieces and says early what will be late."),
    ("security", "Care with personal data", "Keeps data to those who need it."),
)
_ANCHORS = Anchors(
    low="Speaks in general, or of what others did. Names no cause, no step of their own and no change afterwards.",
    medium="Describes one real case and took part in it. Names some steps; cause and effect stay vague, or unmeasured.",
    high="Describes one case with its effect, took charge, found the cause from evidence, and measured what changed.",
)
_ANSWERS = (
    "Last winter our booking service failed on a Friday evening, and I was on call. I looked at the error rate "
    "first and rolled the release back within ten minutes. As a result the customers could book again, and I told "
    "support what had happened. We had no alarm on that queue. Afterwards I wrote a test and an alarm, and the "
    "same fault never reached a customer again.",
    "I measured where the time went and found one query that took nine of eleven seconds. I added an index, "
    "because the table had grown to forty million rows, and checked it under the load of a Monday. The page went "
    "from eleven seconds to under one second. Mostly we looked at it by eye and it was good enough.",
    "Two of us wanted different queues, so I wrote both reasons down and we agreed on a trial of one week with "
    "numbers that both of us trusted. It turned out that I was wrong. I supported the other way and moved my own "
    "service first.",
    "I would find out what the test protects, tell the owner of the release before noon, and offer two ways: ship "
    "the rest without that part, or wait until Monday. I have never used Kubernetes. I set a limit of two hours "
    "for the decision.",
)
_PROBE = "And what came of it in the end?"
_SHORT = "It held. We measured it for a month, and the number of complaints fell from twelve to two."


@dataclass(frozen=True)
class Check:
    """As `interview.checks` gives them."""

    question_id: str
    requirement_id: str | None
    status: str
    reason: str
    quote: str = ""
    turn: int | None = None
    start: float | None = None


def plan(competencies: int = len(COMPETENCIES)) -> InterviewPlan:
    chosen = COMPETENCIES[:competencies]
    questions = [
        Question(
            id=f"q_{id}",
            competency_id=id,
            text=f"Tell me about a time when this mattered in your work: {name.lower()}. What did you do?",
            probes=(Probe(id=f"p_{id}", seeks="result", text=_PROBE),),
        )
        for id, name, _ in chosen
    ]
    check = Question(
        id="check_shift", kind="check", text="This job is on call one week in six. Could you work like that?"
    )
    return InterviewPlan(
        id="backend_engineer",
        version=3,
        title="Backend engineer",
        minutes=45,
        welcome="Hello.",
        closing="Thank you.",
        competencies=tuple(
            Competency(
                id=id, name=name, description=what, anchors=_ANCHORS, requirement_ids=("python",) * (id == "testing")
            )
            for id, name, what in chosen
        ),
        questions=(check, *questions),
    )


def turns(kit: InterviewPlan, minutes: float = MINUTES, talk: int = 2) -> tuple[Turn, ...]:
    """Every question with an answer, a probe and a second answer, with pauses; words carry times. `talk`: how much is
    said in an answer; 7 fills the minutes at an ordinary pace."""
    made: list[Turn] = []
    share = minutes * 60 / len(kit.questions)
    for number, question in enumerate(kit.questions):
        at = number * share
        if question.kind == "check":
            made += [
                _said("interviewer", question.text, at, 5, question.id),
                _said("candidate", "Yes, I can.", at + 7, 2, question.id),
            ]
            continue
        answer = " ".join(_ANSWERS[(number - 1 + n) % len(_ANSWERS)] for n in range(talk))
        made += [
            _said("interviewer", question.text, at, 8, question.id),
            _said("candidate", answer, at + 11, share * 0.6, question.id),
            _said("interviewer", _PROBE, at + 12 + share * 0.6, 3, question.id),
            _said("candidate", _SHORT, at + 18 + share * 0.6, share * 0.15, question.id),
        ]
    return tuple(made)


def _said(role: str, text: str, start: float, seconds: float, question_id: str) -> Turn:
    spoken = text.split()
    each = seconds / len(spoken)
    words = tuple(
        Word(text=word, start=start + n * each, end=start + (n + 0.9) * each, confidence=0.9)
        for n, word in enumerate(spoken)
    )
    return Turn(
        role=role,  # type: ignore[arg-type]
        text=text,
        start=start,
        end=start + seconds,
        question_id=question_id,
        words=words if role == "candidate" else (),
    )


def scorecard(kit: InterviewPlan, said: tuple[Turn, ...]) -> Scorecard:
    """Ratings of all but the last competency, each with quotes of its own answers."""
    ratings = [_rating(one, number, kit, said) for number, one in enumerate(kit.competencies)]
    scores = [one.score for one in ratings if one.score is not None]
    overall = round(sum(scores) / len(scores), 1)
    return Scorecard(
        id="interview-1",
        recommendation="yes",
        reason=f"{overall:g} of 100, the mean of {len(scores)} of {len(ratings)} competencies rated (equal weights); "
        "'yes' begins at 65.",
        overall=overall,
        not_assessed=tuple(one.name for one in ratings if one.rating is None),
        competencies=tuple(ratings),
        versions={
            "evaluator": "1",
            "coefficients": "1",
            "embedder": "all-MiniLM-L6-v2 onnx fp32",
            "transcript_sha256": "ab" * 32,
        },
    )


def _rating(one: Competency, number: int, kit: InterviewPlan, said: tuple[Turn, ...]) -> Rating:
    if number == len(kit.competencies) - 1:
        reason = "Insufficient evidence. No answer was about this."
        return Rating(competency_id=one.id, name=one.name, reason=reason)
    own = [(n, turn) for n, turn in enumerate(said) if turn.role == "candidate" and turn.question_id == f"q_{one.id}"]
    found = [sentence for n, turn in own for sentence in sentences(n, turn, lambda text: text)]
    score = (82.0, 74.5, 68.0, 71.0, 88.5, 55.0, 62.0, 40.0)[number]
    return Rating(
        competency_id=one.id,
        name=one.name,
        rating=round(1 + 4 * score / 100),
        score=score,
        confidence=("high", "medium", "low")[number % 3],  # type: ignore[arg-type]
        reason="Nearest to the high anchor, on 3 quotes from 2 answers. Heard: own action, a result, a number.",
        evidence=tuple(sentence.evidence() for sentence in (found[1], found[2], found[-1], *found[3:4])),
        missing=("situation",) if number % 2 else ("result", "number"),
    )


REQUIREMENTS = (
    Requirement(id="python", text="Python, five years", kind="skill", must_have=True, years=5),
    Requirement(id="shift", text="On call one week in six", kind="shift", must_have=True),
    Requirement(id="degree", text="A degree in computer science", kind="degree", must_have=True),
    Requirement(id="kubernetes", text="Kubernetes", kind="skill", must_have=False),
    Requirement(id="german", text="German B2", kind="language", must_have=False),
)
SCREENING = ScreeningResult(
    score=0.62,
    decision="advance",
    reason="0.62, above the threshold of 0.40.",
    requirements=(
        RequirementScore(
            requirement_id="python",
            status="met",
            score=1,
            evidence=(Evidence(quote="Seven years of Python services for freight customers", page=1, line=14),),
        ),
        RequirementScore(requirement_id="shift", status="unknown", score=0, reason="The resume does not say."),
        RequirementScore(
            requirement_id="degree",
            status="partly",
            score=0.5,
            evidence=(Evidence(quote="BSc Mathematics, University of Leeds", page=2, line=41),),
        ),
        RequirementScore(
            requirement_id="kubernetes",
            status="met",
            score=1,
            evidence=(Evidence(quote="Ran Kubernetes clusters for forty services", page=1, line=16),),
        ),
        RequirementScore(requirement_id="german", status="unknown", score=0, reason="The resume does not say."),
    ),
    versions={"screener": "1"},
)
RESUME = ParsedResume(
    resume=Resume(
        work=(Work(name="Harbourlight", position="Backend engineer", start_date="2019-03", end_date="2026-06"),),
        skills=(Skill(name="Python"), Skill(name="Kubernetes")),
    ),
    spans=(
        Span(
            id=0,
            text="Ran Kubernetes clusters for forty services",
            page=1,
            line=16,
            start=0,
            end=42,
            section="experience",
        ),
    ),
    years=7.2,
)


def full_report(**changes: object) -> ReportInput:
    kit = plan()
    said = turns(kit)
    values: dict[str, object] = {
        "interview_id": "019a-interview",
        "job_title": "Backend engineer",
        "candidate_name": NAMES[0],
        "organisation": "Harbourlight Freight",
        "date": date(2026, 11, 2),
        "minutes": 44.6,
        "plan": kit,
        "turns": said,
        "scorecard": scorecard(kit, said),
        "screening": SCREENING,
        "requirements": REQUIREMENTS,
        "engines": {"recogniser": "openai-whisper base.en", "voice": "espeak-ng en 160", "turn_detector": "words"},
        "consent": "text 2026-11, 2026-11-02 09:30 UTC; entered by a code sent to the address in the application",
        "audio_url": "/api/interviews/019a-interview/recording",
        "resume": RESUME,
        "checks": (Check("check_shift", "shift", "met", "Answered yes.", "Yes, I can.", 1, 7.0),),
    }
    return ReportInput(**{**values, **changes})  # type: ignore[arg-type]
