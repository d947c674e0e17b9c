"""`foyer worker` as `tests.bench.delivery` runs it: the same program, with waits of seconds where it has hours.

There is no setting for them: a receiver reads in the documentation when it is tried again.
"""

from __future__ import annotations

from api import cli
from integrations import webhook

WAITS = (1, 1, 2, 2, 2, 3, 3, 3, 3)
"""Instead of `webhook.RETRY_AFTER`; as many."""
ANSWER_SECONDS = 2.0

if __name__ == "__main__":
    assert len(WAITS) == len(webhook.RETRY_AFTER)
    webhook.RETRY_AFTER, webhook.ANSWER_SECONDS = WAITS, ANSWER_SECONDS
    cli.worker()
