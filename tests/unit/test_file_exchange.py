"""The exchange of files, on real folders: what is read and left, what a result becomes, where it may reach."""

from __future__ import annotations

import csv
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from integrations.file_exchange import RESULTS, Avature, Files, safe
from integrations.files import FileService, place
from models.errors import PushRejected
from models.exchange import CandidateIntake, Cursor, JobIntake, Outcome, Outgoing, Request, Target, Unusable
from models.values import AssessmentResult, Scorecard

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
RESULT = AssessmentResult(
    id="result_i_1",
    created_at=NOW,
    organisation_id="o",
    job={"id": "j", "title": "Engineer"},
    candidate={"id": "c", "name": "Ada"},
    application_id="a",
    scorecard=Scorecard(id="s", recommendation="yes", reason="Fits.", overall=72.5),
    report_url="https://foyer.example/reports/1",
)
TARGET = Target("C1", "A1", "500", "", {})
_ALONE = threading.Lock()


@contextmanager
def alone() -> Iterator[None]:
    with _ALONE:
        yield


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "exchange" / "in").mkdir(parents=True)
    return tmp_path / "exchange"


@pytest.fixture
def service(root: Path) -> FileService:
    return FileService("Avature", str(root), alone=alone)


def poll(
    service: FileService, *jobs: str, since: Cursor | None = None, settings: Mapping[str, str] | None = None
) -> tuple[list[object], Cursor]:
    found = list(Avature(settings or {}).poll(since, service, jobs))
    last = found[-1]
    assert isinstance(last, Cursor)
    return [each for each in found if not isinstance(each, Cursor)], last


# ---------------------------------------------------------------- candidates


def test_people_come_with_their_resumes_and_the_file_is_archived(root: Path, service: FileService) -> None:
    (root / "in" / "ada.pdf").write_bytes(b"%PDF ada")
    (root / "in" / "candidates-1.csv").write_text(
        "application_id,candidate_id,name,email,phone,job_id,job_title,resume,source,applied_at,Answer: Do you drive?\n"
        "A1,C1,Ada Byron,ada@mail.example,+1,500,Engineer,ada.pdf,Fair,2026-11-20,Yes\n"
    )
    (job, person), _ = poll(service, "500")
    assert job == JobIntake(remote_id="500", title="Engineer")
    assert isinstance(person, CandidateIntake)
    assert (person.external_id, person.remote_candidate_id, person.origin) == ("A1", "C1", "application")
    assert (person.filename, person.content, person.source) == ("ada.pdf", b"%PDF ada", "Fair")
    assert person.applied_at == datetime(2026, 11, 20, tzinfo=UTC)
    assert [(each.question, each.answer) for each in person.answers] == [("do you drive?", "Yes")]
    assert [each.name for each in (root / "in").iterdir()] == ["ada.pdf"]
    [kept] = list((root / "archive").iterdir())
    assert kept.name.startswith("candidates-1-")
    assert poll(service, "500")[0] == []


def test_a_line_that_cannot_be_read_is_listed_and_the_others_go_on(root: Path, service: FileService) -> None:
    lines = ["email,job_id,resume,applied_at", *("ok@mail.example,500,,", "nobody,500,,", ",500,,", "a@b.example,500")]
    lines += ["x@mail.example,500,gone.pdf,", "y@mail.example,500,../../secret,", "z@mail.example,500,,yesterday"]
    lines += ["last@mail.example,500,,"]
    (root / "in" / "candidates.csv").write_text("\n".join(lines) + "\n")
    (root.parent / "secret").write_text("not yours")
    found, _ = poll(service, "500")
    people = [each.email for each in found if isinstance(each, CandidateIntake)]
    assert people == ["ok@mail.example", "last@mail.example"]
    problems = [each for each in found if isinstance(each, Unusable)]
    assert [each.problem.partition(":")[0] for each in problems] == [
        f"candidates.csv, line {number}" for number in (3, 4, 5, 6, 7, 8)
    ]
    assert len({each.key for each in problems}) == 6
    assert list((root / "archive").iterdir()), "what could not be read is listed, and the file is done"


def test_what_has_no_application_has_a_natural_key(root: Path, service: FileService) -> None:
    (root / "in" / "candidates.csv").write_text("email;first_name;last_name\nAda@Mail.example;Ada;Byron\n")
    found, _ = poll(service, "all")
    [person] = [each for each in found if isinstance(each, CandidateIntake)]
    assert (person.external_id, person.origin, person.name) == ("ada@mail.example/all", "sourced", "Ada Byron")
    assert person.source == "Avature"


def test_a_file_waits_until_its_openings_are_linked(root: Path, service: FileService) -> None:
    (root / "in" / "candidates.csv").write_text("email,job_id\na@m.example,500\nb@m.example,501\nc@m.example,500\n")
    assert [each.remote_id for each in poll(service)[0] if isinstance(each, JobIntake)] == ["500", "501"]
    found, _ = poll(service, "500")
    assert [each.email for each in found if isinstance(each, CandidateIntake)] == ["a@m.example", "c@m.example"]
    assert (root / "in" / "candidates.csv").exists()
    found, _ = poll(service, "500", "501")
    assert sum(isinstance(each, CandidateIntake) for each in found) == 3
    assert not (root / "in" / "candidates.csv").exists()


