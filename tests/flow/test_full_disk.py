"""A disk that runs full in the middle of an answer: the candidate is told to wait, the interview stands still, and when
there is space again it goes on where it was. The disk is a real one, of a few megabytes in memory."""

from __future__ import annotations

import asyncio
import errno
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.flow.faulty import Candidate, a_kit, answers_to, asked, held, nothing_is_lost
from tests.flow.running import Fresh, Service, wait_for

MEGABYTES = 48
BLOCK = 4096


class Disk:
    """What lies under `folder` shares a few megabytes."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._filler = folder, folder / "filler"

    def fill(self) -> None:
        with self._filler.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(BLOCK))

    @property
    def is_full(self) -> bool:
        try:
            (self.folder / "probe").write_bytes(bytes(BLOCK))
        except OSError as error:
            return error.errno == errno.ENOSPC
        return False

    def free(self) -> None:
        self._filler.unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"A full disk is not tested: no small disk can be mounted here ({mounted.stderr.decode().strip()})")
    yield Disk(folder)
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def service(disk: Disk) -> Iterator[Service]:
    running = Fresh(disk.folder / "home")
    running.start()
    yield running
    running.stop()


@pytest.mark.long
def test_a_disk_that_runs_full_makes_the_interview_wait(service: Service, disk: Disk) -> None:
    kit = a_kit()
    candidate = Candidate(service, kit, answers_to(kit), speed=2.0)

    async def run_full() -> None:
        await candidate.speaking_for(3.0)
        await asyncio.to_thread(disk.fill)
        await candidate.until(lambda: "not_saved" in candidate.account.notices)
        assert candidate.account.connections == 1, "told at once, not when it comes back"
        for _ in range(3):
            assert disk.is_full
            assert candidate.account.refused is None
            await asyncio.sleep(1.0)
        await asyncio.to_thread(disk.free)

    account = asyncio.run(held(candidate, run_full()))
    assert account.connections > 2, "it knocks again and again,"
    assert candidate.let_in == 2, "and is let in when there is space"
    assert set(account.notices) == {"not_saved"}
    assert all(asked(candidate, question.text) == 1 for question in kit.questions)
    nothing_is_lost(service, candidate, kit)
    wait_for(lambda: service.api.get("/ready").status_code, lambda status: status == 200, "all of it works again")
