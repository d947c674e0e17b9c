"""`foyer doctor`: tries every engine for real and says what to do about what does not work."""

from __future__ import annotations

import shutil
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from typing import Any
from uuid import uuid4

from api.deps import SystemClock, utc
from api.languages import CURES, offer, offered
from api.legal import law_of
from api.slots import living, standing
from api.wiring import FALLBACK_NOTICE, Engines
from compliance.law import STALE_DAYS, Law
from compliance.seal import OpenSeal
from interview import wording
from interview.plan import MADE_IN
from interview.second_rater import second_rating
from models.db import Database
from models.errors import EngineError, FoyerError
from models.files import Files
from models.settings import Settings
from models.values import Anchors, Competency, InterviewRecord, Probe, Question, Turn

Check = dict[str, Any]
"""name, state (ok, warning, failed), detail, do."""
DISK_FREE = 2_000_000_000


def examine(settings: Settings) -> list[Check]:
    """Nothing is changed except caches under FOYER_HOME."""
    settings.home.mkdir(parents=True, exist_ok=True)
    engines = Engines(settings)
    checks: list[tuple[str, Callable[[], tuple[str, str, str]]]] = [
        ("python", _python),
        ("home", lambda: _home(settings)),
        ("database", lambda: _database(settings)),
        ("files", lambda: _files(settings)),
        ("embedder", lambda: _embedder(engines)),
        ("vocabulary", lambda: _vocabulary(engines)),
        ("document reader", lambda: _reader(engines)),
        ("scans", lambda: _scans(engines)),
        ("voice detector", lambda: _voice_detector(engines)),
        ("end of answers", lambda: _turns(engines)),
        ("recogniser", lambda: _recogniser(engines)),
        ("voice", lambda: _voice(engines)),
        ("languages", lambda: _languages(engines)),
        ("language model", lambda: _language_model(engines)),
        ("second rater", lambda: _second_rater(engines)),
        ("reports", lambda: _reports(engines)),
        ("mail", lambda: _mail(settings)),
        ("channels", lambda: _channels(settings)),
        ("port", lambda: _port(settings)),
        (
            "sealing",
            _sealing,
        ),
        ("law", lambda: _law(settings)),
        ("workers", lambda: _workers(settings)),
    ]
    with closing(engines):
        return [_run(name, check) for name, check in checks]


def _run(name: str, check: Callable[[], tuple[str, str, str]]) -> Check:
    try:
        state, detail, do = check()
    except FoyerError as error:
        state, detail, do = "failed", error.detail, ""
    except (OSError, ImportError) as error:
        state, detail, do = "failed", f"{type(error).__name__}: {error}", "run `make setup` again"
    return {"name": name, "state": state, "detail": detail, "do": do}


def _python() -> tuple[str, str, str]:
    return "ok", sys.version.split()[0], ""


def _home(settings: Settings) -> tuple[str, str, str]:
    free = shutil.disk_usage(settings.home).free
    probe = settings.home / ".doctor"
    probe.write_text("ok")
    probe.unlink()
    if free < DISK_FREE:
        return "warning", f"{settings.home} has {free / 1e9:.1f} GB left", "free some space before a large batch"
    return "ok", f"{settings.home}, {free / 1e9:.0f} GB free", ""


def _database(settings: Settings) -> tuple[str, str, str]:
    database = Database(settings.store_url, OpenSeal())
    database.migrate()
    kind = database.engine.dialect.name
    database.close()
    return "ok", f"{kind}, schema up to date", ""


def _files(settings: Settings) -> tuple[str, str, str]:
    files = Files(settings.files_root, OpenSeal())
    try:
        files.probe()
    except OSError as error:
        return "failed", f"{files.where}: {error}", "let Foyer write there, or set FOYER_FILES_URL"
    return "ok", f"{files.where} takes, gives back and deletes", ""


def _embedder(engines: Engines) -> tuple[str, str, str]:
    vectors = engines.embedder.embed(["A nurse with ten years of intensive care", "Critical care nursing, a decade"])
    alike = float(vectors[0] @ vectors[1])
    return "ok", f"{engines.embedder.name}, {engines.embedder.dim} dimensions; paraphrases {alike:.2f} alike", ""


def _vocabulary(engines: Engines) -> tuple[str, str, str]:
    found = engines.vocabulary.find("Python and PostgreSQL")
    return "ok", f"finds {', '.join(mention.normal for mention in found) or 'nothing'} in a sample", ""


