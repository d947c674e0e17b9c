"""Names of languages, in English and the neighbours' tongues. Called by `facts` and `sections`."""

from __future__ import annotations

import re

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


def languages_in(text: str) -> list[tuple[str, int, int]]:
    """(English name, start, end) of every language a text names, in order."""
    return [(_LANGUAGE_OF[match[1].lower()], *match.span()) for match in _LANGUAGE.finditer(text)]
