"""A recording that one node begins and another goes on with: nothing is lost, nothing is out of place, and what is
missing is said until it is back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from api import recording
from api.pieces import Joined, Pieces
from api.recording import IN_DOUBT, SPARE_FRAMES, Recording
from models.storage import storage_at
from tests.contract.test_recording import FRAME, add, frame
from tests.fakes_store import MarkedSeal

PUT, HAD = 5, 10
"""Frames that the first node has put into the shared storage, and has had, when it dies."""


class Node:
    """A machine with a disk of its own; the interview is the same on all."""

    def __init__(self, folder: Path, shared: Path) -> None:
        self.folder, self.pieces = folder, Pieces(storage_at(shared), "a")

    def open(self, captured: int = 0) -> Recording:
        return Recording(
            self.folder,
            "a",
            MarkedSeal(),
            subject="ann",
            pieces=self.pieces,
            captured=(captured * FRAME, captured),
        )


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    return tmp_path / "shared"


@pytest.fixture
def here(tmp_path: Path, shared: Path) -> Node:
    return Node(tmp_path / "here", shared)


@pytest.fixture
def there(tmp_path: Path, shared: Path) -> Node:
    return Node(tmp_path / "there", shared)


def dies(node: Node) -> None:
    """After HAD frames of which PUT are where all nodes reach them. Each frame's samples are its number and one."""
    kept = node.open()
    add(kept, *(frame(seq, seq + 1) for seq in range(PUT)))
    kept.put()
    assert kept.safe == PUT, "so many the page may forget"
    add(kept, *(frame(seq, seq + 1) for seq in range(PUT, HAD)))
    kept.commit()
    assert kept.safe == PUT
    kept.close()


def heard(node: Node, captured: int) -> tuple[list[int], list[tuple[int, int]]]:
    """The value of each stretch of a frame's length, and what is missing, in frames."""
    joined = Joined(node.pieces, MarkedSeal(), captured * FRAME)
    samples = np.frombuffer(joined.open("rb").read(), "<i2")
    assert len(samples) == joined.samples
    parts = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    assert (parts == parts[:, :1]).all(), "nothing is out of place by a sample"
    return [int(value) for value in parts[:, 0]], [(first // FRAME, end // FRAME) for first, end in joined.missing]


def test_a_page_sends_again_what_the_dead_node_had_not_put(here: Node, there: Node) -> None:
    dies(here)
    assert heard(there, HAD) == ([1, 2, 3, 4, 5], [(PUT, HAD)])
    kept = there.open(HAD)
    assert (kept.next_seq, kept.samples) == (PUT, PUT * FRAME), "asked for from here on"
    assert kept.read((PUT - 1) * FRAME, FRAME).tolist() == [PUT] * FRAME, "an unfinished answer is heard again"
    add(kept, *(frame(seq, seq + 1) for seq in range(PUT, HAD + 2)))
    kept.put()
    kept.close()
    assert heard(there, HAD) == (list(range(1, HAD + 3)), [])


def test_a_page_without_counters_begins_behind_and_the_rest_comes_with_the_disk(here: Node, there: Node) -> None:
    dies(here)
    kept = there.open(HAD)
    seq, offset = kept.begins
    assert (seq, offset) == (HAD + SPARE_FRAMES, HAD * FRAME + IN_DOUBT), "nothing of the other's is laid over"
    assert add(kept, frame(seq, 77, offset=offset)) == ["kept"]
    kept.put()
    kept.close()
    values, missing = heard(there, HAD)
    assert missing == [(PUT, HAD)], "what is merely silence is not missing"
    assert (values[PUT - 1 : HAD], values[-1]) == ([PUT, 0, 0, 0, 0, 0], 77)
    assert recording.put_left(here.folder, "a", here.pieces), "the machine is back"
    pieces = here.pieces.all()
    assert recording.put_left(here.folder, "a", here.pieces)
    assert here.pieces.all() == pieces, "once"
    values, missing = heard(there, HAD)
    assert (values[:HAD], values[-1], missing) == (list(range(1, HAD + 1)), 77, [])


def test_who_comes_back_goes_on_where_the_other_stopped(here: Node, there: Node) -> None:
    dies(here)
    kept = there.open(HAD)
    add(kept, *(frame(seq, seq + 1) for seq in range(PUT, HAD + 5)))
    kept.put()
    kept.close()
    again = here.open(HAD + 5)
    assert (again.next_seq, again.samples) == (HAD + 5, (HAD + 5) * FRAME)
    add(again, frame(HAD + 5, HAD + 6))
    again.put()
    again.close()
    assert heard(here, HAD + 5) == (list(range(1, HAD + 7)), [])
    here.pieces.drop()
    assert not Joined(here.pieces, MarkedSeal(), 0)
