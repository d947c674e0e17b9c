"""A connection test in words that lead somewhere: what stands in the way of every call is said once, with what to do
about that, instead of once a call with the right that this call would need. Called by `api.linking`."""

from __future__ import annotations

from collections.abc import Iterable

from models.engines import Service
from models.errors import PushRejected
from models.exchange import Finding, Request, Response

EVERYWHERE = (401, 404)
"""Answers that, when every call gets them, are about the keys or the address and not about one right."""
KEYS = "Enter the keys again under Settings, whole and without blanks: one is wrong or of another account."
REACH = "Check the address under Settings. If it is right, ask whoever runs Foyer whether this server may reach it."
SECURE = "Check the address under Settings: whether it begins with http or https, and its port."
WHOLE = "Enter the whole address under Settings, beginning with https://."
NOWHERE = "Check the address under Settings, to its last letter: nothing is found there."


class Watched:
    """A Service for one test. Once it is known that nobody can be reached or let in, nobody is called again: a page
    would wait for each call's time in vain."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.refused: list[PushRejected] = []
        self._passed = False

    def send(self, request: Request) -> Response:
        if self.refused and not self._passed and self.refused[0].answered is None:
            raise self.refused[0]
        try:
            response = self._service.send(request)
        except PushRejected as refused:
            self.refused.append(refused)
            raise
        self._passed = True
        return response

    @property
    def barred(self) -> PushRejected | None:
        """What stood in the way of all calls alike."""
        if self._passed or not self.refused:
            return None
        first = self.refused[0]
        alike = {each.answered for each in self.refused} == {first.answered}
        return first if alike and (first.answered is None or first.answered in EVERYWHERE) else None


def explained(found: Iterable[Finding], watched: Watched) -> list[Finding]:
    """The findings, those of calls that one thing stands in the way of as one."""
    listed, barred = list(found), watched.barred
    if barred is None:
        return listed
    details = [each.detail for each in watched.refused]
    failed = [each for each in listed if not each.ok and any(detail in each.what for detail in details)]
    if not failed:
        return listed
    one = Finding(ok=False, what=barred.detail, cure=_cure(barred, failed[0].cure))
    return [one if each is failed[0] else each for each in listed if each is failed[0] or each not in failed]


def _cure(barred: PushRejected, otherwise: str) -> str:
    """`otherwise`: what the connector says; it holds where keys and address are right."""
    if barred.answered in EVERYWHERE:
        return f"{KEYS if barred.answered == 401 else NOWHERE} Where that is right: {otherwise}"
    if barred.scope:
        return KEYS
    if barred.retry:
        return SECURE if "SSL" in barred.detail else REACH
    return WHOLE
