"""SOAP 1.1 over HTTP, for systems that speak nothing else: a message's body is built and read here, the envelope with
its credentials is put around it by `Signed` on the way out, a fault is told from an outage. Used by
`integrations.workday`.

Nothing of a document type is accepted: no DTD, no entity but XML's own five. An answer's size is limited by
`integrations.http`, its depth here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from integrations.auth import Send, Tokens
from integrations.http import Refusal
from models.errors import PushRejected
from models.exchange import Request, Response

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
SECURITY = f"{_WSS}wssecurity-secext-1.0.xsd"
PASSWORD_TEXT = f"{_WSS}username-token-profile-1.0#PasswordText"
DEEPEST = 100
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no way to write."""
_RIGHTS = ("not authorized", "not authorised", "permission", "invalid username or password")


ElementTree.register_namespace("env", ENVELOPE)
ElementTree.register_namespace("wsse", SECURITY)


class NotSoap(ValueError):
    """What came is no SOAP message that is accepted here."""


# ---------------------------------------------------------------- writing


def element(tag: str, *inside: Element | str | None, **attributes: str) -> Element:
    """`tag` is {namespace}name. None among `inside` is left out; text is escaped when it is written."""
    made = Element(tag, {name: _clean(value) for name, value in attributes.items()})
    for each in inside:
        if isinstance(each, str):
            made.text = (made.text or "") + _clean(each)
        elif each is not None:
            made.append(each)
    return made


def written(root: Element) -> bytes:
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def call(body: Element) -> Request:
    """A call whose content is the body alone: `Signed` puts it in an envelope."""
    headers = {"content-type": "text/xml; charset=utf-8", "accept": "text/xml", "soapaction": '""'}
    return Request("POST", "", headers=headers, content=written(body))


@dataclass(frozen=True)
class Signed:
    """Auth by a WS-Security UsernameToken with the password as text, which goes over TLS alone. `common`: what else
    stands in every header."""

    user: str
    password: str
    common: bytes = b""

    def apply(self, request: Request, tokens: Tokens, send: Send) -> Request:  # noqa: ARG002 - the protocol's shape
        token = element(
            f"{{{SECURITY}}}UsernameToken",
            element(f"{{{SECURITY}}}Username", self.user),
            element(f"{{{SECURITY}}}Password", self.password, Type=PASSWORD_TEXT),
        )
        security = element(f"{{{SECURITY}}}Security", token, **{f"{{{ENVELOPE}}}mustUnderstand": "1"})
        header = element(f"{{{ENVELOPE}}}Header", security, read(self.common) if self.common else None)
        body = element(f"{{{ENVELOPE}}}Body", read(request.content or b""))
        return replace(request, content=written(element(f"{{{ENVELOPE}}}Envelope", header, body)))

    def renew(self, tokens: Tokens, refused: Request) -> bool:  # noqa: ARG002 - the protocol's shape
        return False


# ---------------------------------------------------------------- reading


class _Strict(ElementTree.TreeBuilder):
    """Refuses a DTD where it begins, before anything in it is looked at, and what is nested without end."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:  # noqa: ARG002 - the parser's shape
        raise NotSoap("a document type is not accepted")

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        if self._depth > DEEPEST:
            raise NotSoap(f"elements are nested more than {DEEPEST} deep")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def read(content: bytes) -> Element:
    """Raises NotSoap."""
    parser = ElementTree.XMLParser(target=_Strict())  # noqa: S314 - see _Strict
    try:
        parser.feed(content)
        return parser.close()
    except ElementTree.ParseError as broken:
        raise NotSoap(f"it is not well-formed ({broken})") from broken


def body_of(response: Response) -> Element:
    """The one element of an answer's body. Raises PushRejected, worth another try: whoever answered so was not the
    service."""
    try:
        body = _body(response.body)
    except NotSoap as broken:
        raise PushRejected(f"The answer is no SOAP message: {broken}.", retry=True) from broken
    return body


def _body(content: bytes) -> Element:
    root = read(content)
    body = root.find(f"{{{ENVELOPE}}}Body")
    if root.tag != f"{{{ENVELOPE}}}Envelope" or body is None or len(body) != 1:
        raise NotSoap("it is no envelope with one body")
    return body[0]


def fault(response: Response) -> Refusal | None:
    """What a fault means, in the other side's words; None for what is no fault. The sender's mistake ("Client", or
    whatever calls itself a validation) is not worth another try, the server's trouble is."""
    if response.status < 400 and b"Fault" not in response.body[:2_000]:
        return None
    try:
        found = _body(response.body)
    except NotSoap:
        return None
    if found.tag != f"{{{ENVELOPE}}}Fault":
        return None
    code = (found.findtext("faultcode") or "").strip().rpartition(":")[2]
    said = [(found.findtext("faultstring") or "").strip(), *_details(found.find("detail"))]
    words = "; ".join(dict.fromkeys(each for each in said if each)) or code or "a fault without words"
    scope = "authentication" in code.lower() or any(each in words.lower() for each in _RIGHTS)
    theirs = code.startswith("Client") or "validation" in (code + " ".join(_tags(found))).lower()
    return Refusal(words[:500], retry=not (theirs or scope), scope=scope)


def _details(detail: Element | None) -> Iterator[str]:
    """The messages in a fault's detail, each with where in our message it was."""
    for holder in detail.iter() if detail is not None else ():
        message = _local(holder, "Message")
        if message:
            more, where = _local(holder, "Detail_Message"), _local(holder, "Xpath")
            yield f"{message}{f' - {more}' if more and more != message else ''}{f' (at {where})' if where else ''}"


def _local(holder: Element, name: str) -> str:
    return next((("".join(each.itertext())).strip() for each in holder if each.tag.rpartition("}")[2] == name), "")


def _tags(found: Element) -> Iterator[str]:
    return (str(each.tag) for each in found.iter())


def _clean(text: Any) -> str:
    return _FORBIDDEN.sub("", str(text))
