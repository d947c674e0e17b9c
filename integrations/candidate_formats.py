"""People as any system may hand them over, read into rows: JSON of our own fields, JSON Resume, the HR Open candidate,
CSV, a form with a file. Pure; called by `api.incoming`.

A row that cannot be used says why and keeps no other from being taken. Sex, age, citizenship and the like are left out
wherever they stand.
"""

from __future__ import annotations

import binascii
import csv
import io
import json
import re
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from python_multipart import create_form_parser
from python_multipart.exceptions import FormParserError

from integrations import json_resume
from integrations.vendor import instant, text_of
from integrations.withheld import withheld
from models.errors import BadRequest, Unsupported
from models.exchange import Answer, CandidateIntake

MOST_ROWS = 1_000
LONGEST = {
    "name": 300,
    "email": 320,
    "phone": 60,
    "external_id": 200,
    "source": 100,
    "stage": 200,
    "profile_url": 2_000,
}
LONGEST_ANSWER = 5_000
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
ORIGINS = ("application", "referral", "sourced", "pool")

COLUMNS: Mapping[str, str] = {
    **{name: name for name in (*LONGEST, "first_name", "last_name", "job_id", "origin", "applied_at", "resume_url")},
    **dict.fromkeys(("full_name", "candidate", "candidate_name"), "name"),
    **dict.fromkeys(("given_name", "firstname", "given"), "first_name"),
    **dict.fromkeys(("family_name", "lastname", "surname", "family"), "last_name"),
    **dict.fromkeys(("e_mail", "mail", "email_address", "e_mail_address"), "email"),
    **dict.fromkeys(("telephone", "mobile", "phone_number", "telephone_number"), "phone"),
    **dict.fromkeys(("id", "candidate_id", "application_id", "externalid"), "external_id"),
    **dict.fromkeys(("job", "jobid"), "job_id"),
    **dict.fromkeys(("applied", "applied_on", "application_date", "date"), "applied_at"),
    **dict.fromkeys(("profile", "url", "link"), "profile_url"),
    **dict.fromkeys(("resume", "resume_text", "cv", "cv_text"), "resume"),
}
"""Name of a column, in small letters with underscores -> ours. One that ends in a question mark is a question of the
application form."""


@dataclass(frozen=True, slots=True)
class Row:
    """One person of a request. `person` None: `problem` says why. `job_id`: ours, "" where the row names none.
    `resume_url`: where the file lies, if it did not come along. `ignored`: fields that nothing was made of."""

    number: int
    person: CandidateIntake | None = None
    external_id: str | None = None
    job_id: str = ""
    resume_url: str = ""
    problem: str = ""
    ignored: tuple[str, ...] = ()


class _Unusable(ValueError):
    """Why one row cannot be taken, for whoever sent it."""


def rows(body: bytes, content_type: str) -> list[Row]:
    """Of a whole request. Raises BadRequest where nothing can be read, Unsupported for another form."""
    kind, _, _ = content_type.partition(";")
    kind = kind.strip().lower()
    if kind == "text/csv":
        records: Sequence[Any] = _csv(body)
    elif kind == "multipart/form-data":
        records = [_form(body, content_type)]
    elif kind == "application/json" or kind.endswith("+json"):
        records = _json(body)
    else:
        raise Unsupported("Send application/json, text/csv or multipart/form-data.")
    if not records:
        raise BadRequest("There is no candidate in this request.")
    if len(records) > MOST_ROWS:
        raise BadRequest(f"These are {len(records):,} candidates; send at most {MOST_ROWS:,} at once.")
    return [_row(number, record) for number, record in enumerate(records, start=1)]


def _row(number: int, record: Any) -> Row:
    named = text_of(record, "external_id")[: LONGEST["external_id"]] if isinstance(record, Mapping) else ""
    try:
        if not isinstance(record, Mapping):
            raise _Unusable("A candidate is an object with fields.")
        _storable(record)
        read = _hr_open if is_hr_open(record) else _json_resume if json_resume.is_json_resume(record) else _own
        return read(number, record)
    except _Unusable as why:
        return Row(number, external_id=named or None, problem=str(why))


# ---------------------------------------------------------------- the shapes


def _own(number: int, record: Mapping[str, Any]) -> Row:
    """Our own fields; `resume`: a text, a JSON Resume, or {"filename", "content" in base64}."""
    given = {COLUMNS.get(_key(name), name): value for name, value in record.items() if value not in (None, "")}
    filename, content = _file(given.pop("resume", None))
    answers = _answers(given.pop("answers", None))
    questions = [name for name in given if name.strip().endswith("?")]
    answers += _answers({name: given.pop(name) for name in questions})
    known = {name: given.pop(name) for name in list(given) if name in COLUMNS.values()}
    return _taken(number, known, filename, content, answers, ignored=given)


