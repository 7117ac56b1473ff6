"""Databases inside a running server, made and dropped by name.

A name is taken as it is and quoted; the caller's role must be allowed to create databases.
"""

from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql


def database_url(url: str, name: str) -> str:
    """The same server, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(name, safe='')}"))


def create_database(url: str, name: str) -> str:
    """Make an empty database and give its URL. Refused by the server if the name is taken."""
    _run(url, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return database_url(url, name)


def clone_database(url: str, template: str, name: str) -> str:
    """Copy a whole database and give the copy's URL. Refused while anybody is connected to `template`."""
    _run(
        url,
        sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
            sql.Identifier(name), sql.Identifier(template)
        ),
    )
    return database_url(url, name)


def drop_database(url: str, name: str) -> None:
    """Drop a database and cut off whoever is connected to it. No such database is no error.

    `url` must point at another database of the server."""
    _run(url, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _run(url: str, statement: sql.Composed) -> None:
    # None of the three may stand inside a transaction.
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)
