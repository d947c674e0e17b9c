"""Which work a process takes: roles, and the queues behind them. Named on the command line (`foyer worker --queues`),
read by `api.pipeline`, `api.doctor`, `api.operations` and `api.metrics`."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from models.errors import BadRequest

ROLES: dict[str, tuple[str, ...]] = {
    "screen": ("screen", "ocr", "rejudge", "round"),
    "evaluate": ("finish",),
    "deliver": ("deliver", "push", "inbox", "poll"),
    "speech": (),
}
"""Role -> queues. `speech` has no queue: it keeps the recordings whose raw files lie in the process's own FOYER_HOME,
so no other process could take that from it."""
ALL = tuple(ROLES)
QUEUES = {"screen": 8, "ocr": 1, "rejudge": 1, "finish": 2, "deliver": 4, "push": 16, "inbox": 2, "poll": 1, "round": 1}
"""Queue name -> workflows at once in one process (per process, so free of contention between processes)."""
BUSY = frozenset({"screen", "deliver", "push", "inbox"})
"""Queues of many short jobs: while there are any, they are looked at often (`api.pace`)."""
AT_ONCE = 8
"""Files read and interviews evaluated at once in one process, unless it is told fewer."""


def roles_of(text: str) -> tuple[str, ...]:
    """`screen,deliver` -> those roles, in the order of ROLES; empty: all. Raises BadRequest."""
    if not text.strip():
        return ALL
    asked = {word.strip() for word in text.split(",") if word.strip()}
    if unknown := sorted(asked - set(ROLES)):
        raise BadRequest(f"There is no work called {', '.join(unknown)}. Choose among {', '.join(ALL)}, with commas.")
    return tuple(role for role in ROLES if role in asked)


def queues_of(roles: Collection[str]) -> list[str]:
    return [queue for role in ROLES if role in roles for queue in ROLES[role]]


def role_of(queue: str) -> str:
    return next((role for role, queues in ROLES.items() if queue in queues), "")


def nobody_takes(taken: Iterable[Collection[str]]) -> list[str]:
    """Roles that none of these processes has."""
    found = {role for roles in taken for role in roles}
    return [role for role in ROLES if role not in found]
