"""Hiring managers see the jobs they were given, and nothing else. The one place where that is held: `api.deps.admit`
asks here before any route runs, of whoever's role is confined.

What a route is about stands in its address. Whatever in it is not known to belong to a job they have is not there for
them; a route without such an address is closed, but for the few that list or are their own."""

from __future__ import annotations

from collections.abc import Mapping

from api.access import NEEDS, SIGNED_IN
from api.security import Recruiter
from models.db import Database
from models.errors import NotFound

LISTS = frozenset({"GET /", "GET /api/jobs"})
"""Lists that leave out what whoever asks may not see (`Recruiter.sees`)."""
NO_IDS = frozenset({"number"})
"""Path parameters that count something within what the others name."""


def is_open(door: str) -> bool:
    """Whether this route can be for somebody who is confined at all."""
    return door in LISTS or NEEDS.get(door) == SIGNED_IN or "{" in door


def confine(database: Database, who: Recruiter, door: str, named: Mapping[str, object]) -> None:
    """`named`: the address's parameters. Raises NotFound, as for what is another organisation's."""
    if who.only_jobs is None:
        return
    if not is_open(door):
        raise NotFound("There is nothing at this address for you. Ask a recruiter what you need.")
    with database.reading() as store:
        for name, value in named.items():
            if name in NO_IDS:
                continue
            if store.job_behind(who.organisation_id, name, str(value)) not in who.only_jobs:
                raise NotFound("There is nothing at this address for you. A recruiter can give you the job.")
