"""Section titles, and lines put together again into bullets and paragraphs. Pure; called by `parse` and `layout`.

A title is a short line that the lexicon knows: as a whole phrase anywhere, or by one telling word where it is set in
capitals or in bold as well. Anything looser would take employers and job titles for sections.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from models.values import Box, DocumentText, Line
from screening.dates import goes_on, looks_like_dates
from screening.languages import languages_in
from screening.raw import DOCX, HTML, PDF
from screening.titles import has_title_word

SECTIONS: tuple[str, ...] = (
    "summary",
    "experience",
    "education",
    "skills",
    "certificates",
    "languages",
    "projects",
    "publications",
    "interests",
    "references",
    "contact",
    "other",
)

_PHRASES = {
    "summary": "summary|profile|hello|hi|in short|in brief|who i am|"
    "objective|career objective|about|about me|overview|career overview|executive summary|"
    "professional summary|career summary|personal statement|personal profile|professional profile|summary of "
    "qualifications|qualifications summary|qualifications|highlights|career highlights|objectives|introduction|"
    "zusammenfassung|profil|über mich|kurzprofil|résumé professionnel|à propos|à propos de moi|profil professionnel|"
    "objectif|perfil|perfil profesional|resumen|resumen profesional|sobre mí|podsumowanie|profil zawodowy|o mnie",
    "experience": "experience|research|research experience|teaching|teaching experience|"
    "work|jobs|where i have worked|where i worked|what i have done|"
    "work experience|professional experience|employment|employment history|work history|"
    "career history|professional background|relevant experience|experience summary|career|positions held|internships|"
    "internship experience|professional history|clinical experience|nursing experience|sales experience|"
    "related experience|additional experience|other experience|previous experience|industry experience|"
    "berufserfahrung|beruflicher werdegang|berufliche erfahrung|werdegang|praxiserfahrung|praktika|arbeitserfahrung|"
    "expérience|expériences|expérience professionnelle|expériences professionnelles|parcours professionnel|"
    "experiencia|experiencia laboral|experiencia profesional|historial laboral|doświadczenie|"
    "doświadczenie zawodowe|przebieg kariery|historia zatrudnienia",
    "education": "education|educational background|academic background|education and training|academic qualifications|"
    "educational qualifications|education & training|academic history|academics|studies|degrees|"
    "education and certifications|education & certifications|ausbildung|bildung|studium|bildungsweg|akademische "
    "ausbildung|schulbildung|ausbildung und studium|formation|formations|études|formation académique|diplômes|"
    "educación|formación|formación académica|estudios|wykształcenie|edukacja",
    "skills": "skills|what i know|what i can do|"
    "technical skills|key skills|core skills|core competencies|competencies|key competencies|"
    "areas of expertise|expertise|technologies|tools|tools and technologies|tools & technologies|technical proficiency|"
    "technical proficiencies|technical expertise|skill set|skills summary|professional skills|soft skills|hard skills|"
    "computer skills|it skills|skills and abilities|skills & abilities|skills and tools|skills & tools|"
    "technical summary|technical skill set|software skills|technology|programming skills|strengths|clinical skills|"
    "kenntnisse|fähigkeiten|kompetenzen|it-kenntnisse|edv-kenntnisse|fachkenntnisse|technische kenntnisse|compétences|"
    "compétences techniques|compétences clés|savoir-faire|informatique|habilidades|competencias|aptitudes|"
    "conocimientos|habilidades técnicas|umiejętności|kompetencje|umiejętności techniczne",
    "certificates": "certificates|certifications|certification|licenses|licences|licensure|licenses and certifications|"
    "licences and certifications|certifications and licenses|certificates and licences|certifications & licenses|"
    "licenses & certifications|licences & certifications|registrations|licences and registrations|"
    "registration and licences|professional certifications|professional development|training|trainings|courses|"
    "training and certifications|courses and certifications|training & certifications|zertifikate|zertifizierungen|"
    "weiterbildung|weiterbildungen|fortbildungen|lizenzen|certificats|habilitations|certificaciones|cursos|licencias|"
    "certyfikaty|uprawnienia|kursy|szkolenia|kursy i szkolenia|certyfikaty i uprawnienia",
    "languages": "languages|language skills|language|foreign languages|sprachen|sprachkenntnisse|langues|idiomas|"
    "lenguas|języki|języki obce|znajomość języków",
    "projects": "projects|personal projects|selected projects|key projects|side projects|academic projects|"
    "project experience|relevant projects|open source|open-source|open source contributions|projekte|projets|"
    "proyectos|projekty",
    "publications": "publications|papers|talks|publications and talks|conferences|patents|veröffentlichungen|"
    "publikationen|publicaciones|publikacje|conference talks",
    "interests": "interests|hobbies|hobbies and interests|interests and hobbies|hobbies & interests|personal interests|"
    "activities|extracurricular activities|interessen|hobbys|loisirs|centres d'intérêt|centres d’intérêt|intereses|"
    "aficiones|zainteresowania",
    "references": "references|referees|referenzen|références|referencias|referencje|references available upon request",
    "contact": "contact|contact details|contact information|personal details|personal information|personal data|"
    "kontakt|persönliche daten|coordonnées|informations personnelles|contacto|datos personales|dane osobowe|"
    "dane kontaktowe|curriculum vitae|resume|cv|lebenslauf|résumé|życiorys",
    "other": "clinical rotations|volunteering|volunteer experience|volunteer work|volunteer|awards|"
    "honors|honours|honors and awards|"
    "awards and honors|awards & honors|achievements|key achievements|affiliations|memberships|professional memberships|"
    "professional affiliations|military service|military experience|additional information|miscellaneous|other|"
    "leadership|community involvement|community service|availability|work authorization|right to work|driving licence|"
    "ehrenamt|ehrenamtliches engagement|auszeichnungen|sonstiges|mitgliedschaften|bénévolat|distinctions|divers|"
    "voluntariado|premios|otros|wolontariat|nagrody|dodatkowe informacje|inne",
}
_SECTION_OF = {phrase: section for section, phrases in _PHRASES.items() for phrase in phrases.split("|")}
# A line made of such words alone is a title; its section is that of the first list that has one of them.
_HEADS: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (section, frozenset(words.split()))
    for section, words in (
        ("references", "references referees"),
        (
            "other",
            "volunteer volunteering community awards award honors honours affiliations memberships membership "
            "societies society committees leadership taught services committee extracurricular recognition",
        ),
        (
            "publications",
            "publications publication papers articles conferences talks patents journals grants "
            "dissertation thesis proceedings lectures",
        ),
        (
            "skills",
            "skills skill competencies proficiencies proficiency expertise technologies tools toolbox abilities",
        ),
        (
            "experience",
            "experience experiences employment internships internship appointments positions berufserfahrung worked",
        ),
        ("education", "education educational degrees schooling academics"),
        (
            "certificates",
            "certifications certification certificates licenses licences licensure accreditations training "
            "trainings credentials seminars workshops courses",
        ),
        ("projects", "projects"),
        ("languages", "languages"),
        ("interests", "interests hobbies"),
        ("summary", "summary objective objectives profile overview highlights"),
        ("other", "achievements accomplishments activities strengths attributes"),
    )
)
_PAIRS = (
    (
        "education",
        {"academic"},
        {"background", "qualifications", "qualification", "history", "record", "records", "profile"},
    ),
    (
        "experience",
        {"work", "career", "job", "professional"},
        {"history", "record", "background", "progression", "chronology"},
    ),
    ("certificates", {"professional", "additional", "other"}, {"qualifications", "qualification", "development"}),
    ("contact", {"personal", "contact"}, {"information", "details", "particulars", "data", "info"}),
)
_BESIDE = frozenset(
    """
    professional work career relevant related additional other previous past current selected key core technical
    personal academic teaching research clinical industry industrial business management military nursing legal sales
    computer software hardware it information technology technological and of & / the in my with summary history
    background details record records brief major general special areas area field job student graduate undergraduate
    postgraduate administrative consulting engineering corporate executive international qualifications qualification
    chronological functional notable recent overall total organizational functions language foreign programming
    community public university professional-level development honors honours refereed peer reviewed invited
    """.split()  # noqa: SIM905
)
_WORDS = _BESIDE.union(*(words for _, words in _HEADS))
_KEYWORDS = {word: section for section, words in reversed(_HEADS) for word in words if word not in ("worked",)}
_AFTER_KEYWORD = {"and", "&", "/", "i", "und", "et", "y", "summary", "history", "background", "details", "highlights"}
_HEADWORD = re.compile(r"[^\s,()/:;.&-]+")
_INLINE = {"summary", "skills", "languages", "certificates", "interests", "education", "references", "contact"}
_BULLET = re.compile(r"^\s*(?:[•●○▪■◦‣⁃·∙➢➤►▸✓✔❖◆\uf0b7\uf0a7\uf0d8\uf076\uf0fc*]|[-–—](?=\s)|o(?=\s{2,}))\s*")
_NUMBERED = re.compile(r"^\s*\(?\d{1,2}[.)]\s+(?=\S)")
_FOLIO = re.compile(
    r"(?i)^\s*(?:[-–]\s*)?(?:page|seite|strona|página)?\s*\d{1,3}\s*(?:(?:of|/|von|z|de|"
    r"sur)\s*\d{1,3})?(?:\s*[-–])?\s*$"
)
_LONGEST_UNIT = 4_000
_PART_OF_JOB = re.compile(
    r"(?:(?:key|selected|main|major|notable|relevant|technical) )?(?:achievements?|accomplishments?|highlights?|"
    r"projects?|skills(?: used)?|tools|technologies|contributions?|references?|awards)"
)


@dataclass(slots=True)
class Unit:
    """A bullet, a paragraph or a line that stands alone: `start` is where its words begin, past the bullet sign."""

    lines: list[Line]
    section: str
    start: int
    bullet: bool = False
    title: bool = False
    """A section title: it steers, and is never quoted."""
    entry: int | None = field(default=None)

    @property
    def end(self) -> int:
        return self.lines[-1].end


def heading_of(text: str, *, emphasis: bool = False) -> str | None:
    """The section that a line announces, or None. `text` is the whole line."""
    if len(text) > 60:
        return None
    plain = _plain(text)
    if not plain:
        return None
    if plain in _SECTION_OF:
        return _SECTION_OF[plain]
    if (section := _made_of_title_words(plain)) is not None:
        return section
    words = plain.split()
    if len(words) > 5 or not (emphasis or _capitals(text)) or any(ch.isdigit() for ch in plain):
        return None
    if re.search(r"[,|@\t]", text) or has_title_word(text):  # "Training Specialist" is a job
        return None
    if words[-1] in _KEYWORDS:
        return _KEYWORDS[words[-1]]
    opens = words[0] in _KEYWORDS and len(words) > 1 and words[1] in _AFTER_KEYWORD
    return _KEYWORDS[words[0]] if opens else None


def _made_of_title_words(plain: str) -> str | None:
    """ "information technology professional experience": all words are those of titles, one says which section."""
    words = _HEADWORD.findall(plain)
    if not 1 <= len(words) <= 6 or len(plain) > 60 or not _WORDS.issuperset(words):
        return None
    held = set(words)
    for section, first, second in _PAIRS:
        if len(held) <= 4 and held & first and held & second and not any(held & heads for _, heads in _HEADS[:6]):
            return section
    return next((section for section, heads in _HEADS if held & heads), None)


def inline_heading(text: str) -> tuple[str, int] | None:
    """("skills", 8) of "Skills: Python, Go": a title and its content on one line, and where the content begins."""
    match = re.match(r"^\s*([^:\t|]{3,40}?)\s*[:\t]\s*(?=\S)", text)
    if match is None:
        return None
    section = _SECTION_OF.get(_plain(match[1]))
    return (section, match.end()) if section in _INLINE else None


def units(document: DocumentText) -> list[Unit]:
    """The document as units with their sections, page numbers left out."""
    wraps = _Wraps(document)
    found: list[Unit] = []
    section = "contact"
    previous: Line | None = None
    running = {line.text for line in document.lines[:6]}
    repeated = _repeated(document)
    for line in document.lines:
        if (line.page or 1) > 1 and line.text in running:  # the head of the page, again
            continue
        if not line.text.strip() or _FOLIO.match(line.text):
            previous = None if not line.text.strip() else previous
            continue
        heading = heading_of(line.text, emphasis=line.emphasis)
        if heading is not None and section == "experience" and _plain(line.text) in repeated:
            heading = None  # each job has its own "Achievements"
        if heading is not None:
            section = heading
            found.append(Unit([line], section, line.start, title=True))
        elif (inline := inline_heading(line.text)) and _may_switch(section, inline[0], line):
            section = inline[0]
            found.append(Unit([line], section, line.start + inline[1]))
        elif found and previous is not None and not found[-1].title and wraps.continues(found[-1], previous, line):
            found[-1].lines.append(line)
        else:
            section = "contact" if previous is not None and wraps.banner(previous, line) else section
            mark = _BULLET.match(line.text) or _NUMBERED.match(line.text)
            start = line.start + (mark.end() if mark else len(line.text) - len(line.text.lstrip()))
            if start < line.end:
                found.append(Unit([line], section, start, bullet=mark is not None or line.bullet))
        previous = line
    return found


def _repeated(document: DocumentText) -> set[str]:
    """Titles of parts of a job that stand more than once: they belong to the jobs above them, and end no section."""
    told = Counter(_plain(line.text) for line in document.lines if len(line.text) < 40)
    return {text for text, times in told.items() if times > 1 and _PART_OF_JOB.fullmatch(text)}


def _may_switch(current: str, new: str, line: Line) -> bool:
    """ "Skills: ..." inside a job describes the job; a section of that name begins only elsewhere or in bold."""
    if new == current or (new == "languages" and not languages_in(line.text)):  # "Languages: Python, Go"
        return False
    return current not in ("experience", "projects") or line.emphasis or new in ("languages", "interests", "references")


def _plain(text: str) -> str:
    text = text.strip().strip("•●▪■◆❖*#=_|:.-–—~<>[]() \t")
    if re.fullmatch(r"(?:\S ){3,}\S(?:\s{2,}(?:\S ){2,}\S)*", text):  # "E X P E R I E N C E"
        text = re.sub(r"(?<=\S) (?=\S)", "", text)
    text = re.sub(r"^(?:\d{1,2}|[IVX]{1,4})[.)]\s+", "", text)
    return " ".join(text.lower().split())


def _capitals(text: str) -> bool:
    letters = [ch for ch in text if ch.isalpha()]
    return len(letters) >= 3 and all(ch.isupper() for ch in letters)


def _begins_anew(text: str, before: str) -> bool:
    """A short line of capitalised words after a sentence's end, or with a job's title, is no rest of a paragraph."""
    words = text.split()
    if len(text) > 70 or len(words) > 9 or text.rstrip()[-1] in ".;":
        return False
    named = sum(word[:1].isupper() for word in words) >= 0.6 * len(words)
    return named and (before[-1] in ".!?;" or has_title_word(text))


class _Wraps:
    """Decides whether a line goes on with the paragraph before it. Only PDF and plain text break lines by width."""

    def __init__(self, document: DocumentText) -> None:
        # Of distinct lines without their runs of spaces: neither repeats nor padding move where paragraphs end.
        lengths = sorted(map(len, {" ".join(line.text.split()) for line in document.lines} - {""}))
        self._measure = lengths[int(0.95 * (len(lengths) - 1))] if lengths else 0
        # Text whose longest lines are far longer than a page is wide was not wrapped at all.
        paged = document.media_type == PDF
        self._wrapped = document.media_type not in (DOCX, HTML) and (paged or self._measure <= 130)
        heights = sorted(line.box.y1 - line.box.y0 for line in document.lines if line.box)
        self._height = heights[len(heights) // 2] if heights else 0.0
        self._right: dict[tuple[int | None, int], float] = {}
        for line in document.lines:
            if line.box is not None:
                for key in self._columns(line, line.box):
                    self._right[key] = max(self._right.get(key, 0.0), line.box.x1)

    def continues(self, unit: Unit, before: Line, line: Line) -> bool:
        if line.end - unit.start > _LONGEST_UNIT:
            return False
        if goes_on(before.text, line.text):
            return True
        if not self._wrapped or line.bullet or _BULLET.match(line.text) or _NUMBERED.match(line.text):
            return False
        if line.emphasis != before.emphasis or (before.page == line.page and self._apart(before, line)):
            return False
        ending = before.text.rstrip()
        if ending[-1] in "-–—" and looks_like_dates(line.text):  # "2008 –" / "2013"
            return True
        if "\t" in line.text or "\t" in before.text or looks_like_dates(line.text) or looks_like_dates(before.text):
            return False
        if unit.bullet and self._indented(unit.lines[0], line):
            return True
        if line.text.lstrip()[0].islower() or ending[-1] in ",-–&/(" or ending.lower().endswith((" and", " or", " of")):
            return self._full(before, line, 0.5)
        if _begins_anew(line.text, ending):
            return False
        # Lists without commas at their line ends are lists of lines.
        return unit.section != "skills" and ending[-1] != ":" and len(line.text) > 2 and self._full(before, line, 0.85)

    def banner(self, before: Line, line: Line) -> bool:
        """Large type at the top of a new column: the name of the person beside a side bar, whatever section ended."""
        if before.box is None or line.box is None or before.page != line.page:
            return False
        large = line.emphasis and line.box.y1 - line.box.y0 > 1.3 * self._height
        return large and line.box.y0 < before.box.y0 - 2 * self._height

    def _apart(self, before: Line, line: Line) -> bool:
        if before.box is None or line.box is None:
            return False
        height = before.box.y1 - before.box.y0
        gap = line.box.y0 - before.box.y1
        return gap > 0.8 * height or gap < -2 * height  # far below, or back at the top of another column

    def _indented(self, first: Line, line: Line) -> bool:
        if first.box is not None and line.box is not None:
            return line.box.x0 > first.box.x0 + 3
        indent = len(line.text) - len(line.text.lstrip())
        return indent > len(first.text) - len(first.text.lstrip())

    def _full(self, before: Line, line: Line, share: float) -> bool:
        """Whether the line before was full: the next word would not have fitted, or, without boxes, by its length."""
        if before.box is None:
            return len(" ".join(before.text.split())) >= share * min(self._measure, 110)
        right = max(self._right[key] for key in self._columns(before, before.box))
        width = (before.box.x1 - before.box.x0) / max(len(before.text), 1)
        word = len(line.text.split()[0]) + 1
        return before.box.x1 + word * width * 1.05 > right

    def _columns(self, line: Line, box: Box) -> list[tuple[int | None, int]]:
        """Keys of the lines that begin at about the same place across the page."""
        slot = round(box.x0 / 20)
        return [(line.page, slot - 1), (line.page, slot), (line.page, slot + 1)]
