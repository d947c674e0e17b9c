"""What every LanguageModel owes: an object of the schema, or an error that says whether to try again. The real one
talks to a small HTTP server that speaks the OpenAI protocol."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from interview.llm import OpenAiChat
from models.engines import LanguageModel
from models.errors import EngineError
from models.values import Message
from tests.fakes_voice import FakeLanguageModel

SCHEMA = {
    "type": "object",
    "properties": {"rating": {"type": "integer", "minimum": 1, "maximum": 5}, "quote": {"type": "string"}},
    "required": ["rating", "quote"],
    "additionalProperties": False,
}
MESSAGES = (Message("system", "You rate answers."), Message("user", "I led the team."))
GOOD = {"rating": 4, "quote": "I led the team."}


class ChatServer(ThreadingHTTPServer):
    """Answers each POST with the next of `replies`, (status, body), and keeps what it was sent."""

    def __init__(self, replies: list[tuple[int, str]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replies = iter(replies)
        self.received: list[tuple[str, dict[str, str], Any]] = []

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: ChatServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.received.append((self.path, dict(self.headers), body))
        status, reply = next(self.server.replies)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(reply.encode())))
        self.end_headers()
        self.wfile.write(reply.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def chat_server(*replies: tuple[int, str]) -> Iterator[ChatServer]:
    server = ChatServer(list(replies))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def choice(content: str | None, finish_reason: str = "stop") -> str:
    message = {"role": "assistant", "content": content, "refusal": None if content else "no"}
    return json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": finish_reason}]})


Make = Callable[[str], LanguageModel]


@pytest.fixture(params=["openai", "fake"], name="answering")
def _answering(request: pytest.FixtureRequest) -> Iterator[Make]:
    """A model that will answer with the given text."""
    if request.param == "fake":
        yield lambda text: FakeLanguageModel([text])
        return
    with chat_server() as server:
        models: list[OpenAiChat] = []

        def make(text: str) -> LanguageModel:
            server.replies = iter([(200, choice(text))])
            models.append(OpenAiChat(server.base_url, "small", "secret"))
            return models[-1]

        yield make
        for model in models:
            model.close()


def test_an_object_of_the_schema_comes_back(answering: Make) -> None:
    model = answering(json.dumps(GOOD))
    assert model.complete(MESSAGES, schema=SCHEMA) == GOOD
    assert model.name


@pytest.mark.parametrize(
    "text",
    [
        "I would say four out of five.",
        "",
        '{"rating": 4',
        '{"rating": 9, "quote": ""}',
        '{"rating": "4", "quote": ""}',
        '{"rating": 4}',
        '{"rating": 4, "quote": "", "hired": true}',
        "[]",
        "null",
        "NaN",
    ],
)
def test_anything_else_is_worth_another_try(answering: Make, text: str) -> None:
    with pytest.raises(EngineError) as failure:
        answering(text).complete(MESSAGES, schema=SCHEMA)
    assert failure.value.retry


def test_an_answer_that_is_no_object_is_refused_even_if_the_schema_allows_it(answering: Make) -> None:
    with pytest.raises(EngineError, match="not an object"):
        answering("[1]").complete(MESSAGES, schema={})


def test_the_request_is_what_such_servers_expect() -> None:
    with chat_server((200, choice(json.dumps(GOOD)))) as server:
        model = OpenAiChat(server.base_url + "/", "small", "secret")
        model.complete(MESSAGES, schema=SCHEMA)
        model.close()
        ((path, headers, body),) = server.received
    assert path == "/v1/chat/completions"
    assert headers["authorization" if "authorization" in headers else "Authorization"] == "Bearer secret"
    assert body["model"] == "small"
    assert body["temperature"] == 0
    assert body["messages"] == [
        {"role": "system", "content": "You rate answers."},
        {"role": "user", "content": "I led the team."},
    ]
    assert body["response_format"]["type"] == "json_schema"
    assert body["response_format"]["json_schema"]["schema"] == SCHEMA


@pytest.mark.parametrize(
    ("status", "body", "retry"),
    [
        (401, "bad key", False),
        (404, "no such model", False),
        (400, "schema too deep", False),
        (429, "slow down", True),
        (500, "oops", True),
        (503, "loading", True),
        (200, "<html>a proxy</html>", True),
        (200, "{}", True),
        (200, '{"choices": []}', True),
        (200, choice(None), True),
        (200, choice('{"rating": 4, "quote": "I l', "length"), True),
    ],
)
def test_failures_say_whether_trying_again_can_help(status: int, body: str, retry: bool) -> None:
    with chat_server((status, body)) as server:
        model = OpenAiChat(server.base_url, "small", "secret")
        with pytest.raises(EngineError) as failure:
            model.complete(MESSAGES, schema=SCHEMA)
        model.close()
        assert len(server.received) == 1, "engines do not retry by themselves"
    assert failure.value.retry is retry
    assert "secret" not in failure.value.detail


def test_a_server_that_is_not_there_is_worth_another_try() -> None:
    with chat_server() as server:
        url = server.base_url
    model = OpenAiChat(url, "small", timeout=2.0)
    with pytest.raises(EngineError) as failure:
        model.complete(MESSAGES, schema=SCHEMA)
    model.close()
    assert failure.value.retry


def test_an_address_without_a_scheme_is_refused_at_once() -> None:
    with pytest.raises(EngineError, match="FOYER_MODEL__BASE_URL"):
        OpenAiChat("localhost:8000/v1", "small")
