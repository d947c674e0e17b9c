"""Any system that writes CSV into a folder: as Avature does."""

from __future__ import annotations

from tests.simulators import avature


class Files(avature.Avature):
    pass
