"""Who may do what: roles, scopes, and what each route needs. `api.deps.admit` asks here before any route runs.

A route that is not in `NEEDS` lets nobody in, and fails `tests/flow/test_tenancy.py`. `markdown` makes the table in
docs/operating.md: `python -m api.access` writes it."""

from __future__ import annotations

from models.errors import BadRequest
from models.settings import ROOT

SCOPES = {
    "jobs:read": "openings, their requirements and interview kits, counts",
    "jobs:write": "create and change openings, requirements and kits",
    "jobs:approve": "approve an opening's requirements, kit and threshold before anybody is invited",
    "candidates:read": "applications, their files, the pool, what candidates ask for",
    "candidates:write": "upload, invite, new links and codes, answer requests, second attempts",
    "decisions:write": "reject, advance or reject in a connected system, erase a person",
    "results:read": "reports, transcripts, recordings, reviews, feedback",
    "results:write": "hand results on: links to reports, deliveries, connected systems; erase a recording",
    "reviews:write": "rate interviews, write notes on applications",
    "systems:read": "endpoints, connections and their logs, without secrets",
    "systems:write": "connect other systems, change and remove them, register endpoints; jurisdictions, legal holds, "
    "suspending and resuming",
    "people:write": "people's accounts: who works here, invitations, roles, disabling, signing in elsewhere, SCIM",
    "oversight:read": "how decisions are made, by person and job; what is due to be deleted",
    "impact:read": "adverse impact in groups of five and more, the applicant-flow log, recorded audits",
    "impact:write": "record independent audits, and what follows without one",
    "audit:read": "the audit log, and all of it to take away",
}
"""What a key can be given -> what it opens. A route needs one of them."""

ROLES: dict[str, frozenset[str]] = {
    "admin": frozenset(SCOPES),
    "recruiter": frozenset(SCOPES)
    - {"systems:write", "people:write", "oversight:read", "impact:read", "impact:write", "audit:read"},
    "reviewer": frozenset({"jobs:read", "candidates:read", "results:read", "reviews:write"}),
    "auditor": frozenset(
        {"jobs:read", "candidates:read", "results:read", "systems:read", "oversight:read", "impact:read", "audit:read"}
    ),
    "hiring_manager": frozenset({"jobs:read", "jobs:approve", "candidates:read", "results:read", "reviews:write"}),
    "program": frozenset(),
}
"""Role -> its scopes. A program has those alone that its key was given."""

CONFINED = frozenset({"hiring_manager"})
"""Roles of people who see those jobs alone that they were given (`api.confining`)."""

OPEN = {
    "anyone": "no personal data behind it, or it asks for a key itself",
    "link": "the signed link of a candidate, a reader, an agency or somebody invited, and for what counts the code",
    "room": "the room's cookie, given for link, consent and code",
    "signature": "what the connected system signs with",
}
"""Needs that no key meets -> what is asked for instead; the route asks."""

SIGNED_IN = "signed in"
"""Any live key or session."""

