"""Every page in a language that does not exist: each text in brackets, so that what nobody marked stands outside."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import html
from lxml.html import HtmlElement

from api import translating
from integrations.vendors import VENDORS
from tests.catalogue import OPENS, SHUTS, pseudo
from tests.console_world import GETS, World, filled

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

NOT_SHOWN = {"script", "style", "template", "head"}
NOT_WORDS = {"code", "kbd", "time", "pre"}
"""Code, keys, and dates, which the browser tells in its own language."""
READ = ("aria-label", "title", "placeholder", "alt", "data-label", "label", "aria-description", "aria-valuetext")
IN_ENGLISH = (
    "/impact/new-york",
    "/interviews/{interview_id}/report",
    "/reports/",
    "/shared/",
    "/v1/",
    "/api/",
    "/scim/",
)
"""Written once or published, as they are (docs/operating.md)."""
VENDORS_NAMES = "|".join(re.escape(each.about.name) for each in VENDORS.values())
LEFT: tuple[tuple[str, str, str], ...] = (
    ("", r"[\w.+-]+@[\w.-]+|https?://\S*|[\w-]+(\.[\w-]+)+(/\S*)?|[0-9a-f]{8,}", "an address, a name of a host, an id"),
    ("", r"Foyer|CSV|JSON|PDF|PNG|[ABC][12]|English|Deutsch", "a name, the same in every language"),
    ("/i/", r"[A-Z]\w+(/[\w+-]+)+|UTC|GMT\S*|[A-Z]{3}\S*|[A-Z]\w+(-\w+)?", "a time zone"),
    ("/messages", r"[A-Z]\w+(/[\w+-]+)+|[A-Z]\w+(-\w+)?", "a time zone"),
    ("/messages", r"\{.*", "how a gateway is asked"),
    ("/audit", r"[a-z_.]+( [0-9a-f]{8})?", "deeds and what they are about, as programs name them"),
    ("/oversight", r"ICC|QWK|SMD|r|not established.*", "names of coefficients; what a card says of one"),
    ("/systems", VENDORS_NAMES, "a product"),
    ("/systems", r"(Configure|Mail|It is read|In |Settings) ?.*", "what to register there, as the vendor calls it"),
    ("/engines", r".*", "names of engines, and what `foyer doctor` says of them"),
    ("/operations", r".*(Foyer|Models|outbox|FOYER|fallback).*", "the same"),
    (r"/jobs/([^/]+/kit|new)", r".*", "kits of the library, whose words are English"),
    ("/room", r"(Thank|All right|Sorry|Take your).*", "what the interviewer said"),
    ("/i/", r"I know that .*", "what is consented to is kept as it was read"),
    ("/interviews", r"(Thank|All right|Sorry|Take your|Not a ).*", "what the interviewer said"),
    ("/applications", r"\w+", "a part of a resume, as it was read"),
    ("/candidates", r"the same \w+", "why two may be one"),
    ("/insight", r".*", "charts, which are drawn as in the files that can be had of them"),
    ("/i/", r"\w+, \d+ \w+(, \d\d:\d\d)?|\w{3} \d+ \w{3}", "a day, as it is spelled without a script"),
    ("/deliveries", r"\d+ \w{3}, \d\d:\d\d", "the same"),
    ("/applications", r"(Thank|All right|Sorry|Take your).*", "what the interviewer said"),
    (r"/interviews/[^/]+/review", r"(Speaks|Describes) .*", "anchors of the kit"),
    ("/messages", r"<no-reply@localhost>", "an address"),
    ("/systems", r"…/\w+", "the end of an address"),
    ("/retention", r"[a-z_.]+", "the name of a rule"),
)
"""(where, what fully stands there, why it is not translated): the first two by pattern."""


def test_every_text_of_every_page_is_in_the_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pseudo(tmp_path / "locales", "en")
    monkeypatch.setattr(translating, "LOCALES", tmp_path / "locales")
    with filled(tmp_path / "home", lambda text: f"{OPENS}{text}{SHUTS}") as world:
        client, left, looked_at = world.client(), {}, 0
        client.headers["Accept-Language"] = "en"
        for path in _paths(world):
            answer = client.get(path)
            if answer.status_code >= 400 or "text/html" not in answer.headers.get("content-type", ""):
                continue  # what the API says of errors is English
            looked_at += 1
            left |= {text: path for text in _outside(answer.text) if not _may_stay(path, text)}
    assert looked_at > 80
    assert not left, "\n".join(f"{text!r}: {path}" for text, path in sorted(left.items()))


def _paths(world: World) -> list[str]:
    doors = [each for each in GETS if not each.path.startswith(IN_ENGLISH)]
    return [path for door in doors for path in world.addresses(door)] + ["/login", "/password", "/i/nobody", "/nothing"]


def _outside(page: str) -> list[str]:
    """Texts with letters that are in no brackets, and in no list of what need not be."""
    root = html.document_fromstring(page)
    told = [each.get(name, "") for each in root.iter("*") for name in READ if each.get(name)]
    parts = [part for each in [*told, "".join(_text(root))] for part in _without_brackets(each)]
    texts = {line.strip(" \t·,;:.()|–") for part in parts for line in part.split("\n")}
    return [each for each in texts if re.search(r"[A-Za-z]", each)]


def _text(element: HtmlElement) -> list[str]:
    """What is seen, in the order of the page; between blocks a line's end."""
    if not isinstance(element.tag, str) or element.tag in NOT_SHOWN or (element.get("lang") and element.tag != "html"):
        return [element.tail or ""]
    within = [] if element.tag in NOT_WORDS else [element.text or "", *(each for one in element for each in _text(one))]
    block = "" if element.tag in INLINE else "\n"
    return [block, *within, block, element.tail or ""]


INLINE = {"a", "strong", "em", "b", "i", "q", "span", "small", "bdi", "code", "time", "kbd", "br", "s", "mark"}


def _without_brackets(text: str) -> list[str]:
    depth, found = 0, [""]
    for sign in text:
        depth += (sign == OPENS) - (sign == SHUTS)
        if depth == 0 and sign != SHUTS:
            found[-1] += sign
        elif found[-1]:
            found.append("")
    return found


def _may_stay(path: str, text: str) -> bool:
    return any(re.match(where, path) and re.fullmatch(what, text) for where, what, _why in LEFT)
