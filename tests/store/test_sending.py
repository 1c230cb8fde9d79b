"""A delivery is held by one worker at a time and tried on a fixed schedule."""

import json
import threading
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from store import clock, endpoints, outbox, sending
from store.database import Database
from store.sending import RETRY_SECONDS, Attempt, Dispatch, Share
from store.tables import ApiKeyRow, ArticleRow, AttemptRow, AuditEntryRow, DeliveryRow, EndpointRow, EventRow
from tests.store.makers import (
    RECEIVER,
    Everybody,
    add_articles,
    add_endpoint,
    add_event,
    ago,
    claim,
    dispatch,
    make_due,
)


def answer(status: int | None, retry_after: int | None = None) -> Attempt:
    return Attempt(clock.now(), 12, status, None if status else "timed out", retry_after)


def record(database: Database, sent: Dispatch, attempt: Attempt) -> bool:
    with database.writing() as session:
        return sending.record_attempt(session, sent, attempt)


def delivery(database: Database, delivery_id: str) -> DeliveryRow:
    with database.reading() as session:
        return session.get_one(DeliveryRow, delivery_id)


# --- claims ---------------------------------------------------------------------------------------


def test_a_claimed_delivery_is_nobody_elses_until_the_lease_ends(database: Database, key_id: str) -> None:
    add_endpoint(database)
    add_event(database, key_id)
    first = dispatch(database)
    assert claim(database) == []
    with database.reading() as session:
        assert (sending.count_due(session), sending.has_due(session)) == (0, False)
    make_due(database)
    second = dispatch(database)
    assert second.delivery_id == first.delivery_id
    assert record(database, first, answer(200)) is False, "the lease was lost"
    assert record(database, second, answer(200)) is True


def test_a_lease_of_one_who_lives_is_renewed_and_a_lost_one_is_not(database: Database, key_id: str) -> None:
    add_endpoint(database)
    add_event(database, key_id)
    add_event(database, key_id)
    lost, kept = claim(database)
    make_due(database)
    ((taken),) = [one for one in claim(database) if one.delivery_id == lost.delivery_id]
    with database.writing() as session:
        session.execute(update(DeliveryRow).values(lease_until=ago(1)))
        session.execute(update(DeliveryRow).where(DeliveryRow.id == kept.delivery_id).values(lease_token=kept.token))
        sending.renew_deliveries(session, [lost, kept])
    assert (delivery(database, kept.delivery_id).lease_until or ago(0)) > clock.now() + timedelta(seconds=5)
    row = delivery(database, lost.delivery_id)
    assert row.lease_token == taken.token
    assert (row.lease_until or clock.now()) < clock.now()