def test_a_file_that_may_be_growing_is_left_until_it_does_not(root: Path, service: FileService) -> None:
    path = root / "in" / "candidates.csv"
    path.write_text("email,job_id\na@m.example,500\nb@m.exam")
    found, cursor = poll(service, "500")
    assert found == []
    path.write_text("email,job_id\na@m.example,500\nb@m.example,5")
    found, cursor = poll(service, "500", since=cursor)
    assert found == []
    found, cursor = poll(service, "500", since=cursor)
    assert [each.email for each in found if isinstance(each, CandidateIntake)] == ["a@m.example"]
    path.write_text("email,job_id\na@m.example,500\nb@m.example,500\n")
    found, _ = poll(service, "500", since=cursor)
    assert len(found) == 3


def test_a_cursor_comes_when_a_file_is_taken(root: Path, service: FileService) -> None:
    for n in range(2):
        (root / "in" / f"candidates{n}.csv").write_text(f"email,job_id\np{n}@m.example,500\n")
    kinds = [type(each).__name__ for each in Avature({}).poll(None, service, ["500"])]
    assert kinds == ["JobIntake", "CandidateIntake", "Cursor"] * 2 + ["Cursor"]


def test_openings_and_outcomes_are_read_too(root: Path, service: FileService) -> None:
    (root / "in" / "jobs.csv").write_text(
        'job_id,title,text,open\n500,Engineer,"Build\nand run",\n501,Nurse,,no\n,x,,\n'
    )
    (root / "in" / "outcomes.csv").write_text(
        "application_id,kind,stage,reason,at\nA1,hired,Hired,,2026-11-26T10:00:00Z\nA1,promoted,,,2026-11-26\nA1,hired,,,\n"
    )
    (root / "in" / "other.csv").write_text("email\nx@m.example\n")
    found, _ = poll(service)
    jobs = [each for each in found if isinstance(each, JobIntake)]
    assert [(each.title, each.text, each.open) for each in jobs] == [
        ("Engineer", "Build\nand run", True),
        ("Nurse", "", False),
    ]
    [outcome] = [each for each in found if isinstance(each, Outcome)]
    assert (outcome.kind, outcome.remote_application_id) == ("hired", "A1")
    assert outcome.at == datetime(2026, 11, 26, 10, tzinfo=UTC)
    assert [each.problem[:20] for each in found if isinstance(each, Unusable)] == [
        "jobs.csv, line 5: it",
        "outcomes.csv, line 3",
        "outcomes.csv, line 4",
    ]
    assert (root / "in" / "other.csv").exists()


# ---------------------------------------------------------------- results


def wrote(service: FileService, result: AssessmentResult, pdf: bytes | None = b"%PDF", target: Target = TARGET) -> None:
    for write in Files({}).writes(Outgoing(result, target, {}, pdf)):
        service.send(write.request({}))


