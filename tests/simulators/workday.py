"""Workday's side: the SOAP service Recruiting with WS-Security, tiny pages and its faults; the order that a customer's
integration posts. Calls are told apart by operation: a call's path here ends with its name."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass, field, replace
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

import httpx2

from tests.simulators.base import Answer, Call, Refuse, Route, Simulator

TENANT, USER, PASSWORD, KEY = "acme", "isu_foyer", "p<ss&word", "a-long-key-for-workday"
PAGE = 2
"""Rows a page, however many are asked for."""
NS = {
    "e": "http://schemas.xmlsoap.org/soap/envelope/",
    "w": "urn:com.workday/bsvc",
    "s": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd",
}
TEXT = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText"
ORDERED = {
    # what a message may hold, in this order; ! must be there
    "Get_Job_Requisitions_Request": "Request_References Request_Criteria Response_Filter Response_Group",
    "Get_Candidates_Request": "Request_References Request_Criteria Response_Filter Response_Group",
    "Get_Assess_Candidate_Request": "Request_References Request_Criteria Response_Filter",
    "Get_Candidate_Attachments_Request": "Request_References Request_Criteria Response_Filter Response_Group",
    "Assess_Candidate_Request": "Dynamic_Business_Process_Parameters Assess_Candidate_Data!",
    "Move_Candidate_Request": "Dynamic_Business_Process_Parameters Move_Candidate_Data!",
    "Put_Candidate_Request": "Candidate_Reference Candidate_Data!",
    "Put_Candidate_Attachment_Request": "Candidate_Reference Candidate_Attachment_Data Job_Application_Attachment_Data",
    "Candidate_Assessment_Data": "Assess_Candidate_Reference Assessed_By_Reference Assessed_On_Date! "
    "Assessment_Status_Reference! Overall_Assessment_Comment Is_Inline_Assessment Assessment_Test_URL "
    "Assess_Candidate_Test_Result_Data",
    "Assess_Candidate_Test_Result_Data": "Assessment_Test_Result_Reference Assessment_Test_Reference! "
    "Assessment_Test_Score Assessment_Test_Status_Reference Assessment_Test_Date Comment Assessment_Test_Results_URL",
    "Candidate_Attachment_Data": "Candidate_Attachment_Reference Attachment_Data Document_Category_Reference!",
    "Attachment_Data": "ID Filename! File_Content! Mime_Type_Reference Comment",
    "Resume_Attachment_Data": "ID Filename! File_Content! Mime_Type_Reference Comment",
    "Job_Applied_To_Data": "Job_Application_Reference Job_Requisition_Reference! Job_Application_Date Stage_Reference! "
    "Workflow_Step_Reference Disposition_Reference Status_Timestamp Source_Reference",
    "Response_Filter": "As_Of_Effective_Date As_Of_Entry_DateTime Page Count",
    "Move_Candidate_Data": "Event_Reference Job_Application_Reference Candidate_Criteria_Data",
}
STATUSES = frozenset({"DONE", "UNDECIDED", "GONE"})


@dataclass
class Person:
    id: str
    first: str
    last: str
    email: str
    application: str = ""
    job: str = ""
    stage: str = "Assessment"
    disposition: str = ""
    moment: str = "2026-11-20T08:00:00.000Z"
    file: bytes = b""
    filename: str = "resume.txt"


@dataclass
class Assessment:
    id: str
    person: str
    tests: list[str]
    status: str = "INITIATED"
    comment: str = ""
    rows: list[dict[str, str]] = field(default_factory=list)


class Workday(Simulator):
    def __init__(self) -> None:
        super().__init__()
        self.jobs: dict[str, dict[str, str]] = {}
        self.people: dict[str, Person] = {}
        self.assessments: dict[str, Assessment] = {}
        self.attachments: list[dict[str, Any]] = []
        self.moved: list[dict[str, str]] = []
        self.password = PASSWORD
        self.next_faults: list[Answer] = []
        """Answered instead of doing anything, one a call."""
        self._ids = 100

    @property
    def settings(self) -> dict[str, str]:
        """As a recruiter types them in."""
        return {"host": self.url, "tenant": TENANT, "user": USER, "password": PASSWORD, "order_key": KEY}

    @property
    def mapping(self) -> dict[str, str]:
        return {
            "status.complete": "DONE",
            "status.undecided": "UNDECIDED",
            "status.withdrawn": "GONE",
            "document.category": "REPORTS",
            "step.advance": "INTERVIEW_STEP",
            "step.reject": "DECLINED_STEP",
            "stage.create": "REVIEW",
            "source.create": "FOYER",
        }

    def routes(self) -> list[tuple[str, str, Route]]:
        return [
            ("POST", f"/ccx/service/{TENANT}/Recruiting/v31.2/(?P<operation>{name})", route)
            for name, route in (
                ("Get_Job_Requisitions", self._requisitions),
                ("Get_Candidates", self._candidates),
                ("Get_Assess_Candidate", self._assessments),
                ("Get_Candidate_Attachments", self._attachments),
                ("Assess_Candidate", self._assess),
                ("Put_Candidate_Attachment", self._attach),
                ("Put_Candidate", self._put),
                ("Move_Candidate", self._move),
            )
        ]

    def _handle(self, call: Call) -> tuple[Answer, bool]:
        message = _body(call)
        operation = _name(message).removesuffix("_Request") if message is not None else "nothing"
        return super()._handle(replace(call, path=f"{call.path}/{operation}"))

    def authorise(self, call: Call) -> None:
        root = ElementTree.fromstring(call.body)
        token = root.find("e:Header/s:Security/s:UsernameToken", NS)
        password = token.find("s:Password", NS) if token is not None else None
        if token is None or password is None or password.get("Type") != TEXT:
            raise Refuse(fault("Client.securityError", "no token"), "a call without a UsernameToken")
        if (token.findtext("s:Username", None, NS), password.text) != (f"{USER}@{TENANT}", self.password):
            raise Refuse(fault("Client.authenticationError", "invalid username or password"), None)
        if not call.headers.get("content-type", "").startswith("text/xml") or "soapaction" not in call.headers:
            raise Refuse(fault("Client", "not SOAP 1.1"), f"sent as {call.headers.get('content-type')}")
        for each in root.iter():
            self._schema(each)
        if self.next_faults:
            raise Refuse(self.next_faults.pop(0), None)

    def _schema(self, holder: Element) -> None:
        known = ORDERED.get(_name(holder), "").split()
        if not known:
            return
        allowed = [name.rstrip("!") for name in known]
        given = [_name(each) for each in holder]
        missing = [name for name in known if name.endswith("!") and name.rstrip("!") not in given]
        strange = [name for name in given if name not in allowed]
        if strange or missing or given != sorted(given, key=allowed.index):
            why = f"{_name(holder)}: {given} does not fit {known}"
            raise Refuse(invalid(why), why)

    def unknown(self, call: Call) -> Answer:
        return fault("Client", f"no such operation: {call.path}")

    # ------------------------------------------------------------ what is asked

    def _paged(self, call: Call, name: str, rows: list[str], wrap: str = "Response_Data") -> Answer:
        message = _body(call)
        page = int((message.findtext("w:Response_Filter/w:Page", "1", NS) if message is not None else "1") or 1)
        pages = max(1, -(-len(rows) // PAGE))
        inside = "".join(rows[(page - 1) * PAGE : page * PAGE])
        results = (
            f"<wd:Response_Results><wd:Total_Results>{len(rows)}</wd:Total_Results><wd:Total_Pages>{pages}"
            f"</wd:Total_Pages><wd:Page>{page}</wd:Page></wd:Response_Results>"
        )
        return answer(f"<wd:{name}_Response>{results}<wd:{wrap}>{inside}</wd:{wrap}></wd:{name}_Response>")

    def _requisitions(self, call: Call) -> Answer:
        rows = [
            f"<wd:Job_Requisition>{ref('Job_Requisition_Reference', 'Job_Requisition_ID', id)}<wd:Job_Requisition_Data>"
            f"{ref('Job_Requisition_Status_Reference', 'Job_Requisition_Status_ID', 'OPEN', 'Open')}"
            f"<wd:Job_Requisition_Detail_Data>{tag('Job_Posting_Title', job['title'])}"
            f"{tag('Job_Description', job['text'])}</wd:Job_Requisition_Detail_Data></wd:Job_Requisition_Data>"
            "</wd:Job_Requisition>"
            for id, job in self.jobs.items()
        ]
        return self._paged(call, "Get_Job_Requisitions", rows)

    def _candidates(self, call: Call) -> Answer:
        message = _body(call)
        assert message is not None
        people = list(self.people.values())
        if (id := _id(message, "w:Request_References/w:Candidate_Reference")) is not None:
            people = [each for each in people if each.id == id]
        if (job := _id(message, "w:Request_Criteria/w:Job_Requisition_Reference")) is not None:
            people = [each for each in people if each.job == job]
        if (email := message.findtext("w:Request_Criteria/w:Candidate_Email_Address", None, NS)) is not None:
            people = [each for each in people if each.email == email]
        bare = message.findtext("w:Response_Group/w:Exclude_All_Attachments", "", NS) == "true"
        return self._paged(call, "Get_Candidates", [candidate(each, files=not bare) for each in people])

    def _assessments(self, call: Call) -> Answer:
        message = _body(call)
        assert message is not None
        found = list(self.assessments.values())
        if (id := _id(message, "w:Request_References/w:Assessment_Reference")) is not None:
            found = [each for each in found if each.id == id]
        if (application := _id(message, "w:Request_Criteria/w:Job_Application_Reference")) is not None:
            found = [each for each in found if self.people[each.person].application == application]
        return self._paged(call, "Get_Assess_Candidate", [self._shown(each) for each in found])

    def _shown(self, each: Assessment) -> str:
        person = self.people[each.person]
        rows = "".join(
            "<wd:Assess_Candidate_Test_Result_Data>"
            + ref("Assessment_Test_Reference", "Recruiting_Assessment_Test_ID", test)
            + "</wd:Assess_Candidate_Test_Result_Data>"
            for test in each.tests
        )
        return (
            "<wd:Assess_Candidate_Data>"
            + ref("Job_Application_Reference", "Job_Application_ID", person.application)
            + ref("Candidate_Reference", "Candidate_ID", person.id)
            + ref("Job_Requisition_Reference", "Job_Requisition_ID", person.job)
            + f"<wd:Candidate_Assessment_Data>{tag('Assess_Candidate_Reference', each.id)}"
            + f"{tag('Overall_Assessment_Comment', each.comment)}{rows}</wd:Candidate_Assessment_Data>"
            + "</wd:Assess_Candidate_Data>"
        )

    def _attachments(self, call: Call) -> Answer:
        message = _body(call)
        assert message is not None
        id = _id(message, "w:Request_Criteria/w:Candidate_Reference")
        rows = [
            f"<wd:Candidate_Attachment><wd:Candidate_Attachment_Data><wd:Attachment_Data>"
            f"{tag('Filename', each['filename'])}</wd:Attachment_Data></wd:Candidate_Attachment_Data>"
            "</wd:Candidate_Attachment>"
            for each in self.attachments
            if each["candidate"] == id
        ]
        return self._paged(call, "Get_Candidate_Attachments", rows)

    # ------------------------------------------------------------ what is told

    def _assess(self, call: Call) -> Answer:
        message = _body(call)
        assert message is not None
        application = _id(message, "w:Assess_Candidate_Data/w:Job_Application_Reference")
        person = next((each for each in self.people.values() if each.application == application), None)
        data = message.find("w:Assess_Candidate_Data/w:Candidate_Assessment_Data", NS)
        assert data is not None
        status = _id(data, "w:Assessment_Status_Reference")
        if person is None or status not in STATUSES:
            raise Refuse(invalid(f"no application {application} or no status {status}"), f"{application}, {status}")
        if person.stage != "Assessment":
            raise Refuse(invalid("The job application is not at the Assess Candidate step."), None)
        id = data.findtext("w:Assess_Candidate_Reference", None, NS) or self._new("ASSESSMENT")
        made = self.assessments.setdefault(id, Assessment(id, person.id, []))
        made.status, made.comment = status, data.findtext("w:Overall_Assessment_Comment", "", NS)
        made.rows = [
            {
                "test": _id(row, "w:Assessment_Test_Reference") or "",
                "status": _id(row, "w:Assessment_Test_Status_Reference") or "",
                "score": row.findtext("w:Assessment_Test_Score", "", NS),
                "date": row.findtext("w:Assessment_Test_Date", "", NS),
                "comment": row.findtext("w:Comment", "", NS),
                "url": row.findtext("w:Assessment_Test_Results_URL", "", NS),
            }
            for row in data.findall("w:Assess_Candidate_Test_Result_Data", NS)
        ]
        given = ref("Candidate_Assessment_Reference", "Recruiting_Assessment_ID", id)
        return answer(f"<wd:Assess_Candidate_Response>{given}</wd:Assess_Candidate_Response>")

    def _attach(self, call: Call) -> Answer:
        message = _body(call)
        assert message is not None
        data = message.find("w:Candidate_Attachment_Data/w:Attachment_Data", NS)
        id = _id(message, "w:Candidate_Reference")
        if data is None or id not in self.people:
            raise Refuse(invalid(f"no candidate {id}"), f"an attachment for {id}")
        content = b64decode(data.findtext("w:File_Content", "", NS), validate=True)
        made = {"candidate": id, "filename": data.findtext("w:Filename", "", NS), "content": content}
        category = _id(message, "w:Candidate_Attachment_Data/w:Document_Category_Reference")
        self.attachments.append({**made, "category": category})
        given = ref("Attachment_Reference", "WID", self._new("ATTACHMENT"))
        return answer(f"<wd:Put_Candidate_Attachment_Response>{given}</wd:Put_Candidate_Attachment_Response>")

    def _put(self, call: Call) -> Answer:
        message = _body(call)
        assert message is not None
        id, data = _id(message, "w:Candidate_Reference"), message.find("w:Candidate_Data", NS)
        assert data is not None
        if id is None:
            id = self._new("C")
            names = [data.findtext(f"w:Name_Data/w:{each}", "", NS) for each in ("First_Name", "Last_Name")]
            email = data.findtext("w:Contact_Data/w:Email_Address", "", NS)
            self.people[id] = Person(id, names[0], names[1], email, stage="Review")
        person = self.people[id]
        applied = data.find("w:Job_Application_Data", NS)
        given = ""
        if applied is not None:
            person.application = self._new("JA")
            person.job = _id(applied, "w:Job_Applied_To_Data/w:Job_Requisition_Reference") or ""
            person.file = b64decode(applied.findtext("w:Resume_Attachment_Data/w:File_Content", "", NS))
            given = (
                "<wd:Candidate_Job_Application_Data>"
                + ref("Job_Application_Reference", "Job_Application_ID", person.application)
                + "</wd:Candidate_Job_Application_Data>"
            )
        reference = ref("Candidate_Reference", "Candidate_ID", id)
        return answer(f"<wd:Put_Candidate_Response>{reference}{given}</wd:Put_Candidate_Response>")

    def _move(self, call: Call) -> Answer:
        message = _body(call)
        assert message is not None
        parameters = message.find("w:Dynamic_Business_Process_Parameters", NS)
        assert parameters is not None
        steps = {
            _name(each): _id(parameters, f"w:{_name(each)}") or ""
            for each in parameters
            if _name(each) != "Comment_Data"
        }
        application = _id(message, "w:Move_Candidate_Data/w:Job_Application_Reference") or ""
        self.moved.append({"application": application, **steps})
        return answer("<wd:Move_Candidate_Response/>")

    def _new(self, prefix: str) -> str:
        self._ids += 1
        return f"{prefix}{self._ids}"

    # ------------------------------------------------------------ what Workday does

    def opening(self, id: str, title: str, text: str) -> None:
        paragraphs = "".join(f"<p>{escape(line)}</p>" for line in text.splitlines() if line.strip())
        self.jobs[id] = {"title": title, "text": paragraphs}

    def applies(self, job: str, name: str, email: str, resume: bytes) -> Person:
        first, _, last = name.partition(" ")
        made = Person(self._new("C"), first, last, email, self._new("JA"), job, file=resume)
        self.people[made.id] = made
        return made

    def assigns(self, person: Person, *tests: str) -> str:
        """The process reaches the step Assess Candidate; the new assessment's id."""
        id = self._new("RECRUITING_ASSESSMENT-1-")
        self.assessments[id] = Assessment(id, person.id, list(tests))
        return id

    def order(self, address: str, person: Person, assessment: str, *, key: str = KEY, **more: Any) -> httpx2.Response:
        """What the customer's integration posts."""
        body = {
            "Candidate_First_Name": person.first,
            "Candidate_Last_Name": person.last,
            "Candidate_Email": person.email,
            "Candidate_Mobile": "",
            "Candidate_ID": person.id,
            "Job_Requisition_ID": person.job,
            "Assessment_Status": "Initiated",
            "Assessment_ID": assessment,
            **more,
        }
        return httpx2.post(f"{address}/order", json=body, auth=("workday", key), timeout=30)


