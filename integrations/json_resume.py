"""A JSON Resume (jsonresume.org, 1.2.1) as the text of a resume, so that it is read, quoted and shown like any other
file. Pure; called by `integrations.candidate_formats`.

Sex, age and the like have no field in the format; a picture's address is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from integrations.vendor import text_of

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(r"(\d{4})(?:-(\d\d))?(?:-\d\d)?")


def is_json_resume(record: Mapping[str, Any]) -> bool:
    return isinstance(record.get("basics"), Mapping)


def written(resume: Mapping[str, Any]) -> str:
    """Section by section, in the order of the format."""
    sections = (
        ("", _basics(resume)),
        ("Summary", [text_of(resume, "basics", "summary")]),
        ("Experience", _entries(resume, "work", "position", ("name", "location"))),
        ("Volunteering", _entries(resume, "volunteer", "position", ("organization",))),
        ("Education", _education(resume)),
        ("Awards", _named(resume, "awards", ("title", "awarder"), "date")),
        ("Certificates", _named(resume, "certificates", ("name", "issuer"), "date")),
        ("Publications", _named(resume, "publications", ("name", "publisher"), "releaseDate")),
        ("Skills", _listed(resume, "skills", "name", "")),
        ("Languages", _listed(resume, "languages", "language", "fluency")),
        ("Projects", _entries(resume, "projects", "name", ("entity",))),
        ("Interests", _listed(resume, "interests", "name", "")),
        ("References", [f"{text_of(one, 'name')}: {text_of(one, 'reference')}" for one in _rows(resume, "references")]),
    )
    blocks = []
    for title, lines in sections:
        text = "\n".join(line for line in lines if not line or line.strip(" :-"))
        if text.strip():
            blocks.append(f"{title}\n\n{text.strip()}" if title else text.strip())
    return re.sub(r"\n{3,}", "\n\n", "\n\n".join(blocks)) + "\n"


def _basics(resume: Mapping[str, Any]) -> list[str]:
    basics = resume["basics"]
    place = [text_of(basics, "location", key) for key in ("city", "region", "countryCode")]
    profiles = [text_of(one, "url") for one in _rows(basics, "profiles")]
    reach = [text_of(basics, key) for key in ("email", "phone", "url")]
    head = [text_of(basics, "name"), text_of(basics, "label"), ", ".join(filter(None, place))]
    return [line for line in (*head, *reach, *profiles) if line]


def _entries(resume: Mapping[str, Any], key: str, title: str, named: tuple[str, ...]) -> Iterator[str]:
    for one in _rows(resume, key):
        yield ""
        yield " | ".join(filter(None, (text_of(one, title), _period(one))))
        yield ", ".join(filter(None, (text_of(one, name) for name in named)))
        yield from filter(None, (text_of(one, "description"), text_of(one, "summary")))
        yield from (f"- {line}" for line in _texts(one, "highlights"))
        if words := _texts(one, "keywords"):
            yield f"Technologies: {', '.join(words)}"


def _education(resume: Mapping[str, Any]) -> Iterator[str]:
    for one in _rows(resume, "education"):
        kind, area = text_of(one, "studyType"), text_of(one, "area")
        yield ""
        yield " | ".join(filter(None, (" in ".join(filter(None, (kind, area))), _period(one))))
        yield text_of(one, "institution")
        yield from (f"- {line}" for line in _texts(one, "courses"))


def _named(resume: Mapping[str, Any], key: str, named: tuple[str, ...], when: str) -> Iterator[str]:
    for one in _rows(resume, key):
        head = ", ".join(filter(None, (*(text_of(one, name) for name in named), _date(text_of(one, when)))))
        yield f"- {head}"
        yield from filter(None, [text_of(one, "summary")])


def _listed(resume: Mapping[str, Any], key: str, named: str, level: str) -> Iterator[str]:
    for one in _rows(resume, key):
        grade = text_of(one, level) if level else ""
        head = f"{text_of(one, named)} ({grade})" if grade else text_of(one, named)
        words = ", ".join(_texts(one, "keywords"))
        yield f"{head}: {words}" if words else head


def _period(one: Mapping[str, Any]) -> str:
    start, end = _date(text_of(one, "startDate")), _date(text_of(one, "endDate"))
    if start:
        return f"{start} - {end or 'present'}"
    return end


def _date(text: str) -> str:
    """As resumes write it; what is no date of the format stays as it is."""
    found = _DATE.fullmatch(text)
    if found is None or (found[2] and not 1 <= int(found[2]) <= 12):
        return text
    return f"{MONTHS[int(found[2]) - 1]} {found[1]}" if found[2] else found[1]


def _rows(record: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = record.get(key)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _texts(record: Mapping[str, Any], key: str) -> list[str]:
    found = record.get(key)
    return [str(one) for one in found if isinstance(one, str | int | float)] if isinstance(found, list) else []
