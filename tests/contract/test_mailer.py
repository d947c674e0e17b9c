"""Mailer: a real SMTP server, the outbox folder and the fake take the same message alike."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from integrations.mail import Invitation, OutboxMailer, SmtpMailer, invitation, received, reminder
from models.engines import Mailer
from models.errors import BadRequest, EngineError
from models.settings import Mail
from tests.fakes_integrations import FakeMailer

NOW = datetime(2026, 11, 22, 10, 15, 30, tzinfo=UTC)
INVITED = Invitation(
    candidate_name="Zoë <王>\r\nBcc: x@y.z",
    candidate_email="zoe@example.com",
    organisation="Nord & Süd",
    job_title="Nurse <ICU>",
    minutes=30,
    link="https://foyer.example/i/abc?x=1&y=2",
    expires=NOW + timedelta(days=7),
    contact="people@nord.example",
    sender="Foyer <no-reply@foyer.example>",
)


@dataclass
class Post:
    """A small SMTP server: takes what comes, unless `answers` names another reply for a command."""

    port: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    messages: list[bytes] = field(default_factory=list)


@pytest.fixture
def post() -> Iterator[Post]:
    state = Post()

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say(state.answers.get("CONNECT", "220 ready"))
            while line := self.rfile.readline():
                command = line.split()[0].decode().upper().split(":")[0] if line.split() else ""
                if command == "DATA":
                    self._data()
                elif command == "EHLO":
                    self._say("250-here\r\n250 SMTPUTF8")
                else:
                    self._say(state.answers.get(command, "221 bye" if command == "QUIT" else "250 fine"))
                if command == "QUIT":
                    return

        def _data(self) -> None:
            self._say("354 go on")
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line)
            state.messages.append(b"".join(lines))
            self._say(state.answers.get("DATA", "250 taken"))

        def _say(self, text: str) -> None:
            self.wfile.write(text.encode() + b"\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        state.port = server.server_address[1]
        yield state
        server.shutdown()
        thread.join()


def smtp(post: Post) -> SmtpMailer:
    return SmtpMailer(Mail(smtp_host="127.0.0.1", smtp_port=post.port, smtp_starttls=False))


@pytest.fixture(params=["smtp", "outbox", "fake"])
def mailer(request: pytest.FixtureRequest, post: Post, tmp_path: Path) -> Mailer:
    if request.param == "smtp":
        return smtp(post)
    return OutboxMailer(tmp_path / "outbox") if request.param == "outbox" else FakeMailer()


def test_contract(mailer: Mailer) -> None:
    message = invitation(INVITED, key="inv-1", now=NOW)
    assert mailer.name
    assert mailer.send(message).reference == mailer.send(message).reference == message["Message-ID"]
    with pytest.raises(EngineError) as caught:
        mailer.send(EmailMessage())
    assert not caught.value.retry


def test_the_outbox_holds_one_readable_file_a_message(tmp_path: Path) -> None:
    outbox = OutboxMailer(tmp_path)
    outbox.send(invitation(INVITED, key="inv-1", now=NOW))
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    outbox.send(invitation(INVITED, key="inv-1", now=NOW))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == first
    outbox.send(reminder(INVITED, key="rem-1", now=NOW + timedelta(days=5)))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert [name[:16] for name in names] == ["20261122T101530Z", "20261127T101530Z"]
    read = message_from_bytes((tmp_path / names[0]).read_bytes(), policy=policy.default)
    assert read["Subject"] == "Your interview with Nord & Süd: Nurse <ICU>"
    assert read["To"].addresses[0].addr_spec == "zoe@example.com"
    assert read["Bcc"] is None
    plain, page = (part.get_content() for part in read.iter_parts())
    for text in ("at most 30 minutes", "29 November 2026, 10:15 UTC", "automated interviewer", "people@nord.example"):
        assert text in plain.lower() or text in plain
    assert INVITED.link in plain
    assert "https://foyer.example/i/abc?x=1&amp;y=2" in page
    assert "<王>" not in page
    assert "Nurse &lt;ICU&gt;" in page


def test_whom_nobody_reads_is_not_named_and_a_missing_name_leaves_no_gap() -> None:
    nobody = replace(INVITED, contact="", candidate_name="")
    for write in (invitation, reminder, received):
        plain = next(iter(write(nobody, key="k", now=NOW).iter_parts())).get_content()
        assert plain.startswith("Hello,\n")
        assert "ask on your interview's page" in plain
        assert "write to" not in plain


def test_an_unwritable_outbox_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EngineError, match="could not be written") as caught:
        OutboxMailer(tmp_path / "file" / "outbox").send(received(INVITED, key="k", now=NOW))
    assert caught.value.retry


def test_the_server_gets_the_message(post: Post) -> None:
    smtp(post).send(invitation(INVITED, key="inv-1", now=NOW))
    read = message_from_bytes(post.messages[0], policy=policy.default)
    assert read["Message-ID"] == invitation(INVITED, key="inv-1", now=NOW)["Message-ID"]
    assert INVITED.link in next(iter(read.iter_parts())).get_content()


@pytest.mark.parametrize(
    ("command", "answer", "retry"),
    [
        ("CONNECT", "421 busy", True),
        ("CONNECT", "554 no", False),
        ("MAIL", "451 later", True),
        ("RCPT", "450 greylisted", True),
        ("RCPT", "550 no such mailbox", False),
        ("DATA", "552 too big", False),
        ("DATA", "452 full", True),
    ],
)
def test_the_servers_code_tells_whether_to_try_again(post: Post, command: str, answer: str, retry: bool) -> None:
    post.answers[command] = answer
    with pytest.raises(EngineError, match=answer.split(" ", 1)[1]) as caught:
        smtp(post).send(invitation(INVITED, key="k", now=NOW))
    assert caught.value.retry is retry


def test_encryption_that_is_asked_for_and_missing_is_no_reason_to_go_without(post: Post) -> None:
    mailer = SmtpMailer(Mail(smtp_host="127.0.0.1", smtp_port=post.port, smtp_starttls=True))
    with pytest.raises(EngineError, match="STARTTLS") as caught:
        mailer.send(invitation(INVITED, key="k", now=NOW))
    assert not caught.value.retry
    assert post.messages == []


def test_no_server_is_worth_another_try() -> None:
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as closed:
        port = closed.server_address[1]
    with pytest.raises(EngineError, match="could not be reached") as caught:
        SmtpMailer(Mail(smtp_host="127.0.0.1", smtp_port=port)).send(invitation(INVITED, key="k", now=NOW))
    assert caught.value.retry


@pytest.mark.parametrize("address", ["", "nobody", "a@b@c", "x@y.z\r\nBcc: all@example.com"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    wrong = Invitation(
        **{**{name: getattr(INVITED, name) for name in Invitation.__slots__}, "candidate_email": address}
    )
    with pytest.raises(BadRequest, match="e-mail address"):
        invitation(wrong, key="k", now=NOW)
