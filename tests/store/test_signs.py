"""Which processes are alive is read from Redis alone."""

from store import condition, signs
from store.queues import open_queues


def test_relays_are_alive_while_they_give_signs_of_life(redis_url: str) -> None:
    queues = open_queues(redis_url)
    signs.note_relay(queues.redis, host="one.example", pid=7)
    signs.note_relay(queues.redis, host="two:2", pid=8)
    queues.redis.zadd("obelus:relays", {"old.example:9": 0.0})

    found = signs.list_processes(queues)
    assert [(one.program, one.host, one.pid, one.is_alive) for one in found] == [
        ("relay", "old.example", 9, False),
        ("relay", "one.example", 7, True),
        ("relay", "two:2", 8, True),
    ]
    signs.note_relay(queues.redis, host="one.example", pid=7)
    assert "old.example" not in [one.host for one in signs.list_processes(queues)]
    state = condition.read_redis(queues.redis)
    assert state.bytes > 0
    assert state.version.startswith(("Valkey ", "Redis "))
    queues.redis.close()
