"""What `postmaster.pid` says, and whether it is still true.

The file outlives a killed server, and its process id may since belong to a stranger: in a container that
was started anew, nearly always. So the process is looked at, not only its number.
"""

import contextlib
import os
import shutil
import time
from pathlib import Path

import psutil

from hotline.postgres.account import PostgresFailed

# For a data directory with too long a path; under /tmp by name, because $TMPDIR may be long itself.
SOCKET_DIR_PARENT = Path("/tmp")  # noqa: S108 - only folders that mkdtemp makes, closed to others
SOCKET_DIR_PREFIX = "hotline-pg-"
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 103  # bytes, without the closing zero: macOS's limit; Linux has four more
# Lines of postmaster.pid, counted from 0.
PID, SOCKET_DIR, STATUS = 0, 4, 7


def find(cluster: Path) -> psutil.Process | None:
    """The running server of this directory, or None."""
    try:
        process = psutil.Process(int(_lines(cluster)[PID]))
        if not process.name().startswith("postgres") or process.status() == psutil.STATUS_ZOMBIE:
            return None
        # A server works inside its data directory; another one's may have inherited the number.
        with contextlib.suppress(psutil.AccessDenied):
            if Path(process.cwd()) != cluster:
                return None
    except (IndexError, ValueError, psutil.NoSuchProcess):
        return None
    return process


def socket_dir(cluster: Path) -> Path | None:
    lines = _lines(cluster)
    return Path(lines[SOCKET_DIR]) if len(lines) > SOCKET_DIR and lines[SOCKET_DIR] else None


def wait_until_ready(cluster: Path, *, seconds: float) -> str:
    """The folder of the socket, as soon as the server takes connections."""
    give_up = time.monotonic() + seconds
    began = time.monotonic()
    while time.monotonic() < give_up:
        lines = _lines(cluster)
        alive = find(cluster) is not None
        if alive and len(lines) > STATUS and lines[STATUS].strip() == "ready":
            return lines[SOCKET_DIR]
        # Launched without waiting, so a moment may pass before there is a process to be found.
        if not alive and time.monotonic() - began > 5:
            break
        time.sleep(0.02)
    log = cluster.parent / "server.log"
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-10:]) if log.exists() else ""
    raise PostgresFailed(f"The server of {cluster} did not come up; its log ends:\n{tail}")


def runs_without_fsync(cluster: Path) -> bool:
    """Judged by the command line that the server keeps in its directory."""
    options = cluster / "postmaster.opts"
    return options.exists() and "fsync=off" in options.read_text()


def forget_stale(cluster: Path, its_socket_dir: Path | None) -> None:
    """Remove what a dead server left. Refuses to touch a living one's."""
    if find(cluster) is not None:
        raise PostgresFailed(f"The server of {cluster} is still running")
    (cluster / "postmaster.pid").unlink(missing_ok=True)
    if its_socket_dir is not None and its_socket_dir.match(f"{SOCKET_DIR_PARENT}/{SOCKET_DIR_PREFIX}*"):
        shutil.rmtree(its_socket_dir, ignore_errors=True)


def end(process: psutil.Process) -> None:
    """Make sure of it: the server and its child processes are gone when this returns."""
    with contextlib.suppress(psutil.NoSuchProcess):
        # Dead, but not yet buried by process 1: waiting for that would take seconds in many containers.
        if process.status() == psutil.STATUS_ZOMBIE:
            return
        children = process.children(recursive=True)
        for each in (process, *children):
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        psutil.wait_procs([process, *children], timeout=5)


def can_hold_socket(folder: Path) -> bool:
    """Short enough, and free of what PostgreSQL reads as a list of folders."""
    path = str(folder / SOCKET_NAME)
    return len(os.fsencode(path)) <= SOCKET_PATH_LIMIT and not set(path) & set(",\"'")


def _lines(cluster: Path) -> list[str]:
    try:
        return (cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []
