"""Words of the domain that pages show as they are kept: collected here for catalogues (`models.sentences.N_`), and said
in the reader's language by the templates' filter `translated`. Nothing imports them."""

from __future__ import annotations

from models.sentences import N_

REQUIREMENTS = (
    *(N_("skill"), N_("responsibility"), N_("years"), N_("degree"), N_("certificate"), N_("language"), N_("location")),
    *(N_("authorisation"), N_("shift"), N_("school"), N_("vocational"), N_("associate"), N_("bachelor"), N_("master")),
    *(N_("doctorate"), N_("basic"), N_("good"), N_("fluent"), N_("native")),
)
"""`models.values.RequirementKind`, and the levels of degrees and languages."""
FAULTS = (
    *(N_("empty"), N_("encrypted"), N_("corrupt"), N_("no text"), N_("scan"), N_("too big"), N_("timeout")),
    *(N_("unsupported"), N_("infected"), N_("held"), N_("failed")),
)
"""Why a file could not be read (`api.batches.FIXES`)."""
STAGES = (
    *(N_("received"), N_("unreadable"), N_("screened"), N_("advanced"), N_("invited"), N_("interviewing")),
    *(N_("interviewed"), N_("reported"), N_("rejected"), N_("withdrawn")),
)
RECOMMENDATIONS = (
    *(N_("definitely not"), N_("no"), N_("mixed"), N_("yes"), N_("strong yes"), N_("no decision")),
    *(N_("Definitely not"), N_("No"), N_("Mixed"), N_("Yes"), N_("Strong yes"), N_("No decision")),
)
OTHERS = (
    *(N_("open"), N_("expired"), N_("revoked")),  # a link to a report
    *(N_("hired"), N_("withdrew"), N_("stage")),  # what became of somebody
    *(N_("admin"), N_("recruiter"), N_("reviewer"), N_("auditor"), N_("hiring manager"), N_("program")),
)
