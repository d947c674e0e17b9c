"""Mail that came back, as mail servers and relays tell it; and text messages as gateways want them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from integrations.bounces import Bounce, read
from integrations.texts import Gateway, chat_body, checked_gateway, headers_of
from models.errors import BadRequest

DSN = """From: MAILER-DAEMON@mx.example\r
To: no-reply@foyer.example\r
Subject: Undelivered Mail Returned to Sender\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r
\r
--b\r
Content-Type: text/plain\r
\r
This is the mail system at host mx.example.\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.example\r
\r
Final-Recipient: rfc822; ann@example.org\r
Action: {action}\r
Status: {status}\r
Diagnostic-Code: smtp; 550 5.1.1 <ann@example.org>: no such\r
    mailbox\r
\r
--b\r
Content-Type: {kind}\r
\r
Message-ID: {id}\r
To: Ann <ann@example.org>\r
Subject: Your interview\r
\r
--b--\r
"""


def dsn(action: str = "failed", status: str = "5.1.1", kind: str = "message/rfc822", id: str = "<abc@foyer>") -> bytes:
    return DSN.format(action=action, status=status, kind=kind, id=id).encode()


def test_a_notification_tells_whose_message_and_whether_the_address_is_bad() -> None:
    hard = Bounce("ann@example.org", "<abc@foyer>", hard=True, reason="550 5.1.1 <ann@example.org>: no such mailbox")
    assert read(dsn()) == [hard]
    assert read(dsn(kind="text/rfc822-headers")) == [hard]
    for status in ("4.2.2", "5.2.2", "5.7.1", "5.3.4", ""):
        assert read(dsn(status=status)) == [replace(hard, hard=False)], status
    for action in ("delayed", "delivered", "relayed"):
        assert read(dsn(action=action)) == []
    with pytest.raises(BadRequest, match="RFC 3464"):
        read(b"Subject: hello\r\n\r\nI am on holiday.")
    with pytest.raises(BadRequest, match="no JSON"):
        read(b'{"email": ')


@pytest.mark.parametrize(
    ("said", "hard", "message_id"),
    [
        ({"email": "ann@example.org", "type": "hard"}, True, ""),
        ({"event": "bounce", "email": "ann@example.org", "status": "5.1.1", "smtp-id": "<a@b>"}, True, "<a@b>"),
        ({"RecordType": "Bounce", "Type": "SoftBounce", "Email": "ann@example.org"}, False, ""),
        ({"event-data": {"severity": "permanent", "event": "failed", "recipient": "ann@example.org",
                         "message": {"headers": {"message-id": "a@b"}}}}, True, "<a@b>"),
        ({"bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": "ann@example.org"}]},
          "mail": {"commonHeaders": {"messageId": "<a@b>"}}}, True, "<a@b>"),
    ],
)  # fmt: skip
def test_relays_tell_it_each_in_their_own_json(said: dict[str, object], hard: bool, message_id: str) -> None:
    [found] = read(json.dumps([said]).encode())
    assert (found.recipient, found.hard, found.message_id) == ("ann@example.org", hard, message_id)


def test_what_is_no_failure_is_none() -> None:
    for said in (
        {"event": "delivered", "email": "a@b.example"},
        {"event": "open", "email": "a@b.example"},
        {},
        [],
        [1],
    ):
        assert read(json.dumps(said).encode()) == []


GATEWAY = Gateway("https://sms.example/send", "Authorization: Bearer key", '{"to": "{to}", "text": "{text}"}')


def test_a_gateway_is_checked_while_it_is_set_up() -> None:
    assert checked_gateway(GATEWAY, allow_private=False) == GATEWAY
    for changed, said in (
        ({"url": "https://127.0.0.1/x"}, "does not call"),
        ({"url": "https://169.254.169.254/latest"}, "does not call"),
        ({"url": "http://sms.example"}, "not encrypted"),
        ({"body": '{"to": "{to}"}'}, "where {to} and {text}"),
        ({"body": '{"to": "{to}", "text": "{text}", "x": "{secret}"}'}, "no gap {secret}"),
        ({"body": '{"to": {to}, "text": {text}'}, "no JSON"),
        ({"headers": "no colon"}, "no header"),
        ({"headers": "Host: other"}, "set by themselves"),
    ):
        with pytest.raises(BadRequest, match=said):
            checked_gateway(replace(GATEWAY, **changed), allow_private=False)
    assert headers_of("A: b\n\n C:d") == {"a": "b", "c": "d"}


def test_news_into_a_chat_bring_nothing_to_life() -> None:
    slack = json.loads(chat_body("slack", "<!channel> Nurse & Co", "https://foyer.example/x"))
    assert slack == {"text": "&lt;!channel&gt; Nurse &amp; Co\nhttps://foyer.example/x"}
    teams = json.loads(chat_body("teams", "Nurse", "https://foyer.example/x"))
    card = teams["attachments"][0]["content"]
    assert (card["body"][0]["text"], card["actions"][0]["url"]) == ("Nurse", "https://foyer.example/x")
