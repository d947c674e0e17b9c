"""What the Workday connector says of itself: what to type in, what to choose, what to enter there. Used by
`integrations.workday`."""

from __future__ import annotations

from models.exchange import About, Capabilities, Mapped, Setting
from models.sentences import N_

ABOUT = About(
    vendor="workday",
    name="Workday Recruiting",
    kind="ats",
    base_url="{host}/ccx/service/{tenant}/Recruiting/{version}",
    settings=(
        Setting(
            "host", N_("Address of the services"), N_("As the WSDL names it: https://wd2-impl-services1.workday.com")
        ),
        Setting("tenant", N_("Tenant")),
        Setting("user", N_("Integration system user"), N_("Without @ and tenant.")),
        Setting("password", N_("Its password"), secret=True),
        Setting(
            "order_key",
            N_("Key for Workday"),
            N_(
                "Any long random text; Workday's integration sends it as the password of Basic, as a bearer token or "
                "in "
                "the header x-api-key."
            ),
            secret=True,
        ),
        Setting(
            "packages",
            N_("Packages"),
            N_("Only where a test's reference id in Workday is not the id of the job here: TEST=JOB; TEST=JOB"),
            required=False,
        ),
        Setting("version", N_("Version of the service"), N_("Known messages are those of v31.2."), default="v31.2"),
        Setting(
            "hired_stages", N_("Stages or dispositions that mean hired"), N_("Several with ;"), default="Hired; Hire"
        ),
        Setting(
            "withdrawn_words",
            N_("Words of a disposition that mean the candidate withdrew"),
            N_("Several with ;"),
            default="withdr; declined by candidate; candidate declined",
        ),
    ),
    can=Capabilities(
        jobs="from public code",
        candidates="from public code",
        orders="second hand",
        score="from public code",
        text="from public code",
        pdf="from public code",
        create="from public code",
        decide="from public code",
        outcomes="unverified",
    ),
    mapped=(
        Mapped("status.complete", N_("Assessment status of a finished interview (reference id)"), required=True),
        Mapped("status.withdrawn", N_("Assessment status when the candidate withdrew (reference id)"), required=True),
        Mapped("status.undecided", N_("... when Foyer has no decision; empty: as finished")),
        Mapped("status.yes", N_("... when Foyer proposes yes; empty: as finished")),
        Mapped("status.no", N_("... when Foyer proposes no; empty: as finished")),
        Mapped("test.overall", N_("Test for the overall score; empty: the one that was ordered")),
        Mapped("tests", N_("Tests for single competencies: Competency=TEST; Competency=TEST")),
        Mapped("document.category", N_("Document category of the report; empty: no PDF is filed")),
        Mapped("step.advance", N_("Next step when a person advances somebody (workflow step)")),
        Mapped("step.reject", N_("Disposition when a person rejects somebody (workflow step)")),
        Mapped("stage.create", N_("Stage of people whom Foyer creates")),
        Mapped("source.create", N_("Source of people whom Foyer creates")),
    ),
    register=(
        "Create an integration system user without sign-in to the pages, in an integration system security group that "
        "may call the operations named in the connection test; activate the pending security policy changes.",
        "Create an assessment test for each job, with the job's id here as its reference id, and put it in the "
        "requisition's assessments. Have a step 'Assess Candidate' in the job application's business process.",
        "Have an integration (Studio, Orchestrate) post {url}/order at that step, with the key above.",
    ),
)
