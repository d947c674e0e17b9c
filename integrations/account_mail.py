"""What Foyer writes to the people of an organisation about their accounts. Pure, as `integrations.mail`, which sends
it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

from integrations.mail import Envelope, compose


@dataclass(frozen=True, slots=True)
class ToUser:
    """To whom, on whose behalf, with which link. `by`: who invites; empty: the command line."""

    name: str
    email: str
    organisation: str
    link: str
    sender: str
    by: str = ""


def invited(to: ToUser, *, role: str, days: int, key: str, now: datetime) -> EmailMessage:
    """The link opens the account once."""
    inviting = f"{to.by} invites you" if to.by else "You are invited"
    return compose(
        Envelope(to.sender, to.name, to.email, key, now),
        subject=f"Your account for {to.organisation} in Foyer",
        opening=[
            f"Hello {to.name}," if to.name else "Hello,",
            f"{inviting} to work with Foyer for {to.organisation}, as {role}. Choose a password on the page behind "
            "this link, and you are in.",
        ],
        button=("Open your account", to.link),
        facts=[("The link", f"works once, within {days} days")],
        closing=["If you do not expect this, do nothing.", f"Kind regards,\n{to.organisation}"],
    )


def reset(to: ToUser, *, minutes: int, key: str, now: datetime) -> EmailMessage:
    """The link takes one new password."""
    return compose(
        Envelope(to.sender, to.name, to.email, key, now),
        subject=f"A new password for your account of {to.organisation}",
        opening=[
            f"Hello {to.name}," if to.name else "Hello,",
            "Somebody, most likely you, asked for a new password. Choose it on the page behind this link.",
        ],
        button=("Choose a new password", to.link),
        facts=[("The link", f"works once, within {minutes} minutes")],
        closing=[
            "If it was not you, do nothing: your password stays as it is.",
            f"Kind regards,\n{to.organisation}",
        ],
    )
