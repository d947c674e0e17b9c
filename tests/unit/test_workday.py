"""Workday's messages without a server: what an order is, what a result becomes, what is read of openings and people."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

import pytest

from integrations import soap
from integrations import workday_messages as messages
from integrations.auth import basic_value
from integrations.workday import Workday, given_key
from integrations.workday_messages import WD, under
from integrations.workday_people import applications_of, job_of, outcomes_of, words
from models.errors import BadRequest, NotFound, PushRejected, Unauthorized
from models.exchange import (
    AssessmentOrder,
    CandidateIntake,
    Decision,
    Handover,
    Inbound,
    Outgoing,
    Request,
    Response,
    Target,
)
from models.values import AssessmentResult, HumanRating, HumanResult, Rating, Scorecard

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
JOB = "0193c3f0-0000-7000-8000-000000000001"
KEY = "a-key-that-is-long-enough"
SETTINGS = {"host": "https://wd", "tenant": "acme", "user": "isu", "password": "pw", "order_key": KEY}
MAPPING = {
    "status.complete": "DONE",
    "status.undecided": "UNDECIDED",
    "status.withdrawn": "GONE",
    "tests": "Ownership = OWN; Candour=CAND",
    "document.category": "REPORTS",
    "step.advance": "0123456789abcdef0123456789abcdef",
    "step.reject": "NO",
    "stage.create": "REVIEW",
    "source.create": "FOYER",
}
ORDER = {
    "Candidate_First_Name": "Ada",
    "Candidate_Last_Name": "Byron",
    "Candidate_Email": "ada@mail.example",
    "Candidate_Mobile": "+1 999",
    "Candidate_ID": "C00001",
    "Job_Requisition_ID": "R00001",
    "Assessment_Status": "Initiated",
    "Assessment_ID": "RECRUITING_ASSESSMENT-1-10",
}


def result(**changes: object) -> AssessmentResult:
    ratings = (
        Rating(competency_id="o", name="Ownership", rating=4, score=75.0, confidence="high"),
        Rating(competency_id="c", name="Candour"),
    )
    card = Scorecard(id="s", recommendation="yes", reason="Fits.", overall=72.5, competencies=ratings)
    made = AssessmentResult(
        id="result_i_1",
        created_at=NOW,
        organisation_id="o",
        job={"id": JOB, "title": "Engineer"},
        candidate={"id": "c", "name": "Ada"},
        application_id="a",
        scorecard=card,
        report_url="https://foyer.example/reports/1?a=1&b=2",
    )
    return made.model_copy(update=changes)


TARGET = Target("C00001", "JA1", "R00001", "RECRUITING_ASSESSMENT-1-10", {"assessment": "RECRUITING_ASSESSMENT-1-10"})


def sent(request: Request) -> Element:
    return soap.read(request.content or b"")


def said(root: Element, path: str) -> str | None:
    return root.findtext("/".join(f"{WD}{each}" for each in path.split("/")))


def id_of(root: Element, path: str) -> tuple[str | None, str | None]:
    found = root.find("/".join(f"{WD}{each}" for each in (*path.split("/"), "ID")))
    assert found is not None, path
    return found.get(f"{WD}type"), found.text


class FakeDesk:
    """The desk of a call, without a database: only what an order does to it."""

    def __init__(self) -> None:
        self.kept: dict[str, Mapping[str, object]] = {}

    def keep(self, key: str, event: Mapping[str, object]) -> bool:
        new = key not in self.kept
        self.kept.setdefault(key, event)
        return new


def order(body: object = ORDER, *, path: str = "order", method: str = "POST", **headers: str) -> FakeDesk:
    desk = FakeDesk()
    given = headers or {"authorization": basic_value("workday", KEY)}
    inbound = Inbound(method, path, given, {}, json.dumps(body).encode(), NOW)
    Workday(SETTINGS).serve(inbound, desk)  # type: ignore[arg-type]
    return desk


# ---------------------------------------------------------------- the order


@pytest.mark.parametrize(
    "headers",
    [{"authorization": basic_value("any", KEY)}, {"authorization": f"Bearer {KEY}"}, {"x-api-key": KEY}],
)
def test_an_order_is_kept_under_its_assessment(headers: dict[str, str]) -> None:
    assert order(**headers).kept == {"assess:RECRUITING_ASSESSMENT-1-10": {"assess": ORDER}}


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": basic_value("any", "wrong")},
        {"authorization": "Basic !!!"},
        {"authorization": f"Digest {KEY}"},
        {"authorization": f"Bearer {KEY}x"},
        {"x-api-key": ""},
        {"x-api-key": "é"},
        {"host": "here"},
    ],
)
def test_a_wrong_key_is_refused_before_anything_else(headers: dict[str, str]) -> None:
    with pytest.raises(Unauthorized):
        order("not even an object", path="nothing", **headers)


def test_a_connection_without_a_key_takes_no_order() -> None:
    inbound = Inbound("POST", "order", {"x-api-key": ""}, {}, b"{}", NOW)
    with pytest.raises(Unauthorized):
        Workday({}).serve(inbound, FakeDesk())  # type: ignore[arg-type]


def test_what_an_order_needs_is_named() -> None:
    with pytest.raises(BadRequest, match="Assessment_ID and Candidate_Email"):
        order({"Candidate_ID": "C1"})
    with pytest.raises(NotFound):
        order(path="results")
    with pytest.raises(NotFound):
        order(method="GET")


def test_a_key_of_any_letters_is_compared() -> None:
    assert given_key({"authorization": basic_value("u", "pässwört")}) == "pässwört"


# ---------------------------------------------------------------- what an order asks for


def envelope(inside: str) -> Response:
    body = (
        '<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/" xmlns:wd="urn:com.workday/bsvc">'
        f"<env:Body>{inside}</env:Body></env:Envelope>"
    )
    return Response(200, {}, body.encode())


def a_reference(name: str, kind: str, value: str, words: str = "") -> str:
    label = f' wd:Descriptor="{words}"' if words else ""
    return (
        f'<wd:{name}{label}><wd:ID wd:type="WID">{"f" * 32}</wd:ID><wd:ID wd:type="{kind}">{value}</wd:ID></wd:{name}>'
    )


def assessment(*tests: str) -> Response:
    rows = "".join(
        "<wd:Assess_Candidate_Test_Result_Data>"
        + a_reference("Assessment_Test_Reference", "Recruiting_Assessment_Test_ID", test)
        + "</wd:Assess_Candidate_Test_Result_Data>"
        for test in tests
    )
    return envelope(
        "<wd:Get_Assess_Candidate_Response><wd:Response_Data><wd:Assess_Candidate_Data>"
        + a_reference("Job_Application_Reference", "Job_Application_ID", "JA1")
        + a_reference("Candidate_Reference", "Candidate_ID", "C00001")
        + f"<wd:Candidate_Assessment_Data>{rows}</wd:Candidate_Assessment_Data>"
        + "</wd:Assess_Candidate_Data></wd:Response_Data></wd:Get_Assess_Candidate_Response>"
    )


def candidates(pages: int = 1) -> Response:
    resume = b64encode(b"Ada's resume").decode()
    return envelope(
        "<wd:Get_Candidates_Response><wd:Response_Results><wd:Total_Pages>"
        f"{pages}</wd:Total_Pages></wd:Response_Results><wd:Response_Data><wd:Candidate>"
        + a_reference("Candidate_Reference", "Candidate_ID", "C00001")
        + "<wd:Candidate_Data><wd:Name_Data><wd:First_Name>Ada</wd:First_Name><wd:Last_Name>Byron</wd:Last_Name>"
        "</wd:Name_Data><wd:Contact_Data><wd:Phone_Number>1</wd:Phone_Number>"
        "<wd:Email_Address>ada@mail.example</wd:Email_Address></wd:Contact_Data>"
        "<wd:Status_Data><wd:Withdrawn>0</wd:Withdrawn></wd:Status_Data>"
        "<wd:Job_Application_Data><wd:Job_Applied_To_Data>"
        + a_reference("Job_Application_Reference", "Job_Application_ID", "JA1")
        + a_reference("Job_Requisition_Reference", "Job_Requisition_ID", "R00001")
        + "<wd:Job_Application_Date>2026-11-20T08:00:00.000-08:00</wd:Job_Application_Date>"
        + a_reference("Stage_Reference", "Recruiting_Stage_ID", "STAGE", "Interview")
        + a_reference("Disposition_Reference", "D_ID", "D", "Candidate Withdrew")
        + "<wd:Status_Timestamp>2026-11-21T08:00:00Z</wd:Status_Timestamp>"
        + a_reference("Source_Reference", "Applicant_Source_ID", "SITE", "Career Site")
        + "<wd:Personal_Information_Data><wd:Gender_Reference wd:Descriptor='Female'/></wd:Personal_Information_Data>"
        f"</wd:Job_Applied_To_Data><wd:Resume_Attachment_Data><wd:Filename>ada.txt</wd:Filename><wd:File_Content>{resume}"
        "</wd:File_Content></wd:Resume_Attachment_Data><wd:Resume_Data><wd:Questionnaire_Response_Data><wd:Response_Data>"
        "<wd:Questionnaire_Answer_Data><wd:Question_Setup_Reference wd:Descriptor='Do you drive?'/>"
        "<wd:Multiple_Choice_Answer_Data><wd:Multiple_Choice_Answer_Text>Yes</wd:Multiple_Choice_Answer_Text>"
        "</wd:Multiple_Choice_Answer_Data></wd:Questionnaire_Answer_Data></wd:Response_Data>"
        "</wd:Questionnaire_Response_Data></wd:Resume_Data></wd:Job_Application_Data></wd:Candidate_Data></wd:Candidate>"
        "</wd:Response_Data></wd:Get_Candidates_Response>"
    )


class Answers:
    """A Service that gives what it was told to, by operation."""

    def __init__(self, **answers: Response | PushRejected) -> None:
        self.answers, self.asked = answers, []

    asked: list[Element]

    def send(self, request: Request) -> Response:
        root = sent(request)
        self.asked.append(root)
        found = self.answers[root.tag.removeprefix(WD).removesuffix("_Request")]
        if isinstance(found, PushRejected):
            raise found
        return found


def ordered(*tests: str, packages: str = "", people: Response | PushRejected | None = None) -> AssessmentOrder:
    service = Answers(Get_Assess_Candidate=assessment(*tests), Get_Candidates=people or candidates())
    connector = Workday({**SETTINGS, "packages": packages})
    [found] = list(connector.read({"assess": ORDER}, service))
    assert isinstance(found, AssessmentOrder)
    assert found.candidate.content == b"", "an order is kept as JSON, and a resume is not"
    kept = AssessmentOrder.model_validate(found.model_dump(mode="json"))
    found = kept.model_copy(update={"candidate": connector.person(kept, service)})
    assert id_of(service.asked[0], "Request_References/Assessment_Reference") == (
        "Recruiting_Assessment_ID",
        "RECRUITING_ASSESSMENT-1-10",
    )
    return found


def test_the_test_in_the_assessment_says_which_job_is_meant() -> None:
    found = ordered("TYPING", JOB.upper())
    assert found.package_id == JOB
    assert found.key == "RECRUITING_ASSESSMENT-1-10"
    assert found.extra == {"assessment": found.key, "test": f"Recruiting_Assessment_Test_ID:{JOB.upper()}"}
    person = found.candidate
    assert (person.external_id, person.remote_candidate_id, person.phone) == ("JA1", "C00001", "+1 999")
    assert (person.filename, person.content) == ("ada.txt", b"Ada's resume")
    assert person.answers[0].question == "Do you drive?"


def test_a_test_of_another_name_is_entered_as_a_pair() -> None:
    assert ordered("FOYER_1", packages=f" FOYER_1 = {JOB} ; X=y").package_id == JOB
    with pytest.raises(BadRequest, match="FOYER_1, FOYER_2"):
        ordered("FOYER_1", "FOYER_2")
    with pytest.raises(BadRequest, match="it has none"):
        ordered()


def test_an_order_goes_on_without_a_file_that_may_not_be_read() -> None:
    assert ordered(JOB, people=PushRejected("not authorized", scope=True)).candidate.content == b""
    with pytest.raises(PushRejected):
        ordered(JOB, people=PushRejected("ill", retry=True))


# ---------------------------------------------------------------- openings and people


def test_only_what_is_needed_of_a_person_is_read() -> None:
    people = under(soap.body_of(candidates()), "Response_Data", all="Candidate")
    [found] = [each for one in people for each in applications_of(one)]
    assert found == CandidateIntake(
        filename="ada.txt",
        content=b"Ada's resume",
        name="Ada Byron",
        email="ada@mail.example",
        phone="1",
        external_id="JA1",
        source="Career Site",
        remote_candidate_id="C00001",
        remote_job_id="R00001",
        applied_at=datetime(2026, 11, 20, 16, 0, tzinfo=UTC),
        stage="Recruiting_Stage_ID:STAGE",
        answers=found.answers,
    )
    assert "Female" not in found.model_dump_json()


@pytest.mark.parametrize(
    ("stage", "disposition", "withdrawn", "kind"),
    [
        ("Interview", "", "0", "stage"),
        ("Interview", "Not qualified", "0", "rejected"),
        ("Interview", "Candidate Withdrew", "0", "withdrew"),
        ("Interview", "Not qualified", "1", "withdrew"),
        ("Hired", "", "0", "hired"),
        ("Ready for Hire", "", "0", "stage"),
        ("Interview", "Hired", "0", "hired"),
    ],
)
def test_stages_and_dispositions_become_outcomes(stage: str, disposition: str, withdrawn: str, kind: str) -> None:
    defaults = Workday(SETTINGS).settings
    text = candidates().body.decode().replace("Interview", stage).replace("Withdrawn>0", f"Withdrawn>{withdrawn}")
    if disposition:
        text = text.replace("Candidate Withdrew", disposition)
    else:
        text = text.replace("Disposition_Reference", "Nothing")
    root = soap.body_of(Response(200, {}, text.encode()))
    [candidate] = list(under(root, "Response_Data", all="Candidate"))
    [found] = list(outcomes_of(candidate, words(defaults["hired_stages"]), words(defaults["withdrawn_words"])))
    assert (found.kind, found.stage, found.reason) == (kind, stage, disposition)
    assert found.at == datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


def test_no_stage_means_hired_where_none_is_entered() -> None:
    assert words(" ; ") == ()


def test_an_opening_is_text_and_whether_it_is_open() -> None:
    text = (
        "<wd:Job_Requisition xmlns:wd='urn:com.workday/bsvc'>"
        + a_reference("Job_Requisition_Reference", "Job_Requisition_ID", "R1")
        + "<wd:Job_Requisition_Data>{status}<wd:Job_Requisition_Detail_Data>"
        "<wd:Job_Posting_Title>Engineer</wd:Job_Posting_Title><wd:Job_Description>&lt;p&gt;Build &amp;amp; run"
        "&lt;/p&gt;</wd:Job_Description></wd:Job_Requisition_Detail_Data></wd:Job_Requisition_Data></wd:Job_Requisition>"
    )
    for status, opened in (("Open", True), ("Filled", False), ("Closed", False)):
        status_ = a_reference("Job_Requisition_Status_Reference", "S", "s", status)
        job = job_of(soap.read(text.replace("{status}", status_).encode()))
        assert (job.remote_id, job.title, job.text, job.open) == ("R1", "Engineer", "Build & run", opened)


def test_reading_follows_every_page_and_asks_for_files_once() -> None:
    requisitions = envelope("<wd:Get_Job_Requisitions_Response/>")
    service = Answers(Get_Job_Requisitions=requisitions, Get_Candidates=candidates(pages=3))
    found = list(Workday(SETTINGS).poll(None, service, ["R00001"]))
    asked = [root for root in service.asked if root.tag == f"{WD}Get_Candidates_Request"]
    assert [said(root, "Response_Filter/Page") for root in asked] == ["1", "2", "3"] * 2
    assert [said(root, "Response_Group/Exclude_All_Attachments") for root in asked] == [None] * 3 + ["true"] * 3
    assert [type(each).__name__ for each in found] == ["CandidateIntake"] * 3 + ["Outcome"] * 3 + ["Cursor"]
    service.asked.clear()
    list(Workday(SETTINGS).poll(found[-1], service, ["R00001"]))  # type: ignore[arg-type]
    assert said(service.asked[1], "Request_Criteria/Applied_From") is not None
    assert said(service.asked[4], "Request_Criteria/Applied_From") is None


# ---------------------------------------------------------------- ours -> theirs


def outgoing(made: AssessmentResult, *, pdf: bytes | None = b"%PDF", **mapping: str) -> Outgoing:
    return Outgoing(made, TARGET, {**MAPPING, **mapping}, pdf)


def data_of(given: Outgoing) -> tuple[Element, list[Element]]:
    root = sent(Workday(SETTINGS).writes(given)[0].request({}))
    data = under(root, "Assess_Candidate_Data", "Candidate_Assessment_Data")
    assert data is not None
    return root, list(under(data, all="Assess_Candidate_Test_Result_Data"))


def test_a_result_is_one_row_a_test() -> None:
    given = outgoing(result(), **{"test.overall": "OVERALL"})
    root, rows = data_of(given)
    assert id_of(root, "Assess_Candidate_Data/Job_Application_Reference") == ("Job_Application_ID", "JA1")
    data = "Assess_Candidate_Data/Candidate_Assessment_Data"
    assert said(root, f"{data}/Assess_Candidate_Reference") == "RECRUITING_ASSESSMENT-1-10"
    assert said(root, f"{data}/Assessed_On_Date") == "2026-11-22"
    assert id_of(root, f"{data}/Assessment_Status_Reference") == ("Recruiting_Assessment_Status_ID", "DONE")
    comment = said(root, f"{data}/Overall_Assessment_Comment") or ""
    assert "[result_i_1]" in comment
    assert given.result.report_url in comment
    first, second = rows  # Candour was not assessed
    assert id_of(first, "Assessment_Test_Reference") == ("Recruiting_Assessment_Test_ID", "OVERALL")
    assert [said(first, name) for name in ("Assessment_Test_Score", "Assessment_Test_Date", "Comment")] == [
        "72.5",
        "2026-11-22",
        "[result_i_1]",
    ]
    assert said(first, "Assessment_Test_Results_URL") == given.result.report_url
    assert (id_of(second, "Assessment_Test_Reference")[1], said(second, "Assessment_Test_Score")) == ("OWN", "4")
    assert root.find(f"{WD}Dynamic_Business_Process_Parameters") is None, "a report moves nobody"


def test_the_elements_stand_in_the_order_of_the_schema() -> None:
    root, rows = data_of(outgoing(result(), **{"test.overall": "OVERALL"}))
    data = under(root, "Assess_Candidate_Data", "Candidate_Assessment_Data")
    assert data is not None
    assert [each.tag.removeprefix(WD) for each in data][:4] == [
        "Assess_Candidate_Reference",
        "Assessed_On_Date",
        "Assessment_Status_Reference",
        "Overall_Assessment_Comment",
    ]
    assert [each.tag.removeprefix(WD) for each in rows[0]] == [
        "Assessment_Test_Reference",
        "Assessment_Test_Score",
        "Assessment_Test_Status_Reference",
        "Assessment_Test_Date",
        "Comment",
        "Assessment_Test_Results_URL",
    ]


def test_no_decision_has_a_status_of_its_own_and_no_number() -> None:
    card = Scorecard(id="s", recommendation="no_decision", reason="Too little.", overall=None)
    root, [row] = data_of(outgoing(result(scorecard=card), **{"test.overall": "OVERALL"}))
    assert said(row, "Assessment_Test_Score") is None
    path = "Assess_Candidate_Data/Candidate_Assessment_Data/Assessment_Status_Reference"
    assert id_of(root, path)[1] == "UNDECIDED"
    root, _ = data_of(outgoing(result(scorecard=card), **{"status.undecided": "", "status.no": "FAILED"}))
    assert id_of(root, path)[1] == "DONE", "no decision is never a no"


def test_a_no_has_the_customers_status_and_else_that_of_a_finished_interview() -> None:
    card = Scorecard(id="s", recommendation="no", reason="r", overall=20)
    path = "Assess_Candidate_Data/Candidate_Assessment_Data/Assessment_Status_Reference"
    assert id_of(data_of(outgoing(result(scorecard=card)))[0], path)[1] == "DONE"
    chosen = {"status.no": "Assessment_Status_ID:FAILED"}
    assert id_of(data_of(outgoing(result(scorecard=card), **chosen))[0], path) == ("Assessment_Status_ID", "FAILED")


def test_a_withdrawal_says_only_that() -> None:
    gone = result(type="assessment.withdrawn", scorecard=None, report_url="")
    root, rows = data_of(outgoing(gone, **{"test.overall": "OVERALL"}))
    assert rows == []
    data = "Assess_Candidate_Data/Candidate_Assessment_Data"
    assert id_of(root, f"{data}/Assessment_Status_Reference")[1] == "GONE"
    assert said(root, f"{data}/Overall_Assessment_Comment") == (
        "The candidate withdrew from the interview in Foyer. [result_i_1]"
    )


def test_a_persons_ratings_outrank_ours() -> None:
    human = HumanResult(
        recommendation="no",
        reason="r",
        overall=25,
        ratings=(HumanRating(competency_id="o", name="Ownership", rating=2),),
        reviews=(),
    )
    _, rows = data_of(outgoing(result(type="assessment.reviewed", human=human), **{"test.overall": "OVERALL"}))
    assert [said(each, "Assessment_Test_Score") for each in rows] == ["25", "2"]


def test_what_the_customer_has_not_chosen_is_asked_for_by_name() -> None:
    with pytest.raises(PushRejected, match="Assessment status of a finished interview") as refused:
        Workday(SETTINGS).writes(Outgoing(result(), TARGET, {}))
    assert not refused.value.retry


def test_without_an_order_the_assessment_is_looked_for_before_it_is_made_again() -> None:
    [write] = Workday(SETTINGS).writes(Outgoing(result(), Target("C1", "", "R1"), MAPPING))
    root = sent(write.request({}))
    criteria = "Assess_Candidate_Data/Candidate_Criteria_Data"
    assert id_of(root, f"{criteria}/Candidate_Reference") == ("Candidate_ID", "C1")
    assert id_of(root, f"{criteria}/Job_Requisition_Reference") == ("Job_Requisition_ID", "R1")
    assert said(root, "Assess_Candidate_Data/Candidate_Assessment_Data/Assess_Candidate_Reference") is None
    assert write.found is not None
    assert write.found.pick(envelope("<a>The note [result_i_1]</a>")) == "found"
    assert write.found.pick(envelope("<a>The note [result_i_11]</a>")) is None
    assert sent(write.found.request({})).tag == f"{WD}Get_Assess_Candidate_Request"
    results = "<wd:Response_Results><wd:Total_Pages>2</wd:Total_Pages><wd:Page>{}</wd:Page></wd:Response_Results>"
    following = write.found.following(envelope(f"<wd:X>{results.format(1)}</wd:X>"))
    assert following is not None
    assert said(sent(following), "Response_Filter/Page") == "2"
    assert write.found.following(envelope(f"<wd:X>{results.format(2)}</wd:X>")) is None


def test_nothing_is_written_about_somebody_whom_workday_does_not_know() -> None:
    assert Workday(SETTINGS).writes(Outgoing(result(), Target(), MAPPING)) == ()


def test_the_report_is_a_document_of_the_candidate_in_the_chosen_category() -> None:
    _, write = Workday(SETTINGS).writes(outgoing(result()))
    root = sent(write.request({}))
    assert root.tag == f"{WD}Put_Candidate_Attachment_Request"
    assert id_of(root, "Candidate_Reference") == ("Candidate_ID", "C00001")
    data = "Candidate_Attachment_Data/Attachment_Data"
    assert said(root, f"{data}/Filename") == "Foyer report result_i_1.pdf"
    assert said(root, f"{data}/File_Content") == b64encode(b"%PDF").decode()
    assert id_of(root, "Candidate_Attachment_Data/Document_Category_Reference")[1] == "REPORTS"
    assert len(Workday(SETTINGS).writes(outgoing(result(), **{"document.category": ""}))) == 1
    assert len(Workday(SETTINGS).writes(outgoing(result(), pdf=None))) == 1


def test_a_decision_names_the_step_and_the_person() -> None:
    decision = Decision("advance", TARGET, MAPPING, "Maria Lopez", "Strong & clear")
    root = sent(Workday(SETTINGS).decide(decision)[0].request({}))
    assert id_of(root, "Dynamic_Business_Process_Parameters/Next_Step_Reference") == ("WID", MAPPING["step.advance"])
    assert said(root, "Dynamic_Business_Process_Parameters/Comment_Data/Comment") == (
        "Maria Lopez, in Foyer: Strong & clear"
    )
    assert id_of(root, "Move_Candidate_Data/Job_Application_Reference")[1] == "JA1"
    root = sent(Workday(SETTINGS).decide(Decision("reject", TARGET, MAPPING, "M"))[0].request({}))
    assert id_of(root, "Dynamic_Business_Process_Parameters/Disposition_Step_Reference")[1] == "NO"
    assert root.find(f".//{WD}Next_Step_Reference") is None


def test_somebody_is_created_with_an_application() -> None:
    person = CandidateIntake(name="Ada King Byron", email="a@b.example", content=b"cv", filename="cv.pdf")
    person_, application = Workday(SETTINGS).create(Handover(person, "R00001", MAPPING, "k", "https://f/1"))
    root = sent(person_.request({}))
    assert said(root, "Candidate_Data/Name_Data/First_Name") == "Ada King"
    assert said(root, "Candidate_Data/Contact_Data/Email_Address") == "a@b.example"
    assert person_.found is not None
    assert person_.found.pick(candidates()) == "C00001"
    assert person_.found.pick(envelope("<wd:Get_Candidates_Response/>")) is None
    root = sent(application.request({"candidate": "C00001"}))
    data = "Candidate_Data/Job_Application_Data"
    assert id_of(root, "Candidate_Reference")[1] == "C00001"
    assert id_of(root, f"{data}/Job_Applied_To_Data/Stage_Reference") == ("Recruiting_Stage_ID", "REVIEW")
    assert said(root, f"{data}/Resume_Attachment_Data/File_Content") == b64encode(b"cv").decode()
    made = envelope(
        "<wd:Put_Candidate_Response><wd:Candidate_Job_Application_Data>"
        + a_reference("Job_Application_Reference", "Job_Application_ID", "JA9")
        + "</wd:Candidate_Job_Application_Data></wd:Put_Candidate_Response>"
    )
    assert application.reference(made) == "JA9"
    assert application.found is not None
    assert application.found.pick(candidates()) == "JA1"


def test_references_are_typed_with_or_without_their_kind() -> None:
    kinds = [messages.ref("Stage_Reference", each).find(f"{WD}ID") for each in ("X", "a" * 32, "My_ID:X")]
    assert [each.get(f"{WD}type") for each in kinds if each is not None] == ["Recruiting_Stage_ID", "WID", "My_ID"]


def test_the_connection_test_names_the_right_that_is_missing() -> None:
    empty = envelope("<wd:X/>")
    refused = PushRejected("Workday answered: The task submitted is not authorized.", scope=True)
    service = Answers(
        Get_Job_Requisitions=empty,
        Get_Candidates=refused,
        Get_Assess_Candidate=empty,
        Get_Candidate_Attachments=PushRejected("404"),
    )
    found = list(Workday(SETTINGS).check(service))
    assert [each.ok for each in found] == [True, True, False, True, False]
    assert "Get_Candidates" in found[2].cure
    wrong = PushRejected("invalid username or password", scope=True)
    found = list(Workday(SETTINGS).check(Answers(Get_Job_Requisitions=wrong)))
    assert [each.ok for each in found] == [True, False]
    assert "password" in found[1].cure
