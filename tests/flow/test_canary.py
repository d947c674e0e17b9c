"""Somebody with an unusual name goes all the way through. While they are here nothing of them can be read in the
database or the files; when they are erased no byte of them is left anywhere, and who handed in the same file stays."""

from __future__ import annotations

import base64
import os
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from api.recording import Recording
from interview.events import AudioFrame
from tests.flow.integrations.world import World, resume_of, running
from tests.flow.running import wait_for

pytestmark = pytest.mark.long

NAME, EMAIL, FILE = "Xanthippe Quovadis-Zwölfender", "xanthippe.quovadis@canary.example", "quovadis-lebenslauf.txt"
SPOKEN = (
    "Then the zwickelfritz governor of our payment service broke and I soldered the flimmerkiste anew for everybody."
)
RESUME_LINE = "Kaltmamsell registrar of the Hinkelstein foundry, nine years"
CANARIES = (
    "Xanthippe",
    "Quovadis",
    "quovadis",
    "Zwölfender",
    "zwickelfritz",
    "flimmerkiste",
    "Hinkelstein",
    "+49 30 9182736",
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running(tmp_path / "home") as found:
        yield found


def spellings(word: str) -> set[bytes]:
    """As it may lie there: UTF-8 and -16, escaped, and base64 at each of the three places it can begin."""
    found = {word.encode(), word.encode("utf-16-le"), word.encode("utf-16-be"), quote(word).encode()}
    found |= {word.encode("unicode_escape"), word.lower().encode(), word.upper().encode()}
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + word.encode())
        found.add(coded[4 if shift else 0 : len(coded) // 4 * 4 - 4])
    return found


def sightings(folder: Path, canaries: tuple[str, ...] = CANARIES) -> set[tuple[str, str]]:
    """(file below the folder, word) wherever a word can be read, names of files among it."""
    marks = {word: spellings(word) for word in canaries}
    found = set()
    for file in folder.rglob("*"):
        content = str(file).encode() + (file.read_bytes() if file.is_file() else b"")
        for word, ways in marks.items():
            if any(way in content for way in ways):
                found.add((str(file.relative_to(folder)), word))
    return found


def resume() -> bytes:
    return resume_of(NAME, EMAIL) + f"\nPhone: +49 30 9182736\n\nExperience\n\n{RESUME_LINE}\n".encode()


def hand_in(world: World, job: str, content: bytes, email: str, name: str) -> tuple[str, str]:
    file = {"filename": FILE, "content": b64encode(content).decode()}
    body = {"job_id": job, "email": email, "name": name, "resume": file}
    [made] = world.post("/v1/candidates", body)["candidates"]
    application = made["application_id"]
    wait_for(lambda: world.get(f"/api/applications/{application}")["stage"], lambda it: it == "screened", "screened")
    return application, made["candidate_id"]


def spoken(world: World, interview: str, candidate: str) -> bytes:
    """As the microphone gave it, in a recording that nobody has kept yet; and something like it that was kept."""
    voice = os.urandom(64_000)
    raw = Recording(world.app.recordings, interview, world.app.database.seal, subject=candidate)
    for seq in range(50):
        assert raw.add(AudioFrame(seq, seq * 640, voice[seq * 1280 :][:1280]), limit=10**9) == "kept"
    raw.commit()
    raw.close()
    flac = world.home.parent / "voice"
    flac.write_bytes(voice)
    with world.app.database.store() as store:
        store.set_recording(world.org, interview, world.app.files.put_file(flac, subject=candidate))
    return voice


@pytest.mark.proves(37, 42, 57)
def test_no_byte_of_them_is_left(world: World) -> None:
    job = world.job()
    application, candidate = hand_in(world, job, resume(), EMAIL, NAME)
    other, other_candidate = hand_in(world, job, resume(), "ben@mail.example", "Ben Example")
    interview = world.interviewed(application, answer=SPOKEN)
    voice = spoken(world, interview, candidate)
    world.app.pool.sync(world.org)
    world.app.pipeline.deliver_due()
    states = wait_for(lambda: {row["state"] for row in world.get("/api/deliveries")}, bool, "messages")
    assert states
    at_rest = {(file, word) for file, word in sightings(world.home) if not file.startswith(("outbox", "cache"))}
    assert at_rest == set(), "while they are here, nothing of them can be read in the database or the files"
    assert any(word == "Quovadis" for _, word in sightings(world.home)), "the search finds what is there to be found"
    assert not any(voice[:32] in file.read_bytes() for file in world.home.rglob("*") if file.is_file())

    refused = world.api.delete(f"/v1/candidates/{candidate}")
    assert (refused.status_code, "Say who you are" in refused.text) == (403, True)
    erased = world.api.delete(f"/v1/candidates/{candidate}", headers={"Foyer-Person": "Kim Lee"})
    assert erased.status_code == 200, erased.text
    record = erased.json()
    assert record["person"].startswith("Kim Lee")
    assert record["counts"]["interviews"] == 1
    assert world.api.delete(f"/v1/candidates/{candidate}", headers={"Foyer-Person": "A. Nother"}).json() == record

    assert sightings(world.home) == set(), "no byte of them is left"
    assert list(world.app.recordings.iterdir()) == []
    ids = {candidate, application, interview}
    assert {file for file, _ in sightings(world.home, tuple(ids))} <= {"queue.db", "queue.db-wal"}
    document = world.get(f"/api/applications/{other}")
    assert document["stage"] == "screened"
    with world.app.database.reading() as store:
        same = store.application(world.org, other).document.sha256
    assert world.app.files.get(same, subject=other_candidate) == resume(), "who handed in the same file keeps it"
    assert world.api.get(f"/api/applications/{application}").status_code == 404
