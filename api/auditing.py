"""The audit log of a running installation: checkpoints, verifying, exports, purging. Used by the sweep in
`api.pipeline`, `api.routes.audit` and `api.audit_commands`."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.security import Signer
from compliance import audit
from integrations.webhook import notice_body
from models.db import Database
from models.records import SYSTEM, AuditHead, User
from models.store import Store
from models.store.deliveries import CHECKPOINTS

if TYPE_CHECKING:
    from api.deps import App

log = structlog.get_logger("foyer.auditing")


def signing_key(signer: Signer) -> Ed25519PrivateKey:
    """Of this installation; gone with its secret.key."""
    return audit.private_key(signer.key("audit checkpoints"))


def checkpoint_file(home: Path, organisation_id: str) -> Path:
    return home / "checkpoints" / f"{organisation_id}.jsonl"


# ---------------------------------------------------------------- checkpoints


def checkpoint_due(app: App) -> None:
    """Sign the head of every chain for which one is due, at the sweep's pace."""
    with app.database.asking() as system:
        due = system.due_checkpoints(app.now - audit.CHECKPOINT_EVERY, audit.CHECKPOINT_EVENTS)
    for organisation_id in due:
        checkpoint(app, organisation_id)


def checkpoint(app: App, organisation_id: str) -> dict[str, Any] | None:
    """The chain as it is now: a line in the file outside the database, and a delivery to every endpoint. None: nothing
    new since the last. The line may come twice, where a process dies in between; it never misses."""
    with app.database.store() as store:
        head = store.audit_head(organisation_id, now=app.now)
        if head.seq == head.checkpoint_seq:
            return None
        record = audit.checkpoint(signing_key(app.signer), organisation_id, head.seq, head.hash, app.now)
        _write_line(checkpoint_file(app.settings.home, organisation_id), record)
        _tell(store, head, record, app.now)
        head.checkpoint_seq, head.checkpoint_at = head.seq, app.now
    return record


