"""Both clients do the same, whatever the service and the network do."""

import asyncio
import inspect
import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from obelus_client import AsyncClient, Client, ConnectionFailedError, ProblemError, Retries, WaitTimeoutError
from obelus_client.retries import retry_after

AT_ONCE = Retries(most=3, first_seconds=0.0)
PROBLEM = {
    "type": "https://obelus.example.org/docs#problem-invalid", "title": "Some fields cannot be accepted.",
    "status": 422, "detail": "No.", "instance": "/v1/articles", "code": "invalid",
    "errors": [{"pointer": "/text", "detail": "Must be a string."}],
}  # fmt: skip


class Service:
    """Answers as told, one after another, the last one for ever; keeps what it was asked."""

    def __init__(self, *answers: httpx2.Response | type[httpx2.TransportError]) -> None:
        self.answers = list(answers)
        self.asked: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, httpx2.Response):
            return httpx2.Response(answer.status_code, headers=answer.headers, content=answer.content)
        raise answer("away", request=request)


def answer(status: int = 200, body: Any = None, **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.Response(status, json=body if body is not None else {"id": "art_1", "state": "queued"}, headers=named)


Do = Callable[[Any], Any]
Use = Callable[[Service, Do], Any]


def _use(service: Service, do: Do) -> Any:
    with Client("http://obelus", "obk_1", retries=AT_ONCE, transport=httpx2.MockTransport(service)) as client:
        made = do(client)
        return list(made) if inspect.isgenerator(made) else made


def _use_async(service: Service, do: Do) -> Any:
    async def run() -> Any:
        transport = httpx2.MockTransport(service)
        async with AsyncClient("http://obelus", "obk_1", retries=AT_ONCE, transport=transport) as client:
            made = do(client)
            return [item async for item in made] if inspect.isasyncgen(made) else await made

    return asyncio.run(run())


@pytest.fixture(params=[_use, _use_async], ids=["sync", "async"])
def use(request: pytest.FixtureRequest) -> Use:
    found: Use = request.param
    return found


def test_both_have_the_same_methods_with_the_same_parameters() -> None:
    def methods(kind: type) -> dict[str, list[str]]:
        return {
            name: list(inspect.signature(value).parameters)
            for name, value in vars(kind).items()
            if inspect.isfunction(value) and not name.startswith("_")
        }

    assert methods(Client) == methods(AsyncClient)


def test_a_submission_carries_key_fields_and_an_idempotency_key(use: Use) -> None:
    service = Service(answer(202))
    made = use(service, lambda client: client.submit("Text.", wait_seconds=99, external_id="a", language="en"))
    (asked,) = service.asked
    assert made["id"] == "art_1"
    assert json.loads(asked.content) == {"text": "Text.", "external_id": "a", "language": "en"}
    assert asked.headers["Authorization"] == "Bearer obk_1"
    assert asked.headers["Prefer"] == "wait=30"
    assert len(asked.headers["Idempotency-Key"]) > 30


@pytest.mark.parametrize(
    "first",
    [answer(503, {}), answer(429, {}), answer(502, {}), answer(504, {}), httpx2.ReadError, httpx2.ConnectError,
     httpx2.RemoteProtocolError, answer(409, {"code": "still_running"}, Retry_After="0")],
    ids=str,
)  # fmt: skip
def test_a_submission_is_sent_again_as_the_same_one(use: Use, first: Any) -> None:
    service = Service(first, answer(202))
    assert use(service, lambda client: client.submit(html="<p>Text.</p>"))["id"] == "art_1"
    one, other = service.asked
    assert one.headers["Idempotency-Key"] == other.headers["Idempotency-Key"]
    assert one.content == other.content


def test_two_submissions_have_two_keys(use: Use) -> None:
    service = Service(answer(202))
    for _ in range(2):
        use(service, lambda client: client.submit("Text."))
    one, other = service.asked
    assert one.headers["Idempotency-Key"] != other.headers["Idempotency-Key"]


@pytest.mark.parametrize("failure", [httpx2.ReadError, httpx2.ReadTimeout, httpx2.RemoteProtocolError])
def test_what_must_not_be_done_twice_is_not_sent_again_once_it_may_have_arrived(use: Use, failure: Any) -> None:
    service = Service(failure, answer(201))
    with pytest.raises(ConnectionFailedError):
        use(service, lambda client: client.decide("art_1", action="label"))
    assert len(service.asked) == 1


@pytest.mark.parametrize("failure", [httpx2.ConnectError, answer(503, {}), answer(429, {})], ids=str)
def test_what_did_not_arrive_is(use: Use, failure: Any) -> None:
    service = Service(failure, answer(201))
    use(service, lambda client: client.decide("art_1", action="label"))
    assert len(service.asked) == 2


def test_it_gives_up(use: Use) -> None:
    service = Service(httpx2.ConnectError)
    with pytest.raises(ConnectionFailedError, match="ConnectError"):
        use(service, lambda client: client.get("art_1"))
    assert len(service.asked) == 1 + AT_ONCE.most
    with pytest.raises(ProblemError) as raised:
        use(Service(answer(503, {"code": "overloaded"}, Retry_After="0")), lambda client: client.submit("Text."))
    assert (raised.value.status, raised.value.code, raised.value.retry_after) == (503, "overloaded", 0)


def test_a_refusal_says_why_and_nothing_that_was_sent(use: Use) -> None:
    service = Service(answer(422, PROBLEM, X_Request_ID="req_1"))
    with pytest.raises(ProblemError, match="/text: Must be a string") as raised:
        use(service, lambda client: client.submit("Canary."))
    assert len(service.asked) == 1
    assert (raised.value.code, raised.value.request_id) == ("invalid", "req_1")
    assert "Canary" not in str(raised.value)
    assert "obk_1" not in str(raised.value)


def test_an_answer_that_is_no_problem_is_an_error_all_the_same(use: Use) -> None:
    for broken in (httpx2.Response(400, content=b"<html>"), answer(404, ["x"])):
        with pytest.raises(ProblemError) as raised:
            use(Service(broken), lambda client: client.get("art_1"))
        assert raised.value.code == f"http_{broken.status_code}"


def test_a_list_goes_on_to_its_last_page(use: Use) -> None:
    pages = [
        answer(200, {"data": [{"id": "1"}, {"id": "2"}], "next_cursor": "c 1"}),
        answer(200, {"data": [{"id": "3"}], "next_cursor": None}),
    ]
    service = Service(*pages)
    found = use(service, lambda client: client.list(state="classified", page_size=2))
    assert [one["id"] for one in found] == ["1", "2", "3"]
    assert [dict(asked.url.params) for asked in service.asked] == [
        {"state": "classified", "limit": "2"},
        {"state": "classified", "limit": "2", "cursor": "c 1"},
    ]


def test_waiting_ends_when_the_article_is_read_or_the_time_is_up(use: Use) -> None:
    service = Service(answer(), answer(), answer(200, {"id": "art_1", "state": "classified"}))
    assert use(service, lambda client: client.wait("art_1"))["state"] == "classified"
    with pytest.raises(WaitTimeoutError) as raised:
        use(Service(answer()), lambda client: client.wait("art_1", timeout_seconds=0.2))
    assert raised.value.article_id == "art_1"


@pytest.mark.parametrize(
    ("do", "method", "path"),
    [
        (lambda client: client.get("art_1", offset_unit="utf16"), "GET", "/v1/articles/art_1?offset_unit=utf16"),
        (lambda client: client.get("a/../b?c"), "GET", "/v1/articles/a%2F..%2Fb%3Fc?offset_unit=code_point"),
        (lambda client: client.delete("art_1"), "DELETE", "/v1/articles/art_1"),
        (lambda client: client.decisions("art_1"), "GET", "/v1/articles/art_1/decisions"),
        (lambda client: client.organisation("x"), "GET", "/v1/organisations/x"),
        (lambda client: client.create_endpoint("https://example.org/"), "POST", "/v1/endpoints"),
        (lambda client: client.delete_endpoint("ep_1"), "DELETE", "/v1/endpoints/ep_1"),
        (lambda client: client.rotate_secret("ep_1"), "POST", "/v1/endpoints/ep_1/rotate-secret"),
        (lambda client: client.submit_batch([{"text": "a"}]), "POST", "/v1/articles/batch"),
        (lambda client: client.labelled("art_1", jurisdiction="RU"), "GET",
         "/v1/articles/art_1/labelled?jurisdiction=RU&format=text"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_each_method_asks_its_route(use: Use, do: Do, method: str, path: str) -> None:
    service = Service(answer(200, {"data": [], "articles": [], "next_cursor": None}))
    use(service, do)
    (asked,) = service.asked
    assert (asked.method, asked.url.raw_path.decode()) == (method, path)


@pytest.mark.parametrize(
    ("tried", "outcome", "least", "most"),
    [
        (1, answer(503, {}), 0.25, 0.5),
        (2, answer(503, {}), 0.5, 1.0),
        (9, answer(503, {}), None, None),
        (4, answer(503, {}, Retry_After="17"), 17.0, 17.8),
        (1, answer(429, {}, Retry_After="3600"), 3_600.0, 3_600.1),
        (1, answer(503, {}, Retry_After="tomorrow"), 0.25, 0.5),
        (1, answer(500, {}), None, None),
        (1, answer(404, {}), None, None),
        (1, answer(409, {"code": "conflict"}, Retry_After="1"), None, None),
        (1, answer(200, {}), None, None),
    ],
)
def test_pauses_grow_are_drawn_and_heed_the_service(tried: int, outcome: Any, least: float, most: float) -> None:
    pauses = [
        Retries(draw=lambda drawn=drawn: drawn).pause_after(tried, outcome, may_repeat=True) for drawn in (0, 0.999)
    ]
    if least is None:
        assert pauses == [None, None]
    else:
        assert pauses[0] < pauses[1]
        assert all(least <= pause <= most for pause in pauses)


def test_a_date_in_retry_after_is_not_guessed_at() -> None:
    assert retry_after(answer(503, {}, Retry_After="Tue, 24 Nov 2026 09:00:00 GMT")) is None
