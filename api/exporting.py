"""Everything about one person in one file: for them to have (GDPR Art. 15 and 20), with the decision explained. Called
by `foyer export` and `api.routes.law`; what candidates take themselves is `api.own_data`."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime
from typing import TYPE_CHECKING, Any

from compliance.explanation import Decision, explain
from models.errors import NotFound
from models.store import Store
from models.values import Scorecard

if TYPE_CHECKING:
    from api.deps import App

README = """Everything that {employer} keeps in Foyer about one person, made on {at}.

data/        one JSON file a table: each row as it is kept. Left out are only hashes that open links or find
             equal addresses.
files/       the resume as it was sent, recordings of interviews, reports.
explanation/ for each application: what the software did, what people decided, and what both rested on.

Not here: voluntary answers about sex and origin, which nobody but the person may see: they stand on their own page. And
what was sent to other systems before lies with them; their names stand in data/deliveries.json and data/remotes.json.
"""
NAMED = {"documents": ("sha256",), "interviews": ("recording_sha256",), "reports": ("html_sha256", "json_sha256")}
"""Table -> columns that name files."""
SUFFIX = {"recording_sha256": "flac", "html_sha256": "html", "json_sha256": "json"}


def export(app: App, organisation_id: str, candidate_id: str) -> bytes:
    """A zip. Raises NotFound. That somebody took it is entered into the audit log first."""
    with app.database.store() as store:
        candidate_id = store.whole_person(organisation_id, candidate_id)
        named = candidate_id
        store.record_deed(organisation_id, "candidate.exported", kind="candidate", of=named, about=named)
    with app.database.reading() as store:
        rows = store.everything_of(organisation_id, candidate_id)
        employer = store.organisation(organisation_id).name
        applications = [row["id"] for row in rows.get("applications", [])]
        told = {id: explained(store, organisation_id, id) for id in applications}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("README.txt", README.format(employer=employer, at=f"{app.now:%Y-%m-%d %H:%M} UTC"))
        for table, found in rows.items():
            zipped.writestr(f"data/{table}.json", json.dumps(found, ensure_ascii=False, indent=1, default=_plain))
        for id, text in told.items():
            zipped.writestr(f"explanation/{id}.md", text)
        for name, sha256 in _files(rows):
            try:
                zipped.writestr(f"files/{name}", app.files.get(sha256, subject=candidate_id))
            except NotFound:  # deleted when its time was over
                continue
    return made.getvalue()


def explained(store: Store, organisation_id: str, application_id: str) -> str:
    """One application, in plain words. Raises NotFound."""
    application = store.application(organisation_id, application_id)
    job = store.job(organisation_id, application.job_id)
    interview = store.counting(organisation_id, application_id)
    report = store.report_of(organisation_id, interview.id) if interview is not None else None
    return explain(
        job=job.title,
        stage=application.stage,
        requirements=store.requirements(organisation_id, job.id),
        screening=store.screening(organisation_id, application_id),
        scorecard=Scorecard.model_validate(report.scorecard) if report is not None else None,
        decisions=[
            Decision(one.action, one.person or "", one.reason, one.at)
            for one in store.decisions(organisation_id, application_id)
        ],
    )


def _files(rows: dict[str, list[dict[str, Any]]]) -> list[tuple[str, str]]:
    """(name in the zip, sha256), each file once."""
    found: dict[str, str] = {}
    for table, columns in NAMED.items():
        for row in rows.get(table, []):
            for column in columns:
                if sha256 := row[column]:
                    own = str(row.get("filename", "")).rpartition(".")[2]
                    suffix = SUFFIX.get(column) or (own if own.isalnum() and len(own) < 6 else "bin")
                    found.setdefault(sha256, f"{table}-{sha256[:16]}.{suffix}")
    return [(name, sha256) for sha256, name in found.items()]


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
