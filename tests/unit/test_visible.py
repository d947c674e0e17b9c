"""Other people's words as they are shown, and the mails that carry them: nothing turns, nothing hides, nothing is
markup or a header."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from jinja2 import DictLoader, Environment
from lxml import html
from markupsafe import Markup

from integrations import letters, mail
from integrations.branding import Branding
from integrations.csv_files import shown as cell
from integrations.mail import Invitation
from integrations.templates import Text
from models.visible import FIRST_STRONG, POP, page_of, visible
from tests.hostile_words import FORMULAS, HEBREW, UNSEEN, said

MIME = {"MIME-Version", "Content-Type", "Content-Transfer-Encoding"}
PAGE = (
    '<title>{% block title %}{{ name }}{% endblock %}</title><p title="{{ name }}">by {{ name }}, {{ link }}</p>'
    '<textarea>{{ name }}</textarea><i>{{ _("For %(name)s.", name=name) }}</i>'
    "<i>{% trans name=name %}As {{ name }}{% endtrans %}</i>"
)


@pytest.mark.parametrize("begins", [*FORMULAS, "\u200b=1", "\u202e+1"])
def test_no_cell_is_a_formula(begins: str) -> None:
    assert cell(f"{begins} HYPERLINK")[0] in "'\ufffd"


MAILS: dict[str, Callable[..., EmailMessage]] = {
    "code": lambda who, **at: letters.code(who, "123456", "ABCD", minutes=15, **at),
    "invitation": lambda who, **at: mail.invitation(who, notices=[said("By law")], **at),
    "reminder": mail.reminder,
    "received": mail.received,
    "asked": lambda who, **at: letters.asked(who, said("pauses"), said("Slower"), "https://x", to="a@b.example", **at),
    "held again": lambda who, **at: letters.held_again(who, said("noise"), "https://x", to="a@b.example", **at),
    "answered": lambda who, **at: letters.answered(who, said("Yes"), **at),
    "rejection": lambda who, **at: letters.decided("rejection", who, **at),
    "account": lambda who, **at: letters.account("account_invitation", who, **at),
    "adverse": lambda who, **at: letters.adverse(who, said("why"), **at),
    "withdrawn": letters.withdrawn,
}


@pytest.mark.parametrize("kind", MAILS)
def test_no_mail_has_a_header_or_markup_of_somebody_s_words(kind: str) -> None:
    texts = {each: Text(said("Hello {candidate}"), said("Come in")) for each in ("invitation", "rejection", "received")}
    branding = Branding(name=said("Northwind"), contact_name=said("Kim"), address=said("1 Quay"))
    now = datetime(2026, 11, 27, tzinfo=UTC)
    who = Invitation(
        *(
            said("Zoë"),
            "zoe@mail.example",
            said("Northwind"),
            said("Nurse"),
            30,
            "https://x/i/1",
            now,
            "",
            "f@x.example",
        ),
        branding=branding,
        texts=texts,
    )
    message = MAILS[kind](who, key="k", now=now)
    read = message_from_bytes(message.as_bytes(policy=policy.SMTP), policy=policy.default)
    assert set(read.keys()) <= {"From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted"} | MIME
    assert [each.addr_spec for each in read["To"].addresses] in (["zoe@mail.example"], ["a@b.example"])
    assert not UNSEEN.search(f"{read['Subject']}{read['From']}{read['To']}")
    assert HEBREW in read["Subject"] + str(read["From"])
    page = read.get_body(("html",)).get_content()
    assert not any(one.tag in ("foyer-evil", "script", "img") for one in html.document_fromstring(page).iter())
    assert not UNSEEN.search(page.replace("\r", ""))
    assert str(70 * 71) not in page


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Anna\u202egpj.exe", "Anna\ufffdgpj.exe"),
        ("pay\u200b\u200d\ufeffpal", "paypal"),
        ("\u2068Zoë\u2069 \u202aA\u202c", "Zoë A"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
        ("\U0001f3f4\U000e0067\U000e0062\U000e007f", "\U0001f3f4\U000e0067\U000e0062\U000e007f"),
        ("a\U000e0041b\x00\x1b[31m", "ab[31m"),
        ("one\u2029two", "one\ntwo"),
        ("Łukasz Żółkiewski, 李雷", "Łukasz Żółkiewski, 李雷"),
    ],
)
def test_what_is_seen_of_a_text(typed: str, shown: str) -> None:
    assert visible(typed) == shown


def test_letters_from_right_to_left_move_nothing_beside_them() -> None:
    environment = Environment(autoescape=True, loader=DictLoader({"page": PAGE}))
    page_of(environment)
    shown = environment.get_template("page").render(name=f"{HEBREW} & 5", link=Markup("<b>x</b>"))
    assert shown == (
        f'<title>{HEBREW} &amp; 5</title><p title="{HEBREW} &amp; 5">by <bdi>{HEBREW} &amp; 5</bdi>, <b>x</b></p>'
        f"<textarea>{HEBREW} &amp; 5</textarea><i>For {FIRST_STRONG}{HEBREW} &amp; 5{POP}.</i>"
        f"<i>As {FIRST_STRONG}{HEBREW} &amp; 5{POP}</i>"
    )