def _reader(engines: Engines) -> tuple[str, str, str]:
    text = engines.reader.read(b"Ann Example\nPython developer since 2019\n", "sample.txt")
    return "ok", f"reading children answer ({len(text.lines)} lines)", ""


def _scans(engines: Engines) -> tuple[str, str, str]:
    languages = engines.settings.screening.ocr
    if engines.ocr.available:
        return "ok", f"Tesseract recognises their text ({languages})", ""
    if not languages:
        return "ok", "are left as they are, as FOYER_SCREENING__OCR wishes", ""
    return "warning", "are named and left aside: Tesseract is not installed", "install the package tesseract-ocr"


def _voice_detector(engines: Engines) -> tuple[str, str, str]:
    import numpy as np

    detector = engines.voice_detector()
    silence = detector.speech(np.zeros(detector.frame, np.int16))
    return "ok", f"Silero: silence is speech with probability {silence:.2f}", ""


def _turns(engines: Engines) -> tuple[str, str, str]:
    name, wanted = engines.turn_detector.name, engines.settings.voice.turns
    if "smart-turn" in name or wanted == "words":
        return "ok", f"told by {name}", ""
    return "warning", f"told by the words alone ({name})", "foyer models fetch smart-turn: far fewer people are cut off"


def _recogniser(engines: Engines) -> tuple[str, str, str]:
    spoken = engines.voice.path("Hello and welcome to the interview.", language="en")
    from interview.audio import read_audio

    heard = engines.recogniser.transcribe(read_audio(spoken), language="en")
    detail = f"{heard.engine or engines.recogniser.name} heard {heard.text!r}"
    if problem := getattr(engines.recogniser, "problem", None):
        return "failed", f"{problem}; {detail}", "see FOYER_VOICE__RECOGNISER in docs/operating.md"
    if engines.recogniser_is_fallback:
        return "warning", detail, FALLBACK_NOTICE
    return "ok", detail, ""


def _voice(engines: Engines) -> tuple[str, str, str]:
    """A sentence that no cache can hold."""
    from interview.audio import read_audio

    spoken = engines.voice.path(f"This is the interviewer speaking, {uuid4().int % 1000}.", language="en")
    seconds = read_audio(spoken).seconds
    spoken.unlink()
    if problem := getattr(engines.voice, "problem", None):
        return "failed", f"{problem}; espeak-ng stands in", "see FOYER_VOICE__VOICE in docs/operating.md"
    return "ok", f"{engines.voice.name}, {seconds:.1f} s for a short sentence", ""


def _language_model(engines: Engines) -> tuple[str, str, str]:
    model = engines.language_model
    if model is None:
        return "ok", "none words follow-ups: the kit's own words are said", ""
    question = Question(id="q", text="Tell me about a time when something broke.")
    probe, answer = Probe(id="p", seeks="action", text="What did you do?"), "Our oven failed last winter."
    text = str(model.complete(wording.request(question, probe, answer), schema=wording.SCHEMA)["question"]).strip()
    why = wording.refused(text, question, probe, answer)
    if why is not None:
        return "warning", f"{model.name} said {text!r}, which is not used ({why})", "try another model"
    return "ok", f"{model.name} asks {text!r}", ""


def _second_rater(engines: Engines) -> tuple[str, str, str]:
    model = engines.second_rater
    if model is None:
        return "ok", "none: reports hold Foyer's own ratings", ""
    anchors = Anchors(low="Blames others.", medium="Repairs what broke.", high="Repairs it and prevents the next case.")
    said = (
        "Our oven failed last winter. I called the technician at once and wrote a checklist, and it never failed again."
    )
    turns = (Turn(role="interviewer", text="What broke, and what did you do?"), Turn(role="candidate", text=said))
    record, competency = InterviewRecord(id="doctor", turns=turns), Competency(id="c", name="Repair", anchors=anchors)
    rating = second_rating(model, record, competency)
    if rating.absent:
        return "warning", f"{model.name} gave no usable rating: {rating.absent}", "reports go without it; try another"
    level = "saw too little to rate" if rating.rating is None else f"rates a sample answer {rating.rating} of 5"
    return "ok", f"{model.name} {level}, on {len(rating.evidence)} verified quotes", ""


