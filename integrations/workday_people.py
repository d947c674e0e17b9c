"""What Workday says of openings and people becomes neutral values. Called by `integrations.workday`.

Of the much that an answer holds of a person, their sex, age and origin among it, only name, contact, files, answers and
how their applications stand are read.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress
from xml.etree.ElementTree import Element

from integrations.vendor import instant, plain
from integrations.workday_messages import WD, flag, label, named, reference, text, under
from models.exchange import Answer, CandidateIntake, JobIntake, Outcome, OutcomeKind


def words(typed: str) -> tuple[str, ...]:
    """ "One; two", as a person types it, in lower case."""
    return tuple(each.strip().lower() for each in typed.split(";") if each.strip())


def job_of(job: Element) -> JobIntake:
    data = under(job, "Job_Requisition_Data")
    detail = under(data, "Job_Requisition_Detail_Data")
    status = label(data, "Job_Requisition_Status_Reference").lower()
    description = text(detail, "Job_Description") or text(detail, "Job_Description_Summary")
    return JobIntake(
        remote_id=named(job, "Job_Requisition_Reference", "Job_Requisition_ID"),
        title=text(detail, "Job_Posting_Title") or label(job, "Job_Requisition_Reference"),
        text="\n".join(filter(None, (plain(description), plain(text(detail, "Additional_Job_Description"))))),
        open=not any(word in status for word in ("closed", "filled", "cancel", "frozen")),
    )


def applied_to(candidate: Element) -> Iterator[tuple[Element, Element]]:
    """(the candidate's data, what they applied to), for each of their applications."""
    data = under(candidate, "Candidate_Data")
    for application in under(data, all="Job_Application_Data"):
        for applied in under(application, all="Job_Applied_To_Data"):
            assert data is not None
            yield data, applied


def outcomes_of(candidate: Element, hired: tuple[str, ...], gone: tuple[str, ...]) -> Iterator[Outcome]:
    """How each of their applications stands. `hired`: stages and dispositions that mean it; `gone`: words of a
    disposition that mean that the candidate withdrew."""
    for data, applied in applied_to(candidate):
        at = instant(text(applied, "Status_Timestamp")) or instant(text(applied, "Job_Application_Date"))
        if at is None:  # without a moment the same news would be new at each reading
            continue
        stage = label(applied, "Workflow_Step_Reference") or label(applied, "Stage_Reference")
        disposition = label(applied, "Disposition_Reference")
        withdrawn = flag(data, "Status_Data", "Withdrawn") or any(each in disposition.lower() for each in gone)
        kind: OutcomeKind = "rejected" if disposition else "stage"
        if {stage.lower(), label(applied, "Stage_Reference").lower(), disposition.lower()} & set(hired):
            kind = "hired"
        elif withdrawn:
            kind = "withdrew"
        yield Outcome(
            kind=kind,
            at=at,
            remote_application_id=named(applied, "Job_Application_Reference", "Job_Application_ID") or None,
            remote_candidate_id=named(candidate, "Candidate_Reference", "Candidate_ID") or None,
            remote_job_id=named(applied, "Job_Requisition_Reference", "Job_Requisition_ID") or None,
            stage=stage,
            reason=disposition,
        )


def applications_of(candidate: Element) -> Iterator[CandidateIntake]:
    """Name, contact, file, answers: nothing else of the much that Workday says of a person is read."""
    data = under(candidate, "Candidate_Data")
    name, contact = under(data, "Name_Data"), under(data, "Contact_Data")
    for application in under(data, all="Job_Application_Data"):
        filename, content = _resume(application)
        for applied in under(application, all="Job_Applied_To_Data"):
            yield CandidateIntake(
                filename=filename,
                content=content,
                name=f"{text(name, 'First_Name')} {text(name, 'Last_Name')}".strip() or None,
                email=text(contact, "Email_Address") or None,
                phone=text(contact, "Phone_Number") or None,
                external_id=named(applied, "Job_Application_Reference", "Job_Application_ID") or None,
                source=label(applied, "Source_Reference") or "Workday",
                origin="referral" if under(applied, "Referred_By_Worker_Reference") is not None else "application",
                remote_candidate_id=named(candidate, "Candidate_Reference", "Candidate_ID") or None,
                remote_job_id=named(applied, "Job_Requisition_Reference", "Job_Requisition_ID") or None,
                applied_at=instant(text(applied, "Job_Application_Date")),
                stage=reference(applied, "Stage_Reference"),
                answers=tuple(_answers(application)),
            )


def _resume(application: Element) -> tuple[str, bytes]:
    """The first attachment that can be read."""
    for attachment in under(application, all="Resume_Attachment_Data"):
        with suppress(binascii.Error, ValueError):
            content = b64decode(text(attachment, "File_Content"))
            if content:
                return text(attachment, "Filename"), content
    return "", b""


def _answers(application: Element) -> Iterator[Answer]:
    for row in application.iter(f"{WD}Questionnaire_Answer_Data"):
        question = label(row, "Question_Setup_Reference")
        chosen = [
            text(each, "Multiple_Choice_Answer_Text") or label(each, "Multiple_Choice_Answer_Reference")
            for each in under(row, all="Multiple_Choice_Answer_Data")
        ]
        said = text(row, "Answer_Text") or ", ".join(filter(None, chosen)) or text(row, "Answer_Numeric")
        if question and said:
            yield Answer(question=question, answer=said)
