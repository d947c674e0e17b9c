"""The connectors there are, by the name that addresses and commands use."""

from __future__ import annotations

from collections.abc import Mapping

from integrations.greenhouse import Greenhouse
from integrations.vendor import Vendor
from models.errors import NotFound

VENDORS: Mapping[str, type[Vendor]] = {each.about.vendor: each for each in (Greenhouse,)}


def vendor(name: str) -> type[Vendor]:
    """Raises NotFound, which lists what there is."""
    found = VENDORS.get(name)
    if found is None:
        raise NotFound(f"There is no connector {name!r}; there are {', '.join(sorted(VENDORS))}.")
    return found
