"""Where tests and benches find Smart Turn's network: in the wheel of pipecat-ai, which `make setup` installs without
what that package itself needs; it is never imported."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from interview.smart_turn import NAME


def network() -> Path | None:
    found = importlib.util.find_spec("pipecat")
    path = (
        Path(found.origin).parent / "audio" / "turn" / "smart_turn" / "data" / NAME if found and found.origin else None
    )
    return path if path is not None and path.is_file() else None
