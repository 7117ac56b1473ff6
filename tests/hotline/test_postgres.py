"""The embedded server survives its starter, is found again, and goes when it is told to."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString

import psutil
import psycopg
import pytest
from psycopg import sql
from sqlalchemy import create_engine, text

from hotline.postgres import (
    PostgresFailed,
    RunningPostgres,
    account,
    clone_database,
    create_database,
    database_url,
    drop_database,
    postmaster,
    program,
    start,
)

REPOSITORY = Path(__file__).parents[2]
START_AND_WAIT = """
import sys, time
from pathlib import Path
from hotline.postgres import start

running = start(Path(sys.argv[1]), durable=False)
print(running.url, flush=True)
time.sleep(600)
"""


def test_start_gives_a_url_for_psycopg_and_for_sqlalchemy(server: RunningPostgres) -> None:
    engine = create_engine(server.url.replace("postgresql:", "postgresql+psycopg:", 1))

    with psycopg.connect(server.url) as connection, engine.connect() as through_sqlalchemy:
        assert _one(connection, "SELECT 1") == 1
        assert through_sqlalchemy.execute(text("SELECT 1")).scalar_one() == 1

    engine.dispose()


def test_server_takes_two_hundred_connections_and_none_from_the_network(server: RunningPostgres) -> None:
    with psycopg.connect(server.url) as connection:
        assert _one(connection, "SHOW max_connections") == "200"
        assert _one(connection, "SHOW listen_addresses") == ""


def test_contrib_modules_know_letters_beyond_ascii(server: RunningPostgres) -> None:
    with psycopg.connect(server.url) as connection:
        for module in ("pg_trgm", "unaccent", "btree_gist"):
            connection.execute(sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(module)))

        assert _one(connection, "SELECT similarity('Émaké', 'émaké')") == 1
        assert _one(connection, "SELECT 'É' ILIKE 'é'") is True
        connection.rollback()


def test_a_second_start_finds_the_same_server(server: RunningPostgres) -> None:
    before = _process(server).pid
    assert start(server.asked_dir, durable=False) == server
    assert _process(server).pid == before


def test_two_directories_have_a_server_each(server: RunningPostgres, other: RunningPostgres) -> None:
    create_database(server.url, "only_here")

    with psycopg.connect(other.url) as connection:
        assert _one(connection, "SELECT count(*) FROM pg_database WHERE datname = 'only_here'") == 0

    drop_database(server.url, "only_here")


def test_server_outlives_a_killed_starter_and_is_taken_over(data_dir: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", START_AND_WAIT, str(data_dir)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    url = child.stdout.readline().strip()
    create_database(url, "kept")
    child.kill()
    child.communicate()

    server = start(data_dir, durable=False)

    with psycopg.connect(database_url(server.url, "kept")) as connection:
        assert _one(connection, "SELECT 1") == 1


def test_start_recovers_a_server_that_was_killed_itself(server: RunningPostgres) -> None:
    create_database(server.url, "committed")
    killed = _process(server)
    killed.send_signal(signal.SIGKILL)
    psutil.wait_procs([killed], timeout=5)

    again = start(server.asked_dir, durable=False)

    assert _process(again).pid != killed.pid
    drop_database(again.url, "committed")


def test_stop_leaves_no_process_and_may_be_repeated(other: RunningPostgres) -> None:
    process = _process(other)
    children = process.children(recursive=True)

    other.stop()
    other.stop()

    assert children
    assert not any(_alive(each) for each in (process, *children))


def test_a_pid_file_naming_a_stranger_does_not_block_a_start(other: RunningPostgres) -> None:
    other.stop()
    pid_file = other.data_dir / "cluster" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{other.data_dir}\n0\n5432\n{other.data_dir}\n\n0 0\nready\n")

    again = start(other.asked_dir, durable=False)

    with psycopg.connect(again.url) as connection:
        assert _one(connection, "SELECT 1") == 1


def test_a_durable_start_restarts_a_server_that_runs_without_fsync(other: RunningPostgres) -> None:
    with psycopg.connect(other.url) as connection:
        assert _one(connection, "SHOW fsync") == "off"

    durable = start(other.asked_dir)

    with psycopg.connect(durable.url) as connection:
        assert _one(connection, "SHOW fsync") == "on"


def test_a_path_too_long_for_a_socket_works_and_leaves_nothing(tmp_path: Path) -> None:
    server = start(tmp_path / ("long " * 20).strip() / "it's $HOME" / "data", durable=False)
    try:
        socket_dir = postmaster.socket_dir(server.data_dir / "cluster")
        with psycopg.connect(server.url) as connection:
            assert _one(connection, "SELECT 1") == 1
    finally:
        server.discard()

    assert socket_dir is not None
    assert not socket_dir.exists()
    assert not server.data_dir.exists()


def test_start_refuses_another_major_version(other: RunningPostgres) -> None:
    other.stop()
    version = other.data_dir / "cluster" / "PG_VERSION"
    ours = version.read_text()
    version.write_text("9.6\n")

    with pytest.raises(PostgresFailed, match=r"belongs to PostgreSQL 9\.6"):
        start(other.asked_dir, durable=False)

    version.write_text(ours)


def test_clone_is_a_full_copy_and_can_be_dropped_while_in_use(server: RunningPostgres) -> None:
    with psycopg.connect(create_database(server.url, "a template")) as connection:
        connection.execute("CREATE TABLE words AS SELECT 'tolong' AS word")

    copy = clone_database(server.url, "a template", "copy")

    with psycopg.connect(copy, autocommit=True) as connection:
        assert _one(connection, "SELECT word FROM words") == "tolong"
        drop_database(server.url, "copy")
    drop_database(server.url, "copy")
    drop_database(server.url, "a template")


def test_client_programs_are_of_the_servers_version(server: RunningPostgres) -> None:
    told = subprocess.check_output([program("pg_dump"), "--version"], text=True)

    with psycopg.connect(server.url) as connection:
        assert f" {_one(connection, 'SHOW server_version')}" in told


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders that the server may not enter")
def test_as_root_a_closed_folder_stays_closed(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    server = start(closed / "data", durable=False)
    try:
        again = start(closed / "data", durable=False)
        assert closed.stat().st_mode & 0o777 == 0o700
        assert server.data_dir.parent == account.ELSEWHERE
        assert again == server
        assert _process(server).username() == account.NAME
    finally:
        server.discard()

    assert not server.data_dir.exists()


def _one(connection: psycopg.Connection, query: LiteralString) -> object:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def _process(server: RunningPostgres) -> psutil.Process:
    process = postmaster.find(server.data_dir / "cluster")
    assert process is not None
    return process


def _alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


@pytest.fixture(scope="module")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("shared") / "data"
    yield folder
    if folder.exists():
        start(folder, durable=False).discard()


@pytest.fixture
def server(_shared: Path) -> RunningPostgres:
    """One for the whole file, started again if a test has ended it."""
    return start(_shared, durable=False)


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"
    if (tmp_path / "data").exists():
        start(tmp_path / "data", durable=False).discard()


@pytest.fixture
def other(data_dir: Path) -> RunningPostgres:
    """One that belongs to the test alone."""
    return start(data_dir, durable=False)
