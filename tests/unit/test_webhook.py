"""The body, the signature and the retry plan; the sink against a real server is in tests/contract."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks import Webhook

from integrations.webhook import RETRY_AFTER, WebhookSink, new_secret, next_attempt, result_body, retry_after
from models.errors import BadRequest
from models.values import AssessmentResult, Scorecard, Turn, Word

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
RESULT = AssessmentResult(
    id="0193-result",
    created_at=datetime(2026, 11, 22, 12, 0, tzinfo=timezone(timedelta(hours=2))),
    organisation_id="org",
    job={"title": "Pflegefachkraft"},
    candidate={"name": "Zoë 王"},
    application_id="app",
    scorecard=Scorecard(id="s", recommendation="yes", reason="r", overall=70),
    transcript=(Turn(role="candidate", text="I did.", start=0, end=1, words=(Word(text="I", start=0, end=1),)),),
    report_url="https://foyer.example/reports/1",
)


def test_body_has_the_three_members_and_reads_back() -> None:
    body = json.loads(result_body(RESULT))
    assert list(body) == ["type", "timestamp", "data"]
    assert (body["type"], body["timestamp"]) == ("assessment.completed", "2026-11-22T10:00:00Z")
    assert "words" not in body["data"]["transcript"][0]
    again = AssessmentResult.model_validate(body["data"])
    assert (again.id, again.scorecard, again.candidate) == (RESULT.id, RESULT.scorecard, RESULT.candidate)
    assert "Zoë 王".encode() in result_body(RESULT)


@pytest.mark.proves(52)
def test_every_attempt_sends_the_same_bytes() -> None:
    assert result_body(RESULT) == result_body(RESULT.model_copy())


def test_a_new_secret_signs_and_is_never_the_same() -> None:
    first, second = new_secret(), new_secret()
    assert first != second
    assert len(base64.b64decode(first.removeprefix("whsec_"))) == 32
    assert Webhook(first).sign("id", NOW, "{}") != Webhook(second).sign("id", NOW, "{}")


@pytest.mark.parametrize("secret", ["", "abc", "whsec_", "whsec_!"])
def test_a_bad_secret_is_refused_at_once(secret: str) -> None:
    with pytest.raises(BadRequest, match="secret"):
        WebhookSink("https://ats.example.com/", secret)


@pytest.mark.proves(52)
def test_waits_follow_the_schedule_and_end() -> None:
    waits = [next_attempt(n, now=1000.0, retry_after=None, jitter=0.0) for n in range(1, 12)]
    assert waits[:9] == [1000.0 + wait for wait in RETRY_AFTER]
    assert waits[9:] == [None, None]


def test_jitter_only_lengthens_and_by_a_tenth_at_most() -> None:
    assert next_attempt(2, now=0.0, retry_after=None, jitter=1.0) == pytest.approx(330.0)
    assert next_attempt(2, now=0.0, retry_after=None, jitter=0.5) == pytest.approx(315.0)


def test_the_receivers_wish_lengthens_never_shortens_and_not_beyond_a_day() -> None:
    assert next_attempt(1, now=0.0, retry_after=120.0, jitter=0.0) == 120.0
    assert next_attempt(3, now=0.0, retry_after=1.0, jitter=0.0) == 1800.0
    assert next_attempt(1, now=0.0, retry_after=1e12, jitter=0.0) == 86_400.0


@pytest.mark.proves(52)
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("Sun, 22 Nov 2026 10:05:00 GMT", 300.0),
        ("Sun, 22 Nov 2026 09:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("²", None),
    ],
)
def test_retry_after_reads_seconds_and_dates(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds
