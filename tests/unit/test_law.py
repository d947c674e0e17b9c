"""Law is data: packs are read and checked, dates in them decide, what nobody has looked at warns."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.business_days import after, holidays, is_business_day
from compliance.law import BUNDLED, Law, named, read_law
from compliance.retention import CLASSES, deadline, goes_on, is_due, period, policy
from models.errors import BadRequest

TODAY = date(2026, 11, 27)
LAW = read_law()
PLACES = sorted({rule.jurisdiction for rule in LAW.rules} - {"everywhere"} | {"de", "us-ny-nyc"})


def _changed(tmp_path: Path, pack: str, old: str, new: str) -> Law:
    """As an operator does: the bundled file is copied beside the deployment and one word is changed."""
    words = (BUNDLED / f"{pack}.toml").read_text()
    assert old in words
    (tmp_path / f"{pack}.toml").write_text(words.replace(old, new))
    return read_law(tmp_path)


def _ids(law: Law, places: list[str], on: date) -> set[str]:
    return {rule.id for rule in law.binding(places, on)}


@pytest.mark.proves(47)
def test_another_date_in_a_pack_is_another_behaviour(tmp_path: Path) -> None:
    assert "us-co.adverse" not in _ids(LAW, ["us-co"], date(2026, 12, 31))
    assert "us-co.adverse" in _ids(LAW, ["us-co"], date(2027, 1, 1))
    assert deadline(LAW, ["us-co"], date(2026, 12, 31), "adverse_notice", "rejection") is None
    later = _changed(tmp_path, "us-co", "2027-01-01", "2027-06-30")
    assert "us-co.adverse" not in _ids(later, ["us-co"], date(2027, 1, 1))
    assert deadline(later, ["us-co"], date(2027, 6, 30), "adverse_notice", "rejection") == date(2027, 7, 30)
    assert later.version != LAW.version


@pytest.mark.proves(47)
def test_a_pack_that_nobody_has_checked_for_long_warns() -> None:
    checked = min(rule.checked_on for rule in LAW.rules)
    assert LAW.stale(checked + timedelta(days=120)) == ()
    old = LAW.stale(checked + timedelta(days=121))
    assert "us-ny-nyc.notice-period" in {rule.id for rule in old}
    assert not any(rule.jurisdiction == "everywhere" or rule.status == "withdrawn" for rule in old)


def test_what_is_withdrawn_or_only_proposed_never_binds() -> None:
    bound = {rule.id for rule in LAW.binding(PLACES, date(2040, 1, 1))}
    dead = {rule.id for rule in LAW.rules if rule.status in ("withdrawn", "proposed")}
    assert dead == {
        *("us-il.hb3773.rules", "us-co.sb24-205", "us.ugesp.rescission", "us.ugesp.records-rescission"),
    }
    assert not bound & dead


def test_a_place_lies_in_larger_ones() -> None:
    assert LAW.around(["us-ny-nyc"]) >= {"us-ny-nyc", "us-ny", "us", "everywhere"}
    assert "eu" in LAW.around(["de"]) & LAW.around(["fr"])
    assert not {"eu", "us"} & LAW.around(["gb"])
    assert LAW.unknown(["jp", "gb", "us-wa"]) == ("jp",)
    assert named([" US_IL", "us-il", "eu"]) == ("us-il", "eu")
    with pytest.raises(BadRequest, match="jurisdiction"):
        named(["Bavaria"])


def test_an_end_is_the_first_day_without_it(tmp_path: Path) -> None:
    ends = _changed(tmp_path, "us-nj", 'status = "in_force"', 'status = "in_force"\nuntil = 2026-11-27')
    assert "us-nj.impact" in _ids(ends, ["us-nj"], date(2026, 11, 26))
    assert "us-nj.impact" not in _ids(ends, ["us-nj"], date(2026, 11, 27))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("days = 30", "", "needs days"),
        ("2027-01-01", '"soon"', "in_force_from"),
        ("https://coag.gov", "coag.gov", "source"),
        ('kind = "adverse_notice"', 'kind = "wish"', "kind"),
        ("[[rules]]", "[[rules", "TOML"),
    ],
)
def test_a_pack_with_a_mistake_is_refused_by_name(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(BadRequest, match=r"us-co\.toml") as refused:
        _changed(tmp_path, "us-co", old, new)
    assert says in refused.value.detail
    shutil.rmtree(tmp_path)
    assert read_law(tmp_path) == LAW


# ---------------------------------------------------------------- retention


@pytest.mark.proves(38)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("record_class", CLASSES)
def test_every_class_in_every_place_goes_on_its_day_and_not_before(record_class: str, place: str) -> None:
    last = date(2028, 2, 29)  # when every bundled rule is in force
    kept = period(LAW, [place], last, record_class)  # type: ignore[arg-type]
    day = goes_on(kept, last)
    if day is None:
        assert (kept.days, record_class) == (None, "biometrics")
        return
    floors = [
        rule.days or 0 for rule in LAW.binding([place], last, "retention_floor") if record_class in rule.record_classes
    ]
    assert kept.because
    assert kept.conflict is None
    assert (day - last).days >= max(floors, default=0)
    assert not is_due(kept, last, day - timedelta(days=1), held=False)
    assert is_due(kept, last, day, held=False)
    assert not is_due(kept, last, day + timedelta(days=36500), held=True)


@pytest.mark.proves(38)
def test_the_longest_floor_counts_and_a_ceiling_cuts() -> None:
    def of(places: list[str], record_class: str, on: date = TODAY) -> int | None:
        return period(LAW, places, on, record_class).days  # type: ignore[arg-type]

    assert of([], "decision") == 365
    assert of(["us-ca"], "decision") == of(["us-co", "us-ca", "us-il"], "decision") == 1461
    assert of(["us-co"], "decision") == 365
    assert of(["us-co"], "decision", date(2027, 1, 1)) == 1096
    assert of(["us-ca"], "media") == 180, "recordings are short, whatever the decision's record needs"
    assert of(["us-il"], "biometrics") == 1095
    assert of(["fr"], "documents") == 365, "a wish below a ceiling stands"


@pytest.mark.proves(38)
def test_a_floor_above_a_ceiling_is_for_a_person() -> None:
    found = period(LAW, ["us-ca", "fr"], TODAY, "documents")
    assert found.conflict == ("us-ca.crd.records", "fr.cnil.pool")
    assert goes_on(found, TODAY) is None
    assert not is_due(found, TODAY, TODAY + timedelta(days=36500), held=False)
    assert [each.conflict for each in policy(LAW, ["us-ca", "fr"], TODAY) if each.conflict] == [found.conflict]


@pytest.mark.proves(44)
def test_a_log_is_never_purged_before_six_months(tmp_path: Path) -> None:
    """Even where the house wishes so, from the day on which the act's logs are a duty."""
    hasty = _changed(tmp_path, "house", "days = 1461", "days = 30")
    on = date(2027, 12, 2)
    kept = period(hasty, ["de"], on, "audit")
    assert (kept.days, kept.because) == (184, ("eu-ai-act.19",))
    assert not is_due(kept, on, on + timedelta(days=183), held=False)
    assert is_due(kept, on, on + timedelta(days=184), held=False)
    assert period(hasty, ["de"], on - timedelta(days=1), "audit").days == 30


