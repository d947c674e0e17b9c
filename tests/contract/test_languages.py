"""In which languages interviews are offered, and what is said where one is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.app import build
from api.languages import offer, offered, require
from api.routes.jobs import create_job
from api.schemas import JobIn
from api.wiring import Engines
from interview.evaluate import without_scores
from interview.phrases import ENGLISH, GERMAN, every_sentence, phrases
from interview.plan import MADE_IN
from models.errors import BadRequest
from models.settings import Settings, Voice
from models.values import Anchors, Competency, InterviewRecord, Turn

BOTH = "http://127.0.0.1:9/v1?model=m&languages=en,de"


def engines(home: Path, **voice: str) -> Engines:
    return Engines(Settings(home=home, voice=Voice.model_validate(voice)))


def test_english_is_offered_and_scored_out_of_the_box(tmp_path: Path) -> None:
    here = engines(tmp_path)
    assert [(one.language, one.scored) for one in offered(here)] == [("en", True)]
    require(here, MADE_IN)
    require(here, "en-GB")
    here.close()


def test_a_recogniser_without_the_language_is_named_with_the_cure(tmp_path: Path) -> None:
    here = engines(tmp_path)
    with pytest.raises(BadRequest, match=r"'de'.*the recogniser does not know it.*en.*foyer models fetch base"):
        require(here, "de")
    assert list(offer(here, "de").lacking) == ["recogniser"], "espeak-ng speaks German, and so does the interviewer"
    assert list(offer(here, "fr").lacking) == ["recogniser", "interviewer"]
    assert list(offer(here, "xx").lacking) == ["recogniser", "voice", "interviewer"]
    here.close()


def test_where_only_the_evaluator_lacks_it_the_interview_is_held_without_scores(tmp_path: Path) -> None:
    here = engines(tmp_path, recogniser=BOTH)
    assert [(one.language, one.scored) for one in offered(here)] == [("de", False), ("en", True)]
    require(here, "de-AT")
    here.close()


def test_a_voice_without_the_language_is_named(tmp_path: Path) -> None:
    here = engines(tmp_path, recogniser=BOTH, voice="http://127.0.0.1:9/v1?model=m&languages=en")
    with pytest.raises(BadRequest, match=r"the voice does not know it.*FOYER_VOICE__VOICE"):
        require(here, "de")
    here.close()


def test_a_recogniser_that_cannot_be_built_says_why(tmp_path: Path) -> None:
    here = engines(tmp_path, recogniser=f"faster:{tmp_path / 'nothing'}")
    with pytest.raises(BadRequest, match=r"the recogniser does not know it .*(holds no|is not installed)"):
        require(here, "en")
    assert offered(here) == ()
    here.close()


def test_a_job_whose_interview_could_not_be_held_is_refused_before_anybody_is_invited(tmp_path: Path) -> None:
    deaf = Voice(recogniser="http://127.0.0.1:9/v1?model=m&languages=de")
    app = build(Settings(home=tmp_path, voice=deaf))
    with pytest.raises(BadRequest, match=r"language 'en': the recogniser does not know it \(it knows de\)"):
        create_job(app, "org", JobIn(text="# Cook\n\n## You bring\n- Two years in a kitchen"), author="Ann")
    app.engines.close()
    app.database.close()


def test_multilingual_weights_offer_german_too(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "whisper"
    folder.mkdir(parents=True)
    (folder / "base.pt").touch()
    here = engines(tmp_path, recogniser="base")
    assert {one.language for one in offered(here)} == {"en", "de"}
    here.close()


def test_a_scorecard_without_scores_has_no_rating_and_decides_nothing() -> None:
    rubric = [Competency(id="c", name="Ownership", anchors=Anchors(low="a", medium="b", high="c"))]
    record = InterviewRecord(id="i", turns=(Turn(role="candidate", text="Ich habe den Dienst neu gestartet."),))
    card = without_scores(record, rubric, "de")
    assert (card.recommendation, card.overall, card.not_assessed) == ("no_decision", None, ("Ownership",))
    assert [rating.rating for rating in card.competencies] == [None]
    assert "Transcript without scores" in card.reason
    assert [flag.code for flag in card.flags] == ["not_scored"]


def test_the_interviewer_has_sentences_of_its_own_in_each_language() -> None:
    assert phrases("de-AT") is GERMAN
    assert phrases("fr") is ENGLISH
    english, german = every_sentence(ENGLISH), every_sentence(GERMAN)
    assert len(english) == len(german)
    assert not set(english) & set(german)
