"""An OpenID Connect provider over real HTTP: discovery, sign-in page, token and key endpoints, after OpenID Connect
Core 1.0. It checks what a provider checks: client, redirect address, code used once, PKCE."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "foyer-client", "s3cret:with/odd%signs"


class OpenIdProvider(ThreadingHTTPServer):
    """`person`: the claims of whoever signs in next. `spoil`: changes the claims or the header of the token."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.person: dict[str, Any] = {}
        self.spoil: dict[str, Any] = {}
        self.signing = self.key
        self.codes: dict[str, dict[str, str]] = {}
        self.redirects: set[str] = set()

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": "u1", "iat": now, "exp": now + 300, "nonce": nonce}
        return jwt.encode({"alg": "RS256", "kid": "one"}, {**claims, **self.person, **self.spoil}, self.signing)


class _Handler(BaseHTTPRequestHandler):
    server: OpenIdProvider

    def do_GET(self) -> None:
        at, query = urlsplit(self.path), {name: each[0] for name, each in parse_qs(urlsplit(self.path).query).items()}
        provider = self.server
        if at.path == "/.well-known/openid-configuration":
            self._json(
                {
                    "issuer": provider.issuer,
                    "authorization_endpoint": f"{provider.issuer}/authorize",
                    "token_endpoint": f"{provider.issuer}/token",
                    "jwks_uri": f"{provider.issuer}/keys",
                }
            )
        elif at.path == "/keys":
            self._json({"keys": [provider.key.as_dict(private=False)]})
        elif at.path == "/authorize" and query["client_id"] == CLIENT and query["redirect_uri"] in provider.redirects:
            code = secrets.token_urlsafe(12)
            provider.codes[code] = query
            self.send_response(302)
            back = urlencode({"code": code, "state": query["state"]})
            self.send_header("Location", f"{query['redirect_uri']}?{back}")
            self.end_headers()
        else:
            self._json({"error": "invalid_request"}, status=400)

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        asked = self.server.codes.pop(form["code"][0], None)
        hashed = hashlib.sha256(form["code_verifier"][0].encode()).digest()
        proof = base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
        basic = base64.b64encode(b"foyer-client:s3cret%3Awith%2Fodd%25signs").decode()
        if self.headers.get("Authorization") != f"Basic {basic}":
            self._json({"error": "invalid_client"}, status=401)
        elif asked is None or asked["code_challenge"] != proof or asked["redirect_uri"] != form["redirect_uri"][0]:
            self._json({"error": "invalid_grant", "error_description": "The code is not valid."}, status=400)
        else:
            self._json({"access_token": "a", "token_type": "Bearer", "id_token": self.server.token(asked["nonce"])})

    def _json(self, body: dict[str, Any], *, status: int = 200) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Silent."""


@contextmanager
def openid_provider() -> Iterator[OpenIdProvider]:
    server = OpenIdProvider()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
