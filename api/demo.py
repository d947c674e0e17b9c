"""`foyer demo`: the main job on the samples, over the real service, the real socket and a real receiver.

Nothing here is special to the demo but the candidates' voices: it uses the API that any client uses. The engines that
ran are printed as they are.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import sys
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from rapidfuzz.distance import Levenshtein

from api.demo_ats import Receiver
from api.demo_service import service, usual_port
from api.outbox import invitation_links
from api.rehearsal import Account, Rehearsal
from interview.audio import read_audio
from models.engines import Pcm
from models.errors import EngineError
from models.settings import ROOT, Settings
from models.values import InterviewPlan

SAMPLES = ROOT / "samples"
JOB = "backend_engineer"
VOICES = ("slt", "rms", "awb")
"""Who speaks for the first, second and third of the shortlist: different voices, different quality of answers."""
ACCOUNT = "demo@example.org"
QUESTIONS = 3
"""The demo's interviews are shortened to so many questions of the kit."""
SCREEN_SECONDS = 240.0
REPORT_SECONDS = 60.0


def run(settings: Settings, *, keep: bool, port: int) -> None:
    """Raises EngineError when any part of the story does not come true."""
    home = settings.home.resolve() / "demo"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    began = time.monotonic()
    print("Starting the service; it loads its models first ...", flush=True)
    with Receiver(home / "ats") as receiver, service(home, port or usual_port(settings)) as base:
        demo = Demo(home, base, receiver)
        try:
            demo.screen()
            demo.interview()
            demo.report()
            demo.tidy()
            password = demo.account()
        finally:
            demo.close()
        print(f"\nDone in {time.monotonic() - began:.0f} s. Everything lies in {home}:")
        print(f"  reports   {home / 'reports'}\n  messages  {home / 'outbox'}\n  receiver  {home / 'ats'}")
        print(f"  console   FOYER_HOME={_short(home)} .venv/bin/foyer serve")
        print(f"  sign in   {ACCOUNT}   password {password}")
        if keep:
            print(f"The service goes on at {base}; stop it with Ctrl-C.")
            _wait_for_interrupt()


@dataclass
class Invited:
    """One of those invited: their place on the shortlist, their link and the voice that speaks for them."""

    application: dict[str, Any]
    link: str
    voice: str
    account: Account | None = None


