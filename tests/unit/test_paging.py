"""Servers that never end a list: each connector that follows pages stops, and says why."""

from __future__ import annotations

import json
from typing import Any

import pytest

from api.unexpected import words
from integrations.bamboohr import BambooHR
from integrations.beamery import Beamery
from integrations.greenhouse import Greenhouse
from integrations.lever import Lever
from integrations.loxo import Loxo
from integrations.paging import Endless
from integrations.phenom import Phenom
from integrations.smartrecruiters import SmartRecruiters
from integrations.vendor import Vendor
from models.exchange import Request, Response

PERSON = {"id": "1", "lists": [], "jobId": "J", "candidateId": "c"}


class Again:
    """Answers every call with the same page; fails the test where that is asked for too often."""

    def __init__(self, page: Any, headers: dict[str, str]) -> None:
        self.page, self.headers, self.calls = page, headers, 0

    def send(self, _: Request) -> Response:
        self.calls += 1
        assert self.calls < 20, "it asks for ever"
        return Response(200, self.headers, json.dumps(self.page).encode())


LINK = {"link": '<https://harvest.greenhouse.io/v3/jobs?cursor=a>; rel="next"'}


@pytest.mark.parametrize(
    ("connector", "page", "headers"),
    [
        (Beamery({}), {"contacts": [PERSON], "pools": []}, {}),
        (Phenom({}), {"data": [PERSON]}, {}),
        (Lever({"api_key": "k"}), {"data": [], "hasNext": True, "next": "a"}, {}),
        (Greenhouse({"client_id": "c"}), [], LINK),
        (SmartRecruiters({"api_key": "k"}), {"content": [], "nextPageId": "a"}, {}),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Vendor) else "",
)
def test_a_list_without_an_end_is_said_to_be_one(connector: Vendor, page: Any, headers: dict[str, str]) -> None:
    with pytest.raises(Endless) as said:
        list(connector.poll(None, Again(page, headers), ["5"]))
    assert "the same page comes again and again" in words(said.value)


def test_so_are_those_that_hold_a_next_address_or_a_scroll() -> None:
    looped = Again({"applications": [], "nextPageUrl": "https://x.bamboohr.com/a?page=2"}, {})
    with pytest.raises(Endless):
        list(BambooHR({"company": "x"})._pages(looped, jobId="1"))
    scrolled = Again({"people": [PERSON], "scroll_id": "s"}, {})
    with pytest.raises(Endless):
        list(Loxo({"slug": "x"})._scroll(scrolled, "people", "people", list_id="1"))