# ---------------------------------------------------------------- XML, as the service writes it


def tag(name: str, text: str) -> str:
    return f"<wd:{name}>{escape(text)}</wd:{name}>"


def ref(name: str, kind: str, id: str, words: str = "") -> str:
    label = f" wd:Descriptor={quoteattr(words)}" if words else ""
    wid = f"{abs(hash((kind, id))):032x}"[:32]
    return (
        f'<wd:{name}{label}><wd:ID wd:type="WID">{wid}</wd:ID><wd:ID wd:type="{kind}">{escape(id)}</wd:ID></wd:{name}>'
    )


def candidate(person: Person, *, files: bool) -> str:
    resume = (
        f"<wd:Resume_Attachment_Data>{tag('Filename', person.filename)}"
        f"{tag('File_Content', b64encode(person.file).decode())}</wd:Resume_Attachment_Data>"
        if files and person.file
        else ""
    )
    disposition = ref("Disposition_Reference", "D_ID", "D", person.disposition) if person.disposition else ""
    applied = (
        "<wd:Job_Application_Data><wd:Job_Applied_To_Data>"
        + ref("Job_Application_Reference", "Job_Application_ID", person.application)
        + ref("Job_Requisition_Reference", "Job_Requisition_ID", person.job)
        + tag("Job_Application_Date", "2026-11-20T08:00:00.000Z")
        + ref("Stage_Reference", "Recruiting_Stage_ID", person.stage.upper(), person.stage)
        + disposition
        + tag("Status_Timestamp", person.moment)
        + ref("Source_Reference", "Applicant_Source_ID", "SITE", "Career Site")
        + "<wd:Personal_Information_Data><wd:Gender_Reference wd:Descriptor='Female'/></wd:Personal_Information_Data>"
        + f"</wd:Job_Applied_To_Data>{resume}</wd:Job_Application_Data>"
        if person.application
        else ""
    )
    return (
        f"<wd:Candidate>{ref('Candidate_Reference', 'Candidate_ID', person.id)}<wd:Candidate_Data><wd:Name_Data>"
        f"{tag('First_Name', person.first)}{tag('Last_Name', person.last)}</wd:Name_Data><wd:Contact_Data>"
        f"{tag('Email_Address', person.email)}</wd:Contact_Data>{applied}</wd:Candidate_Data></wd:Candidate>"
    )


