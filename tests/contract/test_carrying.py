"""What becomes of a delivery to another system when its writes fail in every order: nothing is made twice, and nothing
is taken for made that is not. Over a real database and a simulated Greenhouse."""

from __future__ import annotations

import pytest

from api import linking
from api.carrying import Carrier
from api.deps import App
from models.errors import PushRejected
from models.records import Delivery
from tests.contract.test_linking import app as app
from tests.contract.test_linking import applied, attempted, connect, deliveries, known, linked
from tests.contract.test_linking import greenhouse as greenhouse
from tests.simulators.base import Fault
from tests.simulators.greenhouse import Greenhouse
from tests.store_world import NOW

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
    assert "not as expected" in (failed.last_error or "")
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
    assert "not as expected (KeyError)" in (failed.last_error or "")
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
