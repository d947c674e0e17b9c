"""A query in plain words ("python data engineer with kubernetes") as requirements, and a resume as one vector.

Called by `api.pool` and `foyer search`. A query is judged as a small posting is: every skill it names is a requirement,
and the whole of it is one more, matched by meaning.
"""

from __future__ import annotations

import numpy as np

from matching.skills import Vocabulary
from models.engines import Vector, Vectors
from models.errors import BadRequest
from models.values import Requirement
from screening.prepared import Prepared

LONGEST = 500


def requirements_of(query: str, vocabulary: Vocabulary) -> tuple[Requirement, ...]:
    """Raises BadRequest for a query without words or of more than LONGEST characters."""
    asked = " ".join(query.split())
    if not any(letter.isalnum() for letter in asked):
        raise BadRequest("Say whom you look for, such as: python data engineer with kubernetes.")
    if len(asked) > LONGEST:
        raise BadRequest(f"A query has at most {LONGEST} characters; use a job's posting for more.")
    named = list(dict.fromkeys(mention.normal for mention in vocabulary.find(asked)))
    skills = [
        Requirement(id=f"s{at}", text=skill, kind="skill", must_have=False, sentence=asked)
        for at, skill in enumerate(named, 1)
    ]
    whole = Requirement(id="all", text=asked, kind="responsibility", must_have=False, sentence=asked)
    return (*skills, whole)


def resume_vector(read: Prepared, vectors: Vectors) -> Vector:
    """The mean direction of a resume's distinct spans, (dim,) unit length; `vectors` one row a span."""
    rows = vectors[list(read.distinct)]
    mean = rows.astype(np.float64).sum(axis=0)
    length = float(np.linalg.norm(mean))
    unit: Vector = (mean / (length or 1.0)).astype(np.float32)
    return unit
