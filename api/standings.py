"""What the candidate's home says of where an interview stands. `api.routes.home` shows it."""

from __future__ import annotations

from api.suspending import HALTED
from models.sentences import N_

UNKNOWN = (
    N_("This link does not work"),
    N_(
        "It may have been replaced by a newer one, or cut off by your mail program. Please use the latest e-mail and "
        "open the whole link."
    ),
)
STANDINGS = {
    "invited": (N_("Not started yet"), N_("You can start whenever it suits you, or book a time."), 200),
    "resumed": (N_("Not finished yet"), N_("It goes on where it stopped, with the same answers."), 200),
    "booked": (N_("Booked for %(when)s"), N_("Open this page then: your place is kept for a quarter of an hour."), 200),
    "missed": (
        N_("Your booked time has passed"),
        N_("Nobody holds it against you. Start now, or book another time."),
        200,
    ),
    "begun": (
        N_("Welcome back"),
        N_("You have started this interview in this browser. It goes on where it stopped."),
        200,
    ),
    "used": (
        N_("This link was used already"),
        N_(
            "An interview link opens once. Go on in the window where you opened it, or ask for a new link: your "
            "answers so far are kept."
        ),
        410,
    ),
    "completed": (
        N_("This interview is complete"),
        N_("Thank you. Nothing more is needed from you; a person reads it next, and you hear from them."),
        200,
    ),
    "again": (
        N_("Once more, from the beginning"),
        N_("You can hold this interview a second time, whenever it suits you, or book a time. The first one is kept."),
        200,
    ),
    "lapsed": (
        N_("The time to hold it again has passed"),
        N_(
            "Your first interview is kept, and a person reads it. If you still want to hold it again, ask for a new "
            "link."
        ),
        410,
    ),
    "reusing": (
        N_("Your earlier interview will be used"),
        N_(
            "It is handed over on %(due)s. Until then you can change your mind: take it back, or simply start a new "
            "one."
        ),
        200,
    ),
    "reused": (
        N_("Your earlier interview is used"),
        N_("Thank you. Nothing more is needed from you; a person reads it next, and you hear from them."),
        200,
    ),
    "left": (
        N_("You have withdrawn"),
        N_("There will be no interview. If you change your mind, ask for a new invitation."),
        410,
    ),
    "withdrawn": (N_("This interview has ended"), N_("It was withdrawn. If you think this is wrong, please ask."), 410),
    "halted": (
        N_("The employer has paused all interviews"),
        HALTED,
        200,
    ),
    "expired": (
        N_("This invitation has expired"),
        N_("The time for this interview is over. Ask for a new link if you still want to take part."),
        410,
    ),
}
"""Where an interview stands -> heading, what it means, and the page's status."""
SAVED = {
    "booked": N_(
        "Your time is booked. A message with a calendar file is on its way to the address in your application."
    ),
    "cancelled": N_("Your time is given up. You can still start, or book another."),
    "asked": N_("Your request has reached the employer. Their answer appears here."),
    "withdrawn": N_("You have withdrawn. Nothing more is needed from you."),
    "code": N_("Thank you. This browser is known to be yours now."),
    "again": N_("You can start again, now or at a time that you book. What you said the first time is kept."),
    "earlier": N_("Your earlier interview will be used. You can take that back here."),
    "anew": N_("Your earlier interview is not used. You can start a new one."),
    "about": N_("Thank you. Your answers are kept apart and are only counted together with those of others."),
    "texts": N_("Reminders and codes come by text message too. You can take that back here."),
    "no_texts": N_("No text messages are sent to you."),
    "nothing": N_("Nothing is kept of the voluntary questions about you."),
}
