"""An answer or a message that has not the form its connector knows: what a person and the log are told. Called by
`api.reading` and `api.carrying`, the edges between connectors and everything else."""

from __future__ import annotations

import json
import traceback

from integrations.paging import Endless

UNEXPECTED = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
"""What such an answer leads to in a connector."""
LONGEST = 60
"""Characters of a field's name."""


def words(broken: BaseException) -> str:
    """Without anything that stood in the answer: people's data and keys may be among it."""
    if isinstance(broken, json.JSONDecodeError | UnicodeDecodeError):
        return "it is no JSON"
    if isinstance(broken, Endless):
        return "a list in it has no end, because the same page comes again and again"
    if isinstance(broken, KeyError) and broken.args and isinstance(broken.args[0], str):
        return f"{broken.args[0][:LONGEST]!r} is missing in it"
    return f"it has another form ({type(broken).__name__})"


def where(broken: BaseException) -> str:
    """The line of the program that could not go on, for the log."""
    frames = traceback.extract_tb(broken.__traceback__)
    return f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
