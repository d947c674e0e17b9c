"""OpenID Connect, authorisation code flow with PKCE: people prove who they are to their organisation's system.

Pure but for the three exchanges with that system (discovery, token, keys; a fourth where the token names no groups).
Called by `api.identity`. Sources: OpenID Connect Core 1.0 (3.1), Discovery 1.0, RFC 7636, RFC 9700.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from integrations.ssrf import check_url, guarded_client
from models.errors import BadRequest, EngineError, Unauthorized

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
"""Asymmetric ones alone: with a shared secret or `none` whoever knows the client's secret signs for anybody."""
LEEWAY = 60
"""Seconds that two clocks may differ."""
SECONDS = 10.0
LARGEST = 1_000_000
"""Bytes of any answer."""


@dataclass(frozen=True, slots=True)
class Provider:
    """As registered there: `client_secret` empty for a public client. `groups_claim`: where it names a person's
    groups. `trusts_email`: its addresses are the organisation's own even where it does not call them verified."""

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    groups_claim: str = "groups"
    trusts_email: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sign-in under way, kept in the browser that began it."""

    state: str
    nonce: str
    verifier: str = field(repr=False)

    @classmethod
    def new(cls) -> Attempt:
        return cls(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))

    @property
    def challenge(self) -> str:
        hashed = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Proven:
    """Whom the provider vouches for. `groups` None: it said nothing about groups."""

    email: str
    name: str
    groups: tuple[str, ...] | None


class OpenId:
    """One provider, asked over HTTP. Raises EngineError where it cannot be reached or answers nonsense, Unauthorized
    where what it says proves nothing, BadRequest for an address that is not called."""

    def __init__(self, provider: Provider, *, allow_private: bool) -> None:
        self.provider, self._allow_private = provider, allow_private

    def discover(self) -> Mapping[str, Any]:
        """Its own description of itself."""
        issuer = self.provider.issuer
        check_url(issuer, allow_private=self._allow_private)
        found = self._asked("GET", issuer.rstrip("/") + "/.well-known/openid-configuration")
        if found.get("issuer") != issuer:
            said = str(found.get("issuer"))[:200]
            raise EngineError(f"{issuer} calls itself {said!r}. Write its issuer exactly as it does.", retry=False)
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not isinstance(found.get(name), str):
                raise EngineError(f"{issuer} names no {name}. Is this an OpenID Connect provider?", retry=False)
        return found

    def address(self, attempt: Attempt, redirect_uri: str) -> str:
        """Where the browser goes to sign in."""
        query = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": redirect_uri,
            "scope": "openid email profile",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
        there = str(self.discover()["authorization_endpoint"])
        return f"{there}{'&' if '?' in there else '?'}{urlencode(query)}"

    def redeem(self, attempt: Attempt, code: str, redirect_uri: str, now: float) -> Proven:
        """The code it sent the browser back with, exchanged for who that is."""
        found = self.discover()
        tokens = self._tokens(found, attempt, code, redirect_uri)
        claims = self._verified(found, tokens.get("id_token"), attempt.nonce, now)
        where = found.get("userinfo_endpoint")
        if isinstance(where, str) and not {"email", self.provider.groups_claim} <= claims.keys():
            more = self._asked("GET", where, headers={"Authorization": f"Bearer {tokens.get('access_token', '')}"})
            if more.get("sub") == claims.get("sub"):
                claims = {**more, **claims}
        return self._proven(claims)

    def _tokens(self, found: Mapping[str, Any], attempt: Attempt, code: str, redirect_uri: str) -> Mapping[str, Any]:
        provider = self.provider
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": attempt.verifier,
        }
        headers = {}
        ways = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if provider.client_secret and "client_secret_basic" in ways:
            pair = f"{quote_plus(provider.client_id)}:{quote_plus(provider.client_secret)}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            form |= {"client_id": provider.client_id}
            form |= {"client_secret": provider.client_secret} if provider.client_secret else {}
        return self._asked("POST", str(found["token_endpoint"]), data=form, headers=headers)

    def _verified(self, found: Mapping[str, Any], token: object, nonce: str, now: float) -> dict[str, Any]:
        """The claims of the ID token (Core 3.1.3.7)."""
        if not isinstance(token, str):
            said = f"{self.provider.issuer} sent no ID token. Is the scope openid allowed there?"
            raise EngineError(said, retry=False)
        keys = self._asked("GET", str(found["jwks_uri"]))
        must = {
            "iss": {"essential": True, "value": self.provider.issuer},
            "aud": {"essential": True, "value": self.provider.client_id},
            "sub": {"essential": True},
            "exp": {"essential": True},
            "iat": {"essential": True},
            "nonce": {"essential": True, "value": nonce},
        }
        try:
            decoded = jwt.decode(token, KeySet.import_key_set({"keys": keys["keys"]}), algorithms=ALGORITHMS)
            claims = dict(decoded.claims)
            jwt.JWTClaimsRegistry(now=int(now), leeway=LEEWAY, **must).validate(claims)  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise Unauthorized(f"The sign-in was not accepted: {type(error).__name__}. Begin again.") from error
        if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != self.provider.client_id:
            raise Unauthorized("The sign-in was meant for another application. Begin again.")
        return claims

    def _proven(self, claims: Mapping[str, Any]) -> Proven:
        email, verified = claims.get("email"), claims.get("email_verified")
        if not isinstance(email, str) or "@" not in email:
            raise Unauthorized("Your sign-in names no e-mail address. Ask your administrator to release it to Foyer.")
        if verified not in (True, "true") and (verified is not None or not self.provider.trusts_email):
            raise Unauthorized("The e-mail address of your sign-in is not verified. Ask your administrator.")
        said = claims.get(self.provider.groups_claim)
        groups = tuple(str(each) for each in said) if isinstance(said, list) else None
        return Proven(email, str(claims.get("name") or email.split("@")[0]), groups)

    def _asked(self, method: str, url: str, **sent: Any) -> dict[str, Any]:
        try:
            with guarded_client(allow_private=self._allow_private, seconds=SECONDS) as client:
                request = client.build_request(method, url, **sent)
                answer = client.send(request, stream=True)
                content = b""
                for part in answer.iter_bytes():
                    content += part
                    if len(content) > LARGEST:
                        raise EngineError(f"{request.url.host} answered with more than a megabyte.", retry=False)
        except (httpx2.HTTPError, httpx2.InvalidURL) as failure:
            raise EngineError(f"The sign-in system could not be reached: {failure}.", retry=True) from failure
        try:
            found = httpx2.Response(200, content=content).json()
        except ValueError:
            found = None
        if answer.status_code != 200 or not isinstance(found, dict):
            said = str(found.get("error_description") or found.get("error"))[:200] if isinstance(found, dict) else ""
            raise EngineError(
                f"{request.url.host} answered {answer.status_code}{': ' + said if said else ''}.", retry=False
            )
        return found


def check(provider: Provider) -> None:
    """What can be said without asking anybody. Raises BadRequest."""
    if not provider.issuer.startswith(("https://", "http://")):
        raise BadRequest("Write the issuer as an address: https://login.example.com")
    if not provider.client_id:
        raise BadRequest("Write the client id that Foyer is registered with there.")
