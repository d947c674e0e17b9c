"""HTML to lines, through BeautifulSoup: what a browser would show, hidden text set apart. Called by `extract.read`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag

from screening.plain import decoded
from screening.raw import Raw, RawLine, corrupt, hidden_flags

_UNSEEN = {"script", "style", "noscript", "template", "head", "title", "meta", "link", "svg", "iframe", "object"}
_BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "dd", "details", "div", "dl", "dt", "fieldset", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main", "nav", "ol", "p",
    "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul", "br",
}  # fmt: skip
_CELLS = {"td", "th"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_STRONG = {"b", "strong", "th"}
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|(?<![-\w])opacity\s*:\s*0(?:\.0\d*)?(?![.\d])"
    r"|font-size\s*:\s*(?:0(?![.\d])|[0-3](?:\.\d+)?(?:px|pt))"
    r"|(?:left|top|text-indent|margin-left)\s*:\s*-\d{4,}",
    re.IGNORECASE,
)
_WHITE = r"(?:#fff(?:fff)?\b|white\b|rgba?\(\s*255\s*,\s*255\s*,\s*255)"
_WHITE_TEXT = re.compile(rf"(?<![-\w])color\s*:\s*{_WHITE}", re.IGNORECASE)
_GROUND = re.compile(r"background(?:-color|-image)?\s*:\s*([^;]+)", re.IGNORECASE)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


def read_html(content: bytes, name: str, max_pages: int) -> Raw:  # noqa: ARG001 - one signature for all readers
    """Raises UnreadableDocument (corrupt) for markup that cannot be read at all."""
    try:
        soup = BeautifulSoup(decoded(content), "html.parser")
    except (RecursionError, AssertionError) as broken:
        raise corrupt(name, "its markup is broken") from broken
    return _Page(soup).read()


@dataclass(frozen=True, slots=True)
class _Look:
    """How text inside an element is shown, as far as it matters here."""

    strong: bool = False
    white: bool = False
    dark: bool = False
    """Some ground other than white lies below."""

    def inside(self, tag: str, style: str) -> _Look:
        strong = self.strong or tag in _STRONG or tag in _HEADINGS
        white, dark = self.white, self.dark
        ground = _GROUND.search(style)
        if ground and not re.match(r"none|transparent|inherit|initial", ground[1].strip(), re.IGNORECASE):
            dark = not re.match(_WHITE, ground[1].strip(), re.IGNORECASE)
        if re.search(r"(?<![-\w])color\s*:", style):
            white = _WHITE_TEXT.search(style) is not None
        return _Look(strong, white, dark)


class _Page:
    def __init__(self, soup: BeautifulSoup) -> None:
        self._soup = soup
        self._styles = _sheet(soup)
        self._raw = Raw()
        self._hidden: list[tuple[str, str]] = []
        self._pieces: list[str] = []
        self._weights: list[tuple[int, bool]] = []
        self._item = False

    def read(self) -> Raw:
        """One walk without recursion: markup nests as deep as its author likes."""
        stack: list[tuple[Iterator[object], str, _Look]] = [(iter(self._soup.contents), "", _Look())]
        while stack:
            children, tag, look = stack[-1]
            node = next(children, None)
            if node is None:
                stack.pop()
                self._leave(tag)
            elif isinstance(node, Tag):
                if self._enter(node):
                    stack.append((iter(node.contents), node.name, look.inside(node.name, self._style(node))))
            elif type(node) is NavigableString:  # its subclasses are comments, doctypes and the like
                self._say(node, look)
        self._break()
        if self._hidden:
            self._raw.hidden = [text for _, text in self._hidden]
            self._raw.flags = hidden_flags(self._hidden)
        return self._raw

    def _enter(self, node: Tag) -> bool:
        if node.name in _UNSEEN:
            return False
        if node.has_attr("hidden") or _HIDING.search(self._style(node)):
            if text := " ".join(node.get_text(" ").split()):
                self._hidden.append(("hidden by the page's styles", text))
            return False
        if node.name in _BLOCKS:
            self._break()
            self._item |= node.name == "li"
        elif node.name in _CELLS and "".join(self._pieces).strip():
            self._pieces.append("\t")
        if node.name == "a" and (href := str(node.get("href") or "")).startswith(("http", "mailto:", "tel:")):
            self._raw.links.append(href)
        return True

    def _leave(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._break()

    def _say(self, text: str, look: _Look) -> None:
        if look.white and not look.dark and text.strip():
            self._hidden.append(("in the colour of its background", " ".join(text.split())))
            return
        self._pieces.append(re.sub(r"\s+", " ", text))
        self._weights.append((len(text.strip()), look.strong))

    def _break(self) -> None:
        cells = [" ".join(cell.split()) for cell in "".join(self._pieces).split("\t")]
        text = "\t".join(cell for cell in cells if cell)
        if text:
            first = next((strong for length, strong in self._weights if length), False)
            whole = all(strong for length, strong in self._weights if length)
            self._raw.lines.append(RawLine(text, emphasis=whole or (first and "\t" in text), bullet=self._item))
            self._item = False
        self._pieces, self._weights = [], []

    def _style(self, node: Tag) -> str:
        inline = str(node.get("style") or "")
        if not self._styles:
            return inline
        names = [f".{name}" for name in node.get_attribute_list("class") if name]
        if node.get("id"):
            names.append(f"#{node['id']}")
        return ";".join([*(self._styles.get(name, "") for name in [node.name, *names]), inline])


def _sheet(soup: BeautifulSoup) -> dict[str, str]:
    """Declarations of the simple selectors (a class, an id, an element) of the page's own style sheets."""
    rules: dict[str, str] = {}
    for sheet in soup.find_all("style"):
        css = re.sub(
            r"/\*.*?\*/|@media\s+print[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", sheet.get_text()[:200_000], flags=re.S
        )
        for selectors, declarations in _RULE.findall(css):
            for selector in selectors.split(","):
                if re.fullmatch(r"\s*[.#]?[\w-]+\s*", selector):
                    key = selector.strip()
                    rules[key] = f"{rules.get(key, '')};{declarations}"
    return rules
