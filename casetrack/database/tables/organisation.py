"""The town: its services, its staff, their roles and absences, the subjects that people write about."""

from datetime import date

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from casetrack.database.tables.metadata import Table
from casetrack.database.types import Json, Key

ROLES = ("desk", "officer", "head", "signatory", "mediator", "evaluation", "administrator")
SILENCE_MODES = ("rejection", "acceptance", "none")


class Town(Table):
    """The one row that says whose mail this is and which calendar holds."""

    __tablename__ = "town"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    zone: Mapped[str] = mapped_column(String(40), default="metropole")
    timezone: Mapped[str] = mapped_column(String(60), default="Europe/Paris")
    details: Mapped[dict] = mapped_column(Json, default=dict)
    """Address, telephone, e-mail, court, data protection officer, mediator: merge fields of messages."""

    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)


class LocalClosure(Table):
    """A day on which the town hall is closed: it moves working targets, never a legal date."""

    __tablename__ = "local_closure"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    label: Mapped[str] = mapped_column(String(200))


class Service(Table):
    """A service of the town, in a tree."""

    __tablename__ = "service"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("service.id"))
    address: Mapped[str] = mapped_column(String(400), default="")
    telephone: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[str] = mapped_column(String(200), default="")
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)


class Staff(Table):
    """A person who works for the town, or the mediator, with an account."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    login: Mapped[str] = mapped_column(String(100), unique=True)
    given_name: Mapped[str] = mapped_column(String(100))
    family_name: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(200), default="")
    telephone: Mapped[str] = mapped_column(String(40), default="")
    service_id: Mapped[int | None] = mapped_column(ForeignKey("service.id"))
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    session_key: Mapped[str] = mapped_column(String(64), default="")
    """Changes with the password, so that every open session ends."""
    password_is_temporary: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """True after an administrator gave a password to use once: the person must choose their own."""
    language: Mapped[str] = mapped_column(String(5), default="fr")
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)

    # Serves: who works in this service (assignment lists, load by officer).
    __table_args__ = (Index("ix_staff_service_id", "service_id"),)

    @property
    def name(self) -> str:
        """Return the name as it is printed on letters."""
        return f"{self.given_name} {self.family_name}"


class StaffRole(Table):
    """What a person may be asked to do, in one service (and, for a head, in those below it)."""

    __tablename__ = "staff_role"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    role: Mapped[str] = mapped_column(String(20))
    service_id: Mapped[int | None] = mapped_column(ForeignKey("service.id"))
    """None for a role that is not bound to a service (desk, mediator, evaluation, administrator)."""

    __table_args__ = (
        UniqueConstraint("staff_id", "role", "service_id"),
        CheckConstraint(f"role IN {ROLES}", name="known_role"),
        # Serves: who heads this service (ladder, endorsement).
        Index("ix_staff_role_service_id_role", "service_id", "role"),
    )


class Absence(Table):
    """Days on which a person is away and who replaces them; no clock ever stops for it."""

    __tablename__ = "absence"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    """Last day of the absence, included."""
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        CheckConstraint("replaced_by_id <> staff_id", name="replaced_by_another"),
        # Serves: who is away today (assignment, ladder, sign-in).
        Index("ix_absence_ends_on", "ends_on"),
    )


class Subject(Table):
    """What people write about: it gives the service, the legal delay and what silence means."""

    __tablename__ = "subject"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    label: Mapped[str] = mapped_column(String(200))
    label_en: Mapped[str] = mapped_column(String(200), default="")
    workflow: Mapped[str] = mapped_column(String(60), default="letter")
    service_id: Mapped[int | None] = mapped_column(ForeignKey("service.id"))
    silence_mode: Mapped[str] = mapped_column(String(20), default="rejection")
    silence_delay: Mapped[str] = mapped_column(String(60), default="2 months")
    """A period as `casetrack.deadlines` reads it (CRPA, art. L231-1, L231-4, L231-6)."""
    answer_delay: Mapped[str] = mapped_column(String(60), default="")
    """The town's own promise where it is not the workflow's (shorter for data protection, say)."""
    confidentiality: Mapped[int] = mapped_column(Integer, default=0)
    keywords: Mapped[str] = mapped_column(String(400), default="")
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)

    __table_args__ = (CheckConstraint(f"silence_mode IN {SILENCE_MODES}", name="known_silence_mode"),)
