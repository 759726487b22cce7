"""Column types that mean the same on every database.

Put a type here when a backend's own would change the value. Everything temporal is text of fixed width, which sorts as time does.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from registry.domain.canonical import storable_text
from registry.domain.times import format_instant, parse_instant

# Byte order everywhere: a database's own collation would sort, and so decide, differently on each installation.
_BYTEWISE = Text().with_variant(Text(collation="C"), "postgresql")


class PlainText(TypeDecorator[str]):
    """Text that sorts by its bytes."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """Return the column type of the backend."""
        return dialect.type_descriptor(_BYTEWISE)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the text as it can be stored."""
        return None if value is None else storable_text(value)


class Instant(TypeDecorator[datetime]):
    """An aware instant as ``YYYY-MM-DDTHH:MM:SS.ffffffZ``; a naive one is refused (SQLAlchemy's own type drops offsets on SQLite)."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """Return the column type of the backend."""
        return dialect.type_descriptor(_BYTEWISE)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the text of an instant."""
        return None if value is None else format_instant(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the instant of a text."""
        return None if value is None else parse_instant(value)


class CivilDay(TypeDecorator[date]):
    """A civil date as ``YYYY-MM-DD``; an instant is refused, since its date depends on a zone."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """Return the column type of the backend."""
        return dialect.type_descriptor(_BYTEWISE)

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the text of a date."""
        if isinstance(value, datetime):
            raise TypeError(f"expected a civil date, found the instant {value.isoformat()}; take its local date first")
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the date of a text."""
        return None if value is None else date.fromisoformat(value)
