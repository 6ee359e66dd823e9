"""How somebody stays signed in, what proves that it is them, and what they had typed when the session ended."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casetrack.database.tables.metadata import Table
from casetrack.database.types import Json, Key, UtcDateTime


class SignIn(Table):
    """Somebody signed in on one device: the row goes when they sign out, and the cookie is worth nothing then."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    key_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 of what the cookie says: whoever reads the database signs in as nobody."""
    session_key: Mapped[str] = mapped_column(String(64))
    """The person's own when they signed in: it changes with the password, and this row no longer holds."""
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """To the quarter of an hour, so that reading a page writes nothing."""
    device: Mapped[str] = mapped_column(String(60))
    """Browser and system in words; neither address nor version: the person only has to know it again."""

    __table_args__ = (
        # Serves: whose cookie this is, on every page.
        UniqueConstraint("key_hash"),
        # Serves: where a person is signed in (their account, the administration).
        Index("ix_sign_in_staff_id", "staff_id"),
    )


class SignInTry(Table):
    """A password or a code that was tried and not yet found right; kept a quarter of an hour."""

    __tablename__ = "sign_in_try"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    login_hash: Mapped[str] = mapped_column(String(64))
    """Hashed: people type their password into the wrong field."""
    address: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        # Serves: those to forget.
        Index("ix_sign_in_try_at", "at"),
        # Serves: how many tries of a login, however many others there are.
        Index("ix_sign_in_try_login", "login_hash", "at"),
        # Serves: how many tries from an address.
        Index("ix_sign_in_try_address", "address", "at"),
    )


class SecondFactor(Table):
    """The six figures of a telephone, asked beside the password of somebody who wants them (RFC 6238)."""

    __tablename__ = "second_factor"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    salt: Mapped[str] = mapped_column(String(64))
    """What the secret is derived from, with the installation's key: the database alone gives no code."""
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """None until a first code showed that the telephone has the secret; nothing is asked before."""
    last_step: Mapped[int] = mapped_column(Integer, default=0)
    """Half-minute of the last code taken: no code is taken twice, nor an older one after it."""
    recovery: Mapped[list] = mapped_column(Json, default=list)
    """Hashes of the codes that are left for the day when the telephone is lost; each serves once."""


class KeptForm(Table):
    """What somebody had typed when their session ended; kept some hours, for them alone."""

    __tablename__ = "kept_form"

    key: Mapped[str] = mapped_column(String(43), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime)
    path: Mapped[str] = mapped_column(Text)
    """Where the form was being sent."""
    page: Mapped[str] = mapped_column(Text)
    """The page that held it."""
    typed: Mapped[str] = mapped_column(Text)
    """Its fields in order, as JSON in a text: PostgreSQL's own JSON refuses a zero byte, which people can paste."""

    # Serves: what is kept for a person, and what to forget when they keep more.
    __table_args__ = (Index("ix_kept_form_staff_id", "staff_id"),)
