"""Every address of the service: the routers of `api.routes` under the guard that admits who asks."""

from __future__ import annotations

from collections import deque
from functools import cache

from fastapi import APIRouter, Depends
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from api.contract import refusals
from api.deps import admit
from api.routes import (
    accounts,
    after,
    applications,
    audit,
    authorise,
    batches,
    calls,
    channels,
    connected,
    connections,
    console,
    deliveries,
    desk,
    health,
    home,
    identity,
    impact,
    incoming,
    insight,
    interviews,
    inviting,
    job_settings,
    jobs,
    kits,
    law,
    law_pages,
    merging,
    messages,
    operations,
    orders,
    overview,
    own,
    people,
    pool,
    pool_job,
    postings,
    queue,
    reports,
    requirements,
    reviews,
    room,
    sampling,
    scim,
    search,
    sent,
    setup,
    sharing,
    shortlist,
    socket,
    suspension,
    systems,
    undoing,
)


@cache
def addresses() -> list[BaseRoute]:
    """For `FastAPI(routes=...)`. Made once in a process, which takes a second, and whole: otherwise the first request
    makes what FastAPI knows of a route, two threads at a time, and never lets go of it."""
    every = APIRouter(dependencies=[Depends(admit)], responses=refusals())
    json_modules = (
        jobs,
        job_settings,
        postings,
        kits,
        batches,
        applications,
        interviews,
        reports,
        reviews,
        desk,
        deliveries,
        connections,
        incoming,
        law,
        search,
        shortlist,
        impact,
        insight,
        operations,
        pool,
        pool_job,
        audit,
        suspension,
        inviting,
        merging,
        overview,
        queue,
        setup,
        messages,
        sampling,
        undoing,
        people,
        sharing,
        identity,
        scim,
        sent,
        channels,
        calls,
    )
    for module in (health, *json_modules, authorise, connected, socket, home, own, orders, room, after, console):
        every.include_router(module.router)
    for router in (
        accounts.pages,
        identity.pages,
        channels.pages,
        deliveries.pages,
        desk.pages,
        impact.pages,
        inviting.pages,
        insight.pages,
        kits.pages,
        law_pages.pages,
        merging.pages,
        messages.pages,
        messages.public,
        operations.pages,
        pool.pages,
        pool_job.pages,
        overview.pages,
        queue.pages,
        people.pages,
        reports.pages,
        reports.public,
        requirements.pages,
        job_settings.pages,
        batches.pages,
        reviews.pages,
        sampling.pages,
        sent.pages,
        shortlist.pages,
        setup.pages,
        sharing.pages,
        sharing.public,
        suspension.pages,
        systems.pages,
        undoing.pages,
    ):
        every.include_router(router)
    deque(iter_route_contexts(every.routes), maxlen=0)
    return every.routes
