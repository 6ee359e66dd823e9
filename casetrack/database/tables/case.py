"""The case and what hangs on it: links, copies, texts, suspensions, readings, reference numbers."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from casetrack.database.tables.citizen import Citizen
from casetrack.database.tables.metadata import Table
from casetrack.database.tables.organisation import Service, Staff, Subject
from casetrack.database.types import Json, Key, UtcDateTime

CHANNELS = ("post", "email", "web", "desk", "telephone", "elected", "internal")
LINK_KINDS = ("duplicate_of", "related", "follows", "about")
OPEN = text("closed_seq IS NULL")
CLOSED = text("closed_on IS NOT NULL")


class Case(Table):
    """A matter that the town owes an answer on. Its state is what its journal says it is."""

    __tablename__ = "cases"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    reference: Mapped[str] = mapped_column(String(60), unique=True)
    workflow_id: Mapped[int] = mapped_column(ForeignKey("workflow_version.id"))
    workflow: Mapped[str] = mapped_column(String(60))
    """The workflow's key, beside the version, so that lists need no join."""
    state: Mapped[str] = mapped_column(String(60))
    version: Mapped[int] = mapped_column(Integer, default=1)
    """Rises with every act of a person; a form carries it (two officers cannot both win)."""
    last_seq: Mapped[int] = mapped_column(Integer, default=0)
    last_hash: Mapped[str] = mapped_column(String(64), default="")
    """Number and hash of the last journal line."""
    sealed_seq: Mapped[int] = mapped_column(Integer, default=0)
    """Number of the last journal line that a daily seal covers."""

    title: Mapped[str] = mapped_column(String(300))
    """What it is about, in the writer's or the desk's words (objet)."""
    channel: Mapped[str] = mapped_column(String(20))
    received_on: Mapped[date] = mapped_column(Date)
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    citizen_id: Mapped[int | None] = mapped_column(ForeignKey("citizen.id"))
    subject_id: Mapped[int | None] = mapped_column(ForeignKey("subject.id"))
    service_id: Mapped[int | None] = mapped_column(ForeignKey("service.id"))
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    confidentiality: Mapped[int] = mapped_column(Integer, default=0)
    """0: the services and the desk; 1: the officer, the heads and named readers; 2: named readers only."""
    fields: Mapped[dict] = mapped_column(Json, default=dict)
    """The definition's own fields, without free text (that is in `case_text`)."""
    facts: Mapped[dict] = mapped_column(Json, default=dict)
    """What guards ask about: name → number of the journal line that established it."""
    external_source: Mapped[str | None] = mapped_column(String(60))
    external_id: Mapped[str | None] = mapped_column(String(200))
    """Where it came from, so that a second import, or a second sweep, opens nothing twice."""

    cycle: Mapped[int] = mapped_column(Integer, default=1)
    """1, then one more at each reopening; timers belong to a cycle."""
    due_on: Mapped[date | None] = mapped_column(Date)
    act_by: Mapped[date | None] = mapped_column(Date)
    implicit_on: Mapped[date | None] = mapped_column(Date)
    """Dates of this cycle's timers `answer` and `implicit`, copied here for lists."""
    answered_on: Mapped[date | None] = mapped_column(Date)
    """Day of the act that answered or informed the citizen in this cycle."""
    first_due_on: Mapped[date | None] = mapped_column(Date)
    first_answered_on: Mapped[date | None] = mapped_column(Date)
    """What the first cycle promised and did; a reopening never changes them."""
    implicit_born_on: Mapped[date | None] = mapped_column(Date)
    """Day on which an implicit decision was born: a fact, never a state."""

    closed_seq: Mapped[int | None] = mapped_column(Integer)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    closed_on: Mapped[date | None] = mapped_column(Date)
    outcome: Mapped[str | None] = mapped_column(String(60))

    citizen: Mapped[Citizen | None] = relationship(lazy="raise_on_sql")
    subject: Mapped[Subject | None] = relationship(lazy="raise_on_sql")
    service: Mapped[Service | None] = relationship(lazy="raise_on_sql")
    officer: Mapped[Staff | None] = relationship(lazy="raise_on_sql", foreign_keys=[officer_id])
    copies = None
    """The rows of `case_copy`, where a page has read them with the case; never kept after a change."""
    heads = None
    """The names of the heads of its service, where a page has read them with the case."""
    named = None
    """The people named to read it, where a page has read them with the case or while one asks of many actions; never kept after a change."""

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        # Invariant 1: no end without a named person, a journal line and an outcome.
        CheckConstraint(
            "(closed_seq IS NULL AND closed_by_id IS NULL AND closed_on IS NULL AND outcome IS NULL)"
            " OR (closed_seq IS NOT NULL AND closed_by_id IS NOT NULL AND closed_on IS NOT NULL AND outcome IS NOT NULL)",
            name="closed_by_a_named_person",
        ),
        CheckConstraint(f"channel IN {CHANNELS}", name="known_channel"),
        CheckConstraint("confidentiality BETWEEN 0 AND 2", name="known_confidentiality"),
        UniqueConstraint("external_source", "external_id"),
        # Serves: a service's worklist, most urgent first, by key, open cases only; the rest counts its load without a case.
        Index(
            "ix_cases_service_open",
            "service_id",
            "due_on",
            "id",
            "officer_id",
            "answered_on",
            "act_by",
            "workflow_id",
            "state",
            "confidentiality",
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        # Serves: an officer's worklist, likewise.
        Index(
            "ix_cases_officer_open", "officer_id", "due_on", "id", sqlite_where=OPEN, postgresql_where=OPEN
        ),
        # Serves: the whole town's worklist (desk, director, evaluation).
        Index("ix_cases_open", "due_on", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        # Serves: what waits in one state (to triage, to endorse, to sign), counted on every page.
        Index(
            "ix_cases_state_open",
            "state",
            "workflow_id",
            "service_id",
            "due_on",
            "id",
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        # Serves: the open cases of one kind, what falls due first at the top, for the mediator.
        Index("ix_cases_kind_open", "workflow", "due_on", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        # Serves: what was closed lately of one kind, for the mediator; written when a case closes, never at its opening.
        Index(
            "ix_cases_closed",
            "workflow",
            "closed_on",
            "id",
            sqlite_where=CLOSED,
            postgresql_where=CLOSED,
        ),
        # Serves: a search, the latest first, that looks at the newest cases only.
        Index("ix_cases_received", "received_on", "id"),
        # Serves: "already wrote on …" when a sender is chosen.
        Index("ix_cases_citizen_id", "citizen_id"),
    )

    @property
    def is_open(self) -> bool:
        """Tell whether the town still owes something on this case."""
        return self.closed_seq is None


class CaseText(Table):
    """A text that a person typed in an action: kept apart from the journal, which holds no personal data."""

    __tablename__ = "case_text"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    field: Mapped[str] = mapped_column(String(60), primary_key=True)
    body: Mapped[str] = mapped_column(Text)


class CaseLink(Table):
    """Case → other case, with what the one is to the other."""

    __tablename__ = "case_link"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[str] = mapped_column(String(20))

    __table_args__ = (
        UniqueConstraint("case_id", "other_id", "kind"),
        CheckConstraint("case_id <> other_id", name="another_case"),
        CheckConstraint(f"kind IN {LINK_KINDS}", name="known_kind"),
        # Serves: the links shown on the page of the other case.
        Index("ix_case_link_other_id", "other_id"),
    )


class CaseCopy(Table):
    """A service that follows the case without being in charge of it."""

    __tablename__ = "case_copy"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), primary_key=True)
    asked_opinion: Mapped[bool] = mapped_column(default=False)
    """True while an opinion asked of this service is awaited."""

    # Serves: the cases on which my service is copied.
    __table_args__ = (Index("ix_case_copy_service_id", "service_id"),)


class CaseReader(Table):
    """A person named to read a confidential case."""

    __tablename__ = "case_reader"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)

    # Serves: the confidential cases that I was named on.
    __table_args__ = (Index("ix_case_reader_staff_id", "staff_id"),)


