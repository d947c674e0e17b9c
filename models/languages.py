"""Language tags, as jobs, kits and engines name them."""

from __future__ import annotations


def code_of(language: str) -> str:
    """ISO 639-1 of a tag: "de" of "de-AT"."""
    return language.partition("-")[0].lower()
