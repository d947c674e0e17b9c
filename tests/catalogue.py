"""The catalogue of the interface's texts: `python -m tests.catalogue` writes web/locales/foyer.pot anew from what
babel.cfg names, as `pybabel extract` does; `pseudo` makes a language of it that is seen at a glance."""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from models.settings import ROOT

POT = ROOT / "web" / "locales" / "foyer.pot"
KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "N_": None,
    "sentence": None,
    "sentences": (1, 2),
}
HEADER = "# Foyer's interface, in English. Written by `python -m tests.catalogue`; see docs/operating.md, Languages.\n#"
OPENS, SHUTS = "⟦", "⟧"


def extracted() -> Catalog:
    """Of Python, files that name `models.sentences` are read and no others: the rest has none of it, and takes long."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    catalog = Catalog()
    pages = [each for each in methods if each[1] == "jinja2"]
    for path, _line, message, _comments, _context in extract_from_dir(ROOT, pages, options, KEYWORDS):
        catalog.add(message, None, [(path, 0)])
    for pattern, method in methods:
        for file in sorted((ROOT / pattern.partition("/")[0]).rglob("*.py")) if method == "python" else ():
            if "from models.sentences import" in file.read_text():
                for _line, message, _comments, _context in extract_from_file(method, file, KEYWORDS):
                    catalog.add(message, None, [(file.relative_to(ROOT).as_posix(), 0)])
    return catalog


def written(catalog: Catalog) -> str:
    """The template of catalogues, without what changes by itself: times and lines."""
    out = io.BytesIO()
    write_po(out, catalog, width=100, omit_header=True, sort_output=False, include_lineno=False)
    head = 'msgid ""\nmsgstr ""\n"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    return f"{HEADER}\n{head}\n{out.getvalue().decode()}"


def kept() -> Catalog:
    with POT.open("rb") as file:
        return read_po(file)


def pseudo(folder: Path, code: str) -> None:
    """Writes a catalogue in which every text stands in brackets."""
    catalog = Catalog(locale=code)
    for message in kept():
        if message.id:
            catalog.add(message.id, _bracketed(message))
    path = folder / code / "LC_MESSAGES" / "foyer.mo"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_mo(file, catalog)


def _bracketed(message: Message) -> str | tuple[str, ...]:
    if isinstance(message.id, str):
        return f"{OPENS}{message.id}{SHUTS}"
    return tuple(f"{OPENS}{each}{SHUTS}" for each in message.id)


if __name__ == "__main__":
    POT.parent.mkdir(parents=True, exist_ok=True)
    POT.write_text(written(extracted()))
    print(f"{POT}: {len(kept())} texts")
