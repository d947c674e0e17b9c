"""A posting's HTML page, schema.org JobPosting in JSON-LD or JSON Resume job as lines of light Markdown: headings,
bullets, one paragraph a line.

Called by `screening.posting`, which then reads all forms the same way.
"""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Mapping
from typing import Any

from models.errors import BadRequest


def from_json(text: str, name: str) -> tuple[str, str | None]:
    try:
        data = json.loads(text, strict=False)
    except ValueError as broken:
        raise BadRequest(f"{name}: this is not valid JSON ({broken}); export the posting again") from broken
    posting = _job_posting(data) or _json_resume_job(data)
    if posting is None:
        raise BadRequest(f"{name}: no schema.org JobPosting in this JSON; its @type must be JobPosting")
    return _lines_of(posting), _place_of(posting)


def _job_posting(data: Any) -> Mapping[str, Any] | None:
    """The first JobPosting anywhere in JSON-LD."""
    if isinstance(data, list):
        return next((found for one in data if (found := _job_posting(one))), None)
    if not isinstance(data, dict):
        return None
    types = (one for one in _values(data.get("@type")) if isinstance(one, str))
    if any(re.split("[/:#]", one)[-1] == "JobPosting" for one in types):
        return data
    return _job_posting(data.get("@graph", [])) or _job_posting(data.get("mainEntity"))


def _json_resume_job(data: Any) -> Mapping[str, Any] | None:
    """A job of jsonresume.org, with schema.org's names. It says of itself that it is one by what it holds."""
    asks = ("qualifications", "responsibilities", "skills")
    if not isinstance(data, dict) or "title" not in data or not any(isinstance(data.get(key), list) for key in asks):
        return None
    skills = [one for one in _values(data.get("skills")) if isinstance(one, Mapping)]
    named = [word for one in skills for word in (one.get("name"), *_values(one.get("keywords")))]
    where = data.get("location")
    place: Mapping[str, Any] = where if isinstance(where, Mapping) else {}
    address = {"addressLocality": place.get("city"), "addressRegion": None, "addressCountry": place.get("countryCode")}
    return {**data, "skills": named, "jobLocation": {"address": address}}


_FIELDS = (
    ("", "description"),
    ("Responsibilities", "responsibilities"),
    ("Requirements", "qualifications"),
    ("Required skills", "skills"),
    ("Required experience", "experienceRequirements"),
    ("Required education", "educationRequirements"),
    ("Required physical conditions", "physicalRequirement"),
    ("Required eligibility", "eligibilityToWorkRequirement"),
)


def _lines_of(posting: Mapping[str, Any]) -> str:
    title = next((one for key in ("title", "name") if isinstance(one := posting.get(key), str) and one), "Untitled job")
    lines = [f"# {_plain(title)}", ""]
    for heading, field in _FIELDS:
        written = [line for value in _values(posting.get(field)) for line in _said(field, value)]
        if written:
            lines += [f"## {heading}", ""] if heading else []
            lines += [*written, ""]
    return "\n".join(lines)


def _said(field: str, value: Any) -> list[str]:
    """One value of a field as lines: text, HTML, a DefinedTerm, or one of the two structured requirement types."""
    if isinstance(value, Mapping):
        months = _number(value.get("monthsOfExperience"))
        if months is not None:
            return [f"- At least {months / 12:g} years of experience"]
        said = value.get("credentialCategory") or value.get("name") or value.get("description")
        named = [str(one) for one in _values(said) if isinstance(one, str | int | float)]
        degrees = field == "educationRequirements"
        return [line for one in named for line in _said("", f"{one} degree" if degrees else one)]
    if not isinstance(value, str | int | float):
        return []
    if not str(value).strip():
        return []
    text = flatten(str(value)) if "<" in str(value) or "&" in str(value) else str(value)
    lines = [line for line in text.splitlines() if line.strip()]
    if field == "description":
        return text.splitlines()
    if field == "skills" and len(lines) == 1:
        lines = re.split(r"\s*[,;]\s*", lines[0])
    return [line if line.lstrip().startswith(("-", "#")) else f"- {line}" for line in lines]


def _number(value: Any) -> float | None:
    """A positive one; pages write it as text, too."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if 0 < found < math.inf else None


def _values(field: Any) -> list[Any]:
    return list(field) if isinstance(field, list) else [field] if field is not None else []


def _place_of(posting: Mapping[str, Any]) -> str | None:
    for where in _values(posting.get("jobLocation")):
        address = where.get("address") if isinstance(where, Mapping) else where
        if isinstance(address, Mapping):
            named = (address.get(key) for key in ("addressLocality", "addressRegion", "addressCountry"))
            parts = [part.get("name") if isinstance(part, Mapping) else part for part in named]
            address = ", ".join(str(part) for part in parts if part)
        if address and isinstance(address, str):
            return address
    return "Remote" if posting.get("jobLocationType") == "TELECOMMUTE" else None


def from_html(text: str, name: str) -> tuple[str, str | None]:
    """The JobPosting that a page carries for search engines if there is one with words, else what the page shows."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(text, "html.parser")
    for script in soup.find_all("script", type=re.compile(r"^\s*application/ld\+json", re.IGNORECASE)):
        try:
            posting = _job_posting(json.loads(script.string or "", strict=False))
        except ValueError:
            continue
        if posting and len(str(posting.get("description", ""))) > 80:
            return _lines_of(posting), _place_of(posting)
    flat = flatten(text)
    if not flat.strip():
        raise BadRequest(
            f"{name}: this page shows no text; save the page with its content, or paste the posting's text"
        )
    return flat, None


def flatten(markup: str) -> str:
    """HTML as light Markdown: headings, bullets, one paragraph a line; escaped markup is unescaped once."""
    from bs4 import BeautifulSoup
    from bs4.element import NavigableString, Tag

    if "<" not in markup and "&lt;" in markup:
        markup = html.unescape(markup)
    soup = BeautifulSoup(markup, "html.parser")
    for gone in soup(["script", "style", "nav", "footer", "noscript", "template", "form", "svg", "head"]):
        gone.decompose()
    out: list[str] = []

    def walk(node: Tag) -> None:
        for child in node.children:
            if isinstance(child, NavigableString):
                out.append(re.sub(r"\s+", " ", str(child)) if type(child) is NavigableString else "")
            elif isinstance(child, Tag):
                block = child.name in _BLOCKS
                mark = f"{'#' * int(child.name[1])} " if re.fullmatch("h[1-6]", child.name) else ""
                out.append(("\n" if block else "") + ("- " if child.name == "li" else mark))
                walk(child)
                out.append("\n" if block else "")

    walk(soup)
    lines = [re.sub(r"[ \t\xa0]+", " ", line).strip() for line in "".join(out).split("\n")]
    return "\n".join(line for line in lines if line not in {"", "-", "#"})


_BLOCKS = frozenset(
    "p div br li ul ol table tr section article main header dl dt dd h1 h2 h3 h4 h5 h6".split()  # noqa: SIM905
)


def _plain(value: Any) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", str(value))).split())
