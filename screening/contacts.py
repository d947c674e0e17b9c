"""Who a resume is from: name, label, e-mail, phone, place, profiles. Called by `parse`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from matching.skills import Vocabulary
from models.values import Basics, DocumentText, Line, Location, Profile
from screening.places import countries_in, find_location, is_place
from screening.sections import Unit, heading_of
from screening.titles import has_company_word, has_title_word

_HEADER_LINES = 30
_NAME_LINES = 12
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+'-]{1,64}@(?:[\w-]{1,63}\.){1,6}[^\W\d_]{2,24}(?![\w@])")
_URL = re.compile(
    r"(?:https?://|www\.)[^\s|,;<>()\t]+|(?<![\w@./])(?:[\w-]+\.)+(?:com|org|net|io|dev|me|de|pl|fr|es|"
    r"co\.uk|eu)(?:/[^\s|,;<>()\t]*)?(?![\w@])",
    re.IGNORECASE,
)
_PHONE_LIKE = re.compile(
    r"(?<![\w@/.,=-])(?:\+\s?|00)?\(?\+?\d(?:[^\S\n]{0,2}[().\-/–]?[^\S\n]{0,2}[().\-]?\d){7,16}(?![\w@])"
)
_AMERICAN = re.compile(r"(?:1[\s.-]?)?(?:\([2-9]\d\d\)[\s.-]?|[2-9]\d\d[\s.-])\d{3}[\s.-]\d{4}|[2-9]\d{9}")
_YEARS = re.compile(r"(?<!\d)(?:19[5-9]\d|20[0-4]\d)(?!\d)")
_FAX = re.compile(r"(?i)\bfax\b")
_MOST_SEARCHED = 40_000
_NETWORKS = (
    ("LinkedIn", re.compile(r"linkedin\.com/(?:in|pub)/([^/?#\s]+)", re.IGNORECASE)),
    ("GitHub", re.compile(r"github\.com/([^/?#\s]+)", re.IGNORECASE)),
    ("GitLab", re.compile(r"gitlab\.com/([^/?#\s]+)", re.IGNORECASE)),
    ("XING", re.compile(r"xing\.com/profile/([^/?#\s]+)", re.IGNORECASE)),
    ("Stack Overflow", re.compile(r"stackoverflow\.com/users/([^?#\s]+)", re.IGNORECASE)),
    ("X", re.compile(r"(?<!\w)(?:twitter|x)\.com/([^/?#\s]+)", re.IGNORECASE)),
    ("ORCID", re.compile(r"orcid\.org/([\dX-]+)", re.IGNORECASE)),
    ("Kaggle", re.compile(r"kaggle\.com/([^/?#\s]+)", re.IGNORECASE)),
    ("Behance", re.compile(r"behance\.net/([^/?#\s]+)", re.IGNORECASE)),
)
_LABELLED_NAME = re.compile(
    r"^\s*(?:(?:full\s+)?name|name\s+of\s+candidate|vor-?\s?und\s+(?:nach|zu)name|nom|nombre|"
    r"imię\s+i\s+nazwisko|resume\s+of|"
    r"curriculum\s+vitae\s+of|cv\s+of|lebenslauf\s+(?:von\s+)?)\s*[:\-–]?\s+",
    re.IGNORECASE,
)
_TITLES_BEFORE = re.compile(
    r"^(?:(?:dr|mr|mrs|ms|miss|prof|ing|dipl|herr|frau|mgr|inż|sir)\.?\s+(?:-\s*ing\.?\s+)?)+", re.IGNORECASE
)
_POST_NOMINALS = re.compile(
    r"(?:[,\s]+\(?(?:ph\.?\s?d|m\.?b\.?a|m\.?d|m\.?sc|b\.?sc|m\.?a|b\.?a|b\.?s\.?n|m\.?s\.?n|d\.?n\.?p|r\.?n|l\.?p\.?n|"
    r"c\.?c\.?r\.?n(?:-k)?|cpa|esq|jr|sr|ii|iii|pe|cissp|acca|fnp|"
    r"he/him|she/her|they/them)\b\.?\)?"
    r"(?:-[A-Z]{1,3})?)+\s*$",
    re.IGNORECASE,
)
_PARTICLES = "de da di del della der van von den la le el al bin ibn dos do y e zu ter ten af na"
_NOT_NAMES = """
resume cv curriculum vitae lebenslauf phone email mobile address tel linkedin
github profile contact confidential objective summary university college school hospital gmbh inc ltd llc company
experience personal details available references date birth nationality http https www the and for with of in at my i
am to your portfolio website home cell fax skype marital status gender sample template example examples skills
leadership communication analytical information
"""
_NOT_NAME_WORDS = frozenset(_NOT_NAMES.split())
_NOT_LAST = frozenset(
    {"street", "road", "avenue", "drive", "lane", "city", "page", "station", "square", "boulevard", "avenida"}
)
"""Words that end an address, and begin a name now and then."""
_PARTICLE_WORDS = frozenset(_PARTICLES.split())


def read_basics(document: DocumentText, units: Sequence[Unit]) -> tuple[Basics, tuple[int, int] | None]:
    """Who it is, and the characters of the phone number as printed. Never raises: what cannot be told stays None."""
    header = _header(document, units)
    text = "\n".join(line.text for line in header)
    email = _email(text) or _email(document.text) or _linked(document.links, "mailto:")
    location = find_location(text)
    name, name_line = _name(header, email)
    profiles, url = _profiles("\n".join((text, *(link for link in document.links if link.startswith("http")))), email)
    phone = _phone(document, header, location)
    basics = Basics(
        name=name,
        label=_label(header, name, name_line),
        email=email,
        phone=phone[0] if phone else None,
        url=url,
        summary=_summary(document, units),
        location=location,
        profiles=profiles,
    )
    return basics, phone[1] if phone else None


def _header(document: DocumentText, units: Sequence[Unit]) -> list[Line]:
    """The lines before the first section, and those of a contact section wherever it stands."""
    lines = [line for unit in units if unit.section == "contact" and not unit.title for line in unit.lines]
    # A name in the large type of a second column comes first; elsewhere the order of the file stands.
    lines.sort(key=lambda line: -(line.box.y1 - line.box.y0 > 15 and line.emphasis) if line.box else 0)
    if len(lines) < 2:
        lines = [line for line in document.lines if line.text.strip()][:_HEADER_LINES]
    return lines[:_HEADER_LINES]


def _email(text: str) -> str | None:
    match = _EMAIL.search(text)
    return match[0].strip(".'-").lower() if match else None


def _linked(links: Sequence[str], scheme: str) -> str | None:
    found = next((link[len(scheme) :].split("?")[0] for link in links if link.startswith(scheme)), "")
    return _email(found)


def _phone(
    document: DocumentText, header: Sequence[Line], location: Location | None
) -> tuple[str, tuple[int, int] | None] | None:
    """(E.164, its characters) of the first valid number: in the header, then anywhere, then behind a link. What no
    numbering plan knows is no number; a fax comes last."""
    home = location.country_code if location else None
    later: tuple[str, tuple[int, int]] | None = None
    places = [(line.start, line.end) for line in header]
    for start, end in [*places, (0, min(len(document.text), _MOST_SEARCHED))]:
        for match in _PHONE_LIKE.finditer(document.text, start, end):
            number = _number(match[0], _regions(document.text, match, home))
            if number is None:
                continue
            if not _FAX.search(document.text, max(start, match.start() - 12), match.start()):
                return number, match.span()
            later = later or (number, match.span())
    if later is not None:
        return later
    linked = next(
        (n for link in document.links if link.startswith("tel:") and (n := _number(link[4:], [home or "US"]))), None
    )
    return (linked, None) if linked else None


def _regions(text: str, match: re.Match[str], home: str | None) -> list[str]:
    """Countries whose way of writing a number may be meant: one named beside it, the person's, North America's. The
    last comes first where the groups are those of North America, which few others share."""
    if match[0].startswith(("+", "00")):
        return ["US"]
    before = text.rfind("\n", 0, max(0, text.rfind("\n", 0, match.start())))
    after = text.find("\n", match.end())
    beside = countries_in(
        text[max(before, match.start() - 120, 0) : after if 0 <= after < match.end() + 60 else match.end()]
    )
    others = [region for region in (*reversed(beside), home) if region and region != "US"]
    return ["US", *others] if _AMERICAN.fullmatch(match[0]) else [*others, "US"]


def _number(text: str, regions: Sequence[str]) -> str | None:
    if not 9 <= sum(map(str.isdigit, text)) <= 17 or len(_YEARS.findall(text)) > 1:
        return None
    import phonenumbers  # 60 ms of tables, so on first use

    text = "+" + text[2:] if text.startswith("00") else text
    for piece in dict.fromkeys((text, *re.split(r"\s{2,}|\s*[/|]\s*", text))):
        for region in regions:
            try:
                number = phonenumbers.parse(piece, region)
            except phonenumbers.NumberParseException:
                break
            if phonenumbers.is_valid_number(number):
                return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return None


def _profiles(text: str, email: str | None) -> tuple[tuple[Profile, ...], str | None]:
    profiles: dict[str, Profile] = {}
    for network, pattern in _NETWORKS:
        match = pattern.search(text)
        if match:
            address = match[0].rstrip(".,;)")
            profiles[network] = Profile(network=network, username=match[1].rstrip(".,;)"), url=f"https://{address}")
    own = None
    for match in _URL.finditer(text):
        address = match[0].rstrip(".,;)/")
        host = re.sub(r"^(?:https?://)?(?:www\.)?", "", address.lower()).split("/")[0]
        if any(pattern.search(address + "/") or host in pattern.pattern.replace("\\", "") for _, pattern in _NETWORKS):
            continue
        if email is not None and host == email.partition("@")[2]:
            continue
        own = address if "://" in address else f"https://{address}"
        break
    return tuple(profiles.values()), own


def _name(header: Sequence[Line], email: str | None) -> tuple[str | None, Line | None]:
    """The best of the first lines: a name shares letters with the e-mail address, stands first, and in large type."""
    local = re.sub(r"[^a-z]", "", _ascii((email or "").partition("@")[0]))
    best: tuple[float, str, Line] | None = None
    for rank, line in enumerate(header[:_NAME_LINES]):
        for order, candidate in enumerate(_candidates(line.text)):
            score = _plausible(candidate.removeprefix("\x01"))
            if score <= 0:
                continue
            score += 4 if candidate.startswith("\x01") else 0
            candidate = candidate.removeprefix("\x01")
            words = [_ascii(word) for word in re.split(r"[\s.-]+", candidate) if len(word) > 2]
            score += 2 * sum(word in local for word in words if word)
            score += 1.0 * line.emphasis - 0.35 * rank - 0.3 * order
            score -= 1.5 * is_place(candidate) + 1.5 * has_title_word(candidate) + has_company_word(candidate)
            score -= 3.0 * _is_a_term(candidate)
            if best is None or score > best[0]:
                best = (score, candidate, line)
    if best is None or best[0] < 0.5:
        return None, None
    return _tidy(best[1]), best[2]


def _is_a_term(text: str) -> bool:
    """A job title or a skill by its whole name: "Medical Assistant" is nobody's name."""
    vocabulary = Vocabulary.load()
    return vocabulary.title(text) is not None or vocabulary.normal(text) is not None


