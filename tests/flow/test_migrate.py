"""An organisation of 20,000 moved from SQLite to PostgreSQL and back, killed on the way there: the same rows and the
same exports everywhere, the audit log whole, and a service goes on where it was."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, NullPool, create_engine, delete, func, select, text, update

from api import auditing, demographics, dossier, exporting, moving
from api.app import build, create_app
from api.deps import App, SystemClock
from api.wiring import Engines
from compliance import audit
from compliance.seal import OpenSeal
from models import places
from models.db import Database
from models.errors import Conflict
from models.keys import KEYS, gone
from models.moving import Count, Told, digests
from models.records import Application, AuditEntry, Candidate, Document, Job, Screening
from models.settings import ROOT, Settings
from models.vectors import PgVectorIndex
from tests import console_world, store_world
from tests.bench import people
from tests.bench.startup import Peak
from tests.flow.running import Service, wait_for
from tests.postgres import PostgresServer

CANDIDATES, WITH_FILES, DEEDS = 20_000, 1_000, 20_000
PEAK_MB = 400
RESUME = (ROOT / "samples" / "resumes" / "brandon-yates.txt").read_bytes()
EXPORTS = (
    "/v1/impact?format=csv",
    "/v1/impact/applicants?format=json",
    "/v1/usage?format=csv",
    "/v1/insight?chart=funnel&format=csv",
    "/jobs/{job_id}/candidates.csv",
)


def put_in(home: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Everybody, and one organisation with one of everything. (the organisation of the many; an application of it that
    nobody has looked at yet, while no queue knows of it)"""
    app = people.fill(Settings(home=home), people.openings(CANDIDATES))
    with app.database.asking() as system:
        own = system.organisations()[0].id
    with app.database.engine.begin() as connection:
        connection.execute(delete(AuditEntry).where(AuditEntry.seq >= 1_000_000))  # of no chain
        some = connection.execute(select(Document.id, Document.candidate_id).limit(WITH_FILES)).all()
    with monkeypatch.context() as unhurried:
        unhurried.setattr("models.storage.os.fsync", lambda _: None)
        shas = {id: app.files.put(f"Resume of {id}".encode(), subject=whose) for id, whose in some}
    with app.database.engine.begin() as connection:
        for id, sha in shas.items():
            connection.execute(update(Document).where(Document.id == id).values(sha256=sha))
    with app.database.reading() as store:
        known = store._session.execute(select(Application.id, Application.candidate_id).limit(DEEDS)).all()
    for start in range(0, len(known), 2_000):
        with app.database.store() as store:
            for id, whose in known[start : start + 2_000]:
                store.record_deed(own, "screening.made", kind="application", of=id, about=whose, details={"by": "Kim"})
    with app.database.store() as store:
        job = store._session.scalars(select(Job.id).where(Job.organisation_id == own).limit(1)).one()
        unread = store.add_application(
            own,
            job,
            filename="new.txt",
            sha256=hashlib.sha256(RESUME).hexdigest(),
            size=len(RESUME),
            media_type="text/plain",
            batch_id=None,
            source="upload",
            external_id=None,
            now=app.now,
        )
    app.files.put(RESUME, subject=unread.candidate_id)
    app.seal.destroy("somebody who was erased")
    app.database.close()
    with console_world.filled(home) as world:
        auditing.checkpoint(world.app, world.ids["organisation_id"])
        auditing.checkpoint(world.app, own)
    return own, unread.id


# ---------------------------------------------------------------- the command, as an operator gives it


def begun(home: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "api.cli", "migrate", *arguments],
        env={**os.environ, "FOYER_HOME": str(home)},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def done(home: Path, source: str, target: str, *more: str) -> str:
    """Its output. Prints what it took."""
    began = time.perf_counter()
    process = begun(home, "--from", source, "--to", target, *more)
    assert process.stdout is not None
    peak = Peak(process.pid)  # what wait4 says of memory begins with that of the process it was forked from
    peak.start()
    said = process.stdout.read()
    highest = peak.stop() // 2**20
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    assert process.returncode == 0, said
    seconds, rows = time.perf_counter() - began, int(said.split(" rows in ")[0].split()[-1].replace(",", ""))
    figures = {"rows": rows, "seconds": round(seconds, 1), "rows a second, compared too": round(rows / seconds)}
    figures |= {"cpu seconds": round(used.ru_utime + used.ru_stime, 1), "peak MB": highest}
    print(json.dumps({"move": f"{source.partition(':')[0]} to {target.partition(':')[0]}", **figures}))
    assert 0 < highest <= PEAK_MB
    return said


