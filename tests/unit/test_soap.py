"""Messages of SOAP 1.1: what goes out is escaped and signed, what comes in is read strictly, a fault is told from an
outage."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

import pytest

from integrations import soap
from integrations.http import Refusal
from models.errors import PushRejected
from models.exchange import Request, Response


class NoTokens:
    def read(self) -> Mapping[str, str]:
        return {}

    def write(self, tokens: Mapping[str, str]) -> None:
        raise AssertionError(tokens)

    def alone(self) -> Any:
        return nullcontext()


def signed(request: Request, user: str = "isu@tenant", password: str = "p<w&d") -> Request:
    return soap.Signed(user, password).apply(request, NoTokens(), lambda _: Response(200, {}, b""))


def fault(code: str, words: str, detail: str = "", status: int = 500) -> Response:
    body = (
        '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Body>'
        '<SOAP-ENV:Fault xmlns:wd="urn:com.workday/bsvc">'
        f"<faultcode>{code}</faultcode><faultstring>{words}</faultstring>{detail}"
        "</SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )
    return Response(status, {"content-type": "text/xml"}, body.encode())


def test_an_envelope_holds_the_token_and_the_body_and_no_more() -> None:
    request = signed(soap.call(soap.element("{urn:x}Ask", soap.element("{urn:x}Name", 'Zoë <王> & "Co"]]>'))))
    root = soap.read(request.content or b"")
    names = {"e": soap.ENVELOPE, "s": soap.SECURITY}
    assert root.findtext("e:Header/s:Security/s:UsernameToken/s:Username", None, names) == "isu@tenant"
    password = root.find("e:Header/s:Security/s:UsernameToken/s:Password", names)
    assert password is not None
    assert (password.text, password.get("Type")) == ("p<w&d", soap.PASSWORD_TEXT)
    assert root.findtext("e:Body/{urn:x}Ask/{urn:x}Name", None, names) == 'Zoë <王> & "Co"]]>'
    assert request.headers["content-type"] == "text/xml; charset=utf-8"


def test_the_password_is_in_nothing_that_a_connector_makes() -> None:
    assert b"Security" not in (soap.call(soap.element("{urn:x}Ask")).content or b"")


@pytest.mark.parametrize("char", ["\x00", "\x08", "\x0b", "\x1f", "\ud800", "\ufffe"])
def test_what_xml_cannot_write_is_left_out(char: str) -> None:
    written = soap.written(soap.element("{urn:x}A", f"a{char}b", note=f"c{char}d"))
    read = soap.read(written)
    assert (read.text, read.get("note")) == ("ab", "cd")


BOMB = (
    b'<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]>'
    b"<lolz>&lol2;</lolz>"
)
EXTERNAL = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'


@pytest.mark.parametrize("content", [BOMB, EXTERNAL, b"<!DOCTYPE a><a/>", b'<!DOCTYPE a SYSTEM "http://h/x.dtd"><a/>'])
def test_no_document_type_is_accepted(content: bytes) -> None:
    with pytest.raises(soap.NotSoap, match="document type"):
        soap.read(content)


@pytest.mark.parametrize("content", [b"", b"<a>", b"{}", b"<a>&unknown;</a>", b"\xff\xfe", b"<a/><b/>"])
def test_what_is_not_well_formed_is_refused(content: bytes) -> None:
    with pytest.raises(soap.NotSoap):
        soap.read(content)


def test_endless_nesting_is_refused() -> None:
    soap.read(b"<a>" * soap.DEEPEST + b"</a>" * soap.DEEPEST)
    with pytest.raises(soap.NotSoap, match="nested"):
        soap.read(b"<a>" * 100_000)


@pytest.mark.parametrize("content", [b"<html><body>502</body></html>", b"oops", b"", fault("x", "y").body[:80]])
def test_an_answer_that_is_no_soap_is_worth_another_try(content: bytes) -> None:
    with pytest.raises(PushRejected) as refused:
        soap.body_of(Response(200, {}, content))
    assert refused.value.retry


def test_a_validation_is_a_refusal_with_its_own_words() -> None:
    detail = (
        "<detail><wd:Validation_Fault><wd:Validation_Error><wd:Message>The step is not Assess Candidate.</wd:Message>"
        "<wd:Detail_Message>It is Review.</wd:Detail_Message><wd:Xpath>/wd:Assess_Candidate_Request[1]</wd:Xpath>"
        "</wd:Validation_Error></wd:Validation_Fault></detail>"
    )
    found = soap.fault(fault("SOAP-ENV:Client.validationError", "Validation error occurred.", detail))
    assert found == Refusal(
        "Validation error occurred.; The step is not Assess Candidate. - It is Review. "
        "(at /wd:Assess_Candidate_Request[1])"
    )
    assert soap.fault(fault("SOAP-ENV:Server", "Trouble", detail)) is not None
    assert soap.fault(fault("SOAP-ENV:Server", "Trouble", detail)).retry is False  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("SOAP-ENV:Client.authenticationError", "invalid username or password"),
        ("SOAP-ENV:Server.processingError", "Processing error occurred. The task submitted is not authorized."),
    ],
)
def test_what_a_person_has_to_mend_says_so(code: str, words: str) -> None:
    assert soap.fault(fault(code, words)) == Refusal(words, retry=False, scope=True)


@pytest.mark.parametrize("code", ["SOAP-ENV:Server", "SOAP-ENV:Server.internalError", "env:Server", ""])
def test_trouble_of_the_server_is_worth_another_try(code: str) -> None:
    assert soap.fault(fault(code, "Internal error")) == Refusal("Internal error", retry=True)


def test_a_fault_in_the_clothes_of_a_success_is_one() -> None:
    assert soap.fault(fault("SOAP-ENV:Client", "No.", status=200)) == Refusal("No.")


@pytest.mark.parametrize(
    "response", [Response(503, {}, b"<html/>"), Response(500, {}, b""), Response(200, {}, b"Fault")]
)
def test_what_is_no_fault_is_left_to_its_status(response: Response) -> None:
    assert soap.fault(response) is None
