"""What `foyer doctor` says of engines that lie elsewhere: it tries them, and who steps in hides no failure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api import doctor
from api.wiring import Engines
from models.settings import Model, Settings, Voice
from tests.contract.test_speech_service import wav
from tests.fakes_service import Reply, ScriptedService, chat, scripted_service

EAR, MOUTH, MIND = "/v1/audio/transcriptions", "/v1/audio/speech", "/v1/chat/completions"
Make = Callable[..., Engines]


@pytest.fixture(name="service")
def _service() -> Iterator[ScriptedService]:
    with scripted_service(Reply("down", status=503)) as service:
        service.routes = {EAR: Reply({"text": "Hello."}), MOUTH: Reply(wav(5.0))}
        yield service


@pytest.fixture(name="engines")
def _engines(tmp_path: Path, service: ScriptedService) -> Iterator[Engines]:
    here = Engines(
        Settings(
            home=tmp_path,
            voice=Voice(
                recogniser=f"{service.base_url}?model=ear&languages=en,de",
                voice=f"{service.base_url}?model=mouth&languages=en,de,fr",
                api_key="",
            ),
            model=Model(base_url=service.base_url, name="mind", tasks="probes,ratings"),
        )
    )
    yield here
    here.close()


def test_what_works_is_tried_and_named(engines: Engines, service: ScriptedService) -> None:
    assert doctor._recogniser(engines)[:2] == ("ok", f"ear@{service.base_url[7:-3]} heard 'Hello.'")
    state, detail, _ = doctor._voice(engines)
    assert (state, detail) == ("ok", f"mouth/alloy@{service.base_url[7:-3]}/1, 5.0 s for a short sentence")
    assert doctor._languages(engines)[:2] == ("ok", "interviews in en; in de with a transcript and no scores")
    service.routes[MIND] = chat('{"question": "What did you do yourself?"}')
    assert doctor._language_model(engines)[0] == "ok"
    service.routes[MIND] = chat(
        '{"quotes": [{"turn": 1, "text": "wrote a checklist"}], "reason": "", "missing": [], "level": "5"}'
    )
    state, detail, _ = doctor._second_rater(engines)
    assert (state, "5 of 5, on 1 verified quotes" in detail) == ("ok", True)


def test_a_second_rater_that_invents_quotes_is_told(engines: Engines, service: ScriptedService) -> None:
    service.routes[MIND] = chat(
        '{"quotes": [{"turn": 1, "text": "saved the company twice"}], "reason": "", "missing": [], "level": "5"}'
    )
    state, detail, _ = doctor._second_rater(engines)
    assert (state, "not the candidate's words" in detail) == ("warning", True)


def test_a_failure_is_told_although_another_engine_stepped_in(engines: Engines, service: ScriptedService) -> None:
    doctor._voice(engines)
    service.routes = {MOUTH: Reply("no such voice", status=404)}
    state, detail, cure = doctor._voice(engines)
    assert (state, "refused with 404: no such voice" in detail) == ("failed", True)
    assert "FOYER_VOICE__VOICE" in cure
    state, detail, cure = doctor._recogniser(engines)
    assert (state, "refused with 503" in detail, "pocketsphinx" in detail) == ("failed", True, True)
    assert "FOYER_VOICE__RECOGNISER" in cure


def test_a_model_whose_words_would_not_be_used_is_a_note(engines: Engines, service: ScriptedService) -> None:
    service.routes[MIND] = chat('{"question": "Great! What is your salary?"}')
    assert doctor._language_model(engines)[0] == "warning"


def test_without_english_the_kits_that_foyer_makes_cannot_be_held(tmp_path: Path, service: ScriptedService) -> None:
    here = Engines(Settings(home=tmp_path, voice=Voice(recogniser=f"{service.base_url}?model=ear&languages=de")))
    state, detail, cure = doctor._languages(here)
    assert (state, "kits are made in 'en', which recogniser lacks" in detail) == ("failed", True)
    assert "FOYER_VOICE__RECOGNISER" in cure
    here.close()


@pytest.mark.parametrize(
    ("url", "state", "says"),
    [
        ("", "ok", "home/files takes, gives back and deletes"),
        ("memory://doctor", "ok", "memory://doctor takes"),
        ("ftp://ann:secret@127.0.0.1:1/kept", "failed", "ftp://127.0.0.1:1/kept cannot be used"),
        ("/proc/foyer", "failed", "/proc/foyer: "),
        ("gopher://somewhere", "failed", "begins with gopher:"),
    ],
)
def test_file_storage_is_tried_for_real(tmp_path: Path, url: str, state: str, says: str) -> None:
    settings = Settings(home=tmp_path / "home", files_url=url)
    check = doctor._run("files", lambda: doctor._files(settings))
    assert check["state"] == state
    assert says in check["detail"]
    assert "secret" not in check["detail"]
    assert not [path for path in tmp_path.rglob("*") if path.is_file()], "it leaves nothing behind"


def test_reports_come_as_pdf_or_it_is_said_why_not(engines: Engines) -> None:
    state, detail, do = doctor._reports(engines)
    assert detail.startswith("as page")
    assert (state == "ok") == (not do)
    assert state == "ok" or "docs/operating.md" in do