def killed(home: Path, source: str, target: str, engine: Engine) -> int:
    """With SIGKILL, while it moves applications. Returns how many candidates were there by then."""
    process = begun(home, "--from", source, "--to", target)

    def arrived() -> int:
        with engine.connect() as connection:
            if connection.scalar(text("SELECT to_regclass('applications')")) is None:
                return 0
            return int(connection.scalar(select(func.count()).select_from(Application.__table__)) or 0)

    wait_for(arrived, lambda count: count > 0, "applications on their way", 300)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert 0 < arrived() < CANDIDATES
    with engine.connect() as connection:
        return int(connection.scalar(select(func.count()).select_from(Candidate.__table__)) or 0)


def all_digests(settings: Settings) -> list[Count]:
    rows, keys, _ = places.places(settings.store_url)
    return [one for place in (rows, keys, demographics.kept_apart(settings)) for one in digests(place)]


def away(home: Path) -> Path:
    """As the handbook says, before the way back."""
    old = home / "old"
    old.mkdir()
    for file in home.glob("*.db*"):
        file.rename(old / file.name)
    return old


# ---------------------------------------------------------------- what the product gives out


def exports(settings: Settings, own: str, engines: Engines) -> dict[str, Any]:
    """By name; without what tells when it was made, or that it was."""
    app, api = build(settings, work=False), create_app(settings, work=False)
    api.state.foyer, app.engines = app, engines
    found: dict[str, Any] = {}
    with app.database.asking() as system:
        organisations = [one.id for one in system.organisations()]
    for organisation in organisations:
        lines = list(auditing.exported(app.database, organisation))[:-1]  # the last tells of this export
        found[f"audit {organisation}"] = lines
        held = auditing.read_checkpoints([settings.home / "checkpoints"])
        mine = [one for one in held if one["organisation"] == organisation]
        key = audit.public_hex(auditing.signing_key(app.signer))
        assert auditing.verify_export(lines, mine, key=key) == {organisation: None}
    assert set(auditing.verify_database(app.database, app.signer, held).values()) == {None}
    for id in some_candidates(app, own):
        found[f"person {id}"] = person(app, own, id)
    facts = dossier.facts(app, own)
    found["dossier"] = json.dumps({**facts, "settings": None}, sort_keys=True, default=str)
    with app.database.store() as store:
        _, key = store.add_api_key(own, name="exports", role="admin", now=app.now)
    with TestClient(api, headers={"Authorization": f"Bearer {key}", "Foyer-Person": "Lee"}) as client:
        job = client.get("/api/jobs").json()[0]["id"]
        for path in EXPORTS:
            answer = client.get(path.format(job_id=job))
            assert answer.status_code == 200, (path, answer.text[:300])
            found[path] = answer.text
    app.database.close()
    return found


def some_candidates(app: App, own: str) -> list[str]:
    """Of every stage, and with interviews."""
    with app.database.reading() as store:
        ids: set[str] = set()
        for stage in store._session.scalars(select(Application.stage).distinct()):
            query = select(Application.candidate_id).where(Application.stage == stage)
            ids |= {*store._session.scalars(query.order_by(Application.id).limit(3))}
        query = select(Candidate.id).where(Candidate.id.in_(ids), Candidate.organisation_id == own)
        return sorted(store._session.scalars(query))


def person(app: App, own: str, candidate: str) -> dict[str, str]:
    """The files of somebody's own export. That it was made stands in the log, and so in the next one."""
    with zipfile.ZipFile(io.BytesIO(exporting.export(app, own, candidate))) as zipped:
        files = {name: zipped.read(name) for name in zipped.namelist() if name != "README.txt"}
    for name in ("data/audit_details.json", "data/audit_subjects.json"):
        files.pop(name, None)
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


