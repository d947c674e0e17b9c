"""HTML to lines, through BeautifulSoup: what a browser would show, hidden text set apart. Called by `extract.read`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag

from screening.plain import decoded
from screening.raw import Raw, RawLine, corrupt, hidden_flags
from screening.styles import Look, sheet_styles, style_of

_UNSEEN = {"script", "style", "noscript", "template", "head", "title", "meta", "link", "svg", "iframe", "object"}
_BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "dd", "details", "div", "dl", "dt", "fieldset", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main", "nav", "ol", "p",
    "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul", "br",
}  # fmt: skip
_CELLS = {"td", "th"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_STRONG = {"b", "strong", "th"}


def read_html(content: bytes, name: str, max_pages: int) -> Raw:  # noqa: ARG001 - one signature for all readers
    """Raises UnreadableDocument (corrupt) for markup that cannot be read at all."""
    try:
        soup = BeautifulSoup(decoded(content), "html.parser")
    except (RecursionError, AssertionError) as broken:
        raise corrupt(name, "its markup is broken") from broken
    return _Page(soup).read()


class _Page:
    def __init__(self, soup: BeautifulSoup) -> None:
        self._soup = soup
        self._sheets = sheet_styles(soup)
        self._raw = Raw()
        self._hidden: list[tuple[str, str]] = []
        self._pieces: list[str] = []
        self._weights: list[tuple[int, bool]] = []
        self._item = False

    def read(self) -> Raw:
        """One walk without recursion: markup nests as deep as its author likes."""
        stack: list[tuple[Iterator[object], str, Look, bool]] = [(iter(self._soup.contents), "", Look(), False)]
        while stack:
            children, tag, look, strong = stack[-1]
            node = next(children, None)
            if node is None:
                stack.pop()
                self._leave(tag)
            elif isinstance(node, Tag):
                if self._enter(node):
                    style = style_of(node, self._sheets)
                    if style.get("float") in ("left", "right"):  # set apart from the words beside it
                        self._pieces.append("\t")
                    within = look.inside(style)
                    heavy = strong or node.name in _STRONG or node.name in _HEADINGS
                    stack.append((iter(node.contents), node.name, within, heavy))
            elif type(node) is NavigableString:  # its subclasses are comments, doctypes and the like
                self._say(node, look, strong=strong)
        self._break()
        if self._hidden:
            self._raw.hidden = [text for _, text in self._hidden]
            self._raw.flags = hidden_flags(self._hidden)
        return self._raw

    def _enter(self, node: Tag) -> bool:
        if node.name in _UNSEEN:
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
        if tag == "li":
            self._item = False

    def _say(self, text: str, look: Look, *, strong: bool) -> None:
        if text.strip() and (why := look.hidden()):
            self._hidden.append((why, " ".join(text.split())))
            return
        self._pieces.append(re.sub(r"\s+", " ", text))
        self._weights.append((len(text.strip()), strong))

    def _break(self) -> None:
        cells = [" ".join(cell.split()) for cell in "".join(self._pieces).split("\t")]
        text = "\t".join(cell for cell in cells if cell)
        if text:
            first = next((strong for length, strong in self._weights if length), False)
            whole = all(strong for length, strong in self._weights if length)
            self._raw.lines.append(RawLine(text, emphasis=whole or (first and "\t" in text), bullet=self._item))
            self._item = False
        self._pieces, self._weights = [], []