_DECLARED = {
    "anyone": """
        GET /openapi.json | GET /health | GET /healthz | GET /ready | GET /readyz | GET /metrics
        GET /schemas/report-1.json | GET /static
        GET /login | POST /login | GET /sign-in/openid | GET /sign-in/openid/back | POST /logout
        | GET /setup | POST /setup
        GET /orders/{order_id} | GET /orders/{order_id}/back
        GET /branding/{organisation_id}/logo.png | GET /branding/{organisation_id}/branding.css
        GET /password | POST /password""",
    "link": """
        GET /i/{token} | POST /i/{token}/start | GET /i/{token}/code | POST /i/{token}/code | POST /i/{token}/code/check
        GET /i/{token}/times | POST /i/{token}/book | POST /i/{token}/cancel | GET /i/{token}/interview.ics
        POST /i/{token}/retake | POST /i/{token}/earlier | POST /i/{token}/earlier/revoke
        GET /i/{token}/ask | POST /i/{token}/ask | GET /i/{token}/withdraw | POST /i/{token}/withdraw
        GET /i/{token}/data | GET /i/{token}/data.json | POST /i/{token}/erasure
        GET /i/{token}/about-you | POST /i/{token}/about-you
        POST /i/{token}/rights | POST /i/{token}/opt-out | POST /i/{token}/zone | POST /i/{token}/contact
        GET /account/{token} | POST /account/{token} | GET /agency/{token} | POST /agency/{token}
        POST /i/{token}/texts
        GET /shared/{token} | GET /shared/{token}/recording""",
    "room": """
        WS /room/socket | GET /room/audio/{utterance} | GET /room | POST /room/requests | GET /room/after
        GET /room/after/transcript.txt | POST /room/after/corrections | POST /room/after/feedback
        GET /room/after/summary | POST /room/after/review | POST /room/media""",
    "signature": """
        POST /calls/{channel_id}
        | GET /connect/{connection_id}/{path:path} | POST /connect/{connection_id}/{path:path}
        PUT /connect/{connection_id}/{path:path} | DELETE /connect/{connection_id}/{path:path}""",
    SIGNED_IN: "GET /me | POST /me | POST /me/sign-out-everywhere | POST /me/password",
    "jobs:approve": """
        POST /api/jobs/{job_id}/approval | DELETE /api/jobs/{job_id}/approval | POST /jobs/{job_id}/versions""",
    "jobs:read": """
        GET /api/jobs/{job_id}/approval | GET /api/jobs/{job_id}/versions | GET /jobs/{job_id}/versions
        GET /jobs/{job_id}/requirements
        GET /api/jobs | GET /api/jobs/{job_id} | GET /api/jobs/{job_id}/requirements | POST /api/jobs/{job_id}/preview
        GET /api/kits | GET /api/jobs/{job_id}/kit | POST /api/jobs/{job_id}/kit/check
        GET /api/jobs/{job_id}/kit/suggestions | GET /api/jobs/{job_id}/kit/versions
        GET /api/jobs/{job_id}/kit/versions/{number} | GET / | GET /jobs/{job_id}/kit
        GET /v1/law | GET /v1/suspension | GET /suspension
        GET /api/jobs/{job_id}/line""",
    "jobs:write": """
        POST /api/postings/read | POST /api/postings/fetch
        GET /jobs/{job_id}/settings | POST /jobs/{job_id}/settings
        POST /api/sample-job | POST /sample-job | POST /first-steps/away
        GET /api/jobs/{job_id}/members | PUT /api/jobs/{job_id}/members/{user_id}
        DELETE /api/jobs/{job_id}/members/{user_id} | GET /api/jobs/{job_id}/agencies
        POST /api/jobs/{job_id}/agencies | DELETE /api/jobs/{job_id}/agencies/{agency_id}
        GET /jobs/{job_id}/sharing | POST /jobs/{job_id}/members | POST /jobs/{job_id}/members/{user_id}/remove
        POST /jobs/{job_id}/agencies | POST /jobs/{job_id}/agencies/{agency_id}/revoke
        POST /jobs/{job_id}/requirements
        POST /api/jobs | PATCH /api/jobs/{job_id} | PUT /api/jobs/{job_id}/requirements | PUT /api/jobs/{job_id}/kit
        POST /api/jobs/{job_id}/kit/start | GET /jobs/new | POST /jobs/new | POST /jobs/{job_id}/kit
        POST /jobs/{job_id}/kit/start | GET /jobs/{job_id}/line | POST /jobs/{job_id}/line""",
    "candidates:read": """
        GET /api/jobs/{job_id}/versions/{number}/people | GET /jobs/{job_id}/versions/{number}
        GET /v1/pool | GET /v1/pool/searches | POST /v1/pool/searches | DELETE /v1/pool/searches/{saved_search_id}
        GET /pool | GET /pool/searches/{saved_search_id}/new | POST /pool/searches
        POST /pool/searches/{saved_search_id}/remove
        GET /api/jobs/{job_id}/batches | GET /api/batches/{batch_id}/problems | GET /api/batches/{batch_id}/copies
        GET /api/batches/{batch_id}/problems.csv | GET /jobs/{job_id}/batches | GET /batches/{batch_id}
        GET /batches/{batch_id}/copies
        POST /jobs/{job_id}/requirements/preview
        GET /api/batches/{batch_id} | GET /api/batches/{batch_id}/events | GET /api/jobs/{job_id}/applications
        GET /api/applications/{application_id} | GET /api/applications/{application_id}/pages/{number}.png
        POST /api/applications/{application_id}/review-events | GET /api/jobs/{job_id}/interviews
        GET /api/interviews/{interview_id} | GET /api/interviews/{interview_id}/requests
        GET /api/requests/{request_id} | GET /api/search | GET /jobs/{job_id} | GET /applications/{application_id}
        GET /requests/{request_id} | GET /v1/applications/{application_id}/notices | GET /v1/adverse-notices
        GET /api/jobs/{job_id}/queue | GET /jobs/{job_id}/queue | GET /api/applications/{application_id}/notes
        GET /api/candidates/{candidate_id}/duplicates | GET /candidates/{candidate_id}/merge
        GET /api/jobs/{job_id}/samples | GET /jobs/{job_id}/sample
        GET /api/interviews | GET /interviews | GET /jobs/{job_id}/interviews
        GET /api/jobs/{job_id}/invite/{round_id} | GET /jobs/{job_id}/invite/{round_id}
        GET /api/jobs/{job_id}/shortlist | GET /api/jobs/{job_id}/shortlist/feed | GET /api/jobs/{job_id}/scores
        GET /api/applications/{application_id}/file | GET /jobs/{job_id}/shortlist | GET /jobs/{job_id}/compare
        GET /jobs/{job_id}/candidates.csv | GET /applications/{application_id}/panel
        GET /applications/{application_id}/text
        GET /v1/messages/templates | GET /v1/messages/branding
        GET /messages | GET /messages/templates | GET /messages/template | GET /messages/branding
        GET /v1/messages""",
    "candidates:write": """
        POST /api/jobs/{job_id}/kit/rehearse | POST /jobs/{job_id}/kit/rehearse
        PUT /v1/messages/templates | POST /v1/messages/templates/reset | POST /v1/messages/templates/preview
        POST /v1/messages/templates/test | POST /messages/template | POST /messages/template/reset
        POST /messages/template/preview | POST /messages/template/test
        POST /v1/jobs/{job_id}/pool | GET /jobs/{job_id}/pool
        POST /v1/pool/again | POST /pool/again | POST /v1/candidates/{candidate_id}/contact
        POST /pool/contact/{candidate_id}
        POST /api/jobs/{job_id}/batches/start | POST /api/batches/{batch_id}/files
        POST /api/batches/{batch_id}/missing | POST /api/batches/{batch_id}/complete
        POST /api/batches/{batch_id}/pause | POST /api/batches/{batch_id}/resume | POST /api/batches/{batch_id}/cancel
        POST /api/batches/{batch_id}/retry | POST /batches/{batch_id}
        PUT /v1/messages/sends | POST /messages/sends
        POST /v1/candidates/{candidate_id}/email | POST /applications/{application_id}/address
        POST /v1/candidates/{candidate_id}/opt-out | POST /v1/applications/{application_id}/adverse-notice
        POST /v1/candidates | POST /api/jobs/{job_id}/batches | POST /api/applications/{application_id}/invite
        POST /api/applications/{application_id}/retry | POST /api/interviews/{interview_id}/link
        POST /api/interviews/{interview_id}/code | POST /api/requests/{request_id}/answer
        POST /api/applications/{application_id}/retake | POST /api/interviews/{interview_id}/count
        POST /applications/{application_id}/invite | POST /applications/{application_id}/link
        POST /applications/{application_id}/retry | POST /applications/{application_id}/retake
        POST /interviews/{interview_id}/count | POST /applications/{application_id}/code
        POST /requests/{request_id}/answer | POST /applications/{application_id}/adverse-notice
        POST /api/jobs/{job_id}/invite/preview | POST /api/jobs/{job_id}/invite
        GET /jobs/{job_id}/invite/preview | POST /jobs/{job_id}/invite/preview | POST /jobs/{job_id}/invite
        POST /api/applications/{application_id}/wait | POST /jobs/{job_id}/queue/{application_id}/wait
        POST /jobs/{job_id}/queue/{application_id}/advance
        POST /api/interviews/remind | POST /api/interviews/extend | POST /api/interviews/alternative
        POST /interviews/act/preview | POST /interviews/act
        POST /api/jobs/{job_id}/samples | POST /jobs/{job_id}/sample
        POST /api/candidates/{candidate_id}/merge | POST /candidates/{candidate_id}/merge
        POST /api/merges/{merge_id}/undo | POST /merges/{merge_id}/undo
        POST /api/applications/{application_id}/take-back | POST /applications/{application_id}/take-back""",
    "decisions:write": """
        DELETE /api/sample-job/{job_id} | POST /sample-job/{job_id}/remove
        POST /v1/suspension/interviews/{interview_id}/rate
        POST /api/applications/{application_id}/reject | POST /api/jobs/{job_id}/reject
        POST /api/applications/{application_id}/decide-there | POST /applications/{application_id}/reject
        DELETE /v1/candidates/{candidate_id} | POST /requests/{request_id}/erase
        GET /jobs/{job_id}/reject | POST /jobs/{job_id}/reject | POST /applications/{application_id}/decide-there
        POST /jobs/{job_id}/queue/{application_id}/reject
        POST /api/applications/{application_id}/undo-rejection | POST /applications/{application_id}/undo-rejection""",
    "results:read": """
        GET /v1/interviews/{interview_id}/versions
        GET /v1/applications/{application_id}/explanation
        GET /api/interviews/{interview_id}/transcript | GET /api/interviews/{interview_id}/context
        GET /api/jobs/{job_id}/feedback | GET /api/interviews/{interview_id}/recording
        GET /api/interviews/{interview_id}/report | GET /api/interviews/{interview_id}/report.json
        GET /api/interviews/{interview_id}/report.html | GET /api/interviews/{interview_id}/report.pdf
        GET /api/interviews/{interview_id}/links | GET /api/interviews/{interview_id}/review
        POST /api/interviews/{interview_id}/review/look | POST /api/interviews/{interview_id}/review/reveal
        GET /v1/insight | GET /insight
        GET /interviews/{interview_id}/report | GET /interviews/{interview_id}/report.pdf
        GET /reports/{link_id}.pdf | GET /reports/{link_id} | POST /interviews/{interview_id}/review/look""",
    "results:write": """
        POST /v1/bounces | POST /v1/messages/{delivery_id}/retry | POST /messages/{delivery_id}/retry
        POST /v1/interviews/{interview_id}/corrections/accept | POST /interviews/{interview_id}/corrections/accept
        GET /v1/candidates/{candidate_id}/export
        DELETE /api/interviews/{interview_id}/recording | POST /api/interviews/{interview_id}/links
        DELETE /api/links/{link_id} | POST /api/interviews/{interview_id}/deliver
        POST /api/deliveries/{delivery_id}/replay | POST /api/applications/{application_id}/hand-over
        POST /applications/{application_id}/links | POST /links/{link_id}/revoke
        POST /deliveries/{delivery_id}/replay | POST /systems/{connection_id}/deliveries/{delivery_id}/replay
        POST /applications/{application_id}/hand-over""",
    "reviews:write": """
        POST /api/interviews/{interview_id}/review | POST /api/interviews/{interview_id}/review/final
        GET /interviews/{interview_id}/review | POST /interviews/{interview_id}/review
        POST /interviews/{interview_id}/review/final
        POST /api/applications/{application_id}/notes | PUT /api/notes/{note_id} | DELETE /api/notes/{note_id}
        POST /applications/{application_id}/notes | POST /notes/{note_id} | POST /notes/{note_id}/delete""",
    "systems:read": """
        GET /v1/engines | GET /v1/usage | GET /operations | GET /engines | GET /usage
        GET /v1/messages/channels | GET /v1/messages/news | GET /messages/channels
        GET /api/endpoints | GET /api/deliveries | GET /api/connectors | GET /api/connections
        GET /api/connections/{connection_id} | GET /api/connections/{connection_id}/inbox
        GET /api/connections/{connection_id}/rehearsal/{application_id} | GET /deliveries | GET /systems
        GET /systems/{connection_id} | GET /systems/{connection_id}/dry-run | GET /systems/{connection_id}/log""",
    "systems:write": """
        POST /v1/messages/channels | PATCH /v1/messages/channels/{channel_id}
        DELETE /v1/messages/channels/{channel_id} | POST /v1/messages/channels/{channel_id}/test
        POST /v1/messages/news | PATCH /v1/messages/news/{subscription_id} | DELETE /v1/messages/news/{subscription_id}
        POST /messages/channels | POST /messages/channels/{channel_id}/do | POST /messages/news
        POST /messages/news/{subscription_id}/do
        PUT /v1/messages/branding | PUT /v1/messages/branding/logo | DELETE /v1/messages/branding/logo
        POST /messages/branding | POST /messages/branding/logo
        POST /v1/suspension | POST /v1/suspension/resume | POST /suspension
        PUT /v1/law | POST /v1/holds | POST /v1/holds/{hold_id}/lift
        POST /applications/{application_id}/hold | POST /applications/{application_id}/hold/lift
        POST /api/endpoints | DELETE /api/endpoints/{endpoint_id} | POST /api/endpoints/{endpoint_id}/enable
        POST /api/connections | PATCH /api/connections/{connection_id} | DELETE /api/connections/{connection_id}
        POST /api/connections/{connection_id}/test | GET /api/connections/{connection_id}/choices
        GET /api/connections/{connection_id}/jobs | PUT /api/connections/{connection_id}/jobs/{remote_id:path}
        POST /api/connections/{connection_id}/read | POST /api/connections/{connection_id}/send
        POST /api/connections/{connection_id}/inbox/{event_id}/read | GET /api/connections/{connection_id}/authorise
        GET /connections/{connection_id}/authorise | GET /connect-callback/{connection_id}
        GET /systems/new | POST /systems/new | POST /systems/{connection_id}/test
        POST /systems/{connection_id}/switch | POST /systems/{connection_id}/read | POST /systems/{connection_id}/send
        GET /systems/{connection_id}/settings | POST /systems/{connection_id}/settings
        GET /systems/{connection_id}/choices | POST /systems/{connection_id}/choices
        GET /systems/{connection_id}/openings | GET /systems/{connection_id}/opening
        POST /systems/{connection_id}/opening | POST /systems/{connection_id}/inbox/{event_id}/read
        GET /systems/{connection_id}/remove | POST /systems/{connection_id}/remove""",
    "people:write": """
        GET /api/people | POST /api/people | PATCH /api/people/{user_id} | POST /api/people/{user_id}/link
        DELETE /api/people/{user_id} | GET /people | POST /people | POST /people/{user_id}
        GET /v1/identity | PUT /v1/identity | DELETE /v1/identity
        GET /sign-in/settings | POST /sign-in/settings | POST /sign-in/settings/remove
        GET /scim/v2/ServiceProviderConfig | GET /scim/v2/ResourceTypes | GET /scim/v2/ResourceTypes/{name}
        GET /scim/v2/Schemas | GET /scim/v2/Schemas/{name} | GET /scim/v2/Users | POST /scim/v2/Users
        GET /scim/v2/Users/{user_id} | PUT /scim/v2/Users/{user_id} | PATCH /scim/v2/Users/{user_id}
        DELETE /scim/v2/Users/{user_id}""",
    "oversight:read": """
        GET /api/oversight | GET /api/second-opinions | GET /oversight | GET /v1/retention | GET /retention""",
    "impact:read": """
        GET /v1/impact | GET /v1/impact/new-york | GET /v1/impact/applicants | GET /v1/impact/audits
        GET /impact | GET /impact/new-york""",
    "impact:write": """
        POST /v1/impact/audits | PUT /v1/impact/audits/rule | POST /impact/audits | POST /impact/rule""",
    "audit:read": "GET /v1/audit | GET /v1/audit/export | GET /audit",
}
"""What is needed -> the routes that need it, as `METHOD path`, `|` or a line's end between them."""


