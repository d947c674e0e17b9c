"""The groups people may say they belong to: those of the EEO-1 report, which New York's rule names too, and age.
Used by the candidate's form, by what keeps the answers and by `compliance.impact`.

Only the person says it. Nothing here or elsewhere maps a name, a photograph, a voice or an address to a group.
"""

from __future__ import annotations

from collections.abc import Mapping

SEX: Mapping[str, str] = {"female": "Female", "male": "Male", "another": "Another gender"}
RACE: Mapping[str, str] = {
    "hispanic": "Hispanic or Latino",
    "white": "White",
    "black": "Black or African American",
    "pacific": "Native Hawaiian or Other Pacific Islander",
    "asian": "Asian",
    "native": "American Indian or Alaska Native",
    "several": "Two or more races",
}
"""Whoever is Hispanic or Latino counts there alone, and the others are "not Hispanic or Latino", as in the EEO-1."""
AGE: Mapping[str, str] = {"under_40": "Under 40", "from_40": "40 or older"}

ASKED: Mapping[str, Mapping[str, str]] = {"sex": SEX, "race": RACE, "age": AGE}
"""What the form asks: axis -> category -> its name. No answer, or "I prefer not to say", is no category: unknown."""
INTERSECTION = "sex_race"
AXES: Mapping[str, str] = {
    "sex": "Sex",
    "race": "Race and ethnicity",
    INTERSECTION: "Sex, race and ethnicity",
    "age": "Age",
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