def _candidates(text: str) -> Iterator[str]:
    """Pieces of a header line that may be a name; one that follows "Name:" is marked by U+0001."""
    text = re.sub(r"[*_]{2,}|^\s*[#*]+", "", text)  # Markdown's marks
    labelled = _LABELLED_NAME.match(text)
    if labelled:
        yield "\x01" + _stripped(re.split(r"\s{3,}|[\t|•·,;]", text[labelled.end() :])[0])
    if heading_of(text) is not None and heading_of(text) != "contact":
        return
    for piece in re.split(r"\s{3,}|[\t|•·;/]|\s[–—-]\s", text)[:3]:
        # A second look at what stands before a comma or a number: "Ana Ruiz, Madrid", "Ana Ruiz 12 Elm Street".
        before_number = re.split(r"\s\d", piece)[0]
        for part in dict.fromkeys(map(_stripped, (piece, piece.split(",")[0], before_number))):
            if part:
                yield part


def _stripped(text: str) -> str:
    text = re.sub(r"(?i)^\s*(?:resume|curriculum vitae|cv|lebenslauf)\s*[:\-–]?\s+", "", text).strip(" \t:.-–—*#_\"'")
    text = _EMAIL.sub("", text)
    text = re.sub(r"(?:[\d(+][\d\s().+-]{6,})", "", text)
    if re.fullmatch(r"(?:\w ){2,}\w(?:\s{2,}(?:\w ){1,}\w)+|(?:\w ){4,}\w", text):  # "A N N A   B E R G"
        text = " ".join(word.replace(" ", "") for word in re.split(r"\s{2,}", text))
    return _POST_NOMINALS.sub("", _TITLES_BEFORE.sub("", text.strip(" ,"))).strip(" ,")


