"""`foyer vocabulary`: lists that a user has (O*NET, ESCO) beside the bundled words, in FOYER_HOME/vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matching.lexicon import Lexicon, read
from matching.skills import BUNDLED, Vocabulary
from matching.taxonomies import CITE, as_toml, esco, onet
from models.errors import BadRequest, NotFound
from models.settings import Settings


def folder(settings: Settings) -> Path:
    return settings.home / "vocabulary"


def load(settings: Settings) -> Vocabulary:
    """The bundled words and those brought in; read once in a process."""
    brought = sorted(folder(settings).glob("*.toml"))
    return Vocabulary.load(BUNDLED, *brought)


def bring_in(settings: Settings, onet_files: Sequence[Path], esco_files: Sequence[Path]) -> list[dict[str, Any]]:
    """Writes onet.toml and esco.toml, each in place of what was brought in before; what was written, a row a file.
    The service and running workers see them after a restart."""
    if not onet_files and not esco_files:
        raise BadRequest("Nothing to import: give --onet FILE or --esco FILE, once a file.")
    read_in = {
        "onet": onet(onet_files) if onet_files else None,
        "esco": esco(esco_files) if esco_files else None,
    }
    folder(settings).mkdir(parents=True, exist_ok=True)
    for name, words in read_in.items():
        if words is not None:
            _write(folder(settings) / f"{name}.toml", as_toml(words, CITE[name]))
    return [row for row in listed(settings) if read_in.get(row["name"]) is not None]


def listed(settings: Settings) -> list[dict[str, Any]]:
    """The bundled vocabulary and each file brought in, with what it holds."""
    files = [("bundled", BUNDLED), *((file.stem, file) for file in sorted(folder(settings).glob("*.toml")))]
    return [_row(name, file, read([file])) for name, file in files]


def remove(settings: Settings, name: str) -> None:
    file = folder(settings) / f"{name}.toml"
    if name not in {row.stem for row in folder(settings).glob("*.toml")}:
        raise NotFound(f"No vocabulary {name!r} was brought in; `foyer vocabulary list` names those that were.")
    file.unlink()


def _row(name: str, file: Path, words: Lexicon) -> dict[str, Any]:
    return {
        "name": name,
        "path": str(file),
        "skills": len(words.entries),
        "titles": len(words.titles),
        "digest": words.digest(),
        "cite": CITE.get(name, ""),
    }


def _write(file: Path, text: str) -> None:
    """Whole or not at all."""
    part = file.with_suffix(".part")
    part.write_text(text, "utf-8")
    part.replace(file)
