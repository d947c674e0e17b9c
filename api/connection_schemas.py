"""What the API says and takes about connections to other systems. Used by `api.routes.connections`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from models.exchange import About
from models.values import YesNo


class SettingOut(BaseModel):
    key: str
    label: str
    help: str
    secret: bool
    required: bool
    default: str
    listed: bool


class MappedOut(BaseModel):
    key: str
    label: str
    choices: str
    required: bool
    several: bool


class ConnectorOut(BaseModel):
    """`can`: what it can do -> how surely that is known; what it cannot do is not in it."""

    vendor: str
    name: str
    kind: str
    settings: list[SettingOut]
    mapped: list[MappedOut]
    can: dict[str, str]

    @classmethod
    def of(cls, about: About) -> ConnectorOut:
        can = {name: sure for name in about.can.__slots__ if (sure := getattr(about.can, name)) is not None}
        return cls(
            vendor=about.vendor,
            name=about.name,
            kind=about.kind,
            settings=[SettingOut(**{key: getattr(one, key) for key in one.__slots__}) for one in about.settings],
            mapped=[MappedOut(**{key: getattr(one, key) for key in one.__slots__}) for one in about.mapped],
            can=can,
        )


class ConnectionIn(BaseModel):
    vendor: str
    name: str = Field("", max_length=200)
    settings: dict[str, str] = {}


class ConnectionChange(BaseModel):
    """What is left out stays. Of `settings` too: a secret need not be typed again."""

    name: str | None = Field(None, min_length=1, max_length=200)
    settings: dict[str, str] | None = None
    mapping: dict[str, str] | None = None
    enabled: YesNo | None = None
    may_decide: YesNo | None = None


class ConnectionOut(BaseModel):
    """`settings` without secrets, of which `secrets` tells the ones that are set. `address`: where the other system
    calls; `register`: what to enter there. `problem`: what a person has to mend."""

    id: str
    vendor: str
    name: str
    enabled: bool
    may_decide: bool
    settings: dict[str, str]
    secrets: list[str]
    mapping: dict[str, str]
    address: str
    register_there: list[str]
    problem: str | None
    progress: dict[str, Any]
    polled_at: datetime | None
    heard_at: datetime | None
    rests_until: datetime | None
    created_at: datetime


class FindingOut(BaseModel):
    ok: bool
    what: str
    cure: str


class ChoiceOut(BaseModel):
    id: str
    label: str


class RemoteJobOut(BaseModel):
    """An opening or pool there; `job_id`: ours, None where its people are not wanted."""

    remote_id: str
    title: str
    kind: str
    open: bool
    job_id: str | None


class LinkIn(BaseModel):
    """`job_id`: an existing job; None with `new`: a job made from the opening's own text; None without: unlink."""

    job_id: str | None = None
    new: YesNo = False
    text: str = Field("", max_length=200_000, description="where the other system holds no posting")


class EventOut(BaseModel):
    id: str
    state: str
    attempts: int
    problem: str | None
    received_at: datetime
    read_at: datetime | None


class RehearsedOut(BaseModel):
    """A write as it would be made; nothing was sent. `body`: JSON, form, or a word about bytes."""

    name: str
    says: str
    method: str
    address: str
    body: Any


class HandOver(BaseModel):
    connection_id: str


class DecideIn(BaseModel):
    connection_id: str
    kind: str = Field(pattern="^(advance|reject)$")
    reason: str = Field("", max_length=1000)