def answer(inside: str, status: int = 200) -> Answer:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/">'
        f'<env:Body xmlns:wd="urn:com.workday/bsvc">{inside}</env:Body></env:Envelope>'
    )
    return Answer(status, body=body.encode(), headers={"content-type": "text/xml; charset=UTF-8"})


def fault(code: str, words: str, detail: str = "") -> Answer:
    said = f"<faultcode>env:{code}</faultcode><faultstring>{escape(words)}</faultstring>{detail}"
    return answer(f"<env:Fault>{said}</env:Fault>", 500)


def invalid(words: str) -> Answer:
    error = f"<wd:Validation_Error>{tag('Message', words)}</wd:Validation_Error>"
    detail = f"<detail><wd:Validation_Fault>{error}</wd:Validation_Fault></detail>"
    return fault("Client.validationError", "Validation error occurred.", detail)


def _body(call: Call) -> Element | None:
    try:
        body = ElementTree.fromstring(call.body).find("e:Body", NS)
    except ElementTree.ParseError:
        return None
    return body[0] if body is not None and len(body) == 1 else None


def _name(holder: Element) -> str:
    return holder.tag.rpartition("}")[2]


def _id(holder: Element, path: str) -> str | None:
    found = holder.find(f"{path}/w:ID", NS)
    if found is not None and not found.get(f"{{{NS['w']}}}type"):
        raise Refuse(invalid("a reference without a kind"), f"{path} without a kind")
    return found.text if found is not None else None
