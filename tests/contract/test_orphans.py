"""Files that an upload left when it was killed between a file and its row."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import uuid_utils

from api import orphans
from api.app import build as build_app
from models.errors import NotFound
from models.settings import Settings
from models.store.batches import Received
from tests.store_world import add_job


def test_a_file_that_no_row_names_goes_after_an_hour_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = build_app(Settings(home=tmp_path))
    with app.database.system() as system:
        own = system.add_organisation("Acme", app.now).id
    someone, nobody, content = str(uuid_utils.uuid7()), str(uuid_utils.uuid7()), b"Python, SQL"
    for whose in (someone, nobody, own):  # the same bytes, as when what was cut off is sent again
        sha = app.files.put(content, subject=whose)
    with app.database.store() as store:
        batch = store.add_batch(own, job_id=add_job(store, own).id, name="May", now=app.now).id
        store.receive(own, batch, [Received("a.txt", "key", someone, sha, len(content))], now=app.now)

    assert orphans.drop(app) == 0, "it may be an upload under way"
    assert app.files.get(sha, subject=nobody) == content
    later = app.now + orphans.AGE + timedelta(minutes=1)
    monkeypatch.setattr(type(app), "now", later)
    monkeypatch.setattr(orphans, "MOST", 0)
    assert orphans.drop(app) == 0, "more than broken uploads leave: rather the database is the wrong one"
    monkeypatch.setattr(orphans, "MOST", 500)
    assert orphans.drop(app) == 1
    with pytest.raises(NotFound):
        app.files.get(sha, subject=nobody)
    assert app.files.get(sha, subject=someone) == app.files.get(sha, subject=own) == content
    assert orphans.drop(app) == 0
    app.database.close()
