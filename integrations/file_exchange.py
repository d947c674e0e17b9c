"""Systems that exchange files: Avature, of which nothing public says more, and any other that writes CSV. One class,
two names. `integrations.files` is the Service below.

    in/candidates*.csv, in/jobs*.csv, in/outcomes*.csv     read, then moved to archive/; resumes lie in in/ too
    out/results/APPLICATION_RESULT.json and .pdf           one of each a result
    out/results.csv, out/outcomes.csv                      a line each, replaced where it is told again

The form of these files is ours (docs/integrations/avature.md), so it is known; that a customer's Avature writes and
reads it is theirs to set up.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from integrations import summary
from integrations.auth import Headers
from integrations.csv_files import Line, Unreadable, lines_of, shown
from integrations.vendor import Vendor, always, instant
from integrations.webhook import result_body
from models.engines import Service
from models.errors import PushRejected
from models.exchange import (
    About,
    Answer,
    CandidateIntake,
    Capabilities,
    Cursor,
    Finding,
    Item,
    JobIntake,
    Outcome,
    Outgoing,
    Request,
    Setting,
    Target,
    Unusable,
    Write,
)
from models.sentences import N_

RESULTS = (
    *("result_id", "application_id", "candidate_id", "job_id", "revision", "type", "recommendation", "overall"),
    *("report_url", "pdf", "created_at"),
)
OUTCOMES = ("key", "application_id", "candidate_id", "kind", "stage", "reason", "at")
KINDS = ("stage", "hired", "rejected", "withdrew", "undone")
ANSWER = "answer: "
"""Begins the name of a column that holds answers to a question of the application form."""


class FileExchange(Vendor):
    def auth(self) -> Headers:
        return Headers()

    # ------------------------------------------------------------ theirs -> ours

    def poll(self, since: Cursor | None, service: Service, jobs: Sequence[str]) -> Iterator[Item | Cursor]:
        """File by file. One whose openings are not all linked yet is read and left, one that may still be growing is
        left alone until the next reading; `since` holds the sizes of those."""
        before: dict[str, int] = json.loads(since.token) if since is not None else {}
        growing: dict[str, int] = {}
        listed = json.loads(service.send(Request("GET", "in/")).body)
        for name in (each for each in listed if each.endswith(".csv")):
            kind = next((each for each in ("jobs", "candidates", "outcomes") if name.startswith(each)), None)
            if kind is None:
                continue
            content = service.send(Request("GET", f"in/{name}")).body
            if not content.endswith((b"\n", b"\r")) and before.get(name) != len(content):
                growing[name] = len(content)
                continue
            told: set[str] = set()
            for line in lines_of(content):
                for item in self._items(kind, name, line, service, jobs):
                    if not isinstance(item, JobIntake) or kind == "jobs" or item.remote_id not in told:
                        yield item
                    if isinstance(item, JobIntake):
                        told.add(item.remote_id)
            if kind != "candidates" or told <= set(jobs):
                self._archive(name, content, service)
                yield Cursor(token=json.dumps(growing))
        yield Cursor(token=json.dumps(growing))

    def _items(
        self, kind: str, name: str, line: Line, service: Service, jobs: Sequence[str]
    ) -> Iterator[CandidateIntake | JobIntake | Outcome | Unusable]:
        try:
            line.check()
            if kind == "jobs":
                yield job_of(line)
            elif kind == "outcomes":
                yield outcome_of(line)
            else:
                job = line["job_id"] or self.settings["job_id"]
                person = person_of(line, job, self.about.name)
                yield JobIntake(remote_id=job, title=line["job_title"] or job)
                if job in jobs:
                    yield with_resume(person, line["resume"], service)
        except Unreadable as broken:
            yield Unusable(key=f"{name}:{line.number}:{line.mark}", problem=f"{name}, line {line.number}: {broken}")

    @staticmethod
    def _archive(name: str, content: bytes, service: Service) -> None:
        """Under a name of its own: a system may send candidates.csv every day."""
        stem, mark = name.removesuffix(".csv"), hashlib.sha256(content).hexdigest()[:12]
        service.send(Request("PUT", f"archive/{stem}-{mark}.csv", content=content))
        service.send(Request("DELETE", f"in/{name}"))

    # ------------------------------------------------------------ ours -> theirs

    def writes(self, outgoing: Outgoing) -> Sequence[Write]:
        result, target = outgoing.result, outgoing.target
        stem = f"{safe(target.application or target.candidate)}_{safe(result.id)}"
        whose = {"application_id": target.application, "candidate_id": target.candidate, "job_id": target.job}
        body = json.dumps({**whose, **json.loads(result_body(result))}, ensure_ascii=False, indent=2)
        found = [_put("result", f"out/results/{stem}.json", body.encode())]
        if outgoing.pdf is not None:
            found.append(_put("pdf", f"out/results/{stem}.pdf", outgoing.pdf))
        number, gone = summary.overall(result), result.type == "assessment.withdrawn"
        row = {
            **whose,
            "result_id": result.id,
            "revision": str(result.revision),
            "type": result.type,
            "recommendation": "" if gone else summary.recommendation(result),
            "overall": "" if number is None or gone else f"{number:g}",
            "report_url": result.report_url,
            "pdf": f"results/{stem}.pdf" if outgoing.pdf is not None else "",
            "created_at": result.created_at.isoformat(),
        }
        found.append(_line("line", "out/results.csv", RESULTS, row))
        return found

    def tell(self, outcome: Outcome, target: Target, mapping: Mapping[str, str]) -> Sequence[Write]:  # noqa: ARG002
        whose = {"application_id": target.application, "candidate_id": target.candidate}
        said = {"kind": outcome.kind, "stage": outcome.stage, "reason": outcome.reason, "at": outcome.at.isoformat()}
        key = hashlib.sha256(json.dumps([whose, said]).encode()).hexdigest()[:16]
        return (_line("outcome", "out/outcomes.csv", OUTCOMES, {"key": key, **whose, **said}),)

    # ------------------------------------------------------------ setting up

    def check(self, service: Service) -> Iterator[Finding]:
        """Reads and writes for a try: rights to list are not rights to write."""
        answer = service.send(Request("GET", "in/"))
        waiting = [each for each in json.loads(answer.body) if each.endswith(".csv")]
        where = answer.headers.get("where", "")
        yield Finding(ok=True, what=f"{where}/in can be listed; {len(waiting)} CSV files are there.")
        strange = [each for each in waiting if not each.startswith(("jobs", "candidates", "outcomes"))]
        if strange:
            cure = "Names begin with candidates, jobs or outcomes."
            yield Finding(ok=False, what=f"Not read: {', '.join(strange[:5])}.", cure=cure)
        for folder in ("out", "archive"):
            probe = f"{folder}/foyer-test.txt"
            try:
                service.send(Request("PUT", probe, content=b"A test of Foyer's; it may be deleted.\n"))
                service.send(Request("DELETE", probe))
            except PushRejected as refused:
                yield Finding(ok=False, what=refused.detail, cure=f"Let this service write and delete in {folder}/.")
            else:
                yield Finding(ok=True, what=f"{where}/{folder} can be written.")


def _about(vendor: str, name: str, kind: Any, can: Capabilities, register: Sequence[str]) -> About:
    return About(
        vendor=vendor,
        name=name,
        kind=kind,
        base_url="files:{address}",
        settings=(
            Setting(
                "address",
                N_("Folder or storage"),
                N_("A folder's name, below FOYER_HOME/exchange/ORGANISATION, or a URL such as s3://bucket/folder."),
                default=vendor,
            ),
            Setting("job_id", N_("Opening of lines that name none"), N_("As in the column job_id."), default="all"),
        ),
        can=can,
        register=(
            "Write in/candidates*.csv with the columns of docs/integrations/avature.md, resumes beside it; write under "
            "another name first, then rename.",
            "Fetch out/results.csv and the files in out/results.",
            *register,
        ),
    )


class Files(FileExchange):
    about = _about(
        "files",
        "CSV files in a folder",
        "any",
        Capabilities(
            jobs="documented",
            candidates="documented",
            score="documented",
            text="documented",
            pdf="documented",
            outcomes="documented",
            tell="documented",
        ),
        (),
    )


class Avature(FileExchange):
    about = _about(
        "avature",
        "Avature",
        "crm",
        Capabilities(
            jobs="unverified",
            candidates="unverified",
            score="unverified",
            text="unverified",
            pdf="unverified",
            outcomes="unverified",
            tell="unverified",
        ),
        ("Ask Avature for scheduled exports and imports of these files to a place that both sides reach (SFTP, S3).",),
    )


# ---------------------------------------------------------------- lines


def person_of(line: Line, job: str, system: str) -> CandidateIntake:
    name = line["name"] or f"{line['first_name']} {line['last_name']}".strip()
    email, own = line["email"], line["candidate_id"]
    if not (email or own):
        raise Unreadable("it has neither email nor candidate_id")
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        raise Unreadable(f"{email!r} is no e-mail address")
    applied = instant(line["applied_at"]) if line["applied_at"] else None
    if line["applied_at"] and applied is None:
        raise Unreadable(f"applied_at {line['applied_at']!r} is no date such as 2026-11-20")
    asked = [(each.removeprefix(ANSWER), line[each]) for each in line.columns if each.startswith(ANSWER)]
    return CandidateIntake(
        name=name or None,
        email=email or None,
        phone=line["phone"] or None,
        external_id=line["application_id"] or f"{own or email.lower()}/{job}",
        source=line["source"] or system,
        origin="application" if line["application_id"] else "sourced",
        remote_candidate_id=own or None,
        remote_job_id=job,
        applied_at=applied,
        profile_url=line["profile_url"],
        stage=line["stage"],
        answers=tuple(Answer(question=question, answer=said) for question, said in asked if said),
    )


def with_resume(person: CandidateIntake, name: str, service: Service) -> CandidateIntake:
    if not name:
        return person
    try:
        content = service.send(Request("GET", f"in/{name}")).body
    except PushRejected as missing:
        if missing.retry:
            raise
        raise Unreadable(f"its resume cannot be read: {missing.detail}") from missing
    return person.model_copy(update={"filename": name.rpartition("/")[2], "content": content})


def job_of(line: Line) -> JobIntake:
    if not line["job_id"]:
        raise Unreadable("it has no job_id")
    closed = line["open"].lower() in ("no", "false", "0", "closed")
    return JobIntake(
        remote_id=line["job_id"],
        title=line["title"] or line["job_id"],
        text=line["text"],
        url=line["url"],
        open=not closed,
    )


def outcome_of(line: Line) -> Outcome:
    at = instant(line["at"])
    if line["kind"] not in KINDS or at is None or not line["application_id"]:
        raise Unreadable(f"it needs application_id, at, and a kind among {', '.join(KINDS)}")
    return Outcome(
        kind=line["kind"],
        at=at,
        remote_application_id=line["application_id"],
        stage=line["stage"],
        reason=line["reason"],
    )


def safe(id: str) -> str:
    """A part of a file's name; two ids never make the same one."""
    kept = re.sub(r"[^A-Za-z0-9-]", "-", id)[:80]
    return kept if kept == id and kept else f"{kept}-{hashlib.sha256(id.encode()).hexdigest()[:8]}"


def _put(name: str, path: str, content: bytes) -> Write:
    return Write(name, f"Write {path}.", always(Request("PUT", path, content=content)))


def _line(name: str, path: str, columns: Sequence[str], row: Mapping[str, str]) -> Write:
    body = {"header": list(columns), "row": [shown(row.get(each, "")) for each in columns]}
    return Write(name, f"One line in {path}.", always(Request("PATCH", path, json=body)))