def _write_line(path: Path, record: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _tell(store: Store, head: AuditHead, record: Mapping[str, Any], now: datetime) -> None:
    for endpoint in store.endpoints(head.organisation_id, enabled_only=True):
        store.add_delivery(
            head.organisation_id,
            kind="webhook",
            key=f"{CHECKPOINTS}{head.seq}:{endpoint.id}",
            payload={"type": audit.EVENT_TYPE, "id": f"{head.organisation_id}:{head.seq}", **record},
            subject=head.organisation_id,
            endpoint_id=endpoint.id,
            now=now,
        )


def as_notice(payload: Mapping[str, Any]) -> tuple[str, bytes]:
    """What an endpoint is sent of a checkpoint: its id, and the body."""
    record = {name: value for name, value in payload.items() if name not in ("type", "id")}
    return f"{CHECKPOINTS}{payload['id']}", notice_body(audit.EVENT_TYPE, str(payload["at"]), record)


# ---------------------------------------------------------------- verifying


def verify_database(
    database: Database, signer: Signer, checkpoints: Iterable[Mapping[str, Any]], *, key: str = ""
) -> dict[str, audit.Fault | None]:
    """Organisation -> the first fault of its chain, of all chains there are or ought to be."""
    kept = _by_organisation(checkpoints)
    key = key or audit.public_hex(signing_key(signer))
    with database.asking() as system:
        organisations = sorted({*system.audited(), *kept})
    found: dict[str, audit.Fault | None] = {}
    for organisation_id in organisations:
        with database.reading() as store:
            events = list(store.audit_chain(organisation_id))
            stub = store.audit_stub(organisation_id)
            found[organisation_id] = audit.verify(events, kept.get(organisation_id, []), stub=stub, key=key)
            if found[organisation_id] is None:
                found[organisation_id] = audit.details_fault(events, store.audit_details(organisation_id))
    return found


def verify_export(
    lines: Iterable[str], checkpoints: Iterable[Mapping[str, Any]], *, key: str = ""
) -> dict[str, audit.Fault | None]:
    """As `verify_database`, of an export and nothing else: no database, no secret. Raises BadRequest."""
    records, kept = _by_organisation(audit.read_lines(lines)), _by_organisation(checkpoints)
    found: dict[str, audit.Fault | None] = {}
    for organisation_id in sorted({*records, *kept}):
        mine = records.get(organisation_id, [])
        stubs = [each for each in mine if each.get("kind") == "stub"]
        events = [audit.event_of(each) for each in mine if each.get("kind") == "event"]
        stub = max(stubs, key=lambda one: int(one.get("seq", 0)), default=None)
        found[organisation_id] = audit.verify(events, kept.get(organisation_id, []), stub=stub, key=key)
    return found


def read_checkpoints(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """Of files, or of folders with `*.jsonl`; also bodies of `audit.checkpoint` as an endpoint received them."""
    found = []
    for path in paths:
        for file in sorted(path.glob("*.jsonl")) if path.is_dir() else [path]:
            with file.open(encoding="utf-8") as lines:
                found += audit.read_lines(map(_received, lines))
    return found


def _received(line: str) -> str:
    """The record within what an endpoint was sent, where it is that."""
    try:
        body = json.loads(line)
    except ValueError:
        return line
    return json.dumps(body["data"]) if isinstance(body, dict) and body.get("type") == audit.EVENT_TYPE else line


def _by_organisation(records: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for each in records:
        found[str(each["organisation"])].append(each)
    return found


# ---------------------------------------------------------------- exports and purging


def exported(database: Database, organisation_id: str) -> Iterator[str]:
    """JSON Lines: the stub, where entries were purged, then every entry. That it was asked for is entered first. No
    transaction stands open while whoever asked takes their time."""
    with database.store() as store:
        store.record_deed(organisation_id, "audit.exported", kind="audit", of=organisation_id)
    with database.reading() as store:
        stub = store.audit_stub(organisation_id)
        events = store.audit_behind(organisation_id, 0)
    if stub is not None:
        yield json.dumps(stub) + "\n"
    while events:
        for event in events:
            yield json.dumps(event.as_json()) + "\n"
        with database.reading() as store:
            events = store.audit_behind(organisation_id, events[-1].seq)


def purge(app: App, organisation_id: str, before: datetime, *, floor: timedelta = audit.FLOOR) -> int:
    """Entries older than `before` go, but for a signed stub; returns how many. Raises Conflict for younger ones than
    the floor."""
    audit.purgeable(before, now=app.now, floor=floor)
    with app.database.store() as store:
        head = store.audit_head(organisation_id, now=app.now)
        old = store.audit_before(organisation_id, before)
        if old is None:
            return 0
        last, count = old
        record = audit.stub(signing_key(app.signer), last, count, app.now)
        _write_line(checkpoint_file(app.settings.home, head.organisation_id), _as_checkpoint(app, record))
        store.drop_audit(organisation_id, last.seq, record)
        facts = {"up_to": last.seq, "count": count}
        store.record_deed(organisation_id, "audit.purged", kind="audit", of=organisation_id, details=facts)
    return count


def _as_checkpoint(app: App, stub: Mapping[str, Any]) -> dict[str, Any]:
    """That the chain stood so is worth a checkpoint too: a stub that is replaced later then shows."""
    key = signing_key(app.signer)
    return audit.checkpoint(key, str(stub["organisation"]), int(stub["seq"]), str(stub["hash"]), app.now)


def refused_sign_in(app: App, user: User | None = None) -> None:
    """Somebody showed a key or a password that opens nothing. Whose it might have been is known of an account alone:
    else it stands in a chain of the installation's own."""
    with app.database.store() as store:
        if user is not None:
            store.record_deed(user.organisation_id, "access.refused", kind="user", of=user.id)
        else:
            store.record_deed(SYSTEM, "access.refused", kind="organisation", of=SYSTEM)
