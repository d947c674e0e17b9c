"""Sentences of Foyer's own that are made in Python and shown on a page: English as strings, and able to be said again
in the language of whoever reads (`api.translating`). Used wherever labels and notices for pages are made.

`pybabel` collects the literals: `N_("Label")` marks one of a table, `sentence` and `sentences` are filled in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Say = Callable[[str], str]
"""A text -> the same in another language; itself where there is none."""
SayOfSome = Callable[[str, str, int], str]


def N_(text: str) -> str:
    """The text itself: marked, to be translated where it is shown."""
    return text


class Sentence(str):
    """English, and what it was made of. Programs, logs and tests see the English."""

    __slots__ = ("_more", "_number", "_text", "_values")

    _text: str
    _more: str
    _number: int
    _values: dict[str, Any]

    def again(self, say: Say, say_of_some: SayOfSome) -> str:
        """The same in the language of `say`; a sentence within it as well."""
        text = say_of_some(self._text, self._more, self._number) if self._more else say(self._text)
        values = {
            name: each.again(say, say_of_some) if isinstance(each, Sentence) else each
            for name, each in self._values.items()
        }
        return text % values


def sentence(text: str, /, **values: Any) -> Sentence:
    """ "Invited %(name)s." with its values, which are shown as they are."""
    made = Sentence(text % values)
    made._text, made._more, made._number, made._values = text, "", 0, values
    return made


def sentences(one: str, more: str, num: int, /, **values: Any) -> Sentence:
    """`one` or `more`, by `num`, which both may show as %(num)s."""
    values = {"num": num, **values}
    made = Sentence((one if num == 1 else more) % values)
    made._text, made._more, made._number, made._values = one, more, num, values
    return made
