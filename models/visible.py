"""Other people's words as they are shown: nothing in them that cannot be seen, and nothing that turns the words around
them. `page_of` makes it so for every template; mails, calendars and tables ask `visible` themselves.

Every value that a template puts out goes through `visible`; one with letters written from right to left is set apart
from the text around it besides (<bdi>; in attributes and within sentences by the signs of UAX 9, as Fluent does)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from jinja2 import Environment, pass_context
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.runtime import Context
from markupsafe import Markup

_ODD = re.compile("[^\t\n\r -~\u00a0-\u057f]")
"""What needs a closer look."""
_OVERRIDE = re.compile("[\u202d\u202e\ud800-\udfff]")
"""Turns the letters after it, whatever they are: "cv\u202efdp.exe" looks like cvexe.pdf. Seen as a mark."""
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u180e\u200b\u202a-\u202c\u2060-\u206f\ufeff\ufff9-\ufffb]"
    "|(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0000-\U000e007f]+"
)
"""Controls, embeddings and isolates that somebody else's text began, signs without width, letters of the tag block."""
_JOINERS = re.compile("(?<![^\x00-\u057f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\u057f])")
"""Where no script and no emoji needs them."""
_BREAKS = re.compile("[\u2028\u2029]")
_LEFTWARD = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]")
"""Hebrew, Arabic and their like."""
FIRST_STRONG, POP = "\u2068", "\u2069"


def visible(text: str) -> str:
    """The text without what hides or turns letters; unchanged where there is none of it."""
    if not _ODD.search(text):
        return text
    return _JOINERS.sub("", _UNSEEN.sub("", _OVERRIDE.sub("\ufffd", _BREAKS.sub("\n", text))))


def apart(text: str) -> str:
    """`visible`, as part of a sentence: letters from right to left move nothing beside them."""
    seen = visible(text)
    return f"{FIRST_STRONG}{seen}{POP}" if _LEFTWARD.search(seen) else seen


def _put_out(value: Any) -> Any:
    """`finalize` of every template: markup of our own stays as it is."""
    return visible(value) if type(value) is str else value


def _isolated(value: Any) -> Any:
    """A value between tags."""
    if type(value) is not str or not _LEFTWARD.search(value):
        return value
    return Markup("<bdi>{}</bdi>").format(visible(value))


@pass_context
def _said(context: Context, text: str, /, **values: Any) -> Any:
    """`_("Choose %(name)s", name=...)`, in English: what is filled in is somebody's words."""
    filled = {name: apart(each) if type(each) is str else each for name, each in values.items()}
    whole = Markup(text) if context.eval_ctx.autoescape else text  # noqa: S704 # nosec B704 - the template's own words
    return whole % filled


@pass_context
def _said_of_some(context: Context, one: str, more: str, number: int, /, **values: Any) -> Any:
    return _said(context, one if number == 1 else more, num=number, **values)


class Isolating(Extension):
    """Gives each value that a template puts between tags to `_isolated`; not those in attributes, fields, titles."""

    _OPENS = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)|<!--|-->|>")
    _RAW = frozenset({"title", "textarea", "option", "script", "style"})
    _BEGINS: ClassVar = {
        ("block", "title"): "endblock",
        ("block", "body_attributes"): "endblock",
        ("trans",): "endtrans",  # a sentence, whose values `_said` sets apart
    }

    def filter_stream(self, stream: TokenStream) -> TokenStream | Iterable[Token]:
        return self._marked(stream)

    def _marked(self, stream: TokenStream) -> Iterator[Token]:
        tag, raw, within = False, "", ""
        words: list[str] = []
        for token in stream:
            if token.type == "data":
                tag, raw = self._after(token.value, tag=tag, raw=raw)
            elif token.type == "block_begin":
                words = []
            elif token.type == "name":
                words.append(token.value)
                within = within or self._BEGINS.get(tuple(words[:2]), self._BEGINS.get((words[0],), ""))
                within = "" if words == [within] else within
            between = not (tag or raw or within)
            if token.type == "variable_end" and between:
                yield Token(token.lineno, "rparen", ")")
                yield Token(token.lineno, "pipe", "|")
                yield Token(token.lineno, "name", "isolated")
            yield token
            if token.type == "variable_begin" and between:
                yield Token(token.lineno, "lparen", "(")

    def _after(self, data: str, *, tag: bool, raw: str) -> tuple[bool, str]:
        """Whether we are within a tag after this piece of page, and within which element of plain text."""
        for found in self._OPENS.finditer(data):
            name = (found[2] or "").lower()
            if raw and not (found[1] and name == raw) and not (tag and found[0] == ">"):
                continue
            if name:
                tag = True
                if found[1]:
                    raw = ""
                elif name in self._RAW:
                    raw = name
            elif found[0] == ">":
                tag = False
        return tag, raw


def page_of(environment: Environment) -> None:
    """Makes an environment's templates show words so. Its sentences stay English until there is a catalogue."""
    environment.add_extension("jinja2.ext.i18n")
    environment.add_extension(Isolating)
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]  # the extension's
    environment.globals |= {"gettext": _said, "ngettext": _said_of_some}
    environment.filters["isolated"] = _isolated
    environment.finalize = _put_out
