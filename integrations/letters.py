"""What Foyer writes between the invitation and the interview: codes, booked times, requests and their answers. Pure, as
`integrations.mail`, which sends them."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage

from integrations.fixed_words import fixed
from integrations.mail import Envelope, Invitation, ask, compose, hello, regards, to_candidate, until, worded


def code(invited: Invitation, digits: str, mark: str, *, minutes: int, key: str, now: datetime) -> EmailMessage:
    """The one-time code. `mark` tells this message from earlier ones; there is no link in it, so that the message alone
    opens nothing."""
    return compose(
        to_candidate(invited, key, now),
        subject=f"Your code for the interview with {invited.organisation} (message {mark})",
        opening=[
            hello(invited),
            f"Somebody who has your interview link asked for the code that opens it. If that was you, enter this code "
            f"on the page where you asked:\n\n{digits}",
            f"It works once, for {minutes} minutes.",
        ],
        button=None,
        facts=[],
        closing=[
            "If it was not you, do nothing: without this code the link opens nothing. Nobody will ask you for the code "
            "in another way.",
            regards(invited),
        ],
    )


def booked(invited: Invitation, when: str, calendar: bytes, *, moved: bool, key: str, now: datetime) -> EmailMessage:
    """A place is kept for that time; `calendar` goes along."""
    return compose(
        to_candidate(invited, key, now),
        subject=f"{'New time' if moved else 'Booked'}: your interview with {invited.organisation}, {when}",
        opening=[
            hello(invited),
            f"Your interview for {invited.job_title} is {'now ' if moved else ''}booked for {when}. A place is kept "
            "for you then, and for a quarter of an hour if you are late.",
        ],
        button=("Open your interview", invited.link),
        facts=[
            ("How long", f"At most {invited.minutes} minutes, after a microphone check."),
            ("Another time", "Choose it on the same page, or start at any other moment when there is room."),
        ],
        closing=_closing(invited),
        calendar=(calendar, "PUBLISH"),
    )


def cancelled(invited: Invitation, when: str, calendar: bytes, *, key: str, now: datetime) -> EmailMessage:
    """The time is given up; the invitation stands."""
    return compose(
        to_candidate(invited, key, now),
        subject=f"Cancelled: your time with {invited.organisation}, {when}",
        opening=[
            hello(invited),
            f"The time you had booked for your {invited.job_title} interview, {when}, is given up, as was asked for on "
            "your interview's page. Your invitation stays open: start, or book another time, on the same page.",
        ],
        button=("Open your interview", invited.link),
        facts=[],
        closing=_closing(invited),
        calendar=(calendar, "CANCEL"),
    )


def soon(invited: Invitation, when: str, ahead: str, *, key: str, now: datetime) -> EmailMessage:
    """A reminder of a booked time. `ahead`: "tomorrow", "in 15 minutes"."""
    return compose(
        to_candidate(invited, key, now),
        subject=f"Your interview with {invited.organisation} is {ahead}",
        opening=[
            hello(invited),
            f"Your interview for {invited.job_title} is {ahead}: {when}. If the time no longer suits you, choose "
            "another on the same page.",
        ],
        button=("Open your interview", invited.link),
        facts=[("You need", "A quiet place, a microphone, a current browser, and your mail for the code.")],
        closing=_closing(invited),
    )


def withdrawn(invited: Invitation, *, key: str, now: datetime) -> EmailMessage:
    """Says that the application was taken back, to the one who did, or who should hear of it."""
    return compose(
        to_candidate(invited, key, now),
        subject=f"You have withdrawn your application: {invited.job_title}",
        opening=[
            hello(invited),
            f"Your application to {invited.organisation} as {invited.job_title} was withdrawn on your interview's "
            "page. There will be no interview, and nothing more is needed from you.",
        ],
        button=None,
        facts=[],
        closing=[
            f"If this was not you, or you change your mind, {ask(invited)}.",
            regards(invited),
        ],
    )


def asked(invited: Invitation, wishes: str, text: str, page: str, *, to: str, key: str, now: datetime) -> EmailMessage:
    """To the employer: a candidate asks for something. `page`: where it is answered in the console."""
    return compose(
        Envelope(invited.sender, invited.organisation, to, key, now),
        subject=f"A candidate asks: {wishes}",
        opening=[
            f"{invited.candidate_name or 'A candidate'}, invited for {invited.job_title}, asks for: {wishes}.",
            *([f"In their own words:\n{text}"] if text else []),
        ],
        button=("Read and answer it", page),
        facts=[],
        closing=["The candidate was told that asking does not count against them."],
    )


def held_again(invited: Invitation, why: str, page: str, *, to: str, key: str, now: datetime) -> EmailMessage:
    """To the employer: a candidate starts again after a technical failure. `page`: the application's address."""
    return compose(
        Envelope(invited.sender, invited.organisation, to, key, now),
        subject=f"An interview is held again: {invited.job_title}",
        opening=[
            f"{invited.candidate_name or 'A candidate'} holds the interview for {invited.job_title} once more, because "
            "something technical went wrong the first time.",
            f"What went wrong: {why}",
        ],
        button=("Look at the application", page),
        facts=[],
        closing=["The first interview is kept as it is. You can choose which of the two counts."],
    )