def _json_resume(number: int, record: Mapping[str, Any]) -> Row:
    """Fields of ours may stand beside the format's; what they say of the person goes before its basics."""
    basics = record["basics"]
    known = {name: text_of(basics, name) for name in ("name", "email", "phone")}
    known |= {name: record[name] for name in COLUMNS.values() if name in record and name != "resume"}
    text = json_resume.written(record).encode()
    return _taken(number, known, "JSON Resume.txt", text, _answers(record.get("answers")))


def is_hr_open(record: Mapping[str, Any]) -> bool:
    candidate = record.get("candidate", record)
    return isinstance(candidate, Mapping) and isinstance(candidate.get("person"), Mapping)


def _hr_open(number: int, record: Mapping[str, Any]) -> Row:
    """`candidate.person` and the first of `profiles`; fields of ours may stand beside them. An attachment holds its
    `content` in base64, or the `url` where it lies."""
    candidate = record.get("candidate", record)
    person, profile = candidate["person"], _first(candidate.get("profiles"))
    reach = person.get("communication") if isinstance(person.get("communication"), Mapping) else {}
    opening = _first(profile.get("associatedPositionOpenings"))
    known: dict[str, Any] = {
        "name": text_of(person, "name", "formattedName")
        or f"{text_of(person, 'name', 'given')} {text_of(person, 'name', 'family')}".strip(),
        "email": text_of(_first(reach.get("email")), "address"),
        "phone": text_of(_first(reach.get("phone")), "formattedNumber"),
        "external_id": text_of(profile, "profileId", "value") or text_of(person, "id", "value"),
        "applied_at": text_of(person, "applyDate"),
        "stage": text_of(opening, "candidateStatus", "name"),
        "source": text_of(person, "id", "schemeAgencyId"),
    }
    known |= {name: record[name] for name in COLUMNS.values() if name in record and name != "candidate"}
    attachment = _first(profile.get("attachments"))
    filename, content = _file(attachment) if attachment.get("content") else ("", b"")
    if not content and text_of(attachment, "url"):
        known.setdefault("resume_url", text_of(attachment, "url"))
    return _taken(number, known, filename, content, _answers(record.get("answers")))


def _taken(
    number: int,
    known: Mapping[str, Any],
    filename: str,
    content: bytes,
    answers: Sequence[Answer],
    ignored: Mapping[str, Any] | None = None,
) -> Row:
    said = {name: _text(name, value) for name, value in known.items() if value not in (None, "")}
    name = said.get("name") or " ".join(filter(None, (said.get("first_name"), said.get("last_name"))))
    email, origin = said.get("email"), said.get("origin", "application")
    if email is not None and not _EMAIL.fullmatch(email):
        raise _Unusable(f"email: {email!r} is no address.")
    if origin not in ORIGINS:
        raise _Unusable(f"origin: {origin!r} is none of {', '.join(ORIGINS)}.")
    if not (name or email or said.get("phone") or content or said.get("resume_url")):
        raise _Unusable("A candidate needs a name, an e-mail address, a telephone number or a resume.")
    person = CandidateIntake(
        filename=filename,
        content=content,
        name=name or None,
        email=email,
        phone=said.get("phone"),
        external_id=said.get("external_id"),
        source=said.get("source", ""),
        origin=origin,
        applied_at=_moment(said.get("applied_at")),
        profile_url=said.get("profile_url", ""),
        stage=said.get("stage", ""),
        answers=tuple(answers),
    )
    return Row(
        number,
        person,
        person.external_id,
        said.get("job_id", ""),
        said.get("resume_url", ""),
        ignored=tuple(sorted(map(str, ignored or ()))),
    )


# ---------------------------------------------------------------- values


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _Unusable(f"{name}: a text is expected here.")
    text = " ".join(str(value).split())
    longest = LONGEST.get(name, 2_000)
    if len(text) > longest:
        raise _Unusable(f"{name}: longer than {longest} characters.")
    return text


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    found = instant(text)
    if found is None:
        raise _Unusable(f"applied_at: {text!r} is no ISO 8601 date.")
    return found


def _file(resume: Any) -> tuple[str, bytes]:
    """Its name and bytes; ("", b"") where there is none."""
    if isinstance(resume, str):
        return "resume.txt", resume.encode()
    if isinstance(resume, bytes):
        return "resume", resume
    if not isinstance(resume, Mapping):
        return "", b""
    if json_resume.is_json_resume(resume):
        return "JSON Resume.txt", json_resume.written(resume).encode()
    name = text_of(resume, "filename") or text_of(resume, "fileName") or "resume"
    if text_of(resume, "text"):
        return name, text_of(resume, "text").encode()
    if isinstance(resume.get("bytes"), bytes):
        return name, bytes(resume["bytes"])
    try:
        return name[:255], b64decode(text_of(resume, "content"), validate=True)
    except (binascii.Error, ValueError) as broken:
        raise _Unusable(f"resume: its content is not base64 ({broken}).") from broken


