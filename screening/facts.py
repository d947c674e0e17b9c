"""Skills, certificates and languages from their sections. Called by `parse`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from models.values import Certificate, DocumentText, Language, Skill
from screening.dates import periods
from screening.languages import languages_in
from screening.sections import Unit

_MOST = 200
_ITEM = re.compile(r"\s*[,;|•·\t/]\s*(?![^()]{0,80}\))|\s{3,}")
_LEVEL = re.compile(
    r"(?i)\s*[(\[–:-]\s*(expert|advanced|intermediate|beginner|basic|proficient|familiar|experienced|fortgeschritten|"
    r"grundkenntnisse|sehr gut|gut|avancé|intermédiaire|débutant|avanzado|medio|básico|zaawansowany|średni|podstawowy)"
    r"\s*[)\]]?\s*$"
)
_FLUENCY = re.compile(
    r"(?i)\b([ABC][12]\+?|native(?:\s+speaker|\s+or\s+bilingual(?:\s+proficiency)?)?|mother\s+tongue|bilingual|fluent|"
    r"full\s+professional(?:\s+proficiency)?|professional\s+working(?:\s+proficiency)?|limited\s+working(?:\s+proficiency)?|"
    r"elementary(?:\s+proficiency)?|proficient|advanced|upper[-\s]intermediate|intermediate|conversational|working\s+knowledge|"
    r"basic|beginner|business\s+fluent|muttersprache|verhandlungssicher|fließend|fliessend|gut|sehr\s+gut|grundkenntnisse|"
    r"langue\s+maternelle|maternelle|courant|bilingue|intermédiaire|notions|nativo|nativa|materna|fluido|avanzado|intermedio|"
    r"básico|ojczysty|biegły|biegle|zaawansowany|komunikatywny|podstawowy)\b"
)
_GRADE = re.compile(r"(?i)(?:associate|professional|practitioner|foundation|expert|specialty|level|stufe|grade|part)\b")
_ISSUER = re.compile(r"\s+[–—-]\s+|\s*[|\t]\s*|,?\s+(?:issued\s+by|by|from)\s+", re.IGNORECASE)


def read_skills(document: DocumentText, units: Sequence[Unit]) -> list[Skill]:
    """One Skill for each item of a list; "Databases: PostgreSQL, Redis" is one Skill with keywords."""
    found: dict[str, Skill] = {}
    for text in _texts(document, units, "skills"):
        label = re.match(r"^([^:,;|]{2,40}?)\s*[:\t]\s*(?=\S)", text)
        items = list(_items(text[label.end() :] if label else text))
        if label and items:
            name = label[1].strip(" *")
            found.setdefault(name.lower(), Skill(name=name, keywords=tuple(item for item, _ in items)))
            continue
        for item, level in items:
            found.setdefault(item.lower(), Skill(name=item, level=level))
    return list(found.values())[:_MOST]


def read_languages(document: DocumentText, units: Sequence[Unit]) -> list[Language]:
    """From the languages section; without one, from lines elsewhere that name a language with a fluency."""
    found: dict[str, Language] = {}
    for text in _texts(document, units, "languages"):
        for language in _languages(text):
            found.setdefault(language.language, language)
    if not found:
        for section in ("skills", "contact", "other", "summary"):
            for text in _texts(document, units, section):
                for language in _languages(text):
                    if language.fluency:
                        found.setdefault(language.language, language)
    return list(found.values())


def read_certificates(document: DocumentText, units: Sequence[Unit], *, now: date) -> list[Certificate]:
    found = []
    for text in _texts(document, units, "certificates"):
        dates = periods(text, now=now)
        for period in reversed(dates):
            text = text[: period.where[0]] + "\t" + text[period.where[1] :]
        text = re.sub(r"\(\s*[\t]*\s*\)", "\t", text).strip(" \t,;|–—-.")
        parts = [part.strip() for part in _ISSUER.split(text, maxsplit=1)]
        if len(parts) > 1 and _GRADE.match(parts[1]):
            parts = [text]
        if not parts[0] or len(parts[0]) > 150:
            continue
        issuer = parts[1].strip(" \t,;") if len(parts) > 1 else ""
        found.append(
            Certificate(name=parts[0], issuer=issuer[:120] or None, date=dates[0].start.iso if dates else None)
        )
    return found[:_MOST]


def _texts(document: DocumentText, units: Sequence[Unit], section: str) -> Iterator[str]:
    for unit in units:
        if unit.section == section and not unit.title:
            yield document.text[unit.start : unit.end].replace("\n", " ").strip()


def _items(text: str) -> Iterator[tuple[str, str | None]]:
    for piece in _ITEM.split(text):
        piece = re.sub(r"^(?:and|und|et|y|i)\s+", "", piece.strip(" .•·*-–")).strip()
        level = _LEVEL.search(piece)
        if level:
            piece = piece[: level.start()].strip()
        if 1 <= len(piece) <= 60 and len(piece.split()) <= 6 and re.search(r"\w", piece):
            yield piece, level[1] if level else None


def _languages(text: str) -> Iterator[Language]:
    names = languages_in(text)
    for index, (name, _, begin) in enumerate(names):
        end = names[index + 1][1] if index + 1 < len(names) else len(text)
        fluency = _FLUENCY.search(text[begin:end])
        if fluency is None and index == 0:  # "Fluent English", "Native German"
            fluency = _FLUENCY.search(text[: names[0][1]])
        yield Language(language=name, fluency=fluency[1] if fluency else None)
