"""Makes screening/job_likeness.json from the odd half of the labelled resumes: `python -m tests.bench.job_training`.

An entry that the rules found is a job where at least half of what it gives (title, employer, dates) is labelled; what
can be judged neither way is left out. Four files a text, as `tests.bench.fields` renders them. The even half is printed
as held out: how well the likeness tells the two apart (area under the curve), and how many jobs it would lose at
`LEAST`. Words of section titles count where five texts have them.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from models.values import Work
from screening.entries import candidate_jobs
from screening.extract import Limits, read
from screening.job_likeness import LEAST, WEIGHTS, signs
from screening.sections import units
from tests.bench.fields import ARCHIVE, NOW, alike, cells, company, plain, same_interval, span_of
from tests.bench.figures import figure
from tests.bench.labelled import Gold, interval_of, load
from tests.bench.layouts import LAYOUTS, render

STRENGTH, TEXTS = 0.3, 5


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    signs: dict[str, float]
    job: bool


def is_job(work: Work, gold: Gold) -> bool | None:
    """None: nothing of it is labelled or told of elsewhere."""
    said: list[bool] = []
    for given, of, wanted, mentioned in (
        ((work.position or "").split("/"), plain, gold.titles, gold.mentions["titles"]),
        ([work.name or ""], company, gold.companies, gold.mentions["companies"]),
    ):
        for text in filter(None, map(of, given)):
            if any(alike(of(way), text) for ways in wanted for way in ways):
                said.append(True)
            elif not any(alike(of(other), text) for other in mentioned if of(other)):
                said.append(False)
    interval = span_of(work.start_date, work.end_date)
    if interval and interval[0] != interval[1]:
        told = [found for text in gold.mentions["intervals"] if (found := interval_of(text))]
        if any(same_interval(one, interval) for one in gold.intervals):
            said.append(True)
        elif not any(same_interval(one, interval) for one in told):
            said.append(False)
    return sum(said) * 2 >= len(said) if said else None


def examples() -> list[Example]:
    found = []
    for number, one in enumerate(load(ARCHIVE)):
        for layout, form in cells(number, everything=False):
            document = read(render(one.blocks, LAYOUTS[layout], form), f"{one.id}.{form}", Limits())
            for entry, work, _ in candidate_jobs(document, units(document), now=NOW):
                job = is_job(work, one.gold)
                if job is not None:
                    told = dict(signs(work, entry.header, entry.body, entry.heading))
                    found.append(Example(one.id, told, job))
    return found


def main() -> None:
    rows = examples()
    odd = [int(re.sub(r"\D", "", row.text) or 0) % 2 == 1 for row in rows]
    texts = defaultdict(set)
    for row, own in zip(rows, odd, strict=True):
        for name in row.signs if own else ():
            texts[name].add(row.text)
    kept = [{name: v for name, v in row.signs.items() if len(texts[name]) >= TEXTS} for row in rows]
    table = DictVectorizer(sparse=False)
    values, jobs, own = table.fit_transform(kept), np.array([row.job for row in rows]), np.array(odd)
    model = LogisticRegression(C=STRENGTH, max_iter=5000).fit(values[own], jobs[own])
    weights = {"bias": model.intercept_[0], **dict(zip(table.get_feature_names_out(), model.coef_[0], strict=True))}
    WEIGHTS.write_text(json.dumps({name: round(float(w), 4) for name, w in weights.items()}, indent=1) + "\n")
    chances = model.predict_proba(values[~own])[:, 1]
    figure("job_training", "even half: area under the curve", roc_auc_score(jobs[~own], chances), entries=len(chances))
    lost = float(np.mean(chances[jobs[~own]] < LEAST))
    found = float(np.mean(chances[~jobs[~own]] < LEAST))
    figure("job_training", "even half: jobs taken for none", lost, "", of_others=round(found, 3))


if __name__ == "__main__":
    main()
