"""Every table, one file per subject."""

from casetrack.database.tables.account import KeptForm, SecondFactor, SignIn, SignInTry
from casetrack.database.tables.administration import AdministrationEvent
from casetrack.database.tables.answer_model import AnswerModel
from casetrack.database.tables.case import (
    CHANNELS,
    LINK_KINDS,
    Case,
    CaseCopy,
    CaseLink,
    CaseReader,
    CaseText,
    Counter,
    Reading,
    Suspension,
)
from casetrack.database.tables.citizen import Citizen
from casetrack.database.tables.document import Document
from casetrack.database.tables.journal import ACTOR_KINDS, Event, Seal
from casetrack.database.tables.message import MESSAGE_STATUSES, Message
from casetrack.database.tables.metadata import Table
from casetrack.database.tables.organisation import (
    ROLES,
    SILENCE_MODES,
    Absence,
    LocalClosure,
    Service,
    Staff,
    StaffRole,
    Subject,
    Town,
)
from casetrack.database.tables.pile import PILE_STATUSES, PileLine
from casetrack.database.tables.search import SavedSearch, SearchDocument, SearchStale
from casetrack.database.tables.sent_form import SentForm
from casetrack.database.tables.timer import STATUSES, Notification, RungFired, Timer
from casetrack.database.tables.worker import Heartbeat, Lease
from casetrack.database.tables.workflow import WorkflowVersion

__all__ = [
    "ACTOR_KINDS",
    "CHANNELS",
    "LINK_KINDS",
    "MESSAGE_STATUSES",
    "PILE_STATUSES",
    "ROLES",
    "SILENCE_MODES",
    "STATUSES",
    "Absence",
    "AdministrationEvent",
    "AnswerModel",
    "Case",
    "CaseCopy",
    "CaseLink",
    "CaseReader",
    "CaseText",
    "Citizen",
    "Counter",
    "Document",
    "Event",
    "Heartbeat",
    "KeptForm",
    "Lease",
    "LocalClosure",
    "Message",
    "Notification",
    "PileLine",
    "Reading",
    "RungFired",
    "SavedSearch",
    "Seal",
    "SearchDocument",
    "SearchStale",
    "SecondFactor",
    "Service",
    "SentForm",
    "SignIn",
    "SignInTry",
    "Staff",
    "StaffRole",
    "Subject",
    "Suspension",
    "Table",
    "Timer",
    "Town",
    "WorkflowVersion",
]
