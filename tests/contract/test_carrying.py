"""What becomes of a delivery to another system when its writes fail in every order: nothing is made twice, and nothing
is taken for made that is not. Over a real database and a simulated Greenhouse."""

from __future__ import annotations

import pytest

from api import linking, receivers
from api.carrying import Carrier
from api.deps import App
from models.errors import PushRejected
from models.records import Delivery
from models.values import AssessmentResult
from tests.contract.test_linking import app as app
from tests.contract.test_linking import applied, attempted, connect, deliveries, known, linked
from tests.contract.test_linking import greenhouse as greenhouse
from tests.simulators.base import Fault
from tests.simulators.greenhouse import Greenhouse
from tests.store_world import LATER, NOW

COMPLETION = "/integrations/testing_partners/take_home_tests/1"


def ordered_result(app: App, org: str, greenhouse: Greenhouse) -> Delivery:
    """Two writes that do not build on each other: the order's completion, then a note."""
    connection = connect(app, org, greenhouse)
    _, application = applied(app, org, reported=True)
    known(app, connection, application)
    with app.database.store() as store:
        data = {"reply_to": f"{greenhouse.url}{COMPLETION}"}
        store.remember(connection, "order", "1", local_id=application, data=data, now=NOW)
    assert linking.send_again(app, connection) == 1
    [delivery] = deliveries(app, connection)
    return delivery


def test_a_write_that_may_have_arrived_is_looked_for_however_the_others_fail(
    app: App, org: str, greenhouse: Greenhouse
) -> None:
    delivery = ordered_result(app, org, greenhouse)
    greenhouse.faults.append(Fault("PATCH", COMPLETION, status=422))
    greenhouse.faults.append(Fault("POST", "/v3/notes", cut=True))
    assert attempted(app, delivery).state == "pending"
    greenhouse.faults.append(Fault("PATCH", COMPLETION, status=503))
    assert attempted(app, delivery).state == "pending"
    assert attempted(app, delivery).state == "delivered"
    assert len(greenhouse.rows["notes"]) == 1
    assert len(greenhouse.rows["completions"]) == 1


def test_an_answer_that_cannot_be_read_is_no_success(app: App, org: str, greenhouse: Greenhouse) -> None:
    """The note is made, its answer is not JSON: it is looked for, once the answers are as they should be."""
    delivery = ordered_result(app, org, greenhouse)
    greenhouse.faults.append(Fault("POST", "/v3/notes", bare=b"<html>a proxy</html>"))
    failed = attempted(app, delivery)
    assert (failed.state, failed.attempts) == ("pending", 1)
    assert "does not understand" in (failed.last_error or "")
    assert attempted(app, delivery).state == "delivered"
    assert len(greenhouse.rows["notes"]) == 1


def test_an_answer_without_the_id_is_no_success(app: App, org: str, greenhouse: Greenhouse) -> None:
    connection = connect(app, org, greenhouse)
    job, application = applied(app, org)
    linked(app, connection, job)
    first = linking.hand_over(app, org, application, connection.id)
    greenhouse.faults.append(Fault("POST", "/v3/candidates", bare=b"{}"))
    failed = attempted(app, first)
    assert failed.state == "pending"
    assert "'id' is missing in it" in (failed.last_error or "")
    assert attempted(app, first).state == "delivered"
    assert len(greenhouse.rows["candidates"]) == 1
    with app.database.reading() as store:
        assert [one.remote_id for one in store.remotes_of(org, "application", application)]


def test_of_two_attempts_at_once_one_gives_way(app: App, org: str, greenhouse: Greenhouse) -> None:
    delivery = ordered_result(app, org, greenhouse)
    with app.database.store() as store:
        assert store.begin_write(org, delivery.id, "note", set())
    with pytest.raises(PushRejected, match="Another attempt") as refused:
        Carrier(app).push(delivery)
    assert refused.value.retry
    assert greenhouse.rows["notes"] == []


def test_an_older_result_never_takes_a_newer_ones_place(app: App, org: str, greenhouse: Greenhouse) -> None:
    delivery = ordered_result(app, org, greenhouse)
    older = delivery.payload["result"]
    newer = {**older, "id": older["id"].removesuffix("_1") + "_2", "revision": 2}
    with app.database.store() as store:
        application = store.application(org, delivery.application_id or "")
        connection = store.connection(org, delivery.connection_id or "")
        result = AssessmentResult.model_validate(newer)
        assert receivers.to_system(store, connection, application, result, "report:2", now=LATER) == 1
    [other] = [each for each in deliveries(app, connection) if each.id != delivery.id]
    assert attempted(app, other).state == "delivered"
    late = attempted(app, delivery)
    assert late.state == "dead"
    assert "newer result" in (late.last_error or "")
    assert len(greenhouse.rows["notes"]) == 1


def test_what_was_given_up_during_an_attempt_is_not_tried_again(app: App, org: str, greenhouse: Greenhouse) -> None:
    """As when another interview counts, or the connection is removed, while the attempt is on its way."""
    delivery = ordered_result(app, org, greenhouse)
    with app.database.store() as store:
        store.supersede(org, delivery.application_id or "", "another")
        failed = store.record_attempt(
            org, delivery.id, at=NOW, state="pending", status=503, error="ill", seconds=1, next_at=LATER, reference=None
        )
        assert (failed.state, failed.next_at) == ("dead", None)