def _answers(given: Any) -> list[Answer]:
    """{question: answer} or [{"question", "answer"}]; those about what nobody is judged by are left out."""
    if given is None:
        return []
    pairs: list[tuple[Any, Any]]
    if isinstance(given, Mapping):
        pairs = list(given.items())
    elif isinstance(given, list) and all(isinstance(one, Mapping) for one in given):
        pairs = [(one.get("question"), one.get("answer")) for one in given]
    else:
        raise _Unusable('answers: an object, or a list of {"question", "answer"}, is expected here.')
    found = []
    for question, answer in pairs:
        said = {True: "Yes", False: "No"}.get(answer, answer) if isinstance(answer, bool) else answer
        if isinstance(said, list):
            said = ", ".join(map(str, said))
        if not isinstance(question, str) or not isinstance(said, str | int | float):
            raise _Unusable("answers: question and answer are texts.")
        if max(len(question), len(str(said))) > LONGEST_ANSWER:
            raise _Unusable(f"answers: longer than {LONGEST_ANSWER} characters.")
        if question.strip() and str(said).strip() and not withheld(question):
            found.append(Answer(question=question.strip(), answer=str(said).strip()))
    return found


def _first(found: Any) -> Mapping[str, Any]:
    listed = found if isinstance(found, list) else [found]
    return next((one for one in listed if isinstance(one, Mapping)), {})


def _key(name: str) -> str:
    return re.sub(r"[\s\-./]+", "_", name.strip().lower())


def _storable(value: Any) -> None:
    """No database keeps the character NUL."""
    if isinstance(value, str) and "\0" in value:
        raise _Unusable("The character NUL cannot be kept; remove it.")
    for each in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        _storable(each)


# ---------------------------------------------------------------- the forms of a request


def _json(body: bytes) -> Sequence[Any]:
    """One candidate, a list of them, or {"candidates": [...]} with fields that hold for all."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as broken:
        raise BadRequest(f"The body is not JSON ({broken}).") from broken
    if isinstance(found, Mapping) and isinstance(found.get("candidates"), list):
        common = {name: value for name, value in found.items() if name != "candidates"}
        return [{**common, **one} if isinstance(one, Mapping) else one for one in found["candidates"]]
    if not isinstance(found, Mapping | list):
        raise BadRequest("The body is neither a candidate nor a list of them.")
    return found if isinstance(found, list) else [found]


def _csv(body: bytes) -> Sequence[Any]:
    """With a line of names; parted by comma, semicolon or tab."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        raise BadRequest("The CSV is not UTF-8. Save it as UTF-8.") from broken
    head = text.partition("\n")[0]
    parted = max(",;\t", key=head.count)
    try:
        found = list(csv.reader(io.StringIO(text, newline=""), delimiter=parted, strict=True))
    except csv.Error as broken:
        raise BadRequest(
            f"The CSV cannot be read ({broken}). Quote fields that hold quotes or line breaks."
        ) from broken
    found = [line for line in found if any(cell.strip() for cell in line)]
    if not found or not any(_key(name) in COLUMNS for name in found[0]):
        raise BadRequest(f"The first line of the CSV names the columns: {', '.join(sorted({*COLUMNS.values()}))}.")
    return list(_records(found[0], found[1:]))


def _records(names: Sequence[str], lines: Sequence[Sequence[str]]) -> Iterator[Any]:
    for line in lines:
        if len(line) > len(names):
            yield f"{len(line)} fields"  # no object: refused as a row
        else:
            yield dict(zip(names, line, strict=False))


def _form(body: bytes, content_type: str) -> dict[str, Any]:
    """One candidate: fields of ours, or `candidate` with one as JSON; the file in `resume`."""
    fields: dict[str, Any] = {}
    files: list[dict[str, Any]] = []

    def field(found: Any) -> None:
        name, value = (found.field_name or b"").decode("utf-8", "replace"), found.value or b""
        fields[name] = value.decode("utf-8", "replace")

    def file(found: Any) -> None:
        found.file_object.seek(0)
        if found.field_name == b"resume":
            name = (found.file_name or b"resume").decode("utf-8", "replace")
            files.append({"filename": name.rpartition("/")[2][:255], "bytes": found.file_object.read()})
        found.close()

    _parse_form(body, content_type, field, file)
    if "candidate" in fields:
        inner = _json(fields.pop("candidate").encode())
        if len(inner) != 1 or not isinstance(inner[0], Mapping):
            raise BadRequest("`candidate` of a form is the JSON of one candidate.")
        fields = {**inner[0], **fields}
    if len(files) > 1:
        raise BadRequest("Send one file, in the field `resume`.")
    return {**fields, **({"resume": files[0]} if files else {})}


def _parse_form(body: bytes, content_type: str, field: Callable[[Any], None], file: Callable[[Any], None]) -> None:
    config = {"MAX_MEMORY_FILE_SIZE": len(body) + 1, "MAX_BODY_SIZE": len(body) + 1}
    try:
        parser = create_form_parser({"Content-Type": content_type.encode()}, field, file, config=config)
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError) as broken:
        raise BadRequest("This is not a multipart form.") from broken