def once_more(invited: Invitation, *, key: str, now: datetime) -> EmailMessage:
    """The employer opened the interview a second time. There is no link in it: the one they have leads there."""
    return compose(
        to_candidate(invited, key, now),
        subject=f"Your interview with {invited.organisation} is open again",
        opening=[
            hello(invited),
            f"You can hold your interview for {invited.job_title} once more, from the beginning. What you said the "
            "first time is kept.",
            "Open the link of your invitation again: start there, or book a time.",
        ],
        button=None,
        facts=[("Open until", f"{until(invited)}.")],
        closing=["If you no longer have the link, ask for a new one.", *_closing(invited)],
    )


def from_pool(invited: Invitation, agreed: str, *, key: str, now: datetime) -> EmailMessage:
    """To somebody who agreed (`agreed`: on which day) to hear of other jobs: they are considered for one."""
    return compose(
        to_candidate(invited, key, now),
        subject=f"{invited.organisation} considers you for another opening: {invited.job_title}",
        opening=[
            hello(invited),
            f"You applied to {invited.organisation} before, and agreed on {agreed} that we may write to you about "
            f"other openings. We think that {invited.job_title} might suit you, and compare the resume that you gave "
            "us with it. Nothing is decided, and you need not do anything: if it goes on, you get an invitation of its "
            "own.",
        ],
        button=None,
        facts=[],
        closing=[
            f"If you do not want that, or no such messages any more, {ask(invited)}: we take your application back.",
            regards(invited),
        ],
    )


def answered(invited: Invitation, text: str, *, key: str, now: datetime) -> EmailMessage:
    """The employer's answer to what the candidate asked."""
    return _plainly(invited, "answer", [text, *_closing(invited)], key, now)


def taken_back(invited: Invitation, *, key: str, now: datetime) -> EmailMessage:
    """The employer takes back an invitation that had arrived. Says nothing that was not decided."""
    said = fixed(invited.language).no_decision.format(employer=invited.organisation)
    return _plainly(invited, "taken_back", [said, *_closing(invited)], key, now)


def alternative(invited: Invitation, *, key: str, now: datetime) -> EmailMessage:
    """The employer offers another way than the spoken interview with software."""
    words = fixed(invited.language)
    said = [words.no_effect.format(ask=ask(invited)), words.stays_open]
    return _plainly(invited, "alternative", [*said, f"{words.until}: {until(invited)}", regards(invited)], key, now)


def expired(invited: Invitation, *, key: str, now: datetime) -> EmailMessage:
    """The invitation ended unopened."""
    words = fixed(invited.language)
    return _plainly(invited, "expiry", [words.lost.format(ask=ask(invited)), regards(invited)], key, now)


def decided(kind: str, invited: Invitation, *, key: str, now: datetime) -> EmailMessage:
    """What a person decided: `kind` is rejection or advance."""
    said = fixed(invited.language).by_person.format(employer=invited.organisation)
    return _plainly(invited, kind, [said, *_closing(invited)], key, now)


def account(kind: str, invited: Invitation, *, key: str, now: datetime) -> EmailMessage:
    """To somebody who works for the employer: `kind` is account_invitation or password_reset. `invited.link` opens it,
    until `expires`."""
    subject, opening = worded(invited, kind)
    words = fixed(invited.language)
    return compose(
        to_candidate(invited, key, now),
        subject=subject,
        opening=opening,
        button=(words.account, invited.link),
        facts=[(words.until, until(invited))],
        closing=[regards(invited)],
    )


def adverse(invited: Invitation, told: str, *, key: str, now: datetime) -> EmailMessage:
    """A decision against the candidate, in plain words. `told`: what was decided, and the software's part in it."""
    return compose(
        to_candidate(invited, key, now),
        subject=f"About the decision on your application: {invited.job_title}",
        opening=[
            hello(invited),
            f"{invited.organisation} has decided not to go on with your application as {invited.job_title}. The law "
            "gives you a plain description of that decision and of the part that software had in it. Here it is:",
            told,
        ],
        button=None,
        facts=[],
        closing=_closing(invited),
    )


def _plainly(invited: Invitation, kind: str, closing: list[str], key: str, now: datetime) -> EmailMessage:
    """The employer's words, and what follows them in any case; without a button."""
    subject, opening = worded(invited, kind)
    return compose(
        to_candidate(invited, key, now), subject=subject, opening=opening, button=None, facts=[], closing=closing
    )


def _closing(invited: Invitation) -> list[str]:
    return [fixed(invited.language).anything.format(ask=ask(invited)), regards(invited)]
