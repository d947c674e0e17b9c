"""A vendor's published OpenAPI document as a judge of what goes over the wire: every request against its operation,
every answer against its schema. The documents are open data, read from FOYER_BENCH_DATA, never part of the project."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from email import message_from_bytes
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.bench.figures import DATA
from tests.simulators.base import Answer, Call

WHOLE = "urn:document"


class OpenApi:
    """`request` and `answer` return what is wrong, in words."""

    def __init__(self, path: Path) -> None:
        self._document = _anchored(yaml.load(path.read_text(), Loader=yaml.CSafeLoader))
        self._registry: Registry[Any] = Registry().with_resource(
            WHOLE, Resource(contents=self._document, specification=DRAFT202012)
        )
        self._paths = [
            (re.compile("^" + re.sub(r"\\{[^/]+?\\}", "([^/]+)", re.escape(template)) + "$"), template, item)
            for template, item in self._document["paths"].items()
        ]
        self._paths.sort(key=lambda one: one[1].count("{"))

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        for pattern, _, item in self._paths:
            if pattern.match(path) and method.lower() in item:
                found: dict[str, Any] = item[method.lower()]
                return found
        return None

    def request(self, call: Call) -> list[str]:
        where = f"{call.method} {call.path}"
        operation = self.operation(call.method, call.path)
        if operation is None:
            return [f"{where} is in no document"]
        return [f"{where}: {wrong}" for wrong in (*self._query(operation, call), *self._body(operation, call))]

    def answer(self, call: Call, answer: Answer) -> list[str]:
        """Of a 200 with JSON; what is refused has no schema."""
        operation = self.operation(call.method, call.path)
        if operation is None or answer.status != 200:
            return []
        content = operation["responses"]["200"].get("content") or {}
        schema = (content.get("application/json") or {}).get("schema")
        if schema is None:
            return []
        # members that nobody documented are no news, members of another kind are
        return [f"the answer to {call.method} {call.path}: {wrong}" for wrong in self._wrong(schema, answer.json)]

    def message(self, name: str, body: Any) -> list[str]:
        """A webhook's body, against the schema of that name."""
        return list(self._wrong({"$ref": f"{WHOLE}#/components/schemas/{name}"}, body))

    def _query(self, operation: dict[str, Any], call: Call) -> Iterator[str]:
        known = {one["name"]: one for each in operation.get("parameters") or () if (one := self._found(each))}
        for name, value in call.query.items():
            one = known.get(name)
            if one is None or one["in"] != "query":
                yield f"no query parameter {name}"
                continue
            schema = one.get("schema") or {}
            said = int(value) if schema.get("type") == "integer" and value.isdecimal() else value
            yield from self._wrong(schema, said)
        for name, one in known.items():
            if one["in"] == "query" and one.get("required") and name not in call.query:
                yield f"lacks {name}"

    def _body(self, operation: dict[str, Any], call: Call) -> Iterator[str]:
        wanted = operation.get("requestBody")
        if wanted is None:
            if call.body:
                yield "no body is taken"
            return
        kind = call.headers.get("content-type", "").partition(";")[0]
        content = wanted["content"].get(kind)
        if content is None:
            yield f"{kind or 'nothing'} is not taken, {sorted(wanted['content'])} is"
            return
        said = json.loads(call.body) if kind == "application/json" else self._form(call, content["schema"])
        yield from self._wrong({**content["schema"], "additionalProperties": False}, said)

    @staticmethod
    def _form(call: Call, schema: dict[str, Any]) -> dict[str, Any]:
        """Parts by name; numbers where numbers are wanted, since a form knows none."""
        head = f"content-type: {call.headers['content-type']}\n\n".encode()
        found: dict[str, Any] = {}
        for part in message_from_bytes(head + call.body).get_payload():
            name = part.get_param("name", header="content-disposition")  # type: ignore[union-attr]
            text = part.get_payload(decode=True).decode("utf-8", "replace")  # type: ignore[union-attr]
            wanted = schema["properties"].get(name, {}).get("type")
            found[str(name)] = int(text) if wanted == "integer" and text.isdecimal() else text
        return found

    def _found(self, one: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in one:
            one = self._registry.resolver().lookup(one["$ref"]).contents
        return one

    def _wrong(self, schema: dict[str, Any], said: Any) -> Iterator[str]:
        judge = Draft202012Validator(schema, registry=self._registry)
        for error in judge.iter_errors(said):
            yield f"{'.'.join(map(str, error.absolute_path)) or 'it'}: {error.message[:200]}"


def _anchored(value: Any) -> Any:
    """References within the document, made whole so that a piece of it can be used by itself."""
    if isinstance(value, dict):
        return {
            key: f"{WHOLE}{each}" if key == "$ref" and isinstance(each, str) else _anchored(each)
            for key, each in value.items()
        }
    return [_anchored(each) for each in value] if isinstance(value, list) else value


@cache
def published(name: str) -> OpenApi | None:
    """None where the data is not here: who needs it skips, and says so."""
    path = DATA / "ats" / name
    return OpenApi(path) if path.is_file() else None