# ---------------------------------------------------------------- the proofs


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_twenty_thousand_move_to_postgresql_and_back(
    tmp_path: Path, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    own, unread = put_in(home, monkeypatch)
    here, there = f"sqlite:///{home / 'foyer.db'}", postgres_server.create("moved")
    settings = Settings(home=home)
    before = all_digests(settings)
    engine = create_engine(there, poolclass=NullPool)

    were = killed(home, here, there, engine)
    assert were == {one.table: one.rows for one in before}["candidates"]
    with closing(Database(there, OpenSeal())) as database, pytest.raises(Conflict, match="goes on"):
        database.migrate()
    files = tmp_path / "files"
    said = done(home, here, there, "--files-to", str(files))
    assert "files are the same in both." in said
    assert all_digests(settings) == before, "the old one was only read"
    moved = Settings(home=home, database_url=there, files_url=str(files))
    assert all_digests(moved) == before

    old = away(home)
    done(home, there, here)
    assert all_digests(settings) == before, "and back the same"

    with closing(Engines(settings)) as engines:
        given = exports(Settings(home=home, database_url=f"sqlite:///{old / 'foyer.db'}"), own, engines)
        assert len(given) > len(EXPORTS) + 10
        for other in (moved, settings):
            again = exports(other, own, engines)
            assert [name for name in given if given[name] != again[name]] == []
    a_service_goes_on(home, there, files, engine, unread)


def a_service_goes_on(home: Path, there: str, files: Path, engine: Engine, unread: str) -> None:
    """On PostgreSQL: what was under way is begun by the sweep, somebody is opened, and somebody is deleted."""
    service = Service(home, FOYER_DATABASE_URL=there, FOYER_FILES_URL=str(files))
    service.start()
    try:
        wait_for(
            lambda: service.get(f"/api/applications/{unread}")["stage"], lambda stage: stage != "received", "read", 120
        )
        with engine.connect() as connection:
            document = connection.execute(
                select(Document.id, Document.candidate_id, Document.sha256)
                .join(Application, Application.document_id == Document.id)
                .where(Application.id == unread)
            ).one()
            assert connection.scalar(select(func.count()).where(Screening.application_id == unread)) == 1
            queued = text("SELECT count(*) FROM dbos.workflow_status WHERE workflow_uuid = :id")
            assert connection.scalar(queued, {"id": f"screen:{unread}"}) == 1, "begun by the sweep, in PostgreSQL"
        copies = list((files / document.sha256[:2]).glob(f"{document.sha256}*"))
        assert len(copies) == 1
        opened = service.api.get(f"/applications/{unread}", headers={"Accept": "text/html"}, follow_redirects=True)
        assert "Brandon Yates" in opened.text, opened.text[:500]
        ordered = service.api.request(
            "DELETE", f"/v1/candidates/{document.candidate_id}", headers={"Foyer-Person": "Kim"}
        )
        assert ordered.status_code == 200, ordered.text
        assert service.api.get(f"/api/applications/{unread}").status_code == 404
        with engine.connect() as connection:
            assert connection.scalar(select(func.count()).where(Candidate.id == document.candidate_id)) == 0
            keys = connection.execute(select(KEYS).where(KEYS.c.subject == gone(document.candidate_id))).all()
        assert [row.wrapped for row in keys] == [b""]
        assert not list((files / document.sha256[:2]).glob(f"{document.sha256}*"))
    finally:
        service.stop()


@contextmanager
def unseen(_label: str) -> Iterator[Told]:
    yield lambda done, total: None


@pytest.mark.long
def test_vectors_move_between_two_postgresql(tmp_path: Path, postgres_server: PostgresServer) -> None:
    one, other = postgres_server.create("vectors_one"), postgres_server.create("vectors_other")
    app = build(Settings(home=tmp_path, database_url=one), work=False)
    own = store_world.build(app.database).organisation_id
    drawn = np.random.default_rng(7).normal(size=(50, 384)).astype(np.float32)
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    PgVectorIndex(app.database.engine, organisation_id=own, name="pool", dim=384).put(
        [f"r{n}" for n in range(50)], drawn
    )
    app.database.close()
    found = moving.move(Settings(home=tmp_path), one, other, clock=SystemClock(), watched=unseen)
    assert {each.table: each.rows for each in found.tables}["vectors"] == 50
    nearest = []
    for url in (one, other):
        with closing(Database(url, OpenSeal())) as database:
            index = PgVectorIndex(database.engine, organisation_id=own, name="pool", dim=384)
            nearest.append(index.nearest(drawn[3], 10))
    assert nearest[0] == nearest[1]
    assert nearest[0][0] == ("r3", 1.0)