def _needs(declared: dict[str, str]) -> dict[str, str]:
    needs: dict[str, str] = {}
    for need, text in declared.items():
        for door in filter(None, (each.strip() for line in text.splitlines() for each in line.split("|"))):
            if door in needs:
                raise ValueError(f"{door} is declared twice: as {needs[door]} and {need}")
            needs[door] = need
    return needs


NEEDS = _needs(_DECLARED)
"""`METHOD path` -> a key of SCOPES or OPEN, or SIGNED_IN."""


def rights(role: str, scopes: tuple[str, ...]) -> frozenset[str]:
    """What a key opens; an unknown role opens nothing."""
    return frozenset(scopes) if role == "program" else ROLES.get(role, frozenset())


def opens(has: frozenset[str], door: str) -> bool:
    """Whether these rights open `METHOD path`; one that is not there opens for nobody."""
    need = NEEDS.get(door)
    return need == SIGNED_IN or need in has


def checked(role: str, scopes: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """A role and scopes as a key is given them: scopes make a program of it. Raises BadRequest."""
    role = role or ("program" if scopes else "admin")
    if role not in ROLES or role in CONFINED:
        known = [each for each in ROLES if each not in CONFINED]
        raise BadRequest(f"There is no role {role!r} for a key; there are {', '.join(known)}.")
    if role != "program" and scopes:
        raise BadRequest(f"The role {role} has its scopes already; --scope is for keys of programs.")
    if role == "program" and not scopes:
        raise BadRequest(f"Say what the program may do, with --scope: {', '.join(SCOPES)}.")
    if unknown := [scope for scope in scopes if scope not in SCOPES]:
        raise BadRequest(f"There is no scope {unknown[0]!r}; there are {', '.join(SCOPES)}.")
    return role, tuple(sorted(set(scopes)))


# ---------------------------------------------------------------- the table in the docs

PAGE = ROOT / "docs" / "operating.md"
START, END = "<!-- access: made by python -m api.access -->", "<!-- access: end -->"


def markdown() -> str:
    """Scopes by role, and every route by what it needs."""
    lines = ["| scope | opens | " + " | ".join(ROLES) + " |", "|---|---|" + "---|" * len(ROLES)]
    for scope, meaning in SCOPES.items():
        marks = ["given" if role == "program" else "yes" if scope in has else "" for role, has in ROLES.items()]
        lines.append(f"| `{scope}` | {meaning} | " + " | ".join(marks) + " |")
    lines += ["", "| needs | routes |", "|---|---|"]
    for need in _DECLARED:
        routes = ", ".join(f"`{door}`" for door, needed in NEEDS.items() if needed == need)
        said = f"{need}: {OPEN[need]}" if need in OPEN else f"`{need}`" if need in SCOPES else "any live key or session"
        lines.append(f"| {said} | {routes} |")
    return "\n".join(lines)


def documented(page: str) -> str:
    """The page with the table in its place."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n\n{markdown()}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(documented(PAGE.read_text()))
