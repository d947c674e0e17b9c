"""Each vendor as the tests play it: who arrives there, where results land, what it tells us. One file a vendor, named
in `PLAYED`; `test_matrix` and the vendor's own test drive it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import httpx2

from tests.flow.integrations.world import World
from tests.simulators.base import Simulator


class Played(Protocol):
    """One vendor with its simulator, made inside the simulator's `with` block."""

    vendor: str
    simulator: Simulator
    writes: str
    """Pattern of the path that the main write of a result goes to."""
    creates: bool
    """False: writing the same again there replaces, so that a second one is no second row."""
    expires: bool
    """Whether its credentials are tokens that can expire."""

    @property
    def settings(self) -> Mapping[str, str]:
        """As a recruiter types them in."""

    def arrange(self, world: World, connection: Mapping[str, Any], job: str, email: str) -> str:
        """Somebody with this address exists there and comes to us for the job (an order, a webhook or a reading, as the
        vendor does it); the id of their application here."""

    def landed(self) -> list[str]:
        """The results that arrived there, as the ids of ours that stand in them; one entry a row."""

    def tell(
        self, connection: Mapping[str, Any], kind: str, *, id: str = "", forged: bool = False, extra: bool = False
    ) -> httpx2.Response | None:
        """An event about the person last arranged: kind "hired" or "stage". `id` makes it the same event again, byte
        for byte, `forged` spoils its signature (or key), `extra` adds fields nobody documented. None: this vendor sends
        no events."""

    def expire(self) -> None:
        """Every token that was given out is void now."""
