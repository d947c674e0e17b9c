"""CSV files in a folder, as the tests play it: as Avature, under its other name."""

from __future__ import annotations

from tests.flow.integrations.played import avature


class Play(avature.Play):
    vendor = "files"
