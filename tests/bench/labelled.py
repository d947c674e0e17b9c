"""The labelled resumes, cleaned: what is printed, and what of it is gold. Called by `tests.bench.fields`.

Source: dotin-inc/resume-dataset-NER-annotations (CC0). The texts lost their line breaks (two spaces are left), their
dashes and their phone numbers, and the labels were set by hand in a hurry. What is done about that, in full:

- Escaped bytes ("\\xe2\\x80\\x94"), entities and doubled quotes become the characters they stand for; characters that
  no standard PDF font has are dropped from text and label alike. White space around a label lies outside it.
- Two spaces and line breaks end a line; within a label they are one space. A line of 60 characters and more that the
  next one goes on with, in lower case, is one paragraph again. "2001  2005" lost its dash and gets it back.
- Scrubbed phone numbers go; a valid one is put in (`phone_of`), nationally written ones beside a town of their country.
- An entry of work is a run of lines that are labels for the most part and hold a date range labelled "Years of
  Experience"; one that holds a degree is education. Titles, employers and intervals of such entries are gold. "College
  Name" is an employer there. A title, employer or degree labelled within a sentence is a
  mention: giving it is neither right nor wrong, and not giving it neither. `mentions` keeps them.
- What an entry has no label for at all (a company that nobody marked) cannot be judged there.
- A date range that nobody marked, within two lines of a title or an employer that somebody did, is a mention too.
- A date range is one with a year at its end, or an open one; "5 years" and "2013" are none. Its two ends may have a
  label each.
- A name that is first labelled among the references is a referee's. Several labels of one resume are all accepted.
  Names were replaced in the texts, the last word or two of some left standing; such a name is accepted with them too.
No item is left out because it is read wrongly.
"""

from __future__ import annotations

import hashlib
import html
import random
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import phonenumbers

_WORK_LABELS = {"Designation", "Companies worked at", "Years of Experience", "Location", "College Name"}
_SCHOOL_LABELS = {"Degree", "College Name", "Graduation Year", "Location", "Years of Experience"}
_HEADING_WORDS = frozenset(
    """work experience professional employment history education educational academic skills skill technical summary
    objective career qualifications qualification certifications certification certificates languages interests hobbies
    references referees projects publications awards honors achievements training activities volunteer personal profile
    background expertise areas of and & core competencies key details information contact additional relevant teaching
    research computer memberships affiliations strengths accomplishments highlights""".split()  # noqa: SIM905
)
_SIDE_WORDS = frozenset({"skills", "skill", "languages", "interests", "hobbies", "competencies", "strengths"})
_MONTH = {m: i for i, m in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)}  # noqa: SIM905
_NAMED = r"(?P<m{0}>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?,?\s*(?:\d{{1,2}}(?:st|nd|rd|th)?,\s*)?"
_DIGITS = r"(?:(?:\d{{1,2}}\s?[/.]\s?)?(?P<n{0}>0?[1-9]|1[0-2])\s?[/.\-]\s?)"
_SIDE = rf"(?:(?:{_NAMED}|{_DIGITS})(?P<s{{0}}>['’‘]?\s?(?:19|20)?\d\d)(?!\d)|(?P<y{{0}}>(?:19|20)\d\d)(?!\d))"
_LAST = r"(?P<now>present|current|now|today|(?:till?|to)[\s.-]*date|till now|date|ongoing)"
_DASH = r"\s*(?:[-–—]+|to|until|till|thru|through|\s{2,}|)\s*"
_GOLD_RANGE = re.compile(rf"(?<![\d/]){_SIDE.format('a')}{_DASH}(?:{_LAST}|{_SIDE.format('b')})", re.IGNORECASE)
_GOLD_MONTHS = re.compile(rf"(?<!\w){_NAMED.format('a')}{_DASH}{_SIDE.format('b')}", re.IGNORECASE)
_LOST_DASH = re.compile(
    rf"({_SIDE.format('a')})\s{{2,}}(?=(?:{_SIDE.format('b')}|present|current|till date))", re.IGNORECASE
)
_SCRUBBED = re.compile(r"(?<![\w/])\+?\(?\d(?:[\d() .\-]{7,18})\d(?![\w/])")


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    label: str | None = None


