"""The connectors there are, by the name that addresses and commands use."""

from __future__ import annotations

from collections.abc import Mapping

from integrations.ashby import Ashby
from integrations.bamboohr import BambooHR
from integrations.beamery import Beamery
from integrations.file_exchange import Avature, Files
from integrations.gem import Gem
from integrations.greenhouse import Greenhouse
from integrations.icims import Icims
from integrations.jazzhr import JazzHR
from integrations.lever import Lever
from integrations.loxo import Loxo
from integrations.phenom import Phenom
from integrations.smartrecruiters import SmartRecruiters
from integrations.vendor import Vendor
from integrations.workday import Workday
from models.errors import NotFound

_ALL: tuple[type[Vendor], ...] = (
    Ashby,
    Avature,
    BambooHR,
    Beamery,
    Files,
    Gem,
    Greenhouse,
    Icims,
    JazzHR,
    Lever,
    Loxo,
    Phenom,
    SmartRecruiters,
    Workday,
)
VENDORS: Mapping[str, type[Vendor]] = {each.about.vendor: each for each in _ALL}


def vendor(name: str) -> type[Vendor]:
    """Raises NotFound, which lists what there is."""
    found = VENDORS.get(name)
    if found is None:
        raise NotFound(f"There is no connector {name!r}; there are {', '.join(sorted(VENDORS))}.")
    return found
