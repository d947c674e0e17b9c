"""The employer's own words and branding: from the form to the letter that arrives. The real routes over a real
database, a real outbox, a clock that the test moves."""

from __future__ import annotations

import io
from email.message import EmailMessage

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from api import invitations, mailing, messages
from api.app import create_app
from api.deps import App
from api.outbox import messages as outbox
from api.outbox import words
from models.db import Database
from models.errors import Conflict
from tests import store_world
from tests.contract.test_law_applied import DAY, Clock, app, clock, invite, mail
from tests.contract.test_stages import job_of, screened
from tests.flow.hostile import HTML
from tests.store_world import NOW, PLAN

__all__ = ["app", "clock"]

WORDS = "/v1/messages/templates"
OWN = {
    "kind": "invitation",
    "language": "en",
    "subject": "{employer} calls",
    "body": "Dear {candidate},\n\ncome: {link}",
}


def client(app: App, org: str, role: str = "recruiter") -> TestClient:
    api = create_app(app.settings, work=False)
    api.state.foyer = app
    with app.database.store() as store:
        _, key = store.add_api_key(org, name=role, role=role, now=app.now)
    headers = {"Authorization": f"Bearer {key}", "Foyer-Person": "Kim", "Origin": "http://testserver"}
    return TestClient(api, headers=headers, follow_redirects=False)


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (300, 100), "purple").save(out, "JPEG")
    return out.getvalue()


def arrived(app: App) -> EmailMessage:
    mail(app)
    return list(outbox(app.settings.home / "outbox"))[-1]


@pytest.mark.proves(40)
def test_own_words_arrive_and_what_the_law_asks_follows_them(app: App, org: str) -> None:
    recruiter = client(app, org)
    refused = recruiter.put(WORDS, json={**OWN, "body": "Dear {name}"})
    assert (refused.status_code, "{candidate}" in refused.json()["detail"]) == (400, True)
    saved = recruiter.put(WORDS, json=OWN).json()
    assert (saved["version"], saved["own"], saved["author"]) == (1, True, "Kim (key: recruiter)")
    job = job_of(app, org, jurisdictions=["us-il"])
    invite(app, org, screened(app, job, 0.9, "ann@example.org"))
    letter = arrived(app)
    text = " ".join(words(letter))
    assert letter["Subject"] == "Example calls"
    assert "come: http" in text
    with app.database.reading() as store:
        told = [one.kind for one in store.notices(org, store.interviews_of(org, _case(app, org))[0].application_id)]
    assert told == ["invitation"], "the law's notice is recorded"
    for fixed in ("Open your interview:", "Who asks", "Who decides", "speak with a person", "artificial intelligence"):
        assert fixed.lower() in text.lower(), fixed


def _case(app: App, org: str) -> str:
    with app.database.reading() as store:
        [delivery] = store.deliveries(org)
    assert delivery.application_id is not None
    return delivery.application_id


def test_versions_a_newer_one_is_a_conflict_and_the_standard_words_come_back(app: App, org: str) -> None:
    recruiter = client(app, org)
    first = recruiter.put(WORDS, json={**OWN, "based_on": 0}).json()
    late = recruiter.put(WORDS, json={**OWN, "body": "Mine.", "based_on": 0})
    assert (late.status_code, "changed meanwhile by Kim" in late.json()["detail"]) == (409, True)
    assert recruiter.put(WORDS, json=OWN).json()["version"] == first["version"], "the same words are no version"
    reset = recruiter.post(f"{WORDS}/reset", json={"kind": "invitation"}).json()
    assert (reset["own"], reset["version"], reset["subject"]) == (False, 2, "Your interview with {employer}: {job}")
    page = recruiter.get("/messages/template?kind=invitation&version=1", headers=HTML).text
    assert "These are the words of version 1" in page
    assert "come: {link}" in page
    with app.database.reading() as store:
        actions = [one.action for one in store.audit(org, action="template.")]
    assert actions == ["template.changed"] * 2


def test_another_language_is_written_as_the_kit_is(app: App, org: str) -> None:
    job = job_of(app, org)
    with app.database.store() as store:
        store.set_plan(org, job.id, PLAN.model_copy(update={"language": "de-AT"}), author="Kim", now=NOW)
    case = screened(app, job, 0.9, "ann@example.org")
    client(app, org).put(WORDS, json={**OWN, "language": "de", "subject": "Grüße von {employer}"})
    interview = invite(app, org, case)
    letter = arrived(app)
    assert letter["Subject"] == "Grüße von Example"
    assert "Wer entscheidet" in letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert '<html lang="de">' in letter.get_body(("html",)).get_content()  # type: ignore[union-attr]
    with app.database.store() as store:
        store.set_zone(org, interview.id, "Asia/Tokyo", surely=False)
        store.set_zone(org, interview.id, "Europe/Paris", surely=False)
        who = mailing.invited(app, store, store.interview(org, interview.id))
    assert (who.zone, who.language) == ("Asia/Tokyo", "de"), "the first opening counts"


