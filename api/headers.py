"""The headers every answer carries. Used by `api.app` alone; `tests/flow/test_headers.py` looks at every page."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
HEARS = ("/room", "/i/")
"""Where the microphone may be asked for: the room, and the candidate's page that tries it."""
YEAR = 365 * 24 * 3600


def headers_of(request: Request, answer: Response) -> dict[str, str]:
    """What is set unless the route said otherwise. A page with forms keeps `same-origin`: under `no-referrer` browsers
    send `Origin: null` with a form, which tells nothing about who forged it."""
    path, kind = request.url.path, answer.headers.get("content-type", "")
    page = kind.startswith("text/html") and not path.startswith("/shared/")
    microphone = "(self)" if path.startswith(HEARS) else "()"
    found = {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin" if page else "no-referrer",
        "Permissions-Policy": f"camera=(), geolocation=(), payment=(), usb=(), microphone={microphone}",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Frame-Options": "DENY",
    }
    if kind.startswith("text/html"):
        found["Vary"] = "Accept-Language"
    if request.app.state.secure:
        found["Strict-Transport-Security"] = f"max-age={YEAR}; includeSubDomains"
    if not path.startswith("/static"):
        found["Cache-Control"] = "no-store"
    return found
