"""What the Workday connector says of itself: what to type in, what to choose, what to enter there. Used by
`integrations.workday`."""

from __future__ import annotations

from models.exchange import About, Capabilities, Mapped, Setting

ABOUT = About(
    vendor="workday",
    name="Workday Recruiting",
    kind="ats",
    base_url="{host}/ccx/service/{tenant}/Recruiting/{version}",
    settings=(
        Setting("host", "Address of the services", "As the WSDL names it: https://wd2-impl-services1.workday.com"),
        Setting("tenant", "Tenant"),
        Setting("user", "Integration system user", "Without @ and tenant."),
        Setting("password", "Its password", secret=True),
        Setting(
            "order_key",
            "Key for Workday",
            "Any long random text; Workday's integration sends it as the password of Basic, as a bearer token or in "
            "the header x-api-key.",
            secret=True,
        ),
        Setting(
            "packages",
            "Packages",
            "Only where a test's reference id in Workday is not the id of the job here: TEST=JOB; TEST=JOB",
            required=False,
        ),
        Setting("version", "Version of the service", "Known messages are those of v31.2.", default="v31.2"),
        Setting("hired_stages", "Stages or dispositions that mean hired", "Several with ;", default="Hired; Hire"),
        Setting(
            "withdrawn_words",
            "Words of a disposition that mean the candidate withdrew",
            "Several with ;",
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
        Mapped("status.complete", "Assessment status of a finished interview (reference id)", required=True),
        Mapped("status.withdrawn", "Assessment status when the candidate withdrew (reference id)", required=True),
        Mapped("status.undecided", "... when Foyer has no decision; empty: as finished"),
        Mapped("status.yes", "... when Foyer proposes yes; empty: as finished"),
        Mapped("status.no", "... when Foyer proposes no; empty: as finished"),
        Mapped("test.overall", "Test for the overall score; empty: the one that was ordered"),
        Mapped("tests", "Tests for single competencies: Competency=TEST; Competency=TEST"),
        Mapped("document.category", "Document category of the report; empty: no PDF is filed"),
        Mapped("step.advance", "Next step when a person advances somebody (workflow step)"),
        Mapped("step.reject", "Disposition when a person rejects somebody (workflow step)"),
        Mapped("stage.create", "Stage of people whom Foyer creates"),
        Mapped("source.create", "Source of people whom Foyer creates"),
    ),
    register=(
        "Create an integration system user without sign-in to the pages, in an integration system security group that "
        "may call the operations named in the connection test; activate the pending security policy changes.",
        "Create an assessment test for each job, with the job's id here as its reference id, and put it in the "
        "requisition's assessments. Have a step 'Assess Candidate' in the job application's business process.",
        "Have an integration (Studio, Orchestrate) post {url}/order at that step, with the key above.",
    ),
)