def test_leases_do_not_hang_on_the_clock_of_a_process(
    database: Database, key_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host whose clock is a day ahead takes nothing from others, and sends nothing too early."""
    add_endpoint(database)
    add_event(database, key_id)
    held = dispatch(database)
    true_now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: true_now + timedelta(days=1))
    assert claim(database) == []
    assert record(database, held, answer(500)) is True
    wait = (delivery(database, held.delivery_id).next_attempt_at or true_now) - true_now
    assert timedelta(0) < wait < timedelta(seconds=60)


def test_two_processes_never_hold_the_same_delivery_nor_more_than_a_receivers_share(
    database: Database, key_id: str
) -> None:
    add_endpoint(database)
    for _ in range(40):
        add_event(database, key_id)
    handed_out: Counter[str] = Counter()
    held: list[int] = []
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(100):
                for one in claim(database, 3, Share(per_receiver=2, is_quick=Everybody())):
                    handed_out[one.delivery_id] += 1
                    with database.reading() as session:
                        held.append(
                            session.scalar(select(func.count()).where(DeliveryRow.lease_until.is_not(None))) or 0
                        )
                    record(database, one, answer(200))
                if sum(handed_out.values()) == 40:
                    return
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    assert len(handed_out) == 40
    assert set(handed_out.values()) == {1}
    assert max(held) <= 2


def test_no_claim_is_larger_than_asked_for_and_the_longest_due_come_first(database: Database, key_id: str) -> None:
    add_endpoint(database)
    for _ in range(5):
        add_event(database, key_id)
    with database.writing() as session:
        made = session.scalars(select(DeliveryRow.id).order_by(DeliveryRow.id)).all()
        for place, delivery_id in enumerate(made):
            session.execute(
                update(DeliveryRow).where(DeliveryRow.id == delivery_id).values(next_attempt_at=ago(10 + place))
            )
    assert [{one.delivery_id for one in claim(database, 2)} for _ in range(4)] == [
        {made[4], made[3]},
        {made[2], made[1]},
        {made[0]},
        set(),
    ]


def test_a_claim_holds_all_that_an_attempt_needs(database: Database, key_id: str) -> None:
    with database.writing() as session:
        row = endpoints.add_endpoint(
            session, RECEIVER, events=["article.failed"], headers={"X-Token": "of the receiver"}
        )
    event_id = add_event(database, key_id, type_="article.failed")
    sent = dispatch(database)
    assert (sent.endpoint_id, sent.receiver, sent.event_id) == (row.id, "receiver.example:443", event_id)
    assert (sent.url, sent.headers, sent.secrets) == (RECEIVER, {"X-Token": "of the receiver"}, (row.secret,))


# --- shares ---------------------------------------------------------------------------------------


def add_hosts(database: Database, *hosts: str) -> None:
    with database.writing() as session:
        for host in hosts:
            endpoints.add_endpoint(session, f"https://{host}/", events=["article.classified"])


def hosts_of(claimed: list[Dispatch]) -> list[str]:
    return [one.receiver.removesuffix(":443") for one in claimed]


def test_a_thousand_callbacks_to_one_dead_host_leave_room_for_everybody_else(database: Database, key_id: str) -> None:
    """Each callback is an endpoint of its own: what counts is the host."""
    with database.writing() as session:
        for article_id in add_articles(session, key_id, 1_000):
            row = session.get_one(ArticleRow, article_id)
            endpoints.add_callback(session, row, f"https://dead.example/{article_id}", secret="whsec_AAAA")
            outbox.add_event(session, type_="article.classified", subject=row, data={})
        session.execute(update(DeliveryRow).values(next_attempt_at=ago(3_600)))
    add_hosts(database, "alive.example")
    add_event(database, key_id)
    share = Share(per_receiver=2, is_quick={"alive.example:443": True})
    assert sorted(hosts_of(claim(database, 16, share))) == ["alive.example", "dead.example"]
    assert claim(database, 16, share) == []


def test_receivers_not_known_to_be_quick_share_a_part_of_the_threads(database: Database, key_id: str) -> None:
    add_hosts(database, *(f"{kind}-{n}.example" for kind in ("slow", "new") for n in range(9)), "quick.example")
    for _ in range(3):
        add_event(database, key_id)
    paces = {"quick.example:443": True, **{f"slow-{n}.example:443": False for n in range(9)}}
    for after in ("", "quick.example:443", "z"):
        found = Counter(hosts_of(claim(database, 16, Share(2, paces, slow=3, unproven=5), after)))
        kinds = Counter(host.split("-")[0] for host in found)
        assert found.pop("quick.example") == 2
        assert set(found.values()) == {1}
        assert kinds["slow"] <= 3
        assert kinds["slow"] + kinds["new"] == 5
        with database.writing() as session:
            session.execute(update(DeliveryRow).values(lease_until=None))
    assert hosts_of(claim(database, 16, Share(3, paces, slow=0, unproven=0))) == ["quick.example"] * 3


def test_what_is_known_of_receivers_is_told_by_the_log(database: Database, key_id: str) -> None:
    add_hosts(database, "slow.example", "quick.example", "better.example")
    add_event(database, key_id)
    add_event(database, key_id)
    times = {"slow.example:443": [50, 15_000], "quick.example:443": [50, 50], "better.example:443": [15_000, 50]}
    for one in claim(database):
        ms = times[one.receiver].pop(0)
        record(database, one, Attempt(clock.now(), ms, 200, None))
    with database.reading() as session:
        assert sending.recall_paces(session, quick_ms=2_000) == {
            "slow.example:443": False, "quick.example:443": True, "better.example:443": True,
        }  # fmt: skip


def test_receivers_take_turns(database: Database, key_id: str) -> None:
    """However long the queue of the first, each is reached: it goes on behind the one it ended with, and round."""
    add_hosts(database, *(f"{letter}.example" for letter in "abcde"))
    for _ in range(4):
        add_event(database, key_id)
    after, seen = "", ""
    for _ in range(5):
        claimed = claim(database, 2, Share(per_receiver=4), after)
        after = claimed[-1].receiver
        seen += "".join(host[0] for host in hosts_of(claimed))
        for one in claimed:
            record(database, one, answer(200))
    assert seen == "abcdeabcde"


def test_more_receivers_than_one_look_finds(database: Database, key_id: str) -> None:
    hosts = [f"h{number:03}.example" for number in range(230)]
    add_hosts(database, *hosts)
    add_event(database, key_id)
    assert sorted(hosts_of(claim(database, 300, Share(unproven=300), "h100.example:443"))) == hosts


def test_rows_of_an_older_version_that_name_no_receiver_are_sent(database: Database, key_id: str) -> None:
    """While hosts are brought up one by one, those of before go on making deliveries."""
    add_endpoint(database)
    add_event(database, key_id)
    with database.writing() as session:
        session.execute(update(DeliveryRow).values(receiver=""))
    assert dispatch(database).url == RECEIVER


# --- pauses ---------------------------------------------------------------------------------------


def change(database: Database, endpoint_id: str, **changes: object) -> None:
    with database.writing() as session:
        row = endpoints.lock_endpoint(session, endpoint_id)
        assert row is not None
        endpoints.change_endpoint(session, row, changes, actor="usr_1")


@pytest.mark.parametrize("off", [{"is_paused": True}, {"is_enabled": False}], ids=["paused", "switched off"])
def test_what_waits_is_held_and_then_goes_out(database: Database, key_id: str, off: dict[str, bool]) -> None:
    endpoint_id = add_endpoint(database)
    add_event(database, key_id)
    add_event(database, key_id)
    (held,) = claim(database, 1)
    change(database, endpoint_id, **off)
    add_event(database, key_id)
    make_due(database)
    assert claim(database) == []
    with database.reading() as session:
        assert sending.count_due(session) == 0, "what nobody can send must not look like a backlog"
        assert not sending.has_due(session)
    assert record(database, held, answer(500)) is True, "what was under way may end"
    assert delivery(database, held.delivery_id).next_attempt_at is None
    make_due(database)
    change(database, endpoint_id, **{name: not value for name, value in off.items()})
    # Of a pause nothing is missed; what happens while an endpoint is off passes it by.
    assert len(claim(database)) == (3 if "is_paused" in off else 2)


def test_both_must_end_before_it_goes_on(database: Database, key_id: str) -> None:
    endpoint_id = add_endpoint(database)
    add_event(database, key_id)
    change(database, endpoint_id, is_paused=True, is_enabled=False)
    change(database, endpoint_id, is_enabled=True)
    assert claim(database) == []
    change(database, endpoint_id, is_paused=False)
    assert len(claim(database)) == 1


def test_what_waits_follows_to_a_new_address(database: Database, key_id: str) -> None:
    endpoint_id = add_endpoint(database)
    add_event(database, key_id)
    add_event(database, key_id)
    (done,) = claim(database, 1)
    record(database, done, answer(200))
    change(database, endpoint_id, url="https://new.example/hook")
    (sent,) = claim(database, share=Share(is_quick={"new.example:443": True}, unproven=0))
    assert (sent.url, sent.receiver) == ("https://new.example/hook", "new.example:443")
    assert delivery(database, done.delivery_id).receiver == "receiver.example:443"


# --- secrets --------------------------------------------------------------------------------------


def test_for_a_day_the_old_secret_signs_beside_the_new_one(database: Database, key_id: str) -> None:
    endpoint_id = add_endpoint(database)
    add_event(database, key_id)
    (before,) = dispatch(database).secrets
    with database.writing() as session:
        endpoints.rotate_secret(session, session.get_one(EndpointRow, endpoint_id), actor="usr_1")
    make_due(database)
    new, old = dispatch(database).secrets
    assert old == before != new
    with database.writing() as session:
        until = session.get_one(EndpointRow, endpoint_id).old_secret_until
        assert until is not None
        assert timedelta(hours=23, minutes=59) < until - clock.now() <= timedelta(hours=24, seconds=1)
        session.execute(update(EndpointRow).values(old_secret_until=ago(1)))
    make_due(database)
    assert dispatch(database).secrets == (new,)


def test_a_key_s_new_callback_secret_signs_also_for_articles_of_before(database: Database, key_id: str) -> None:
    with database.writing() as session:
        (article_id,) = add_articles(session, key_id, 1)
        row = session.get_one(ArticleRow, article_id)
        before = session.get_one(ApiKeyRow, key_id).callback_secret
        endpoints.add_callback(session, row, RECEIVER, secret=before)
        outbox.add_event(session, type_="article.classified", subject=row, data={})
        new = endpoints.rotate_callback_secret(session, key_id).callback_secret
    assert new != before
    assert dispatch(database).secrets == (new, before)
    with database.writing() as session:
        session.execute(update(ApiKeyRow).values(old_callback_secret_until=ago(1)))
    make_due(database)
    assert dispatch(database).secrets == (new,)


# --- attempts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "state"),
    [(200, "delivered"), (204, "delivered"), (299, "delivered"), (199, "pending"), (300, "pending"), (301, "pending"),
     (400, "pending"), (410, "failed"), (429, "pending"), (500, "pending"), (None, "pending")],
)  # fmt: skip
def test_what_an_answer_means(database: Database, key_id: str, status: int | None, state: str) -> None:
    add_endpoint(database)
    add_event(database, key_id)
    sent = dispatch(database)
    assert record(database, sent, answer(status)) is True
    row = delivery(database, sent.delivery_id)
    assert (row.state, row.attempt_count, row.lease_token, row.lease_until) == (state, 1, None, None)
    assert (row.next_attempt_at is not None) == (state == "pending")
    with database.reading() as session:
        (logged,) = session.scalars(select(AttemptRow))
        assert (logged.number, logged.status, logged.duration_ms) == (1, status, 12)
        assert session.scalars(select(EndpointRow.is_enabled)).one() is (status != 410)
    assert record(database, sent, answer(200)) is False, "an attempt is recorded once"


# --- endpoints that fail --------------------------------------------------------------------------


def fail(database: Database, status: int | None = 500, *, days: float = 0.0) -> None:
    """One more failed attempt of the delivery, so many days after the first."""
    with database.writing() as session:
        session.execute(
            update(EndpointRow).where(EndpointRow.failing_since.is_not(None)).values(failing_since=ago(days * 86_400))
        )
    make_due(database)
    record(database, dispatch(database), answer(status))


def told(database: Database, type_: str) -> list[dict[str, object]]:
    with database.reading() as session:
        return [
            json.loads(body)["data"] for body in session.scalars(select(EventRow.body).where(EventRow.type == type_))
        ]


_ENDPOINTS_IN_LOG = select(AuditEntryRow).where(AuditEntryRow.action.startswith("endpoint_"))


def audited(database: Database) -> list[tuple[str, str, str]]:
    with database.reading() as session:
        return [(row.action, row.actor, row.subject) for row in session.scalars(_ENDPOINTS_IN_LOG)]


def test_gone_switches_the_endpoint_off_and_says_why(database: Database, key_id: str) -> None:
    endpoint_id = add_endpoint(database)
    other = add_endpoint(database, "endpoint.disabled")
    add_event(database, key_id)
    fail(database, 410)
    with database.reading() as session:
        assert session.get_one(EndpointRow, endpoint_id).disabled_reason == "the receiver answered 410 Gone"
        assert endpoints.count_in_trouble(session) == 1
    add_event(database, key_id)
    (news,) = claim(database)
    assert news.endpoint_id == other
    assert [data["endpoint_id"] for data in told(database, "endpoint.disabled")] == [endpoint_id]
    assert audited(database) == [("endpoint_disabled", "system", endpoint_id)]


def test_after_a_day_of_failures_the_others_are_told_once(database: Database, key_id: str) -> None:
    endpoint_id = add_endpoint(database)
    add_endpoint(database, "endpoint.failing", "endpoint.disabled")
    add_event(database, key_id)
    for days in (0.0, 0.99):
        fail(database, days=days)
    assert told(database, "endpoint.failing") == []
    with database.reading() as session:
        assert endpoints.count_in_trouble(session) == 0
    fail(database, days=1.01)
    (news,) = claim(database)
    record(database, news, answer(200))
    fail(database, days=2)
    (data,) = told(database, "endpoint.failing")
    assert (data["endpoint_id"], data["disabled_reason"]) == (endpoint_id, None)
    assert "url" not in data, "an address may hold a token"
    with database.reading() as session:
        assert endpoints.count_in_trouble(session) == 1


def test_after_five_days_it_is_switched_off(database: Database, key_id: str) -> None:
    endpoint_id = add_endpoint(database, "article.classified", "endpoint.disabled")
    other = add_endpoint(database, "endpoint.disabled")
    add_event(database, key_id)
    fail(database)
    fail(database, days=4.99)
    with database.reading() as session:
        assert session.get_one(EndpointRow, endpoint_id).is_enabled
    fail(database, days=5.01)
    with database.reading() as session:
        row = session.get_one(EndpointRow, endpoint_id)
        assert (row.is_enabled, row.disabled_reason) == (False, "every attempt failed for five days")
    (news,) = claim(database)
    assert news.endpoint_id == other, "the one that is off hears nothing of it"
    change(database, endpoint_id, is_enabled=True)
    with database.reading() as session:
        assert session.get_one(EndpointRow, endpoint_id).failing_since is None, "it begins anew"
        assert endpoints.count_in_trouble(session) == 0


def test_one_success_ends_it(database: Database, key_id: str) -> None:
    endpoint_id = add_endpoint(database)
    add_event(database, key_id)
    fail(database)
    fail(database, days=4.9)
    add_event(database, key_id)
    (sent,) = claim(database)
    record(database, sent, answer(200))
    with database.reading() as session:
        row = session.get_one(EndpointRow, endpoint_id)
        assert (row.failing_since, row.told_failing_at) == (None, None)


def test_of_an_article_s_callback_nobody_is_told(database: Database, key_id: str) -> None:
    add_endpoint(database, "endpoint.failing", "endpoint.disabled")
    with database.writing() as session:
        (article_id,) = add_articles(session, key_id, 1)
        row = session.get_one(ArticleRow, article_id)
        endpoints.add_callback(session, row, RECEIVER, secret="whsec_AAAA")
        outbox.add_event(session, type_="article.classified", subject=row, data={})
    fail(database)
    fail(database, days=6)
    fail(database, 410)
    assert told(database, "endpoint.failing") == told(database, "endpoint.disabled") == []
    assert claim(database) == []


# --- the schedule ---------------------------------------------------------------------------------


def test_the_schedule_runs_out_after_ten_attempts_in_75_hours(database: Database, key_id: str) -> None:
    add_endpoint(database)
    add_event(database, key_id)
    for number in range(1, len(RETRY_SECONDS) + 2):
        sent = dispatch(database)
        assert sent.number == number
        before = clock.now()
        record(database, sent, answer(503))
        row = delivery(database, sent.delivery_id)
        if number <= len(RETRY_SECONDS):
            assert row.next_attempt_at is not None
            wait = (row.next_attempt_at - before).total_seconds()
            assert 0.8 * RETRY_SECONDS[number - 1] <= wait <= 1.2 * RETRY_SECONDS[number - 1] + 5
        make_due(database)
    assert (row.state, row.next_attempt_at, row.attempt_count) == ("failed", None, 10)
    assert claim(database) == []
    assert 75 * 3600 < sum(RETRY_SECONDS) < 77 * 3600


@pytest.mark.parametrize(
    ("made", "retry_after", "least", "most"),
    [
        (1, None, 4, 6),
        (2, None, 240, 360),
        (9, None, 69_120, 103_680),
        pytest.param(2, 1, 240, 360, id="not sooner than planned"),
        pytest.param(2, 450, 360, 540, id="as asked"),
        pytest.param(2, 10**9, 480, 720, id="at most twice the plan"),
        pytest.param(2, -5, 240, 360, id="nonsense"),
    ],
)
def test_waits_are_spread_and_bounded(made: int, retry_after: int | None, least: float, most: float) -> None:
    waits = [sending.next_wait(made, retry_after) for _ in range(500)]
    assert all(wait is not None and least <= wait <= most for wait in waits)
    assert len(set(waits)) > 400, "receivers that fell together do not all come back at once"


@pytest.mark.parametrize("retry_after", [None, 60])
def test_there_is_no_eleventh_attempt(retry_after: int | None) -> None:
    assert sending.next_wait(9, retry_after) is not None
    assert sending.next_wait(10, retry_after) is None


def test_an_attempt_of_long_ago_is_logged_with_its_own_time(database: Database, key_id: str) -> None:
    add_endpoint(database)
    add_event(database, key_id)
    sent = dispatch(database)
    started = clock.now() - timedelta(seconds=20)
    record(database, sent, Attempt(started, 20_000, None, "the receiver did not answer in time"))
    with database.reading() as session:
        (logged,) = session.scalars(select(AttemptRow))
    assert (logged.started_at, logged.duration_ms) == (started, 20_000)
    assert (logged.status, logged.failure) == (None, "the receiver did not answer in time")
