"""What is read from Ashby: messages that were kept, orders, what has changed since the last time. Called by
`integrations.ashby`."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from integrations import ashby_values as theirs
from integrations.paging import Turning
from integrations.vendor import text_of
from models.engines import Service
from models.errors import PushRejected
from models.exchange import AssessmentOrder, CandidateIntake, Cursor, Item, Outcome, Request

MOVES = frozenset({"applicationUpdate", "candidateStageChange", "candidateHire"})
"""Messages about where an application stands. One hire sends all three."""
ANEW = ("sync_token_expired", "sync_token_invalid", "incremental_sync_too_large")
"""Codes that ask for a full reading."""
EXPAND = ["applicationFormSubmissions", "referrals"]


def call(service: Service, name: str, **body: Any) -> dict[str, Any]:
    answer = service.send(Request("POST", name, json=body)).json
    return answer if isinstance(answer, dict) else {}


def pages(service: Service, name: str, ended: dict[str, str] | None = None, **body: Any) -> Iterator[dict[str, Any]]:
    """All pages; the last one's syncToken is left in `ended`."""
    more: dict[str, Any] = {"limit": 100}
    turning = Turning()
    while True:
        turning(more.get("cursor"))
        answer = call(service, name, **body, **more)
        yield from answer["results"]
        if not answer.get("moreDataAvailable"):
            if ended is not None:
                ended["token"] = text_of(answer, "syncToken")
            return
        more["cursor"] = answer["nextCursor"]


def application(id: str, service: Service) -> dict[str, Any]:
    return dict(call(service, "application.info", applicationId=id, expand=EXPAND)["results"])


# ---------------------------------------------------------------- messages and orders


def read(event: Mapping[str, object], service: Service) -> Iterator[Item]:
    """The signature covers the body, but when a stage was entered only the application's history says."""
    action, data = text_of(event, "action"), event.get("data")
    if not isinstance(data, Mapping):
        return
    if action == "applicationSubmit":
        yield from _told(application(text_of(data, "application", "id"), service), service)
    elif action in MOVES:
        known = application(text_of(data, "application", "id"), service)
        found = theirs.outcome_of(data["application"], known.get("applicationHistory") or ())
        if found is not None:
            yield found
    elif action in ("candidateDelete", "candidateMerge"):
        at = datetime.fromisoformat(text_of(event, "heard"))
        if action == "candidateDelete":
            yield Outcome(kind="erased", at=at, remote_candidate_id=text_of(data, "candidate", "id"))
            return
        gone, into = text_of(data, "deletedCandidate", "id"), text_of(data, "mergedCandidate", "id")
        yield Outcome(kind="merged", at=at, remote_candidate_id=gone, into=into)


def ordered(order: AssessmentOrder, service: Service) -> CandidateIntake:
    """An order names the person; resume and answers are with the application. A key that may not read them does not
    keep the interview from being held."""
    own = order.candidate
    try:
        found = _applied(application(own.external_id or "", service), service)
    except PushRejected as refused:
        if refused.retry:
            raise
        return own
    return found.model_copy(update={"name": own.name, "email": own.email, "profile_url": own.profile_url})


def _told(known: Mapping[str, Any], service: Service) -> Iterator[Item]:
    """Who is sourced and has not applied ("Lead") is not screened; who is out already is not taken in."""
    if known.get("status") == "Active":
        yield _applied(known, service)
    found = theirs.outcome_of(known, known.get("applicationHistory") or ())
    if found is not None:
        yield found


def _applied(known: Mapping[str, Any], service: Service) -> CandidateIntake:
    handle = known.get("resumeFileHandle")
    if not handle:
        handle = call(service, "candidate.info", id=known["candidate"]["id"])["results"].get("resumeFileHandle")
    if not handle:
        return theirs.intake_of(known, "", b"")
    url = call(service, "file.info", fileHandle=handle["handle"])["results"]["url"]
    return theirs.intake_of(known, text_of(handle, "name"), service.send(Request("GET", url, bare=True)).body)


# ---------------------------------------------------------------- what has changed


def poll(since: Cursor | None, service: Service, jobs: Sequence[str]) -> Iterator[Item | Cursor]:
    """A syncToken for each opening, so that a reading that breaks off goes on with the next one."""
    known = json.loads(since.token) if since is not None else {}
    tokens: dict[str, str] = {**known.get("tokens", {})}
    seen = yield from _openings(service, known.get("seen", ""))
    yield Cursor(token=json.dumps({"seen": seen, "tokens": tokens}))
    for job in jobs:
        ended: dict[str, str] = {}
        for listed in _changed(service, job, tokens.get(job, ""), ended):
            if listed.get("status") != "Lead":
                yield from _told(application(str(listed["id"]), service), service)
        tokens[job] = ended.get("token", "")
        yield Cursor(token=json.dumps({"seen": seen, "tokens": tokens}))


def _changed(service: Service, job: str, token: str, ended: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Applications since a syncToken; all of them where Ashby does not know it any more."""
    try:
        since = {"syncToken": token} if token else {}
        yield from pages(service, "application.list", ended, jobId=job, **since)
    except PushRejected as refused:
        if not token or not any(code in refused.detail for code in ANEW):
            raise
        yield from pages(service, "application.list", ended, jobId=job)


def _openings(service: Service, seen: str) -> Generator[Item, None, str]:
    """Those that changed, or whose posting did; returns the newest change there is."""
    listed = call(service, "jobPosting.list")["results"]
    postings = {str(one.get("jobId")): one for one in sorted(listed, key=lambda one: bool(one.get("isListed")))}
    newest = seen
    for job in pages(service, "job.list"):
        posting = postings.get(str(job["id"]), {})
        changed = max(text_of(job, "updatedAt"), text_of(posting, "updatedAt"))
        if changed and changed <= seen:
            continue
        newest = max(newest, changed)
        full = call(service, "jobPosting.info", jobPostingId=posting["id"])["results"] if posting else {}
        yield theirs.job_of(job, {**posting, **full})
    return newest