@dataclass(slots=True)
class Entry:
    """A job or a course of study: its labelled parts and its lines as they stand."""

    lines: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    companies: list[str] = field(default_factory=list)
    schools: list[str] = field(default_factory=list)
    degrees: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    loose: int = 0
    """Letters of the lines that no label covers."""


@dataclass(slots=True)
class Block:
    """kind: name, contact, heading, entry, bullet or text."""

    kind: str
    text: str = ""
    entry: Entry | None = None
    side: bool = False


@dataclass(slots=True)
class Gold:
    """`intervals`: (start, end) as (year, month or None), end None while it lasts."""

    names: list[str]
    longer_names: list[str]
    emails: list[str]
    phone: str
    titles: list[tuple[str, ...]]
    companies: list[tuple[str, ...]]
    degrees: list[str]
    intervals: list[tuple[tuple[int, int | None], tuple[int, int | None] | None]]
    jobs: list[Entry]
    mentions: dict[str, list[str]]


@dataclass(slots=True)
class Labelled:
    id: str
    blocks: list[Block]
    gold: Gold


def load(archive: Path) -> list[Labelled]:
    """Every text of the archive, in the order of its numbers."""
    with zipfile.ZipFile(archive) as files:
        names = [name for name in files.namelist() if name.endswith(".xml")]
        names.sort(key=lambda name: [int(part) if part.isdigit() else 0 for part in re.split(r"(\d+)", name)])
        return [_labelled(Path(name).stem, files.read(name).decode("utf-8", "replace")) for name in names]


def interval_of(text: str) -> tuple[tuple[int, int | None], tuple[int, int | None] | None] | None:
    """The range that a label names, by this bench's own reading of dates; None where it names none."""
    match = _GOLD_RANGE.search(text)
    if match is not None:
        start = _point(match, "a")
        if match["now"]:
            return start, None
        end = _point(match, "b")
    else:
        match = _GOLD_MONTHS.search(text)  # "January - June 2009"
        if match is None or _point(match, "b")[1] is None:
            return None
        end = _point(match, "b")
        month = _MONTH[match["ma"].lower()[:3]]
        start = (end[0] - (month > (end[1] or 12)), month)
    return (start, end) if (end[0], end[1] or 12) >= (start[0], start[1] or 1) else None


def _point(match: re.Match[str], side: str) -> tuple[int, int | None]:
    if year := match[f"y{side}"]:
        return int(year), None
    digits = re.sub(r"\D", "", match[f"s{side}"])
    year_ = int(digits) if len(digits) == 4 else 1900 + int(digits) if int(digits) > 27 else 2000 + int(digits)
    name, number = match[f"m{side}"], match[f"n{side}"]
    return year_, _MONTH[name.lower()[:3]] if name else int(number)


# ------------------------------------------------------------ from XML to lines of pieces


def _labelled(id_: str, xml: str) -> Labelled:
    chance = random.Random(hashlib.sha256(id_.encode()).digest())
    lines = _paragraphs(
        [_whole_dates(line) for line in _lines(xml) if "".join(piece.text for piece in line).strip(" \"'")]
    )
    phone, printed, town = phone_of(chance)
    lines = [scrubbed for line in lines if (scrubbed := _without_phones(line))]
    at = next((i for i, line in enumerate(lines[:15]) if any(p.label == "Email Address" for p in line)), None)
    if at is None:
        at = next((i for i, line in enumerate(lines[:6]) if any(p.label == "Name" for p in line)), 0)
    lines[at + 1 : at + 1] = [[Piece(text)] for text in ([town] if town else []) + [printed]]
    blocks = list(_blocks(lines))
    return Labelled(id_, blocks, _gold(lines, blocks, phone))


