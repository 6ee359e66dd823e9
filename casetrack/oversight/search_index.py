"""Keep the words of each case ready to be searched: at once at the desk, within seconds for everything else.

Triggers say which cases must be read again (`casetrack.database.full_text`), so that an import, the clock
and a corrected name are never forgotten; here they are read, and their words written.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from casetrack.database.tables import Case, CaseText, Citizen, SearchDocument, SearchStale
from casetrack.oversight.analyser import indexed

BATCH = 100
"""Cases read in one transaction: on SQLite nobody else writes meanwhile."""


def index_case(session: Session, case: Case) -> None:
    """Write the words of a case that was just registered or changed, so that it is found at once."""
    session.flush()
    _write(session, [case.id])


def index_stale(session: Session, *, limit: int = BATCH) -> int:
    """Write the words of cases that changed, newest first; return how many."""
    newest = select(SearchStale.case_id).order_by(SearchStale.case_id.desc()).limit(limit)
    # Held before the cases are read: whoever changes one of them now waits, and marks it again.
    ids = session.scalars(newest.with_for_update(skip_locked=True)).all()
    _write(session, ids)
    return len(ids)


def forget_all(session: Session) -> int:
    """Mark every case to be read again, and return how many; they stay found meanwhile."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("INSERT INTO search_words(search_words) VALUES ('rebuild')"))
    session.execute(delete(SearchStale))
    session.execute(insert(SearchStale).from_select(["case_id"], select(Case.id)))
    return session.scalar(select(func.count()).select_from(SearchStale)) or 0


def _write(session: Session, ids: Sequence[int]) -> None:
    if not ids:
        return
    kind = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    new = kind.insert(SearchDocument.__table__)
    words = {"stems": new.excluded.stems, "exact": new.excluded.exact}
    session.execute(
        new.on_conflict_do_update(index_elements=["case_id"], set_=words), list(_documents(session, ids))
    )
    session.execute(delete(SearchStale).where(SearchStale.case_id.in_(ids)))


def _documents(session: Session, ids: Sequence[int]) -> Iterator[dict[str, object]]:
    texts: dict[int, list[str]] = {}
    written = select(CaseText.case_id, CaseText.body).where(CaseText.case_id.in_(ids))
    for case_id, body in session.execute(written.order_by(CaseText.case_id, CaseText.seq, CaseText.field)):
        texts.setdefault(case_id, []).append(body)
    # Columns, not objects: what another transaction just wrote must be seen.
    rows = session.execute(
        select(
            Case.id,
            Case.reference,
            Case.title,
            Case.fields,
            Case.external_id,
            Citizen.search_key,
            Citizen.organisation,
            Citizen.street,
            Citizen.postcode,
            Citizen.town,
        )
        .outerjoin(Citizen, Citizen.id == Case.citizen_id)
        .where(Case.id.in_(ids))
    )
    for row in rows:
        numbers = [
            value for value in (row.fields or {}).values() if isinstance(value, str) and _has_digit(value)
        ]
        prose = [row.title, row.organisation, row.street, row.town, *texts.get(row.id, ())]
        names = [row.reference, row.external_id, row.search_key, row.postcode, row.street, row.town, *numbers]
        stems, exact = indexed((one for one in prose if one), (one for one in names if one))
        yield {"case_id": row.id, "stems": stems, "exact": exact}


def _has_digit(value: str) -> bool:
    return any(sign.isdigit() for sign in value)