def results(root: Path) -> list[dict[str, str]]:
    with (root / "out" / "results.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_result_is_a_json_a_pdf_and_a_line_and_repeating_replaces(root: Path, service: FileService) -> None:
    for _ in range(2):
        wrote(service, RESULT)
    wrote(service, RESULT.model_copy(update={"id": "result_i_2", "revision": 2}), pdf=None)
    assert sorted(each.name for each in (root / "out" / "results").iterdir()) == sorted(
        [f"A1_{safe('result_i_1')}.json", f"A1_{safe('result_i_1')}.pdf", f"A1_{safe('result_i_2')}.json"]
    )
    told = json.loads((root / "out" / "results" / f"A1_{safe('result_i_1')}.json").read_text())
    assert (told["application_id"], told["candidate_id"], told["job_id"]) == ("A1", "C1", "500")
    assert told["data"]["scorecard"]["overall"] == 72.5
    first, second = results(root)
    assert tuple(first) == RESULTS
    assert (first["recommendation"], first["overall"], first["pdf"]) == (
        "yes",
        "72.5",
        f"results/A1_{safe('result_i_1')}.pdf",
    )
    assert (second["result_id"], second["pdf"]) == ("result_i_2", "")


def test_no_decision_has_no_number_and_a_withdrawal_says_only_that(root: Path, service: FileService) -> None:
    card = Scorecard(id="s", recommendation="no_decision", reason="r")
    wrote(service, RESULT.model_copy(update={"scorecard": card}), None)
    gone = {"id": "result_i_2", "type": "assessment.withdrawn", "scorecard": None}
    wrote(service, RESULT.model_copy(update=gone), None)
    none, withdrawn = results(root)
    assert (none["recommendation"], none["overall"]) == ("no_decision", "")
    assert (withdrawn["type"], withdrawn["recommendation"], withdrawn["overall"]) == ("assessment.withdrawn", "", "")


def test_what_they_took_away_does_not_come_back(root: Path, service: FileService) -> None:
    wrote(service, RESULT)
    (root / "out" / "results.csv").unlink()
    wrote(service, RESULT.model_copy(update={"id": "result_i_2"}))
    assert [each["result_id"] for each in results(root)] == ["result_i_2"]


def test_no_line_is_lost_when_two_are_written_at_once(root: Path, service: FileService) -> None:
    made = [RESULT.model_copy(update={"id": f"result_{n}_1"}) for n in range(20)]
    threads = [threading.Thread(target=wrote, args=(service, each, None)) for each in made]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(each["result_id"] for each in results(root)) == sorted(each.id for each in made)


def test_an_outcome_is_told_once(root: Path, service: FileService) -> None:
    outcome = Outcome(kind="hired", at=NOW, stage="=Hired")
    for _ in range(2):
        for write in Files({}).tell(outcome, TARGET, {}):
            service.send(write.request({}))
    with (root / "out" / "outcomes.csv").open(newline="") as file:
        [row] = list(csv.DictReader(file))
    assert (row["application_id"], row["kind"], row["stage"]) == ("A1", "hired", "'=Hired")


def test_two_ids_never_make_one_name() -> None:
    ids = ["a/b", "a-b", "a b", "", "../x", "A" * 200, "A" * 201, "ä", "ö"]
    assert len({safe(each) for each in ids}) == len(ids)
    assert all(
        set(safe(each)) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") for each in ids
    )


def test_what_is_written_can_be_read_by_the_group(root: Path, service: FileService) -> None:
    wrote(service, RESULT)
    assert (root / "out" / "results.csv").stat().st_mode & 0o777 == 0o660


# ---------------------------------------------------------------- where it may reach


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/passwd", "a\\..\\x", ".", "a//b", "a\x00b", "in/.."])
def test_no_name_leaves_the_folder(service: FileService, name: str) -> None:
    for method in ("GET", "PUT", "DELETE"):
        with pytest.raises(PushRejected) as refused:
            service.send(Request(method, name, content=b"x"))  # type: ignore[arg-type]
        assert not refused.value.retry


def test_a_link_out_of_the_folder_is_not_followed(root: Path, service: FileService) -> None:
    (root.parent / "secret").write_text("not yours")
    (root / "in" / "resume.txt").symlink_to(root.parent / "secret")
    (root / "in" / "up").symlink_to(root.parent)
    for name in ("in/resume.txt", "in/up/secret"):
        with pytest.raises(PushRejected, match="link"):
            service.send(Request("GET", name))


@pytest.mark.parametrize("name", ["in", "in/nothing", "in/a.txt/b", f"in/{'x' * 300}"])
def test_what_is_no_file_is_no_reason_to_try_again(root: Path, service: FileService, name: str) -> None:
    (root / "in" / "a.txt").write_text("x")
    with pytest.raises(PushRejected) as refused:
        service.send(Request("GET", name))
    assert (refused.value.retry, refused.value.answered) == (False, 404)


def test_a_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    service = FileService("x", str(tmp_path / "nothing"), alone=alone)
    assert json.loads(service.send(Request("GET", "in/")).body) == []


def test_other_storage_does_the_same() -> None:
    service = FileService("x", "memory://exchange-test", alone=alone)
    service.send(Request("PUT", "in/candidates.csv", content=b"email,job_id\na@m.example,500\n"))
    assert json.loads(service.send(Request("GET", "in/")).body) == ["candidates.csv"]
    found, _ = poll(service, "500")
    assert sum(isinstance(each, CandidateIntake) for each in found) == 1
    assert json.loads(service.send(Request("GET", "in/")).body) == []
    wrote(service, RESULT)
    wrote(service, RESULT)
    assert service.send(Request("GET", "out/results.csv")).body.count(b"result_i_1") == 1


def test_a_folders_name_lies_below_our_home(tmp_path: Path) -> None:
    assert place("files:avature", tmp_path, allow_private=False) == str(tmp_path / "avature")
    assert place("files:s3://bucket/folder", tmp_path, allow_private=False) == "s3://bucket/folder"
    assert place("files:/srv/exchange", tmp_path, allow_private=True) == "/srv/exchange"


@pytest.mark.parametrize(
    "address",
    [
        *("../other", "", "a/../b", "/etc", "file:///etc", "local:/etc", "~/x"),
        *("memory://x", "zip://a::file:///etc/passwd", "simplecache::s3://b/c", "http://host/x", "dir::/etc"),
        *("sftp://127.0.0.1/x", "ftp://169.254.169.254/x", "sftp://10.0.0.1/x"),
    ],
)
def test_nothing_else_of_this_machine_is_reached(tmp_path: Path, address: str) -> None:
    with pytest.raises(PushRejected):
        place(f"files:{address}", tmp_path, allow_private=False)


def test_the_connection_test_tries_to_write(root: Path, service: FileService) -> None:
    (root / "in" / "people.csv").write_text("x\n")
    assert [each.ok for each in Avature({}).check(service)] == [True, False, True, True]
    assert [each.name for each in root.rglob("foyer-test.txt")] == []