def _plausible(text: str) -> float:
    """Above 0 for what may be a name."""
    words = text.split()
    if not 1 <= len(words) <= 6 or not 3 <= len(text) <= 50 or re.search(r"[\d@:/\\|<>=+&?!%\[\]{}]", text):
        return 0.0
    letters = [ch for ch in text if ch.isalpha()]
    if len(letters) < 0.75 * len(text.replace(" ", "")):
        return 0.0
    if any(word.lower().strip(".,") in _NOT_NAME_WORDS for word in words) or words[-1].lower() in _NOT_LAST:
        return 0.0
    cased = [word for word in words if word.lower() not in _PARTICLE_WORDS and len(word.strip(".")) > 1]
    if not cased or not all(word[0].isupper() or not word[0].isalpha() or not (word[0].islower()) for word in cased):
        return 0.0
    return {1: 0.6, 2: 3.0, 3: 2.8, 4: 2.2, 5: 1.4, 6: 1.0}[len(words)]


def _tidy(name: str) -> str:
    name = " ".join(name.split())
    last, comma, first = name.partition(", ")
    if comma and len(last.split()) <= 2 and len(first.split()) <= 2:
        return f"{first} {last}"
    return name


def _label(header: Sequence[Line], name: str | None, name_line: Line | None) -> str | None:
    """What the person calls themselves: a job title near the name."""
    for line in header[:_NAME_LINES]:
        for piece in re.split(r"\s{3,}|[\t|•·]|\s[–—-]\s", line.text):
            piece = piece.strip(" ,.-–—")
            if line is name_line and name is not None and name.split()[0] in piece:
                continue  # "Jane Doe, RN": letters after a name are no label
            if (
                3 <= len(piece) <= 70
                and has_title_word(piece)
                and not re.search(r"[@\d:]", piece)
                and len(piece.split()) <= 8
            ):
                return piece
    return None


def _summary(document: DocumentText, units: Sequence[Unit]) -> str | None:
    texts = [" ".join(document.text[u.start : u.end].split()) for u in units if u.section == "summary" and not u.title]
    return " ".join(texts)[:2000] or None


def _ascii(text: str) -> str:
    plain = text.lower().translate(str.maketrans("łøđß", "lods"))
    return unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
