"""`foyer connect`: lists, asks for what is missing, keeps, tests and switches on; in a script and at a terminal."""

from __future__ import annotations

import json
import os
import pty
import select
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api import connecting
from api.app import build
from api.cli import app as commands
from integrations.vendors import VENDORS
from models.errors import BadRequest, NotFound
from models.exchange import Setting
from models.records import Connection
from models.settings import ROOT, Settings

SCRIPT = ["--set", "assessment_key=spoken-softly"]


def kept(home: Path) -> list[Connection]:
    app = build(Settings(home=home))
    with app.database.asking() as system:
        organisation = system.organisations()[0].id
    with app.database.reading() as store:
        found = store.connections(organisation)
    app.database.close()
    return found


def foyer(home: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(commands, ["connect", *arguments], env={"FOYER_HOME": str(home)})
    return result.exit_code, result.stdout


def test_it_lists_what_can_be_connected(tmp_path: Path) -> None:
    code, output = foyer(tmp_path)
    assert code == 0
    assert [line.split()[0] for line in output.splitlines()] == sorted(VENDORS)
    assert not (tmp_path / "foyer.db").exists()


def test_a_script_connects_and_changes_and_switches_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOYER_PORT", "8461")
    (tmp_path / "secret").write_text("from-a-file\n")
    code, output = foyer(tmp_path, "greenhouse", "--name", "Leeds", *SCRIPT, "--json")
    made = json.loads(output)
    assert (code, made["name"], made["enabled"]) == (0, "Leeds", False)
    assert any(line.endswith(f":8461/connect/{made['id']}/response_error.") for line in made["register"])
    assert [each["cure"] for each in made["findings"] if not each["ok"]]
    assert "spoken-softly" not in output
    code, output = foyer(
        tmp_path, "greenhouse", "--name", "Leeds", "--set", f"webhook_secret=@{tmp_path / 'secret'}", "--on"
    )
    assert code == 0
    assert "switched on" in output
    [row] = kept(tmp_path)
    assert (row.id, row.enabled) == (made["id"], True)
    assert (row.settings["assessment_key"], row.settings["webhook_secret"]) == ("spoken-softly", "from-a-file")
    foyer(tmp_path, "greenhouse", *SCRIPT)
    assert sorted(each.name for each in kept(tmp_path)) == ["Greenhouse", "Leeds"]


def test_what_is_wrong_is_said_before_anything_is_kept(tmp_path: Path) -> None:
    def connect(vendor: str, *given: str) -> None:
        connecting.connect(Settings(home=tmp_path), vendor, "", given, ask=None, on=True)

    with pytest.raises(NotFound, match="no connector 'nothing'"):
        connect("nothing")
    with pytest.raises(BadRequest, match=r"--set assessment_key=\.\.\."):
        connect("greenhouse")
    with pytest.raises(BadRequest, match="has no setting colour"):
        connect("greenhouse", "assessment_key=k", "colour=blue")
    with pytest.raises(BadRequest, match="key=value, not 'assessment_key'"):
        connect("greenhouse", "assessment_key")
    with pytest.raises(FileNotFoundError):
        connect("greenhouse", f"assessment_key=@{tmp_path / 'nowhere'}")
    assert kept(tmp_path) == []


def test_somebody_is_asked_for_what_is_missing_and_nothing_else(tmp_path: Path) -> None:
    asked: list[Setting] = []

    def ask(setting: Setting) -> str:
        asked.append(setting)
        return "typed" if setting.key == "client_id" else ""

    connecting.connect(Settings(home=tmp_path), "greenhouse", "", SCRIPT[1:], ask=ask, on=False)
    assert [each.key for each in asked] == [each.key for each in VENDORS["greenhouse"].about.settings[1:]]
    [row] = kept(tmp_path)
    assert dict(row.settings) == {"assessment_key": "spoken-softly", "client_id": "typed"}


@pytest.mark.long
def test_at_a_terminal_secrets_have_no_echo(tmp_path: Path) -> None:
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        os.environ["FOYER_HOME"] = str(tmp_path)
        os.execv(sys.executable, [sys.executable, "-m", "api.cli", "connect", "greenhouse"])
    answers = [b"whispered\n", *[b"\n"] * 6, b"y\n"]
    said, until, heard = b"", time.monotonic() + 120, time.monotonic()
    while time.monotonic() < until:
        if select.select([terminal], [], [], 0.5)[0]:
            try:
                part = os.read(terminal, 4096)
            except OSError:  # how a pseudo-terminal says that the other side is gone
                break
            said, heard = said + part, time.monotonic()
        elif answers and said.endswith((b": ",)) and time.monotonic() - heard > 1:
            os.write(terminal, answers.pop(0))
    os.waitpid(child, 0)
    assert b"It is switched on." in said
    assert b"whispered" not in said
    [row] = kept(tmp_path)
    assert (row.enabled, row.settings["assessment_key"]) == (True, "whispered")
