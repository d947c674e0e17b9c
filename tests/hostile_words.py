"""Words that were chosen to do harm, and what a page looks like that they did harm to. For tests of what is shown."""

from __future__ import annotations

import re

from lxml import html

from models.visible import FIRST_STRONG, POP

MARKUP = "<foyer-evil>\"'><img src=x onerror=alert(1)><script>alert(2)</script>"
FORMULAS = ('=HYPERLINK("http://evil.example")', "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\uff1d1")
TURNING = "\u202egpj\u202c\u2066x\u2069"
HIDDEN = "\u200b\u200d\ufeff\u2060\U000e0041"
CONTROLS = "\x01\x1b\x7f\r\nBcc: victim@evil.example\r\n\r\n"
EVALUATED = "{{70*71}}${70*71}{% raw %}{job}%s"
HEBREW = "\u05d0\u05d1\u05d2"
UNSEEN = re.compile(
    "[\u202a-\u202e\u2066\u2067\u200b\u2060-\u2064\ufeff\U000e0000-\U000e007f\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
)
"""Turns or hides what stands beside it, or cannot be seen. U+2068 and U+2069 are ours, in pairs."""
OURS = re.compile(f"{FIRST_STRONG}[^{FIRST_STRONG}{POP}]*{POP}")
SIGN = re.compile(f"[{FIRST_STRONG}{POP}]")
SENT = ("value", "href", "id", "name", "action", "src")
APART = {"bdi", "svg", "textarea", "title", "option", "script", "style"}
"""Whose text turns nothing beside it."""


def said(text: str) -> str:
    """Each text begins like another formula, always the same."""
    begins = FORMULAS[sum(map(ord, text)) % len(FORMULAS)]
    return f"{begins}{text} {HEBREW}{MARKUP}{TURNING}{HIDDEN}{EVALUATED}{CONTROLS}"


def wrong_in(page: str) -> set[str]:
    """What a page shows that came out of somebody's words."""
    found = {f"an unseen sign {seen[0]!r}" for seen in UNSEEN.finditer(page)}
    found |= {"a sign of ours alone"} if SIGN.search(OURS.sub("", page)) else set()
    found |= {"something was evaluated"} if str(70 * 71) in page else set()
    for element in html.document_fromstring(page).iter():
        if not isinstance(element.tag, str):
            continue
        raw = element.tag == "script" and not element.get("src")
        if raw or element.tag == "foyer-evil" or element.get("src") == "x":
            found.add(f"markup: {html.tostring(element)[:120]!r}")
        for name, value in element.attrib.items():
            if name.startswith("on") or re.match(r"\s*javascript:", value, re.IGNORECASE):
                found.add(f"a script: {name}={value[:60]}")
            if "<bdi>" in value or (name in SENT and SIGN.search(value)):
                found.add(f"a sign of ours that would be sent back: {name}")
        found |= _not_apart(element)
    return found


def _not_apart(element: html.HtmlElement) -> set[str]:
    """Letters from right to left stand in a <bdi> or between our own signs, wherever else text could be turned."""
    if any(one.tag in APART for one in (element, *element.iterancestors())):
        return set()
    texts = [element.text or "", *(child.tail or "" for child in element)]
    found = [text.strip()[:60] for text in texts if HEBREW in OURS.sub("", text)]
    return {f"not set apart in <{element.tag}>: {text!r}" for text in found}