def _languages(engines: Engines) -> tuple[str, str, str]:
    found = offered(engines)
    scored = [one.language for one in found if one.scored]
    unscored = [one.language for one in found if not one.scored]
    detail = f"interviews in {', '.join(scored) or 'no language'}"
    if unscored:
        detail += f"; in {', '.join(unscored)} with a transcript and no scores"
    if MADE_IN not in scored:
        lacking = offer(engines, MADE_IN).lacking
        cures = "; ".join(f"{part}: {CURES[part]}" for part in lacking)
        return "failed", f"{detail}; kits are made in {MADE_IN!r}, which {', '.join(lacking)} lacks", cures
    return "ok", detail, ""


def _reports(engines: Engines) -> tuple[str, str, str]:
    do = "see Reports in docs/operating.md; browsers print the page as well"
    if why := engines.printer.why_not:
        return "warning", f"as page and JSON; no PDF: {why}", do
    try:
        size = len(engines.printer.pdf("<p>Łukasz Дмитрий محمد 李雷</p>", "A4"))
    except EngineError as error:
        return "warning", f"as page and JSON, and PDF where the letters are known: {error.detail}", do
    return "ok", f"as page, JSON and PDF by {engines.printer.name} ({size / 1000:.0f} kB for a line)", ""


def _mail(settings: Settings) -> tuple[str, str, str]:
    if settings.mail.smtp_host:
        with socket.create_connection((settings.mail.smtp_host, settings.mail.smtp_port), timeout=5):
            return "ok", f"{settings.mail.smtp_host}:{settings.mail.smtp_port} answers", ""
    found = f"messages and codes are written to {settings.home / 'outbox'}"
    return "warning", found, "set FOYER_MAIL__SMTP_HOST to send them"


def _channels(settings: Settings) -> tuple[str, str, str]:
    """Which kinds are switched on, and whether mail that comes back is seen. Addresses are secrets: none is called."""
    database = Database(settings.store_url, OpenSeal())
    try:
        with database.asking() as system:
            kinds = system.channel_kinds()
    finally:
        database.close()
    names = {"sms": "text messages", "slack": "Slack", "teams": "Teams"}
    on = ", ".join(f"{names[kind]} ({count})" for kind, count in sorted(kinds.items())) or "none besides mail"
    where = settings.home / "bounces"
    if where.exists():
        return "ok", f"{on}; mail that comes back is read from {where}", ""
    return "ok", f"{on}; mail that comes back is told by POST /v1/bounces alone", "try each under Messages, Channels"


def _workers(settings: Settings) -> tuple[str, str, str]:
    """Of everybody who runs on this database: does somebody take each kind of work, and does it keep up?"""
    database = Database(settings.store_url, OpenSeal())
    now = utc(SystemClock())
    try:
        with database.asking() as system:
            running = [one for one in living(system, now) if one.lives]
            roles = standing(system, now)
    finally:
        database.close()
    if not running:
        return "ok", "nothing of Foyer runs on this database now", ""
    told = "; ".join(f"{one.role}: {one.takers}" + (f", {one.waiting} wait" if one.waiting else "") for one in roles)
    if missing := [one for one in roles if not one.takers]:
        names = ", ".join(one.role for one in missing)
        waits = sum(one.waiting for one in missing)
        detail = f"nobody takes {names}" + (f", for which {waits} wait" if waits else "") + f" ({told})"
        return "warning", detail, f"start a worker for it: foyer worker --queues {names.replace(', ', ',')}"
    return "ok", told, ""


def _sealing() -> tuple[str, str, str]:
    return "warning", "personal data lies in clear on this disk", "keep FOYER_HOME on an encrypted volume"


def _law(settings: Settings) -> tuple[str, str, str]:
    law, today = law_of(settings), utc(SystemClock()).date()
    old = law.stale(today)
    if old:
        names = ", ".join(rule.id for rule in old[:3]) + (" ..." if len(old) > 3 else "")
        do = "look at their sources, then change checked_on; see docs/law.md"
        return "warning", f"{len(old)} rules were last checked more than {STALE_DAYS} days ago: {names}", do
    return "ok", f"{len(law.rules)} rules, version {law.version}; the oldest was checked {_oldest(law)}", ""


def _oldest(law: Law) -> str:
    return min(rule.checked_on for rule in law.rules).isoformat()


def _port(settings: Settings) -> tuple[str, str, str]:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            return "warning", f"{settings.host}:{settings.port} is in use", "stop the other program or set FOYER_PORT"
    return "ok", f"{settings.host}:{settings.port} is free", ""