class Reading(Table):
    """The trace of a person reading a confidential case. Append-only."""

    __tablename__ = "reading"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    # Serves: "who has read this case".
    __table_args__ = (Index("ix_reading_case_id", "case_id"),)


class Suspension(Table):
    """Days during which named deadlines do not run: half-open, the last day runs again."""

    __tablename__ = "suspension"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    cycle: Mapped[int] = mapped_column(Integer)
    deadlines: Mapped[list] = mapped_column(Json)
    starts_on: Mapped[date] = mapped_column(Date)
    announced_until: Mapped[date] = mapped_column(Date)
    """Day on which the clock runs again whatever happens (CRPA, art. L114-5: the time allotted)."""
    ends_on: Mapped[date | None] = mapped_column(Date)
    """Day on which it really ran again; None while it lasts."""
    start_seq: Mapped[int] = mapped_column(Integer)
    end_seq: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (
        CheckConstraint("announced_until >= starts_on", name="announced_after_start"),
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        # Serves: computing the dates of one case.
        Index("ix_suspension_case_id", "case_id"),
    )


class Counter(Table):
    """The last number given, by series and year: gap-free, since it moves in the case's own transaction."""

    __tablename__ = "counter"

    series: Mapped[str] = mapped_column(String(60), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True)
    last: Mapped[int] = mapped_column(Integer)
