"""The measurement of accepting sends real articles to the real web process, and counts what they cost."""

from pathlib import Path

import pytest

from quality.speed import accept


@pytest.mark.servers
@pytest.mark.enable_socket
@pytest.mark.parametrize("is_keyed", [False, True])
def test_what_is_sent_is_stored_and_counted(tmp_path: Path, is_keyed: bool) -> None:
    with accept.serve(tmp_path) as web:
        found = accept.measure(web, 4, 40, is_keyed=is_keyed)
        assert accept.count(web).stored == 40
    assert 0 < found["commits_a_post"] <= 1.1, "and one for the API key, which is seen for the first time"
    assert 0 < found["redis_trips_a_post"] < 5
    assert 1 <= found["redis_commands_a_post"]["evalsha"] <= 1.2, "once more for a server that does not know the script"
    assert found["web_processor_ms_a_post"] >= 0
    assert 0 < found["p50_ms"] <= found["p99_ms"]


@pytest.mark.servers
@pytest.mark.enable_socket
def test_another_answer_than_202_ends_it(tmp_path: Path) -> None:
    with accept.serve(tmp_path) as web:
        stranger = accept.Web(web.settings, web.pid, "no-key-of-this-service")
        with pytest.raises(RuntimeError, match="401"):
            accept.drive(stranger, clients=1, articles=1, is_keyed=False)
