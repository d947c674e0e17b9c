"""The employer's branding in messages and on the candidate's pages: a name, a logo, a colour, somebody to write
to. Pure; `api.brandings` keeps it, `integrations.mail` and the candidate's pages show it."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from dataclasses import dataclass

from PIL import Image

from models.errors import BadRequest

LOGO_BYTES = 1_000_000
LOGO_PIXELS = 4_000
LOGO_BOX = (480, 144)
"""What is kept fits into it: twice as large as it is shown."""
STANDARD = "#0f5f5c"
CONTRAST = 4.5
"""WCAG 2.2 AA for text, of the colour against what lies behind it and the words upon it."""
BEHIND = ("#ffffff", "#f4f6f7")
"""Card and page, in the light scheme."""


@dataclass(frozen=True, slots=True)
class Branding:
    """Empty: not said. `contact` and `reply_to` are addresses, `accent` is #rrggbb, `zone` a name of the tz database,
    `logo` the sha256 of a PNG."""

    name: str = ""
    contact_name: str = ""
    contact: str = ""
    address: str = ""
    reply_to: str = ""
    accent: str = ""
    zone: str = "UTC"
    logo: str = ""


UNKNOWN = Branding()
"""Of an employer who has said nothing."""


def contrast(one: str, other: str) -> float:
    """Of two colours #rrggbb, 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def accent(text: str) -> str:
    """#rrggbb as it may be used, or empty for the standard one. Raises BadRequest for what is none, or is too pale."""
    colour = text.strip().lower()
    if not colour:
        return ""
    if not re.fullmatch(r"#[0-9a-f]{6}", colour):
        raise BadRequest("A colour is # and six digits, such as #0f5f5c. Leave it empty for the standard one.")
    reached = min(contrast(colour, behind) for behind in BEHIND)
    if reached < CONTRAST:
        raise BadRequest(
            f"{colour} has a contrast of {reached:.1f} to 1 against the page; words need {CONTRAST} to 1. "
            f"A darker one of the same kind would do: {_darker(colour)}."
        )
    return colour


def stylesheet(colour: str) -> str:
    """The colour and its shades as CSS properties. In the dark scheme the standard ones stay: what reads well on white
    does not on black."""
    if not colour:
        return ""
    strong, soft = _mixed(colour, "#000000", 0.25), _mixed(colour, "#ffffff", 0.87)
    shades = {"accent": colour, "accent-strong": strong, "accent-soft": soft, "on-accent": "#ffffff"}
    said = " ".join(f"--{name}: {shade};" for name, shade in shades.items())
    return f"@media (prefers-color-scheme: light) {{\n  body.candidate, .branding-sample {{ {said} }}\n}}\n"


def logo(content: bytes) -> tuple[bytes, str]:
    """A PNG or JPEG, drawn anew as a small PNG without anything else that was in the file, and its sha256. Raises
    BadRequest."""
    if len(content) > LOGO_BYTES:
        raise BadRequest(f"The logo is larger than {LOGO_BYTES // 1_000_000} MB. Send a smaller file.")
    wrong = BadRequest("This is no PNG or JPEG that can be read. Save the logo as one of them and send it again.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=("PNG", "JPEG"))
            if max(picture.size) > LOGO_PIXELS:
                raise BadRequest(f"The logo is more than {LOGO_PIXELS} pixels wide or high. Send a smaller picture.")
            drawn = picture.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as broken:
        raise wrong from broken
    drawn.thumbnail(LOGO_BOX)
    clean = Image.new("RGBA", drawn.size)
    clean.paste(drawn)
    out = io.BytesIO()
    clean.save(out, "PNG", optimize=True)
    return out.getvalue(), hashlib.sha256(out.getvalue()).hexdigest()


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    linear = [c / 12.92 if (c := n / 255) <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for n in _channels(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _mixed(colour: str, other: str, share: float) -> str:
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(one * (1 - share) + two * share):02x}" for one, two in pairs)


def _darker(colour: str) -> str:
    """The first shade on the way to black that reads well."""
    shades = (_mixed(colour, "#000000", step / 50) for step in range(51))
    return next(each for each in shades if min(contrast(each, behind) for behind in BEHIND) >= CONTRAST)
