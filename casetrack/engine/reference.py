"""The reference number: gap-free per series and year, never given twice."""

from sqlalchemy import bindparam, insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from casetrack.database.prepared import Prepared
from casetrack.database.tables import Counter

_COUNTER = Counter.__table__
_NEXT = Prepared(
    update(_COUNTER)
    .where(_COUNTER.c.series == bindparam("of_series"), _COUNTER.c.year == bindparam("of_year"))
    .values(last=_COUNTER.c.last + 1)
    .returning(_COUNTER.c.last)
)


def next_number(session: Session, series: str, year: int) -> int:
    """Take the next number of the series; it is given back if the caller rolls back.

    The row stays locked until the caller commits: that is the price of numbers without a gap, so
    take the number as late as possible.
    """
    key = {"of_series": series, "of_year": year}
    if found := _NEXT.run(session, key).fetchone():
        return found[0]
    try:
        with session.begin_nested():
            session.execute(insert(_COUNTER).values(series=series, year=year, last=0))
    except IntegrityError:  # another process opened the year at the same moment
        pass
    return _NEXT.run(session, key).fetchone()[0]
