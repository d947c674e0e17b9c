"""How often queues are looked at: seldom, and often while they hold something."""

from __future__ import annotations

from api.pace import CALM_SECONDS, OTHERS_SECONDS, QUICK_SECONDS, Pace, usual


class Queues:
    """Keeps what each was told, and holds what it is given."""

    def __init__(self) -> None:
        self.told: list[tuple[str, float]] = []
        self.held: set[str] = set()
        self.pace = Pace(lambda queue: queue in self.held)
        for queue in ("screen", "deliver", "finish"):
            self.pace.add(queue, lambda seconds, queue=queue: self.told.append((queue, seconds)))  # type: ignore[misc]


def test_of_short_jobs_it_is_looked_at_more_often() -> None:
    assert QUICK_SECONDS < usual("screen") == CALM_SECONDS < usual("finish") == OTHERS_SECONDS


def test_it_is_quick_from_the_first_that_goes_in_until_it_is_empty() -> None:
    queues = Queues()
    queues.held = {"screen"}
    queues.pace.quicken("screen")
    queues.pace.quicken("screen")
    assert queues.told == [("screen", QUICK_SECONDS)]
    queues.pace.settle()
    assert queues.told[1:] == [("screen", QUICK_SECONDS)], "said again, whatever another process made of it"
    queues.held = set()
    queues.pace.settle()
    assert queues.told[2:] == [("screen", CALM_SECONDS)]
    queues.pace.settle()
    assert len(queues.told) == 3, "an empty queue is asked no more"
    queues.pace.quicken("screen")
    assert queues.told[-1] == ("screen", QUICK_SECONDS)


def test_queues_of_long_jobs_keep_their_pace() -> None:
    queues = Queues()
    queues.pace.quicken("finish")
    queues.pace.settle()
    assert queues.told == []
