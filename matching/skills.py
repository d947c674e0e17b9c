"""Which skills a text names: the vocabulary beside this file and its normal forms, found with spaCy's PhraseMatcher.

Job titles are kept apart (`titles`, `title`): "Data Scientist" names no skill.

Used on postings (`screening.posting`), on resumes (`screening.screen`, `screening.rules`) and by anyone who wants one
word for "K8s" and "Kubernetes".
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from matching.lexicon import TITLE, Lexicon, read, variants

BUNDLED = Path(__file__).with_name("vocabulary")

_PREFIX = re.compile(r"""^[\[({<"'“”‘’„«•·▪◦*,;:!?…–—/|&~=_-]|^\.(?=\W|$)""").search
_SUFFIX = re.compile(r"""(?:[\])}>"'“”‘’»,;:!?…–—/|&~=_%-]|(?<=\w)['’]s|(?<=[^.])\.|(?<=[a-z])\d{1,2}(?=$))$""").search
_INFIX = re.compile(r"""[/|,;:()\[\]{}•·–—&"“”…=~<>_-]|(?<=[a-z])\.(?=[A-Z][a-z]{3})""").finditer

_LISTS = {",", ";", "/", "|", "(", ")", "[", "]", ":", "•", "·", "-", "–", "—", "*", "&", "and", "or", "und", "et", "y"}
_BEFORE_LETTER = _LISTS | {"in", "using", "with", "of", "knowledge", "like", "as", "language", "languages"}
_AFTER_LETTER = _LISTS | {".", "programming", "language", "developer", "engineer", "code", "programmer", "for", "on"}


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where a text names a skill. `text` is verbatim, text[start:end] of what was searched; `kind` is the
    vocabulary's group (language_code, framework, data, cloud, certificate, language, health ...; title)."""

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

    def __init__(self, lexicon: Lexicon) -> None:
        from spacy.attrs import LOWER
        from spacy.tokenizer import Tokenizer
        from spacy.vocab import Vocab

        self._lexicon = lexicon
        self._words = Vocab(lex_attr_getters={LOWER: str.lower})  # a blank pipeline's words carry 20 more, all unused
        self._lock = threading.Lock()
        self._written: dict[frozenset[str], tuple[str, ...]] = {}
        self._read = Tokenizer(self._words, prefix_search=_PREFIX, suffix_search=_SUFFIX, infix_finditer=_INFIX)
        names = {normal: names for normal, (_, names) in lexicon.entries.items()}
        self._normals = _forms(names, lexicon.exact)
        self._names: dict[int, str] = {self._words.strings.add(normal): normal for normal in names}
        self._loose, self._strict = self._matchers(self._normals, lexicon.exact)
        if lexicon.blockers:
            self._loose.add("blocker", [self._read(phrase) for phrase in lexicon.blockers])
        self._by_case = {form.casefold(): normal for form, normal in reversed(self._normals.items())}

    @classmethod
    def load(cls, *paths: Path) -> Vocabulary:
        """The bundled vocabulary, or files (or folders of files) of the same shape. Read once in a process."""
        return _load(paths or (BUNDLED,))

    @cached_property
    def digest(self) -> str:
        """Which words these are; stored with each result."""
        return self._lexicon.digest()

    def find(self, text: str) -> list[Mention]:
        """Mentions in the order of the text; where two overlap the longer one stands."""
        return self.find_all([text])[0]

    def find_all(self, texts: Sequence[str]) -> list[list[Mention]]:
        """`find` for many texts, which is faster than one by one."""
        with self._lock, self._words.memory_zone():  # what the texts add to spaCy's tables goes with them
            return [self._found(self._read(text)) for text in texts]

    def titles(self, text: str) -> list[Mention]:
        """Job titles in a text, kind "title", in its order; the longer one stands where two overlap."""
        with self._lock, self._words.memory_zone():
            document = self._read(text)
            matches = [(end - start, start, end, key) for key, start, end in self._title_matcher(document)]
            found: dict[int, Mention] = {}
            taken: set[int] = set()
            for _, start, end, key in sorted(matches, key=lambda match: (-match[0], match[1])):
                if taken.isdisjoint(range(start, end)):
                    taken.update(range(start, end))
                    span = document[start:end]
                    found[start] = Mention(self._title_names[key], span.text, span.start_char, span.end_char, TITLE)
        return [found[start] for start in sorted(found)]

    def title(self, text: str) -> str | None:
        """The normal form of a text that is one job title ("Backend Engineer" -> "Back-End Developer"), else None."""
        return self._title_forms.get(" ".join(text.split()).casefold())

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
                    kind = self._lexicon.entries[normal][0]
                    kept[start] = Mention(normal, span.text, span.start_char, span.end_char, kind)
        return [kept[start] for start in sorted(kept)]

    def normal(self, text: str) -> str | None:
        """The normal form of a text that is one skill and nothing else, whatever its case; None if it is not."""
        return self._by_case.get(" ".join(text.split()).casefold())

    def kind(self, normal: str) -> str | None:
        """The group of a normal form; "title" for that of a job title."""
        entry = self._lexicon.entries.get(normal)
        return entry[0] if entry else TITLE if normal in self._lexicon.titles else None

    def shows(self, normal: str) -> frozenset[str]:
        """The skill and all that it is evidence for: PostgreSQL shows SQL and relational databases."""
        reached: set[str] = set()
        open_ = [normal]
        while open_:
            one = open_.pop()
            if one not in reached:
                reached.add(one)
                open_ += self._lexicon.implies.get(one, ())
        return frozenset(reached)

    def written(self, normals: frozenset[str]) -> tuple[str, ...]:
        """How all that shows one of these may be written, as `without_spaces` has it: a text that holds nothing of it
        names none of them."""
        if normals not in self._written:
            telling = {normal for normal in self._lexicon.entries if normals & self.shows(normal)}
            self._written[normals] = tuple(
                sorted({without_spaces(form) for form, normal in self._normals.items() if normal in telling})
            )
        return self._written[normals]

    def groups(self, normal: str) -> tuple[str, ...]:
        """What a skill is directly evidence for: what it shares with products of the same use."""
        return self._lexicon.implies.get(normal, ())

    def __iter__(self) -> Iterator[str]:
        return iter(self._lexicon.entries)

    def __len__(self) -> int:
        return len(self._lexicon.entries)

    def _matchers(self, forms: Mapping[str, str], exact: frozenset[str] | set[str]) -> tuple[Any, Any]:
        """Matchers for names in any case and for names as written. `forms`: name -> normal form."""
        from spacy.matcher import PhraseMatcher

        loose, strict = PhraseMatcher(self._words, attr="LOWER"), PhraseMatcher(self._words, attr="ORTH")
        of: dict[str, tuple[list[str], list[str]]] = {}
        for form, normal in forms.items():
            of.setdefault(normal, ([], []))[form in exact].append(form)
        for normal, (any_case, as_written) in of.items():
            if any_case:
                loose.add(normal, list(self._read.pipe(any_case)))
            if as_written:
                strict.add(normal, list(self._read.pipe(as_written)))
        return loose, strict

    @cached_property
    def _title_forms(self) -> dict[str, str]:
        forms = _forms(self._lexicon.titles, frozenset())
        return {form.casefold(): normal for form, normal in reversed(forms.items())}

    @cached_property
    def _title_matcher(self) -> Any:
        return self._matchers(self._title_forms, frozenset())[0]

    @cached_property
    def _title_names(self) -> dict[int, str]:
        return {self._words.strings.add(normal): normal for normal in self._lexicon.titles}


def without_spaces(text: str) -> str:
    """Small letters without white space, which words may be found across."""
    return "".join(text.lower().split())


def _forms(names: Mapping[str, Sequence[str]], exact: frozenset[str] | set[str]) -> dict[str, str]:
    """Every way to write every name -> its normal form. A name that is given stands before one that is made."""
    given = {normal: normal for normal in names}
    for normal, others in names.items():
        for name in others:
            given.setdefault(name, normal)
    made: dict[str, str] = {}
    for name, normal in given.items():
        if name not in exact:
            for form in variants(name):
                made.setdefault(form, normal)
    return given | {form: normal for form, normal in made.items() if form not in given}


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
def _load(paths: tuple[Path, ...]) -> Vocabulary:
    return Vocabulary(read(paths))