def test_a_recording_goes_within_thirty_days_of_being_asked_in_illinois() -> None:
    assert deadline(LAW, ["us-il"], TODAY, "deletion_on_request", "media") == date(2026, 12, 27)
    assert deadline(LAW, ["us-ca"], TODAY, "deletion_on_request", "media") is None


# ---------------------------------------------------------------- business days


@pytest.mark.proves(26)
@given(told=st.dates(date(2024, 1, 1), date(2060, 12, 31)), days=st.integers(0, 30))
def test_a_notice_of_business_days_counts_nothing_else(told: date, days: int) -> None:
    day = after(told, days)
    between = [told + timedelta(days=number) for number in range(1, (day - told).days + 1)]
    assert sum(map(is_business_day, between)) == days
    assert days == 0 or is_business_day(day)
    assert after(told, days + 1) > day
    for each in between:
        assert is_business_day(each) == (each.weekday() < 5 and each not in holidays(each.year))


@pytest.mark.proves(26)
@pytest.mark.parametrize(
    ("told", "usable"),
    [
        (date(2026, 12, 18), date(2027, 1, 5)),  # Christmas Day and New Year's Day, both Fridays
        (date(2026, 11, 13), date(2026, 11, 30)),  # Thanksgiving
        (date(2026, 6, 12), date(2026, 6, 29)),  # Juneteenth, a Friday
        (date(2027, 12, 17), date(2028, 1, 4)),  # Christmas and New Year on Saturdays, kept on the Fridays before
        (date(2026, 3, 6), date(2026, 3, 20)),  # no holiday at all
    ],
)
def test_known_calendars(told: date, usable: date) -> None:
    assert after(told, 10) == usable