def _lines(xml: str) -> Iterator[list[Piece]]:
    body = xml[xml.find("<cv>") + 4 : xml.rfind("</cv>")]
    line: list[Piece] = []
    parts = re.split(r'<label type="([^"]+)">(.*?)</label>', body, flags=re.DOTALL)
    for number in range(0, len(parts), 3):
        before = "  " if number and re.match(r"\s{2,}|\s*\n", parts[number]) else ""
        texts = re.split(r"\s*\n\s*|\s{2,}", before + _LOST_DASH.sub(r"\1 – ", _clean(parts[number])))
        for count, text in enumerate(texts):
            if count and line:
                yield line
                line = []
            for bullet, item in re.findall(r"([•]?)([^•]*)", text):
                if bullet and line:
                    yield line
                    line = []
                if bullet + item:
                    line.append(Piece(bullet + item))
        if number + 2 < len(parts):
            value = _clean(parts[number + 2])
            if re.match(r"\s{2,}|\s*\n", value) and line:
                yield line
                line = []
            if parts[number + 1] in ("Years of Experience", "Graduation Year"):
                value = _LOST_DASH.sub(r"\1 – ", value)
            value = " ".join(value.split())
            if value:
                line.append(Piece(value, parts[number + 1]))
    if line:
        yield line


def _whole_dates(line: list[Piece]) -> list[Piece]:
    """ "July 2012" to "August 2014", each with a label of its own, is one date range."""
    found: list[Piece] = []
    for piece in line:
        dash = len(found) > 1 and re.fullmatch(r"\s*(?:[-–—]|to|)\s*", found[-1].text) and not found[-1].label
        first = found[-2] if dash else found[-1] if found else None
        both = piece.label == "Years of Experience" and first is not None and first.label == piece.label
        if (
            both
            and first is not None
            and interval_of(first.text) is None
            and interval_of(f"{first.text} – {piece.text}")
        ):
            del found[-2 if dash else -1 :]
            found.append(Piece(f"{first.text} – {piece.text}", piece.label))
        else:
            found.append(piece)
    return found


def _clean(text: str) -> str:
    def unescaped(match: re.Match[str]) -> str:
        raw = bytes(int(code, 16) for code in re.findall(r"\\x([0-9a-f]{2})", match[0]))
        shown = raw.decode("utf-8", "replace")
        try:
            return shown.encode("latin-1").decode("utf-8")  # encoded twice
        except UnicodeError:
            return shown

    text = re.sub(r"(?:\\x[0-9a-f]{2})+", unescaped, text)
    text = (
        html.unescape(html.unescape(text))
        .replace('""', '"')
        .replace("\\'", "'")
        .replace("\\\\", "\\")
        .replace("\xa0", " ")
    )
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "", text)
    text = re.sub(r"[\ue000-\uf8ff\u2022\u25cf\u25aa\u25a0]", "•", text)
    return text.encode("cp1252", "ignore").decode("cp1252")


def _paragraphs(lines: list[list[Piece]]) -> list[list[Piece]]:
    """Lines that a page's width broke, together again."""
    joined: list[list[Piece]] = []
    for line in lines:
        text = _text(line)
        before = _text(joined[-1]) if joined else ""
        follows = text[:1].islower() and len(before) >= 60 and before[-1:] not in ".:;"
        if joined and follows:
            joined[-1] = [*joined[-1], Piece(" "), *line]
        else:
            joined.append(line)
    return joined


def _without_phones(line: list[Piece]) -> list[Piece]:
    def kept(match: re.Match[str]) -> str:
        digits = sum(map(str.isdigit, match[0]))
        return match[0] if digits < 10 or interval_of(match[0]) else ""

    pieces = [piece if piece.label else Piece(_SCRUBBED.sub(kept, piece.text)) for piece in line]
    return pieces if _text(pieces).strip(" \"'•-|,") else []


def _text(line: list[Piece]) -> str:
    return " ".join("".join(piece.text for piece in line).split())