class Demo:
    """The story in three acts. Each prints what it did."""

    def __init__(self, home: Path, base: str, receiver: Receiver) -> None:
        self._home, self._receiver = home, receiver
        key = (home / "admin.key").read_text().strip()
        self._api = httpx2.Client(base_url=base, headers={"Authorization": f"Bearer {key}"}, timeout=60.0)
        self._invited: list[Invited] = []
        self._job: dict[str, Any] = {}
        self._endpoint_id = ""

    def close(self) -> None:
        self._api.close()

    # ------------------------------------------------------------ act one

    def screen(self) -> None:
        """Job, kit, receiver, upload, progress, shortlist."""
        posting = (SAMPLES / "jobs" / f"{JOB}.md").read_text()
        self._job = self._post(
            "/api/jobs", {"text": posting, "invite_policy": "at_once", "max_interviews": len(VOICES), "minutes": 5}
        )
        self._put(f"/api/jobs/{self._job['id']}/kit", shortened(sample_kit()).model_dump(mode="json"))
        endpoint = self._post("/api/endpoints", {"url": self._receiver.url, "description": "the demo's ATS"})
        self._receiver.trust(endpoint["secret"])
        self._endpoint_id = endpoint["id"]
        print(f"Job: {self._job['title']}; {len(self._job['requirements'])} requirements read from the posting")
        batch = self._upload(sorted((SAMPLES / "resumes").iterdir()))
        self._watch(batch)
        self._print_shortlist()

    def _upload(self, files: list[Path]) -> str:
        parts = [("files", (file.name, file.read_bytes())) for file in files]
        answer = self._api.post(f"/api/jobs/{self._job['id']}/batches", files=parts, data={"name": "samples"})
        accepted = _checked(answer)
        print(f"Uploaded {accepted['total']} files")
        return str(accepted["batch_id"])

    def _watch(self, batch_id: str) -> None:
        began = time.monotonic()
        while time.monotonic() - began < SCREEN_SECONDS:
            found = _checked(self._api.get(f"/api/batches/{batch_id}"))
            done = found["screened"] + found["unreadable"]
            rate = done / max(0.1, time.monotonic() - began)
            _show_progress(f"  screening {done}/{found['total']}  {rate:.1f} resumes/s")
            if found["done"]:
                print(
                    f"Screened {found['screened']}, unreadable {found['unreadable']}: {time.monotonic() - began:.0f} s"
                )
                return
            time.sleep(0.5)
        raise EngineError(f"The samples were not screened within {SCREEN_SECONDS:.0f} s. Run `foyer doctor`.")

    def _print_shortlist(self) -> None:
        ranked = _checked(self._api.get(f"/api/jobs/{self._job['id']}/applications", params={"limit": 1000}))
        (self._home / "shortlist.json").write_text(json.dumps(ranked, ensure_ascii=False, indent=2))
        readable = [found for found in ranked if found["score"] is not None]
        print(f"\nShortlist (threshold {self._job['threshold']:.2f}; all {len(readable)} in shortlist.json):")
        for place, found in enumerate(readable[:8], 1):
            print(
                f"  {place:>2}. {found['score']:.3f} {found['decision']:<8} {found['name'] or '?':<24} {found['file']}"
            )
            for evidence in found["evidence"][:2]:
                print(f'        "{_cut(evidence["quote"], 100)}" ({_where(evidence)})')
        print("Not readable, and why:")
        for found in ranked:
            if found["score"] is None:
                print(f"      {found['problem']}")

    # ------------------------------------------------------------ act two

    def interview(self) -> None:
        """The best are interviewed side by side, each in their own voice, at real speed."""
        self._invited = self._read_invitations()
        kit = shortened(sample_kit())
        print(
            f"\nInterviewing {len(self._invited)} people over the real socket ({len(kit.questions)} questions each) ..."
        )
        asyncio.run(self._hold_all(kit))
        for invited in self._invited:
            self._print_interview(invited, kit)

    def _read_invitations(self) -> list[Invited]:
        """Links come from the e-mails themselves."""
        interviews = self._wait(
            lambda: _checked(self._api.get(f"/api/jobs/{self._job['id']}/interviews")),
            lambda found: len(found) == len(VOICES),
            "The invitations were not made.",
        )
        applications = [
            _checked(self._api.get(f"/api/applications/{interview['application_id']}")) for interview in interviews
        ]
        applications.sort(key=lambda found: -found["score"])
        links = self._wait(
            lambda: invitation_links(self._home / "outbox"),
            lambda found: all(application["email"] in found for application in applications),
            "The invitation e-mails did not arrive in the outbox.",
        )
        return [
            Invited(application, links[application["email"]], voice)
            for application, voice in zip(applications, VOICES, strict=True)
        ]

    async def _hold_all(self, kit: InterviewPlan) -> None:
        outbox = self._home / "outbox"
        rehearsals = [
            Rehearsal(invited.link, recordings(invited.voice, kit), outbox=outbox) for invited in self._invited
        ]
        accounts = await asyncio.gather(*(rehearsal.run() for rehearsal in rehearsals))
        for invited, account in zip(self._invited, accounts, strict=True):
            if account.refused or not account.completed:
                raise EngineError(f"The interview of {invited.application['name']} was not held: {account.refused}")
            invited.account = account

    def _print_interview(self, invited: Invited, kit: InterviewPlan) -> None:
        account = invited.account
        assert account is not None
        transcript = _checked(self._api.get(f"/api/interviews/{account.interview_id}/transcript"))
        said = " ".join(turn["text"] for turn in transcript["turns"] if turn["role"] == "candidate")
        if not said.strip():
            raise EngineError(f"Nothing was recognised in the interview of {invited.application['name']}.")
        wanted = " ".join(transcripts(invited.voice)[question.id] for question in kit.questions)
        delays = sorted(account.reply_delays)
        print(
            f"\n  {invited.application['name']} (voice {invited.voice}): "
            f"word error rate {word_errors(wanted, said):.2f}, reply after {delays[len(delays) // 2]:.1f} s (median)"
        )
        for turn in transcript["turns"]:
            print(f"    {'Foyer' if turn['role'] == 'interviewer' else 'Candidate':<9} {_cut(turn['text'], 110)}")
        for note in account.notes:
            print(f"    note: {note}")

    # ------------------------------------------------------------ act three

    def report(self) -> None:
        """Reports written, pushed, and verified by the receiver."""
        ids = [invited.account.interview_id for invited in self._invited if invited.account]
        results = self._wait(
            self._receiver.results, lambda found: len(found) >= len(ids), "The reports did not reach the receiver."
        )
        folder = self._home / "reports"
        folder.mkdir()
        print("\nReports:")
        for invited in self._invited:
            assert invited.account is not None
            interview_id = invited.account.interview_id
            html = self._api.get(f"/api/interviews/{interview_id}/report.html")
            path = folder / f"{invited.application['file'].rsplit('.', 1)[0]}.html"
            path.write_text(html.text)
            card = _checked(self._api.get(f"/api/interviews/{interview_id}/report"))
            rated = ", ".join(f"{rating['name']} {rating['rating'] or '-'}" for rating in card["competencies"])
            print(f"  {invited.application['name']:<24} {card['recommendation']:<14} {rated}")
        delivered = [
            found
            for found in _checked(self._api.get("/api/deliveries", params={"state": "delivered"}))
            if found["kind"] == "webhook"
        ]
        rejected = self._receiver.rejected
        print(
            f"Delivered {len(delivered)} reports; the receiver verified {len(results)} signatures, refused {rejected}"
        )
        if len(results) != len(ids) or rejected:
            raise EngineError("Not every report arrived exactly once with a valid signature.")
        engines = _checked(self._api.get(f"/api/interviews/{ids[0]}"))["engines"]
        print("Engines that ran: " + ", ".join(f"{name} {value}" for name, value in engines.items()))

    def tidy(self) -> None:
        """The receiver ends with the demo: nothing later should be sent to it."""
        self._api.delete(f"/api/endpoints/{self._endpoint_id}")

    def account(self) -> str:
        """Somebody to sign in as, made as the first administrator of any installation is; returns the password."""
        password = secrets.token_urlsafe(12)
        form = {"organisation": "My organisation", "name": "Demo Person", "email": ACCOUNT, "password": password}
        code = (self._home / "setup.code").read_text()
        answer = self._api.post("/setup", data=form | {"code": code})
        if answer.status_code != 303:
            raise EngineError(f"No account could be made: {answer.status_code} {answer.text[:300]}")
        return password

    # ------------------------------------------------------------ small change

    def _post(self, path: str, body: Mapping[str, Any]) -> Any:
        return _checked(self._api.post(path, json=body))

    def _put(self, path: str, body: Mapping[str, Any]) -> Any:
        return _checked(self._api.put(path, json=body))

    def _wait(self, ask: Any, enough: Any, otherwise: str) -> Any:
        until = time.monotonic() + REPORT_SECONDS
        while not enough(found := ask()):
            if time.monotonic() > until:
                raise EngineError(f"{otherwise} See {self._home / 'service.log'}.")
            time.sleep(0.25)
        return found


