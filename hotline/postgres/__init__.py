"""The PostgreSQL that comes in a wheel: for `hotline up`, and for the tests.

The rest of the code sees a URL and never asks where the server came from; with `DATABASE_URL` set, this
package is not used at all. Linux and macOS; on Windows use WSL or a server of your own.
"""

from hotline.postgres.databases import clone_database, create_database, database_url, drop_database
from hotline.postgres.server import PostgresFailed, RunningPostgres, program, start

__all__ = [
    "PostgresFailed",
    "RunningPostgres",
    "clone_database",
    "create_database",
    "database_url",
    "drop_database",
    "program",
    "start",
]
