"""Other people's words as they are shown: nothing in them that cannot be seen, and nothing that turns the words around
them. `page_of` makes it so for every template; mails, calendars and tables ask `visible` themselves.

Every value that a template puts out goes through `visible`; one with letters written from right to left is set apart
from the text around it besides (<bdi>; in attributes and within sentences by the signs of UAX 9, as Fluent does)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Protocol

from jinja2 import Environment, pass_context
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.runtime import Context
from markupsafe import Markup

from models.sentences import Sentence

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
    """Markup of our own stays as it is."""
    return visible(value) if type(value) is str else value


def _isolated(value: Any) -> Any:
    """A value between tags."""
    if type(value) is not str or not _LEFTWARD.search(value):
        return value
    return Markup("<bdi>{}</bdi>").format(visible(value))


class Tongue(Protocol):
    """What says the interface's texts in the language of whoever reads. Texts are given and come back with their
    placeholders: %(name)s."""

    def say(self, text: str) -> str: ...

    def say_of_some(self, one: str, more: str, number: int) -> str: ...


class English:
    """As the templates have them."""

    def say(self, text: str) -> str:
        return text

    def say_of_some(self, one: str, more: str, number: int) -> str:
        return one if number == 1 else more


def _filled(context: Context, text: str, values: dict[str, Any]) -> Any:
    """A text of ours with somebody's words in it: those are set apart, and markup only where it is ours."""
    filled = {name: apart(each) if type(each) is str else each for name, each in values.items()}
    whole = Markup(text) if context.eval_ctx.autoescape else text  # noqa: S704 # nosec B704 - the template's own words
    return whole % filled


def _quoted(value: Any) -> Any:
    """A value within a tag: a translation's quotation mark does not end the attribute."""
    return Markup(str(value).replace('"', "&#34;")) if isinstance(value, Markup) else value  # noqa: S704 # nosec B704


class Isolating(Extension):
    """Gives each value that a template puts between tags to `_isolated`, each within a tag to `_quoted`; not those in
    fields, titles and sentences."""

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
            through = "" if raw or within else "quoted" if tag else "isolated"
            if token.type == "variable_end" and through:
                yield Token(token.lineno, "rparen", ")")
                yield Token(token.lineno, "pipe", "|")
                yield Token(token.lineno, "name", through)
            yield token
            if token.type == "variable_begin" and through:
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


def page_of(environment: Environment, tongue: Tongue | None = None) -> None:
    """Makes an environment's templates show words so, and say their sentences in `tongue`; English without one."""
    spoken = tongue or English()

    @pass_context
    def said(context: Context, text: str, /, **values: Any) -> Any:
        """`_("Choose %(name)s", name=...)`"""
        return _filled(context, spoken.say(text), values)

    @pass_context
    def said_of_some(context: Context, one: str, more: str, number: int, /, **values: Any) -> Any:
        return _filled(context, spoken.say_of_some(one, more, number), {"num": number, **values})

    def again(value: Any) -> Any:
        return value.again(spoken.say, spoken.say_of_some) if isinstance(value, Sentence) else value

    def translated(label: Any) -> Any:
        """A label made in Python (`models.sentences`); what is in no catalogue stays as it is."""
        return spoken.say(label) if type(label) is str and label else again(label)

    environment.add_extension("jinja2.ext.i18n")
    environment.add_extension(Isolating)
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]  # the extension's
    environment.policies["ext.i18n.trimmed"] = True  # a sentence may be broken into lines anywhere in a template
    environment.globals |= {"_": said, "gettext": said, "ngettext": said_of_some}
    environment.filters |= {
        "isolated": lambda value: _isolated(again(value)),
        "quoted": _quoted,
        "translated": translated,
    }
    environment.finalize = lambda value: _put_out(again(value))
