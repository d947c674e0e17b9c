"""The groups people may say they belong to: those of the EEO-1 report, which New York's rule names too, and age.
Used by the candidate's form, by what keeps the answers and by `compliance.impact`.

Only the person says it. Nothing here or elsewhere maps a name, a photograph, a voice or an address to a group.
"""

from __future__ import annotations

from collections.abc import Mapping

from models.sentences import N_

SEX: Mapping[str, str] = {"female": N_("Female"), "male": N_("Male"), "another": N_("Another gender")}
RACE: Mapping[str, str] = {
    "hispanic": N_("Hispanic or Latino"),
    "white": N_("White"),
    "black": N_("Black or African American"),
    "pacific": N_("Native Hawaiian or Other Pacific Islander"),
    "asian": N_("Asian"),
    "native": N_("American Indian or Alaska Native"),
    "several": N_("Two or more races"),
}
"""Whoever is Hispanic or Latino counts there alone, and the others are "not Hispanic or Latino", as in the EEO-1."""
AGE: Mapping[str, str] = {"under_40": N_("Under 40"), "from_40": N_("40 or older")}

ASKED: Mapping[str, Mapping[str, str]] = {"sex": SEX, "race": RACE, "age": AGE}
"""What the form asks: axis -> category -> its name. No answer, or "I prefer not to say", is no category: unknown."""
INTERSECTION = "sex_race"
AXES: Mapping[str, str] = {
    "sex": N_("Sex"),
    "race": N_("Race and ethnicity"),
    INTERSECTION: N_("Sex, race and ethnicity"),
    "age": N_("Age"),
}


def known(answers: Mapping[str, str]) -> dict[str, str]:
    """axis -> category of what was answered, the intersection with it; anything else is left out."""
    found = {axis: answers[axis] for axis, names in ASKED.items() if answers.get(axis) in names}
    if "sex" in found and "race" in found:
        found[INTERSECTION] = f"{found['race']}.{found['sex']}"
    return found


def named(axis: str, category: str) -> str:
    """As a page shows it."""
    if axis == INTERSECTION:
        race, _, sex = category.partition(".")
        return f"{RACE[race]}, {SEX[sex].lower()}"
    return ASKED[axis][category]
