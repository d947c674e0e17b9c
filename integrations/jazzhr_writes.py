"""What is written to JazzHR: notes, a category, people. Called by `integrations.jazzhr`.

Notes and categories are known from public code. That creating somebody takes "base64-resume", and that assigning them
to a job is a call of its own, is from memory.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from urllib.parse import quote

from integrations import summary
from integrations.jazzhr_people import PERSON, key_of, rows_of
from integrations.vendor import always, containing, reference, text_of
from models.errors import PushRejected
from models.exchange import CandidateIntake, Handover, Lookup, Outgoing, References, Request, Response, Write


def writes(outgoing: Outgoing, author: str) -> Sequence[Write]:
    person, result = outgoing.target.candidate, outgoing.result
    if not person:
        return ()
    if not person.startswith(PERSON):
        raise PushRejected(
            f"JazzHR's API did not find who was exported as {person}. Export them once more, or write the result there "
            "by hand."
        )
    body = {"applicant_id": person, "user_id": author, "contents": summary.note(result), "security": "1"}
    note = Write(
        "note",
        f"A note on {person}.",
        always(Request("POST", "notes", json=body)),
        containing(Request("GET", f"applicants/{person}"), summary.marker(result)),
        reference("comment_id"),
    )
    category = outgoing.mapping.get("category.done", "")
    return (note, _category(person, category)) if category and result.type != "assessment.withdrawn" else (note,)


def _category(person: str, category: str) -> Write:
    def held(answer: Response) -> str | None:
        kept = [one for row in rows_of(answer) for one in rows_of(row.get("categories"))]
        return category if category in {text_of(one, "id") or text_of(one, "category_id") for one in kept} else None

    call = Request("POST", "categories2applicants", json={"applicant_id": person, "category_id": category})
    seen = always(Request("GET", f"applicants/{person}"))
    return Write("category", "The category that says so.", always(call), Lookup(seen, held), look_first=True)


def create(handover: Handover) -> Sequence[Write]:
    person, job = handover.candidate, handover.job
    first, _, last = (person.name or "Name unknown").rpartition(" ")
    body = {"first_name": first or last, "last_name": last, "email": person.email or "", "job": job}
    body |= {"phone": person.phone} if person.phone else {}
    body |= {"base64-resume": b64encode(person.content).decode()} if person.content else {}
    named = Request("GET", f"applicants/name/{quote(person.name or '', safe='')}")
    made = Write(
        "candidate",
        f"Create {person.name} with an application.",
        always(Request("POST", "applicants", json=body)),
        Lookup(always(named), lambda answer: _same(answer, person)),
        reference("prospect_id"),
        look_first=True,
    )
    return (made, _assignment(job))


def _assignment(job: str) -> Write:
    """Its answer is not known to name anybody, so the application is named by who was sent."""
    sent: list[str] = []

    def assign(done: References) -> Request:
        sent[:] = [done["candidate"]]
        return Request("POST", "applicants2jobs", json={"applicant_id": done["candidate"], "job_id": job})

    def assigned(answer: Response) -> str | None:
        rows = rows_of(answer)
        held = {text_of(one, "job_id") for row in rows for one in rows_of(row.get("jobs"))}
        return key_of(str(rows[0]["id"]), job) if job in held else None

    lookup = Lookup(lambda done: Request("GET", f"applicants/{done['candidate']}"), assigned)
    says = "Assign them to the job."
    return Write("application", says, assign, lookup, lambda _: key_of(sent[0], job), look_first=True)


def _same(answer: Response, person: CandidateIntake) -> str | None:
    """By name, and by address or telephone: the API cannot look for an address, and two people may have one name."""
    digits = _digits(person.phone or "")
    for row in rows_of(answer):
        named = f"{text_of(row, 'first_name')} {text_of(row, 'last_name')}".strip().casefold()
        if named != (person.name or "").casefold():
            continue
        by_mail = bool(person.email) and text_of(row, "email").casefold() == (person.email or "").casefold()
        if by_mail or (digits and digits == _digits(text_of(row, "prospect_phone") or text_of(row, "phone"))):
            return str(row["id"])
    return None


def _digits(phone: str) -> str:
    return "".join(each for each in phone if each.isdecimal())
