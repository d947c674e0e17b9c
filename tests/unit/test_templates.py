"""The small language of messages, and the employer's branding: what is refused, and what a reader gets."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from PIL import Image

from integrations import branding
from integrations.fixed_words import DE, EN, moment
from integrations.templates import KINDS, LANGUAGES, PLACEHOLDERS, checked, filled, language_of, paragraphs, standard
from models.errors import BadRequest

AT = datetime(2026, 11, 29, 10, 15, tzinfo=UTC)


def test_the_standard_words_keep_their_own_rules_in_every_language() -> None:
    for kind in KINDS:
        assert set(KINDS[kind].placeholders) <= set(PLACEHOLDERS)
        for language in LANGUAGES:
            text = standard(kind, language)
            assert checked(kind, text.subject, text.body) == text, (kind, language)
    for name in EN.__dataclass_fields__:
        if isinstance(english := getattr(EN, name), str):
            assert english.count("{") == getattr(DE, name).count("{"), name
    assert len(EN.facts) == len(DE.facts)
    assert (language_of("de-AT"), language_of("fr")) == ("de", "en")


@pytest.mark.parametrize(
    ("subject", "body", "said"),
    [
        ("Hello", "Dear {nobody}", "no placeholder {nobody}.*There are {candidate}, {job}"),
        ("For {answer}", "Words", "no placeholder {answer}"),
        ("Hello", "Dear {candidate", "brace stands alone"),
        ("Hello", "Dear }", "brace stands alone"),
        ("Hello", "{candidate.name.__class__}", "no placeholder"),
        ("Hello", "{{candidate}}", "brace stands alone"),
        ("Open {link}", "Words", "no subject"),
        (" ", "Words", "may not be empty"),
        ("Hello", "\n \n", "may not be empty"),
        ("x" * 201, "Words", "at most 200"),
        ("Hello", "bell \x07", "cannot be kept"),
    ],
)
def test_what_cannot_be_sent_is_refused_while_it_is_saved(subject: str, body: str, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        checked("invitation", subject, body)


def test_values_are_never_read_as_placeholders_and_an_empty_one_leaves_no_gap() -> None:
    assert filled("Hello {candidate},", {"candidate": ""}) == "Hello,"
    assert filled("{candidate} at {employer}", {"candidate": "{employer}", "employer": "Nord"}) == "{employer} at Nord"
    assert paragraphs("a\nb\n\n \nc\n") == ["a\nb", "c"]
    clean = checked("invitation", "Hi\r\nBcc: all@example.com", "one\r\n\r\ntwo")
    assert (clean.subject, clean.body) == ("Hi Bcc: all@example.com", "one\n\ntwo")


def test_times_are_told_in_the_reader_s_zone_with_its_name() -> None:
    assert moment(AT, "UTC") == "29 November 2026, 10:15 UTC"
    assert moment(AT, "Europe/Berlin") == "29 November 2026, 11:15 (Europe/Berlin, UTC+1)"
    assert moment(AT, "Asia/Kolkata", "de") == "29. November 2026, 15:45 Uhr (Asia/Kolkata, UTC+5:30)"


def test_a_colour_is_dark_enough_for_words_or_refused_with_one_that_is() -> None:
    assert branding.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert branding.accent(" #0F5F5C ") == "#0f5f5c"
    assert branding.accent("") == branding.stylesheet("") == ""
    with pytest.raises(BadRequest, match="would do: #") as caught:
        branding.accent("#88ccff")
    better = caught.value.detail.rpartition(" ")[2].rstrip(".")
    assert branding.accent(better) == better
    for wrong in ("red", "#12345", "#0f5f5c; } body { display: none"):
        with pytest.raises(BadRequest, match="six digits"):
            branding.accent(wrong)


def picture(kind: str, size: tuple[int, int] = (900, 300)) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "where it was taken"
    Image.new("RGB", size, "purple").save(out, kind, exif=exif)
    return out.getvalue()


def test_a_logo_is_drawn_anew_and_nothing_else_of_the_file_is_kept() -> None:
    for kind in ("PNG", "JPEG"):
        drawn, sha256 = branding.logo(picture(kind))
        assert drawn.startswith(b"\x89PNG")
        assert b"taken" in picture(kind)
        assert b"taken" not in drawn
        assert Image.open(io.BytesIO(drawn)).size == (432, 144)
        assert len(sha256) == 64
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    for wrong in (svg, picture("GIF"), b"", b"\x89PNG\r\n\x1a\nbroken", picture("PNG")[:200]):
        with pytest.raises(BadRequest, match="no PNG or JPEG"):
            branding.logo(wrong)
    with pytest.raises(BadRequest, match="pixels"):
        branding.logo(picture("PNG", (5000, 10)))
    with pytest.raises(BadRequest, match="larger than 1 MB"):
        branding.logo(b"x" * 1_000_001)
