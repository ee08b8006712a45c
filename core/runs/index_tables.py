"""The tables of the index, and its database file."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    Float,
    MetaData,
    String,
    Table,
    create_engine,
    event,
)
from sqlalchemy.pool import NullPool

SCHEMA: Final = 3
BUSY_MS: Final = 10_000
IN_MEMORY: Final = Path(":memory:")

_metadata = MetaData()
runs_table = Table(
    "runs",
    _metadata,
    Column("folder", String, primary_key=True),
    Column("stamp", String, nullable=False),
    Column("is_sample", Boolean, nullable=False),
    Column("archived", Boolean, nullable=False),
    Column("name", String, nullable=False),
    Column("tags", String, nullable=False),
    Column("note", String, nullable=False),
    Column("group", String, nullable=False),
    Column("experiment", String, nullable=False),
    Column("created_s", Float, nullable=False),
    Column("config", String, nullable=False),
)
metrics_table = Table(
    "metrics",
    _metadata,
    Column("folder", String, primary_key=True),
    Column("metric", String, primary_key=True),
    Column("last", Float),
    Column("low", Float),
    Column("high", Float),
)


def encode(value: object) -> str:
    """Encode a plain value as text."""
    return json.dumps(value)


def decode(text: str) -> Any:
    """Read back what `encode` wrote."""
    return json.loads(text)


@cache
def open_engine(path: Path) -> Engine:
    """Give the engine of a database file; each connection is opened anew and closed after use."""
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.isolation_level = None  # the transaction below is begun by hand

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        # To write from the start: two that read first and write then would refuse each other.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def prepare_tables(connection: Connection) -> None:
    """Make the tables; those of another schema are dropped, for they can be made again."""
    if connection.exec_driver_sql("PRAGMA user_version").scalar() == SCHEMA:
        return
    there = MetaData()
    there.reflect(connection)
    there.drop_all(connection)
    _metadata.create_all(connection)
    connection.exec_driver_sql(f"PRAGMA user_version={SCHEMA}")


def remove_database(path: Path) -> None:
    """Delete a database file and what SQLite lays beside it."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
