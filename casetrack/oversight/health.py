"""Is the clock alive? What must make a page red, with a sentence that says since when."""

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from casetrack.database.tables import Heartbeat, Message, Timer
from casetrack.deadlines.words import filled
from casetrack.language import Text

# How long each job of `casetrack.worker` may be silent.
SILENCE = {
    "sweep": timedelta(minutes=10),
    "outbox": timedelta(minutes=10),
    "seal": timedelta(hours=26),
    "search": timedelta(minutes=10),
    "documents": timedelta(hours=3),
}
LATE_RUNG = timedelta(minutes=10)
LATE_EMAIL = timedelta(hours=24)

# The very words of the partial indexes, not bound: otherwise a database may not see that they answer.
WAITING = text("message.status = 'waiting'")
PENDING = text("message.status IN ('claimed', 'in_doubt', 'to_print')")

JOBS = {
    "sweep": Text("La surveillance des échéances", "The deadline watch"),
    "outbox": Text("L'envoi des courriels", "The sending of e-mails"),
    "seal": Text("Le scellement du journal", "The sealing of the journal"),
    "search": Text("La mise à jour de la recherche", "The updating of the search"),
    "documents": Text("Le rangement des documents", "The clearing of documents"),
}
RAN = Text("{job} a fonctionné il y a {time}.", "{job} ran {time} ago.")
SILENT = Text(
    "{job} ne donne plus signe de vie depuis {time}\u00a0: vérifiez que «\u00a0casetrack worker\u00a0» est lancé.",
    "{job} has given no sign of life for {time}: check that “casetrack worker” is running.",
)
FAILING = Text("Dernière erreur\u00a0: {error}.", "Last error: {error}.")
NEVER = Text(
    "{job} n'a jamais fonctionné\u00a0: lancez «\u00a0casetrack worker\u00a0».",
    "{job} has never run: start “casetrack worker”.",
)
RUNGS_IN_TIME = Text("Aucune alerte n'est en retard.", "No warning is late.")
RUNGS_LATE = Text("Une alerte attend depuis {time}.", "A warning has been waiting for {time}.")
EMAIL_IN_TIME = Text("Aucun courriel n'attend trop longtemps.", "No e-mail has been waiting too long.")
EMAIL_LATE = Text(
    "Un courriel attend depuis {time}\u00a0: vérifiez CASETRACK_SMTP_URL.",
    "An e-mail has been waiting for {time}: check CASETRACK_SMTP_URL.",
)
NO_DOUBT = Text("Aucun envoi n'est incertain.", "No sending is in doubt.")
DOUBT = Text(
    "Envois incertains\u00a0: {count}. Une personne doit dire si chacun est parti.",
    "Sendings in doubt: {count}. A person must say whether each one left.",
)
UNITS = (
    (timedelta(days=2), timedelta(days=1), Text("jours", "days")),
    (timedelta(hours=2), timedelta(hours=1), Text("heures", "hours")),
    (timedelta(minutes=2), timedelta(minutes=1), Text("minutes", "minutes")),
)
A_MOMENT = Text("moins de deux minutes", "less than two minutes")


class Check(NamedTuple):
    """One thing that was looked at; a warning asks for a person, red for whoever runs the machine."""

    name: str
    level: Literal["ok", "warning", "red"]
    sentence: Text
    since: datetime | None

    @property
    def ok(self) -> bool:
        """Tell whether the machine does its part."""
        return self.level != "red"


class Health(NamedTuple):
    """Every check, and whether all are well."""

    ok: bool
    checks: list[Check]


def health(session: Session, *, at: datetime) -> Health:
    """Look at the jobs, the rungs and the outbox as they are at that instant."""
    beats = {beat.job: beat for beat in session.scalars(select(Heartbeat))}
    checks = [_job(name, beats.get(name), at) for name in SILENCE]
    checks += [_rungs(session, at), _email(session, at), _doubts(session)]
    return Health(all(check.ok for check in checks), checks)


def _job(name: str, beat: Heartbeat | None, at: datetime) -> Check:
    finished = beat.finished_at if beat else None
    silent = finished is None or at - finished > SILENCE[name]
    if finished is None:
        sentence = filled(NEVER, job=JOBS[name])
    else:
        sentence = filled(SILENT if silent else RAN, job=JOBS[name], time=_lasting(at - finished))
    if beat and beat.last_error:
        error = filled(FAILING, error=beat.last_error)
        sentence = Text(f"{sentence.fr} {error.fr}", f"{sentence.en} {error.en}")
    return Check(name, "red" if silent else "ok", sentence, finished)


def _rungs(session: Session, at: datetime) -> Check:
    oldest = session.scalar(select(func.min(Timer.next_rung_at)).where(Timer.next_rung_at.is_not(None)))
    return _waiting("rungs", oldest, at, LATE_RUNG, RUNGS_IN_TIME, RUNGS_LATE)


def _email(session: Session, at: datetime) -> Check:
    # The next try, not the first: a message that is tried again on time is in good hands.
    oldest = session.scalar(select(func.min(Message.next_attempt_at)).where(WAITING))
    return _waiting("email", oldest, at, LATE_EMAIL, EMAIL_IN_TIME, EMAIL_LATE)


def _doubts(session: Session) -> Check:
    doubtful = select(func.count(), func.min(Message.created_at)).where(PENDING, Message.status == "in_doubt")
    count, since = session.execute(doubtful).one()
    sentence = filled(DOUBT, count=count) if count else NO_DOUBT
    return Check("doubts", "warning" if count else "ok", sentence, since)


def _waiting(
    name: str, oldest: datetime | None, at: datetime, bound: timedelta, in_time: Text, late: Text
) -> Check:
    if oldest is None or at - oldest <= bound:
        return Check(name, "ok", in_time, None)
    return Check(name, "red", filled(late, time=_lasting(at - oldest)), oldest)


def _lasting(duration: timedelta) -> Text:
    for least, unit, words in UNITS:
        if duration >= least:
            return Text(f"{duration // unit} {words.fr}", f"{duration // unit} {words.en}")
    return A_MOMENT
