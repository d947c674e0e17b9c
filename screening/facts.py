"""Skills, certificates and languages from their sections. Called by `parse`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from models.values import Certificate, DocumentText, Language, Skill
from screening.dates import periods
from screening.sections import Unit

_MOST = 200
_ITEM = re.compile(r"\s*[,;|•·\t/]\s*(?![^(]*\))|\s{3,}")
_LEVEL = re.compile(
    r"(?i)\s*[(\[–:-]\s*(expert|advanced|intermediate|beginner|basic|proficient|familiar|experienced|fortgeschritten|"
    r"grundkenntnisse|sehr gut|gut|avancé|intermédiaire|débutant|avanzado|medio|básico|zaawansowany|średni|podstawowy)"
    r"\s*[)\]]?\s*$"
)
_LANGUAGES = {
    "English": "english englisch anglais inglés angielski",
    "German": "german deutsch allemand alemán niemiecki",
    "French": "french französisch français francés francuski",
    "Spanish": "spanish spanisch espagnol español castellano hiszpański",
    "Polish": "polish polnisch polonais polaco polski",
    "Italian": "italian italienisch italien italiano włoski",
    "Portuguese": "portuguese portugiesisch portugais portugués português portugalski",
    "Dutch": "dutch niederländisch néerlandais neerlandés nederlands holenderski",
    "Russian": "russian russisch russe ruso rosyjski",
    "Ukrainian": "ukrainian ukrainisch ukrainien ucraniano ukraiński",
    "Czech": "czech tschechisch tchèque checo czeski",
    "Slovak": "slovak", "Romanian": "romanian rumänisch", "Bulgarian": "bulgarian", "Croatian": "croatian",
    "Serbian": "serbian", "Hungarian": "hungarian ungarisch", "Greek": "greek griechisch",
    "Swedish": "swedish schwedisch",
    "Norwegian": "norwegian", "Danish": "danish", "Finnish": "finnish", "Turkish": "turkish türkisch turc",
    "Arabic": "arabic arabisch arabe árabe arabski", "Hebrew": "hebrew", "Persian": "persian farsi", "Hindi": "hindi",
    "Urdu": "urdu", "Bengali": "bengali", "Tamil": "tamil", "Telugu": "telugu", "Gujarati": "gujarati",
    "Marathi": "marathi", "Punjabi": "punjabi", "Kannada": "kannada", "Malayalam": "malayalam",
    "Chinese": "chinese mandarin chinesisch chinois chino", "Cantonese": "cantonese", "Japanese": "japanese japanisch",
    "Korean": "korean", "Vietnamese": "vietnamese", "Thai": "thai", "Indonesian": "indonesian", "Malay": "malay",
    "Tagalog": "tagalog filipino", "Swahili": "swahili kiswahili", "Yoruba": "yoruba", "Igbo": "igbo", "Hausa": "hausa",
    "Amharic": "amharic", "Afrikaans": "afrikaans", "Zulu": "zulu", "Catalan": "catalan català", "Welsh": "welsh",
    "Irish": "irish gaelic", "Lithuanian": "lithuanian", "Latvian": "latvian", "Estonian": "estonian",
    "Albanian": "albanian", "Nepali": "nepali", "Sinhala": "sinhala",
}  # fmt: skip
_LANGUAGE_OF = {name: language for language, names in _LANGUAGES.items() for name in names.split()}
_LANGUAGE = re.compile(rf"(?<!\w)({'|'.join(sorted(_LANGUAGE_OF, key=len, reverse=True))})(?!\w)", re.IGNORECASE)
_FLUENCY = re.compile(
    r"(?i)\b([ABC][12]\+?|native(?:\s+speaker|\s+or\s+bilingual(?:\s+proficiency)?)?|mother\s+tongue|bilingual|fluent|"
    r"full\s+professional(?:\s+proficiency)?|professional\s+working(?:\s+proficiency)?|limited\s+working(?:\s+proficiency)?|"
    r"elementary(?:\s+proficiency)?|proficient|advanced|upper[-\s]intermediate|intermediate|conversational|working\s+knowledge|"
    r"basic|beginner|business\s+fluent|muttersprache|verhandlungssicher|fließend|fliessend|gut|sehr\s+gut|grundkenntnisse|"
    r"langue\s+maternelle|maternelle|courant|bilingue|intermédiaire|notions|nativo|nativa|materna|fluido|avanzado|intermedio|"
    r"básico|ojczysty|biegły|biegle|zaawansowany|komunikatywny|podstawowy)\b"
)
_ISSUER = re.compile(r"\s+[–—-]\s+|\s*[|\t]\s*|,\s+|\s+(?:issued\s+by|by|from)\s+", re.IGNORECASE)


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
        text = re.sub(r"\(\s*[\t]*\s*\)", "\t", text).strip(" \t,;|–—-()")
        parts = [part.strip(" ()") for part in _ISSUER.split(text, maxsplit=1)]
        if not parts[0] or len(parts[0]) > 150:
            continue
        issuer = parts[1].strip(" \t,;()") if len(parts) > 1 else ""
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
    names = list(_LANGUAGE.finditer(text))
    for index, match in enumerate(names):
        end = names[index + 1].start() if index + 1 < len(names) else len(text)
        fluency = _FLUENCY.search(text[match.end() : end])
        if fluency is None and index == 0:  # "Fluent English", "Native German"
            fluency = _FLUENCY.search(text[: match.start()])
        yield Language(language=_LANGUAGE_OF[match[1].lower()], fluency=fluency[1] if fluency else None)