def phone_of(chance: random.Random) -> tuple[str, str, str | None]:
    """(E.164, as printed, the town printed before it): a valid number, nationally written only where the country is
    North America or stands beside it."""
    towns = {
        "GB": "Leeds, United Kingdom", "DE": "Hamburg, Germany", "IN": "Pune, India", "FR": "Lyon, France",
        "AU": "Perth, Australia", "ES": "Sevilla, Spain", "KE": "Nairobi, Kenya", "ZA": "Durban, South Africa",
        "BR": "Recife, Brazil", "PL": "Gdynia, Poland", "JP": "Osaka, Japan", "NG": "Lagos, Nigeria",
    }  # fmt: skip
    region = chance.choice(["US", "US", "US", "CA", *towns])
    kind = chance.choice([phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE])
    example = phonenumbers.example_number_for_type(region, kind)
    for _ in range(200):
        last = chance.randrange(10_000)
        national = example.national_number // 10_000 * 10_000 + last
        number = phonenumbers.PhoneNumber(
            country_code=example.country_code,
            national_number=national,
            italian_leading_zero=example.italian_leading_zero,
        )
        if phonenumbers.is_valid_number(number):
            break
    abroad = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    home = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    ways = [abroad, abroad.replace(" ", "-"), e164, "00" + e164[1:] if region not in ("US", "CA") else abroad]
    town = None
    if region in ("US", "CA") or chance.random() < 0.4:
        ways = [home, home.replace("-", ".").replace(") ", ")"), home.replace("(", "").replace(") ", "-"), home]
        town = towns.get(region)
    label = chance.choice(["Phone: ", "Tel. ", "Mobile: ", "", "", "T: ", "Cell: ", "Phone number - "])
    return e164, label + chance.choice(ways), town


# ------------------------------------------------------------ lines to blocks


def _blocks(lines: list[list[Piece]]) -> Iterator[Block]:
    side, top, begun = False, True, False
    run: list[list[Piece]] = []

    def closed() -> Iterator[Block]:
        for entry in _split(run):
            yield Block("entry", "\n".join(entry.lines), entry, side)
        run.clear()

    for line in lines:
        text = _text(line)
        if top and not begun and any(piece.label == "Name" for piece in line) and len(text) < 60:
            begun = True
            yield Block("name", text)
        elif _is_heading(line, text):
            yield from closed()
            top = False
            side = bool(set(text.lower().split()) & _SIDE_WORDS)
            yield Block("heading", text, side=side)
        elif not top and _is_header(line, text):
            run.append(line)
        else:
            yield from closed()
            kind = "contact" if top and len(text) < 80 else "bullet" if text.startswith("•") else "text"
            yield Block(kind, text.lstrip("• "), side=side)
    yield from closed()


def _is_heading(line: list[Piece], text: str) -> bool:
    words = re.findall(r"[\w&]+", text.lower())
    return (
        not any(piece.label for piece in line)
        and 1 <= len(words) <= 5
        and set(words) <= _HEADING_WORDS
        and words[0] not in ("and", "of", "&")
    )


def _is_header(line: list[Piece], text: str) -> bool:
    told = sum(len(piece.text) for piece in line if piece.label in _WORK_LABELS | _SCHOOL_LABELS)
    return len(text) <= 160 and told >= 0.6 * len(re.sub(r"[\W_]", "", text)) and not text.endswith(";")


def _split(run: list[list[Piece]]) -> Iterator[Entry]:
    """Lines of labels without other text between them: one entry for each date range, which leads or ends its lines."""
    dated = [i for i, line in enumerate(run) if any(_is_range(piece) for piece in line)]
    starts = [0]
    if len(dated) > 1:
        leads = dated[0] == 0
        starts = dated if leads else [0, *(at + 1 for at in dated[:-1])]
    for start, end in zip(starts, [*starts[1:], len(run)], strict=True):
        if run[start:end]:
            yield _entry(run[start:end])


