"""The messages of Workday's SOAP service Recruiting, as `integrations.workday` sends and reads them. Element names and
their order are those of v31.2; a service refuses what stands in another order.

A reference is written KIND:VALUE; without KIND it is a Workday id where it is 32 hex digits, else of the kind that
`ID_TYPES` says. These kinds are partly guessed: a customer who has another one types it in front.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import overload
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from integrations import soap, summary
from integrations.soap import call
from integrations.workday_about import ABOUT
from models.errors import PushRejected
from models.exchange import CandidateIntake, Decision, Handover, Outgoing, Request, Response, Target
from models.values import AssessmentResult

NAMESPACE = "urn:com.workday/bsvc"
WD = f"{{{NAMESPACE}}}"
ElementTree.register_namespace("wd", NAMESPACE)
PAGE, WITH_FILES = 100, 10
"""Rows a page: with their files, more would be too much for one answer."""
WID = re.compile(r"[0-9a-f]{32}")
ID_TYPES: Mapping[str, str] = {
    # seen in public code
    "Candidate_Reference": "Candidate_ID",
    "Job_Requisition_Reference": "Job_Requisition_ID",
    # inferred from the shape of generated values, such as RECRUITING_ASSESSMENT-1-10
    "Assessment_Reference": "Recruiting_Assessment_ID",
    "Assessment_Test_Reference": "Recruiting_Assessment_Test_ID",
    "Assessment_Status_Reference": "Recruiting_Assessment_Status_ID",
    "Assessment_Test_Status_Reference": "Recruiting_Assessment_Status_ID",
    # unverified
    "Job_Application_Reference": "Job_Application_ID",
    "Stage_Reference": "Recruiting_Stage_ID",
    "Source_Reference": "Applicant_Source_ID",
    "Document_Category_Reference": "Document_Category_ID",
    "Next_Step_Reference": "Workflow_Step_ID",
    "Disposition_Step_Reference": "Workflow_Step_ID",
}
ORDERED = (
    *("Assessment_ID", "Assessment_Status", "Candidate_ID", "Candidate_First_Name", "Candidate_Last_Name"),
    *("Candidate_Email", "Candidate_Mobile", "Job_Requisition_ID"),
)
"""What an order holds."""
Paged = Callable[[int], Request]

# ---------------------------------------------------------------- small words


def pairs(typed: str) -> dict[str, str]:
    """ "A=1; B=2", as a person types it."""
    split = (each.partition("=") for each in typed.split(";"))
    return {name.strip(): value.strip() for name, _, value in split if name.strip() and value.strip()}


def wd(name: str, *inside: Element | str | None, **attributes: str) -> Element:
    return soap.element(f"{WD}{name}", *inside, **{f"{WD}{key}": value for key, value in attributes.items()})


def ref(name: str, id: str) -> Element:
    """A reference element; `id` as the module says."""
    kind, _, value = id.rpartition(":")
    kind = kind or ("WID" if WID.fullmatch(value) else ID_TYPES.get(name, "WID"))
    return wd(name, wd("ID", value, type=kind))


def maybe(name: str, id: str) -> Element | None:
    return ref(name, id) if id else None


@overload
def under(holder: Element | None, *path: str) -> Element | None: ...
@overload
def under(holder: Element | None, *path: str, all: str) -> Iterator[Element]: ...
def under(holder: Element | None, *path: str, all: str = "") -> Element | Iterator[Element] | None:
    """The element at a path; with `all`, every one of that name there. None, or nothing, where there is none."""
    for name in path:
        holder = holder.find(f"{WD}{name}") if holder is not None else None
    if all:
        return iter(holder.findall(f"{WD}{all}") if holder is not None else [])
    return holder


def text(holder: Element | None, name: str) -> str:
    found = under(holder, name)
    return (found.text or "").strip() if found is not None else ""


def flag(holder: Element | None, *path: str) -> bool:
    found = under(holder, *path)
    return found is not None and (found.text or "").strip() in ("1", "true")


def texts(holder: Element | None, name: str) -> list[tuple[str, str]]:
    """(kind, id) of a reference."""
    return [(each.get(f"{WD}type", ""), (each.text or "").strip()) for each in under(holder, name, all="ID")]


def named(holder: Element | None, name: str, kind: str) -> str:
    """A reference's id of a kind, else the Workday id, else any."""
    found = dict(texts(holder, name))
    return found.get(kind) or found.get("WID") or next(iter(found.values()), "")


def reference(holder: Element | None, name: str) -> str:
    """A reference as `ref` takes it."""
    found = texts(holder, name)
    wanted = [each for each in found if each[0] != "WID"] or found
    return f"{wanted[0][0]}:{wanted[0][1]}" if wanted else ""