def test_the_branding_is_in_the_letter_and_on_the_page_and_only_administrators_change_it(app: App, org: str) -> None:
    said = {
        "name": "Nord Klinik",
        "contact": "people@nord.example",
        "contact_name": "Mia May",
        "accent": "#7a1fa2",
        "zone": "Europe/Berlin",
    }
    assert client(app, org).put("/v1/messages/branding", json=said).status_code == 403
    admin = client(app, org, "admin")
    assert admin.put("/v1/messages/branding", json={**said, "accent": "#ff88aa"}).status_code == 400
    assert admin.put("/v1/messages/branding", json={**said, "contact": "nobody"}).status_code == 400
    assert admin.put("/v1/messages/branding", json={**said, "zone": "Nowhere/Land"}).status_code == 400
    assert admin.put("/v1/messages/branding", json=said).status_code == 200
    assert admin.put("/v1/messages/branding/logo", content=b"<svg/>").status_code == 400
    assert admin.put("/v1/messages/branding/logo", content=picture()).json()["logo"]
    invite(app, org, screened(app, job_of(app, org), 0.9, "ann@example.org"))
    letter = arrived(app)
    assert str(letter["From"]).startswith("Nord Klinik <")
    assert letter["Reply-To"] == "people@nord.example"
    page, text = letter.get_body(("html",)), " ".join(words(letter))
    assert page is not None
    assert "#7a1fa2" in page.get_content()
    assert "cid:logo@foyer" in page.get_content()
    assert [part["Content-ID"] for part in letter.walk() if part.get_content_type() == "image/png"] == ["<logo@foyer>"]
    assert "(Europe/Berlin, UTC+1)" in text
    assert "Kind regards, Mia May Nord Klinik" in text
    link = next(word for word in words(letter) if "/i/" in word)
    home = admin.get(f"/i/{link.rpartition('/')[2]}").text
    assert f"/branding/{org}/logo.png" in home
    assert "--accent: #7a1fa2" in admin.get(f"/branding/{org}/branding.css").text
    assert admin.get(f"/branding/{org}/logo.png").content.startswith(b"\x89PNG")
    admin.delete("/v1/messages/branding/logo")
    assert admin.get(f"/branding/{org}/logo.png").status_code == 404


def test_a_preview_sends_nothing_and_a_test_goes_where_one_says(app: App, org: str) -> None:
    recruiter = client(app, org)
    seen = recruiter.post(f"{WORDS}/preview", json={"kind": "answer", "language": "de"}).json()
    assert "Selbstverständlich" in seen["text"]
    draft = {"kind": "rejection", "language": "en", "subject": "No {job}", "body": "<b>Sorry</b> {candidate}"}
    piece = recruiter.post("/messages/template/preview", data=draft, headers={"HX-Request": "true"}).text
    assert "&lt;b&gt;Sorry&lt;/b&gt; Robin Sample" in piece
    assert "decided this; no decision was made by software" in piece
    wrong = recruiter.post("/messages/template/preview", data={**draft, "body": "{x}"}, headers={"HX-Request": "true"})
    assert "no placeholder {x}" in wrong.text
    assert mail(app) == []
    assert recruiter.post(f"{WORDS}/test", json={**draft, "to": "nobody"}).status_code == 400
    sent = recruiter.post(f"{WORDS}/test", json={**draft, "to": "kim@example.org"})
    assert sent.status_code == 202
    letter = arrived(app)
    assert letter["To"].addresses[0].addr_spec == "kim@example.org"
    assert letter["Subject"] == "[Test] No Nurse, night shift"


def test_people_with_accounts_are_written_to_in_the_employer_s_words(app: App, org: str, clock: Clock) -> None:
    client(app, org).put(WORDS, json={**OWN, "kind": "password_reset", "body": "{name}: {link}"})
    facts = {"name": "Lee", "email": "lee@example.org", "link": "https://x.example/reset", "expires": NOW + DAY}
    with app.database.reading() as store:
        letter = messages.account_letter(app, store, org, "password_reset", key="k", **facts)  # type: ignore[arg-type]
    text = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert text.startswith("Lee: https://x.example/reset")
    assert "Choose your password:" in text
    assert "21 November 2026" in text
    invitations.invite(app, org, email="pat@example.org", name="Pat", role="recruiter")
    assert "invited to work in" in " ".join(words(arrived(app))), "what nobody changed is what /messages shows"
    client(app, org).put(WORDS, json={**OWN, "kind": "account_invitation", "body": "Welcome, {name}!"})
    clock.moment += DAY
    invitations.invite(app, org, email="sam@example.org", name="Sam", role="recruiter")
    assert "Welcome, Sam! Choose your password: http" in " ".join(words(arrived(app)))


def test_the_store_keeps_words_and_branding_apart_by_organisation(database: Database) -> None:
    ours, theirs = store_world.build(database, "Ours"), store_world.build(database, "Theirs")
    words = {"subject": "s", "body": "b", "author": "Kim", "now": NOW}
    with database.store() as store:
        for version in (0, 1):
            facts = {**words, "body": f"b{version}", "based_on": version}
            store.add_template(ours.organisation_id, "reminder", "en", **facts)  # type: ignore[arg-type]
        with pytest.raises(Conflict):
            store.add_template(ours.organisation_id, "reminder", "en", **words, based_on=1)  # type: ignore[arg-type]
        store.set_branding(ours.organisation_id, {"name": "Ours", "contact": "a@b.example"}, by="Kim", now=NOW)
        store.set_logo(ours.organisation_id, b"png", "ab", by="Kim", now=NOW)
    with database.reading() as store:
        assert [(one.kind, one.body) for one in store.templates(ours.organisation_id)] == [("reminder", "b1")]
        assert store.templates(theirs.organisation_id) == []
        assert store.branding(theirs.organisation_id) is None
        branding = store.branding(ours.organisation_id)
        assert branding is not None
        assert (branding.contact, store.logo(ours.organisation_id)) == ("a@b.example", b"png")