def _wait_for_interrupt() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        print("stopping ...")


# ---------------------------------------------------------------- samples


def sample_kit() -> InterviewPlan:
    return InterviewPlan.model_validate_json((SAMPLES / "kits" / f"{JOB}.json").read_text())


def shortened(kit: InterviewPlan) -> InterviewPlan:
    """The first questions of the kit, without follow-ups, so that three interviews fit into a demo."""
    questions = tuple(question.model_copy(update={"probes": ()}) for question in kit.questions[:QUESTIONS])
    asked = {question.competency_id for question in questions}
    competencies = tuple(competency for competency in kit.competencies if competency.id in asked)
    welcome = f"Hello, I am an automated interviewer with {QUESTIONS} short questions. A person will read your answers."
    changed = {"questions": questions, "competencies": competencies, "minutes": 5, "welcome": welcome}
    return kit.model_copy(update=changed)


def recordings(voice: str, kit: InterviewPlan) -> dict[str, Pcm]:
    folder = SAMPLES / "answers" / voice
    return {question.id: read_audio(next(folder.glob(f"{question.id}.*"))) for question in kit.questions}


def transcripts(voice: str) -> dict[str, str]:
    return tomllib.loads((SAMPLES / "answers" / voice / "transcripts.toml").read_text())


def word_errors(wanted: str, said: str) -> float:
    """Word error rate: edit distance over words, punctuation and case aside, per word of the reference."""
    reference, heard = _words(wanted), _words(said)
    return float(Levenshtein.distance(reference, heard)) / max(1, len(reference))


def _words(text: str) -> list[str]:
    return "".join(letter if letter.isalnum() or letter == "'" else " " for letter in text.lower()).split()


# ---------------------------------------------------------------- reading and printing


def _checked(answer: httpx2.Response) -> Any:
    if answer.status_code >= 400:
        raise EngineError(
            f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:300]}"
        )
    return answer.json()


def _show_progress(line: str) -> None:
    if sys.stdout.isatty():
        print(f"\r{line:<70}", end="", flush=True)
        if line.endswith("\n"):
            print()


def _where(evidence: Mapping[str, Any]) -> str:
    page = f"page {evidence['page']}, " if evidence["page"] else ""
    return f"{page}line {evidence['line']}"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