def label(holder: Element | None, name: str) -> str:
    """A reference in words, else its id."""
    found = under(holder, name)
    if found is None:
        return ""
    return found.get(f"{WD}Descriptor") or reference(holder, name).rpartition(":")[2]


COMMON = soap.written(wd("Workday_Common_Header", wd("Include_Reference_Descriptors_In_Response", "true")))

# ---------------------------------------------------------------- asking


def _filter(page: int, count: int = PAGE) -> Element:
    return wd("Response_Filter", wd("Page", str(page)), wd("Count", str(count)))


def probe(operation: str) -> Request:
    """The smallest call of an operation, to see whether it may be called."""
    return call(wd(f"{operation}_Request", _filter(1, 1)))


def get_requisitions(page: int) -> Request:
    group = wd(
        "Response_Group",
        wd("Include_Reference", "true"),
        wd("Include_Job_Requisition_Definition_Data", "true"),
    )
    return call(wd("Get_Job_Requisitions_Request", _filter(page), group))


def _candidates(*inside: Element, page: int, files: bool) -> Request:
    group = [wd("Include_Reference", "true"), None if files else wd("Exclude_All_Attachments", "true")]
    count = WITH_FILES if files else PAGE
    return call(wd("Get_Candidates_Request", *inside, _filter(page, count), wd("Response_Group", *group)))


def candidates_of(job: str, *, applied: datetime | None = None, files: bool) -> Paged:
    """Who applied for an opening; `applied`: since then."""

    def paged(page: int) -> Request:
        since = wd("Applied_From", applied.isoformat(timespec="seconds")) if applied is not None else None
        criteria = wd("Request_Criteria", ref("Job_Requisition_Reference", job), since)
        return _candidates(criteria, page=page, files=files)

    return paged


def get_candidates(id: str, *, files: bool) -> Request:
    return _candidates(wd("Request_References", ref("Candidate_Reference", id)), page=1, files=files)


def candidates_with(email: str) -> Request:
    return _candidates(wd("Request_Criteria", wd("Candidate_Email_Address", email)), page=1, files=False)


def get_assessment(id: str) -> Request:
    return call(wd("Get_Assess_Candidate_Request", wd("Request_References", ref("Assessment_Reference", id))))


def assessments_of(target: Target) -> Paged:
    criteria = (
        ref("Job_Application_Reference", target.application)
        if target.application
        else _person("Candidate_Criteria_Data", target)
    )
    return lambda page: call(
        wd("Get_Assess_Candidate_Request", wd("Request_Criteria", criteria), _filter(page)),
    )


def attachments_of(candidate: str) -> Paged:
    criteria = wd("Request_Criteria", ref("Candidate_Reference", candidate))
    return lambda page: call(wd("Get_Candidate_Attachments_Request", criteria, _filter(page, WITH_FILES)))


def pages_of(answer: Element) -> int:
    results = under(answer, "Response_Results")
    return int(text(results, "Total_Pages").partition(".")[0] or 0)


def following(paged: Paged) -> Callable[[Response], Request | None]:
    """The page after an answer, as `Lookup` asks for it."""

    def next_page(response: Response) -> Request | None:
        answer = soap.body_of(response)
        page = int(text(under(answer, "Response_Results"), "Page").partition(".")[0] or 1)
        return paged(page + 1) if page < pages_of(answer) else None

    return next_page


def _person(name: str, target: Target) -> Element:
    return wd(name, ref("Candidate_Reference", target.candidate), maybe("Job_Requisition_Reference", target.job))


# ---------------------------------------------------------------- the result


def assess(outgoing: Outgoing) -> Request:
    """Creates, or, where Workday has ordered, changes the assessment it made. No next step is named, so nobody is
    moved."""
    result, target = outgoing.result, outgoing.target
    whose = (
        ref("Job_Application_Reference", target.application)
        if target.application
        else _person("Candidate_Criteria_Data", target)
    )
    asked = target.extra.get("assessment", "")
    withdrawn = result.type == "assessment.withdrawn"
    data = wd(
        "Candidate_Assessment_Data",
        wd("Assess_Candidate_Reference", asked) if asked else None,
        wd("Assessed_On_Date", f"{result.created_at:%Y-%m-%d}"),
        ref("Assessment_Status_Reference", status(result, outgoing.mapping)),
        wd("Overall_Assessment_Comment", summary.note(result)),
        *(() if withdrawn else rows(outgoing)),
    )
    return call(wd("Assess_Candidate_Request", wd("Assess_Candidate_Data", whose, data)))


