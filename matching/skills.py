"""Which skills a text names: the vocabulary beside this file and its normal forms, found with spaCy's PhraseMatcher.

Used on postings (`screening.posting`), on resumes (`screening.screen`, `screening.rules`) and by anyone who wants one
word for "K8s" and "Kubernetes".
"""

from __future__ import annotations

import re
import threading
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from models.errors import EngineError

BUNDLED = Path(__file__).with_name("vocabulary.toml")

_PREFIX = re.compile(r"""^[\[({<"'“”‘’„«•·▪◦*,;:!?…–—/|&~=_-]|^\.(?=\W|$)""").search
_SUFFIX = re.compile(r"""(?:[\])}>"'“”‘’»,;:!?…–—/|&~=_%-]|(?<=\w)['’]s|(?<=[^.])\.|(?<=[a-z])\d{1,2}(?=$))$""").search
_INFIX = re.compile(r"""[/|,;:()\[\]{}•·–—&"“”…=~<>_-]|(?<=[a-z])\.(?=[A-Z][a-z]{3})""").finditer

_LISTS = {",", ";", "/", "|", "(", ")", "[", "]", ":", "•", "·", "-", "–", "—", "*", "&", "and", "or", "und", "et", "y"}
_BEFORE_LETTER = _LISTS | {"in", "using", "with", "of", "knowledge", "like", "as", "language", "languages"}
_AFTER_LETTER = _LISTS | {".", "programming", "language", "developer", "engineer", "code", "programmer", "for", "on"}


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where a text names a skill. `text` is verbatim, text[start:end] of what was searched; `kind` is the
    vocabulary's group (language_code, framework, data, cloud, engineering, health, certificate, sales, office, finance,
    trades, language)."""

    normal: str
    text: str
    start: int
    end: int
    kind: str


class Vocabulary:
    """Normal forms, their aliases and what they imply. Build with `load`; safe to share between threads.

    Ambiguous words ("Go", "Excel", "Spring") match only in the case the file gives and where they can be a name:
    "Go to the ward" and "excel at" are no skills. A single letter counts only inside a list or beside "programming".
    """

    def __init__(self, entries: Mapping[str, tuple[str, Sequence[str]]], extra: Mapping[str, Any]) -> None:
        """`entries`: normal form -> (kind, aliases). `extra`: the file's `exact`, `blockers` and `implies`."""
        from spacy.attrs import LOWER
        from spacy.matcher import PhraseMatcher
        from spacy.tokenizer import Tokenizer
        from spacy.vocab import Vocab

        self._entries = dict(entries)
        self._exact = frozenset(extra.get("exact", ()))
        self._implies: dict[str, Sequence[str]] = dict(extra.get("implies", {}))
        self._normals: dict[str, str] = {}
        self._words = Vocab(lex_attr_getters={LOWER: str.lower})  # a blank pipeline's words carry 20 more, all unused
        self._lock = threading.Lock()
        self._read = Tokenizer(self._words, prefix_search=_PREFIX, suffix_search=_SUFFIX, infix_finditer=_INFIX)
        self._loose = PhraseMatcher(self._words, attr="LOWER")
        self._strict = PhraseMatcher(self._words, attr="ORTH")
        self._names: dict[int, str] = {self._words.strings.add(normal): normal for normal in self._entries}
        for normal, (_, aliases) in self._entries.items():
            forms = [normal, *aliases]
            self._normals |= {form.casefold(): normal for form in forms}
            self._add(self._strict, normal, [form for form in forms if form in self._exact])
            self._add(self._loose, normal, [form for form in forms if form not in self._exact])
        self._add(self._loose, "", list(extra.get("blockers", ())))

    @classmethod
    def load(cls, path: Path | None = None) -> Vocabulary:
        """The bundled vocabulary, or a file of the same shape. Read once in a process for each path."""
        return _load(path or BUNDLED)

    def find(self, text: str) -> list[Mention]:
        """Mentions in the order of the text; where two overlap the longer one stands."""
        return self.find_all([text])[0]

    def find_all(self, texts: Sequence[str]) -> list[list[Mention]]:
        """`find` for many texts, which is faster than one by one."""
        with self._lock, self._words.memory_zone():  # what the texts add to spaCy's tables goes with them
            return [self._found(self._read(text)) for text in texts]

    def _found(self, document: Any) -> list[Mention]:
        found = [(end - start, start, end, self._names.get(key, "")) for key, start, end in self._loose(document)]
        found += [
            (end - start, start, end, self._names[key])
            for key, start, end in self._strict(document)
            if _can_be_a_name(document, start, end)
        ]
        kept: dict[int, Mention] = {}
        taken: set[int] = set()
        for _, start, end, normal in sorted(found, key=lambda match: (-match[0], match[1], match[3])):
            if taken.isdisjoint(range(start, end)):
                taken.update(range(start, end))
                if normal:
                    span = document[start:end]
                    kind = self._entries[normal][0]
                    kept[start] = Mention(normal, span.text, span.start_char, span.end_char, kind)
        return [kept[start] for start in sorted(kept)]

    def normal(self, text: str) -> str | None:
        """The normal form of a text that is one skill and nothing else, whatever its case; None if it is not."""
        return self._normals.get(" ".join(text.split()).casefold())

    def kind(self, normal: str) -> str | None:
        entry = self._entries.get(normal)
        return entry[0] if entry else None

    def shows(self, normal: str) -> frozenset[str]:
        """The skill and all that it is evidence for: PostgreSQL shows SQL and relational databases."""
        reached: set[str] = set()
        open_ = [normal]
        while open_:
            one = open_.pop()
            if one not in reached:
                reached.add(one)
                open_ += self._implies.get(one, ())
        return frozenset(reached)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def _add(self, matcher: Any, normal: str, forms: Sequence[str]) -> None:
        if forms:
            matcher.add(normal or "blocker", [self._read(form) for form in forms])


def _can_be_a_name(document: Any, start: int, end: int) -> bool:
    """Do the words around an ambiguous word let it be a skill?"""
    word = document[start:end].text
    before = document[start - 1].text if start else ""
    after = document[end].text if end < len(document) else ""
    if len(word) == 1:
        opens = not before or before.lower() in _BEFORE_LETTER
        return opens and (not after or after.lower() in _AFTER_LETTER)
    if after.isdigit() and len(after) == 4 and word == "Spring":
        return False
    begins_sentence = not before or before in {".", "•", "-", "*", "!", "?"}
    runs_on = after.isalpha() and after.islower() and after not in _LISTS | _AFTER_LETTER | {"skills", "experience"}
    return word.isupper() or not (begins_sentence and runs_on)


@cache
def _load(path: Path) -> Vocabulary:
    try:
        with path.open("rb") as file:
            content = tomllib.load(file)
        entries = {
            normal: (kind, tuple(aliases))
            for kind, group in content["kinds"].items()
            for normal, aliases in group.items()
        }
    except (OSError, tomllib.TOMLDecodeError, KeyError, AttributeError) as broken:
        raise EngineError(f"{path}: the skill vocabulary cannot be read ({broken}); restore the file") from broken
    return Vocabulary(entries, content)