def _is_range(piece: Piece) -> bool:
    return piece.label in ("Years of Experience", "Graduation Year") and interval_of(piece.text) is not None


def _entry(lines: list[list[Piece]]) -> Entry:
    entry = Entry(lines=[_text(line) for line in lines])
    to = {
        "Designation": entry.titles,
        "Companies worked at": entry.companies,
        "College Name": entry.schools,
        "Degree": entry.degrees,
        "Location": entry.places,
        "Years of Experience": entry.dates,
        "Graduation Year": entry.dates,
    }
    for line in lines:
        degree = False
        for piece in line:
            if piece.label not in to:
                entry.loose += sum(map(str.isalpha, piece.text))
                degree = degree and len(piece.text.strip()) < 3
                continue
            held = to[piece.label]
            if piece.label == "Degree" and degree:
                held[-1] += f" {piece.text}"  # "B.Sc." and "Physics", marked apart on one line
            else:
                held.append(piece.text)
            degree = piece.label == "Degree" or (degree and piece.label == "Graduation Year")
    return entry


# ------------------------------------------------------------ gold


def _gold(lines: list[list[Piece]], blocks: list[Block], phone: str) -> Gold:
    entries = [block.entry for block in blocks if block.entry is not None]
    jobs = [e for e in entries if not e.degrees and any(interval_of(d) for d in e.dates) and (e.titles or e.companies)]
    studies = [e for e in entries if e.degrees]
    by_label: dict[str, list[str]] = {}
    for line in lines:
        for piece in line:
            if piece.label:
                by_label.setdefault(piece.label, []).append(piece.text)
    intervals = [found for job in jobs for d in job.dates[:1] if (found := interval_of(d)) is not None]
    return Gold(
        names=_names(lines)[0],
        longer_names=_names(lines)[1],
        emails=[text.lower().strip(" .,") for text in by_label.get("Email Address", []) if "@" in text],
        phone=phone,
        titles=[(part,) for job in jobs for title in job.titles for part in title.split("/") if part.strip()],
        companies=[_ways(job) for job in jobs if job.companies or job.schools],
        degrees=[degree for study in studies for degree in study.degrees],
        intervals=intervals,
        jobs=jobs,
        mentions={
            "titles": by_label.get("Designation", []),
            "companies": by_label.get("Companies worked at", []) + by_label.get("College Name", []),
            "degrees": by_label.get("Degree", []),
            "intervals": by_label.get("Years of Experience", []) + _undated(lines),
        },
    )


def _undated(lines: list[list[Piece]]) -> list[str]:
    """Date ranges without a label within two lines of a labelled title or employer."""
    marked = [i for i, line in enumerate(lines) if any(p.label in ("Designation", "Companies worked at") for p in line)]
    near = {i + step for i in marked for step in (-2, -1, 0, 1, 2)}
    return [
        piece.text
        for i, line in enumerate(lines)
        if i in near
        for piece in line
        if piece.label is None and interval_of(piece.text)
    ]


def _ways(job: Entry) -> tuple[str, ...]:
    """How an employer may be named: a department, its university, or both in the order they are printed in."""
    parts = job.companies + job.schools
    return tuple(dict.fromkeys([*parts, ", ".join(parts), ", ".join(job.schools + job.companies)]))


def _names(lines: list[list[Piece]]) -> tuple[list[str], list[str]]:
    """As labelled, and with the words that were left standing after the label."""
    names: list[str] = []
    longer: list[str] = []
    referees = False
    for line in lines:
        if re.match(r"(?i)^\W*(?:references|referees)\b", _text(line)):
            referees = not names
        for piece, following in zip(line, [*line[1:], Piece("")], strict=True):
            if piece.label == "Name":
                names.append(piece.text)
                rest = re.fullmatch(r"[\s.]*([A-Z][\w'-]+(?: [A-Z][\w'-]+)?)\W*", following.text)
                if rest and following.label is None and following is line[-1]:
                    longer.append(f"{piece.text} {rest[1]}")
    return ([], []) if referees else (names, longer)