def status(result: AssessmentResult, mapping: Mapping[str, str]) -> str:
    """The customer's own; each falls back to that of a finished interview, except a withdrawal."""
    if result.type == "assessment.withdrawn":
        return chosen(mapping, "status.withdrawn")
    done = chosen(mapping, "status.complete")
    passed = summary.passed(result)
    if passed is None:
        return mapping.get("status.undecided") or done
    return mapping.get("status.yes" if passed else "status.no") or done


def rows(outgoing: Outgoing) -> list[Element]:
    """One row a test: the interview as a whole, and each competency that has a test of its own. Without a decision the
    first has no score; what was not assessed has no row."""
    result, mapping = outgoing.result, outgoing.mapping
    whole = mapping.get("test.overall") or outgoing.target.extra.get("test", "")
    found = [row(result, mapping, whole, summary.overall(result), summary.marker(result))] if whole else []
    own = {name.lower(): test for name, test in pairs(mapping.get("tests", "")).items()}
    for name, rating in ratings(result):
        if name.lower() in own:
            found.append(row(result, mapping, own[name.lower()], rating, f"{name}: {rating} of 5."))
    return found


def ratings(result: AssessmentResult) -> list[tuple[str, int]]:
    """(competency, 1..5), a person's where there is one; what was not assessed is left out."""
    human = result.human.ratings if result.human is not None else None
    given = human if human is not None else (result.scorecard.competencies if result.scorecard is not None else ())
    return [(each.name, each.rating) for each in given if each.rating is not None]


def chosen(mapping: Mapping[str, str], key: str) -> str:
    """Raises PushRejected where the customer has not chosen yet."""
    if not mapping.get(key):
        name = next(each.label for each in ABOUT.mapped if each.key == key)
        raise PushRejected(f"Nothing is entered for {name!r}: enter it on the connection's page, then send again.")
    return mapping[key]


def row(result: AssessmentResult, mapping: Mapping[str, str], test: str, score: float | None, words: str) -> Element:
    return wd(
        "Assess_Candidate_Test_Result_Data",
        ref("Assessment_Test_Reference", test),
        wd("Assessment_Test_Score", f"{score:g}") if score is not None else None,
        ref("Assessment_Test_Status_Reference", status(result, mapping)),
        wd("Assessment_Test_Date", f"{result.created_at:%Y-%m-%d}"),
        wd("Comment", words),
        wd("Assessment_Test_Results_URL", result.report_url),
    )


def attach(candidate: str, category: str, filename: str, pdf: bytes, url: str) -> Request:
    data = wd(
        "Candidate_Attachment_Data",
        wd(
            "Attachment_Data",
            wd("Filename", filename),
            wd("File_Content", b64encode(pdf).decode()),
            wd("Comment", url),
        ),
        ref("Document_Category_Reference", category),
    )
    return call(wd("Put_Candidate_Attachment_Request", ref("Candidate_Reference", candidate), data))


# ---------------------------------------------------------------- moving and creating


def move(decision: Decision) -> Request:
    advance = decision.kind == "advance"
    step = chosen(decision.mapping, "step.advance" if advance else "step.reject")
    name = "Next_Step_Reference" if advance else "Disposition_Step_Reference"
    words = f"{decision.person}, in Foyer" + (f": {decision.reason}" if decision.reason else "")
    return call(
        wd(
            "Move_Candidate_Request",
            wd("Dynamic_Business_Process_Parameters", ref(name, step), wd("Comment_Data", wd("Comment", words))),
            wd("Move_Candidate_Data", ref("Job_Application_Reference", decision.target.application)),
        )
    )


def put_candidate(person: CandidateIntake) -> Request:
    first, _, last = (person.name or "Name unknown").rpartition(" ")
    name = wd("Name_Data", wd("First_Name", first or last), wd("Last_Name", last))
    contact = wd(
        "Contact_Data",
        wd("Phone_Number", person.phone) if person.phone else None,
        wd("Email_Address", person.email) if person.email else None,
    )
    return call(wd("Put_Candidate_Request", wd("Candidate_Data", name, contact)))


def put_application(handover: Handover, candidate: str) -> Request:
    person = handover.candidate
    applied = wd(
        "Job_Applied_To_Data",
        ref("Job_Requisition_Reference", handover.job),
        ref("Stage_Reference", chosen(handover.mapping, "stage.create")),
        maybe("Source_Reference", handover.mapping.get("source.create", "")),
    )
    resume = wd(
        "Resume_Attachment_Data",
        wd("Filename", person.filename or "resume"),
        wd("File_Content", b64encode(person.content).decode()),
        wd("Comment", handover.url) if handover.url else None,
    )
    application = wd("Job_Application_Data", applied, resume if person.content else None)
    body = wd("Put_Candidate_Request", ref("Candidate_Reference", candidate), wd("Candidate_Data", application))
    return call(body)
