"""Names of languages, in English and the neighbours' tongues, and the language that a text is written in. Called by
`facts`, `sections` and `parse`."""

from __future__ import annotations

import re
from collections import Counter

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


TONGUES = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "nl": "Dutch",
    "pt": "Portuguese", "pl": "Polish", "sv": "Swedish", "ru": "Russian", "uk": "Ukrainian", "el": "Greek",
    "ar": "Arabic", "he": "Hebrew", "zh": "Chinese", "ja": "Japanese", "ko": "Korean", "hi": "Hindi",
}  # fmt: skip
"""What `language_of` can answer: ISO 639-1 and the English name."""

_STOPWORDS = {
    "en": "the and of to in with for from at by on as is an i my was were or",
    "de": "und die der mit für im zu den das von bei zur als des auf einer eine ich",
    "fr": "et les des une pour dans avec est au aux du sur par en la le",
    "es": "el los las y para con una del en por la de como al",
    "it": "il di e per con una che del della nel un le gli dei da",
    "nl": "het een en van met voor bij onze als op de aan door",
    "pt": "os as e para com uma em do da dos das na no ao",
    "pl": "i w na z do oraz się dla jest przy po od ze",
    "sv": "och att i på av för med som är till en ett från",
}
_STOPWORD_OF: dict[str, list[str]] = {}
for _code, _words in _STOPWORDS.items():
    for _word in _words.split():
        _STOPWORD_OF.setdefault(_word, []).append(_code)
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("uk", re.compile(r"[іїєґ]")),
    ("ru", re.compile(r"[\u0430-\u044f]")),
    ("el", re.compile(r"[\u03b1-\u03c9]")),
    ("ar", re.compile(r"[\u0620-\u064a]")),
    ("he", re.compile(r"[\u05d0-\u05ea]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
)
_MOST_READ = 6_000


def language_of(text: str) -> str:
    """ISO 639-1 of the language of a text: by its script, else by stop words, which even a list of jobs has a few of.
    English where nothing tells, and unless another language has clearly more of them."""
    low = text[:_MOST_READ].lower()
    if not low.isascii():
        letters = sum(map(str.isalpha, low))
        for code, script in _SCRIPTS:
            least = 0.02 if code in ("ja", "uk") else 0.3  # letters that mark a language, or its whole script
            if len(script.findall(low)) > least * letters and (code != "uk" or _mostly_cyrillic(low, letters)):
                return code
    counts: Counter[str] = Counter()
    for word in re.findall(r"[^\W\d_]+", low):
        counts.update(_STOPWORD_OF.get(word, ()))
    best = max(_STOPWORDS, key=lambda code: (counts[code], code == "en"))
    return best if counts[best] > max(3, 1.3 * counts["en"]) else "en"


def _mostly_cyrillic(low: str, letters: int) -> bool:
    return len(re.findall(r"[\u0430-\u044f]", low)) > 0.3 * letters
