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

from api.auditing import verify_database
from api.recording import Recording
from interview.events import AudioFrame
from tests.flow.integrations.world import World, resume_of, running
from tests.flow.running import wait_for
from tests.postgres import PostgresServer

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
    found = set()
    for file in folder.rglob("*"):
        content = str(file).encode() + (file.read_bytes() if file.is_file() else b"")
        found |= {(str(file.relative_to(folder)), word) for word in words_in(content, canaries)}
    return found


def words_in(content: bytes, canaries: tuple[str, ...] = CANARIES) -> set[str]:
    return {word for word in canaries if any(way in content for way in spellings(word))}


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
    gone_without_a_byte(world)


@pytest.mark.proves(37, 42)
def test_no_byte_of_them_is_left_in_postgresql(tmp_path: Path, postgres_server: PostgresServer) -> None:
    """Neither in the tables, Foyer's and those of the queue, nor on the server's disk, its log of changes among it."""
    url, queue = (postgres_server.create(name) for name in ("canary", "canary_queue"))
    with running(tmp_path / "home", database_url=url, queue_url=queue) as world:
        gone_without_a_byte(world)
        for database, known in (("canary", "organisations"), ("canary_queue", "screen")):
            rows = postgres_server.rows(database)
            assert words_in(rows) == set()
            assert len(rows) > 1000, known
        assert b"Backend" in postgres_server.rows("canary"), "the search finds what is there to be found"
        assert any(word == "Backend" for _, word in sightings(postgres_server.data, ("Backend",)))
        assert sightings(postgres_server.data) == set()
        assert not (world.home / "foyer.db").exists()


def gone_without_a_byte(world: World) -> None:
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
    beside = {file for file, _ in sightings(world.home, tuple(ids))}
    assert beside <= {"queue.db", "queue.db-wal", "foyer.db", "foyer.db-wal"}, (
        "of a case its id, in the queue and the log"
    )
    assert not any(word == candidate for _, word in sightings(world.home, (candidate,))), "and of the person none"
    faults = verify_database(world.app.database, world.app.signer, [])
    assert faults[world.org] is None
    assert set(faults.values()) == {None}
    with world.app.database.reading() as store:
        assert "candidate.erased" in [entry.action for entry in store.audit_chain(world.org)]
    document = world.get(f"/api/applications/{other}")
    assert document["stage"] == "screened"
    with world.app.database.reading() as store:
        same = store.application(world.org, other).document.sha256
    assert world.app.files.get(same, subject=other_candidate) == resume(), "who handed in the same file keeps it"
    assert world.api.get(f"/api/applications/{application}").status_code == 404
