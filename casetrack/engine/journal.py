"""The journal: written with the change itself, chained line to line, sealed every day.

Each line's hash covers the line and the hash of the line before, so that a line altered, removed
or moved is found. The daily seal hashes the heads of the chains, so that a whole case cannot
vanish either.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import Row, bindparam, func, select, update
from sqlalchemy.orm import Session

from casetrack.database.tables import Case, Event, Seal
from casetrack.language import Text

_SEALED = update(Case.__table__).where(Case.id == bindparam("of_case")).values(sealed_seq=bindparam("to_seq"))


_OF_CASE = (
    Case.id,
    Case.reference,
    Case.state,
    Case.last_seq,
    Case.last_hash,
    Case.closed_seq,
    Case.closed_by_id,
)
"""What a chain is held against."""


class Fault(NamedTuple):
    """Hold what is wrong, and at which line: the first broken line of a chain, or of a seal."""

    reference: str
    case_id: int
    seq: int
    code: str
    sentence: Text


def payload_text(payload: Mapping[str, object]) -> str:
    """Write a payload in its canonical form, the one that is hashed."""
    if not payload:
        return "{}"
    return json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def line_hash(previous: str, line: Mapping[str, object]) -> str:
    """Return the hash of a line (its columns by name) that follows the line with hash `previous`.

    The case's number is not in it: the first line's payload holds the reference, and every other
    line holds the first through the chain.
    """
    at = line["at"]
    parts = (
        previous,
        line["seq"],
        at.astimezone(UTC).isoformat(),
        line["effective_on"],  # type: ignore[attr-defined]
        line["actor_kind"],
        line["actor_id"],
        line["on_behalf_of_id"],
        line["action"],
        line["from_state"],
        line["to_state"],
        int(line["ends"]),
        line["payload"],  # type: ignore[call-overload]
    )
    return sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


def new_line(
    seq: int,
    previous: str,
    *,
    at: datetime,
    actor_kind: str,
    actor_id: int | None,
    action: str,
    from_state: str | None,
    to_state: str,
    ends: bool = False,
    payload: Mapping[str, object] | None = None,
    effective_on: date | None = None,
    on_behalf_of_id: int | None = None,
) -> dict[str, object]:
    """Return the row of a new journal line, with its hash; the caller adds the case's number."""
    line: dict[str, object] = {
        "seq": seq,
        "at": at,
        "effective_on": effective_on,
        "actor_kind": actor_kind,
        "actor_id": actor_id,
        "on_behalf_of_id": on_behalf_of_id,
        "action": action,
        "from_state": from_state,
        "to_state": to_state,
        "ends": ends,
        "payload": payload_text(payload or {}),
    }
    line["hash"] = line_hash(previous, line)
    return line


def replay(session: Session, case: Case) -> str | None:
    """Return the state that the journal says the case is in."""
    state = None
    for from_state, to_state in session.execute(
        select(Event.from_state, Event.to_state).where(Event.case_id == case.id).order_by(Event.seq)
    ):
        if from_state != state:
            return None
        state = to_state
    return state


def seal(session: Session, *, at: datetime) -> Seal | None:
    """Seal the chains that grew since the last seal; None when nothing did, or when today's is made.

    1. Hash the heads of these chains with the previous seal.
    2. Mark how far each case is sealed.
    """
    last = session.scalars(select(Seal).order_by(Seal.id.desc()).limit(1)).first()
    if last is not None and last.sealed_at.date() >= at.astimezone(UTC).date():
        return None
    grown = Case.last_seq > Case.sealed_seq
    heads = session.execute(
        select(Case.id, Case.last_seq, Case.last_hash).where(grown).order_by(Case.id).with_for_update()
    ).all()
    if not heads:
        return None
    text = "\n".join(f"{case_id} {seq} {digest}" for case_id, seq, digest in heads)
    number = last.id + 1 if last else 1
    row = Seal(
        id=number, sealed_at=at, heads=text, hash=_seal_hash(last.hash if last else "", number, at, text)
    )
    session.add(row)
    # Case by case: whatever grew since the heads were read waits for tomorrow's seal.
    session.execute(_SEALED, [{"of_case": case_id, "to_seq": seq} for case_id, seq, _ in heads])
    session.flush()
    return row


def verify(session: Session) -> Iterator[Fault]:
    """Read every chain and every seal; yield the first fault of each."""
    yield from _verify_chains(session)
    yield from _verify_seals(session)


def _verify_chains(session: Session) -> Iterator[Fault]:
    lines = iter(
        session.execute(
            select(Event.__table__).order_by(Event.case_id, Event.seq).execution_options(yield_per=2_000)
        )
    )
    cases = session.execute(select(*_OF_CASE).order_by(Case.id).execution_options(yield_per=2_000))
    line = next(lines, None)
    for case in cases:
        while line is not None and line.case_id < case.id:
            yield _orphan(line)
            line = _skip(lines, line.case_id)
        chain = []
        while line is not None and line.case_id == case.id:
            chain.append(line)
            line = next(lines, None)
        if (fault := _first_fault(case, chain)) and (fault := _looked_at_again(session, case.id, fault)):
            yield fault
    while line is not None:
        yield _orphan(line)
        line = _skip(lines, line.case_id)


def _looked_at_again(session: Session, case_id: int, fault: Fault) -> Fault | None:
    """Return the fault that remains when the case and its chain are read in one statement.

    Somebody may have acted between the two queries: that is no tampering.
    """
    both = select(Event.__table__, *_OF_CASE).join(Case, Case.id == Event.case_id)
    chain = list(session.execute(both.where(Event.case_id == case_id).order_by(Event.seq)))
    return _first_fault(chain[0], chain) if chain else fault


def _first_fault(case: Row, chain: list[Row]) -> Fault | None:
    previous, state, closed = "", None, (None, None)
    for expected, line in enumerate(chain, start=1):
        if line.seq != expected:
            return _fault(case, expected, "missing", "la ligne {seq} manque", "line {seq} is missing")
        if line_hash(previous, line._mapping) != line.hash:
            return _fault(
                case,
                line.seq,
                "altered",
                "la ligne {seq} a été modifiée, insérée ou déplacée",
                "line {seq} was altered, inserted or moved",
            )
        if expected == 1 and json.loads(line.payload).get("reference") != case.reference:
            return _fault(
                case,
                1,
                "altered",
                "le journal est celui d'un autre dossier (ligne {seq})",
                "this is the journal of another case (line {seq})",
            )
        if line.from_state != state:
            return _fault(
                case,
                line.seq,
                "state",
                "la ligne {seq} ne part pas de l'état précédent",
                "line {seq} does not start from the state before",
            )
        if line.ends:
            closed = (line.seq, line.actor_id)
        elif line.from_state != line.to_state:
            closed = (None, None)
        previous, state = line.hash, line.to_state
    if (len(chain), previous) != (case.last_seq, case.last_hash):
        return _fault(
            case,
            len(chain) + 1,
            "missing",
            "la fin du journal manque à partir de la ligne {seq}",
            "the journal is cut from line {seq}",
        )
    if state != case.state:
        return _fault(
            case,
            len(chain),
            "state",
            "l'état du dossier n'est pas celui du journal (ligne {seq})",
            "the case is not in the state that its journal says (line {seq})",
        )
    if closed != (case.closed_seq, case.closed_by_id):
        return _fault(
            case,
            len(chain),
            "closed",
            "le dossier n'est pas clôturé comme le dit son journal (ligne {seq})",
            "the case is not closed as its journal says (line {seq})",
        )
    return None


def _verify_seals(session: Session) -> Iterator[Fault]:
    previous = ""
    for number, row in enumerate(session.scalars(select(Seal).order_by(Seal.id)), start=1):
        if row.id != number or row.hash != _seal_hash(previous, row.id, row.sealed_at, row.heads):
            yield Fault(
                "",
                0,
                number,
                "seal",
                Text(
                    f"le sceau n° {number} manque ou a été modifié",
                    f"seal {number} is missing or was altered",
                ),
            )
            return
        previous = row.hash
        yield from _missing_heads(session, row)


def _missing_heads(session: Session, row: Seal) -> Iterator[Fault]:
    sealed = [line.split() for line in row.heads.splitlines()]
    for start in range(0, len(sealed), 500):
        part = sealed[start : start + 500]
        found = {
            (case_id, seq): digest
            for case_id, seq, digest in session.execute(
                select(Event.case_id, Event.seq, Event.hash).where(
                    Event.case_id.in_([int(case_id) for case_id, _, _ in part])
                )
            )
        }
        for case_id, seq, digest in part:
            if found.get((int(case_id), int(seq))) != digest:
                yield Fault(
                    "",
                    int(case_id),
                    int(seq),
                    "sealed",
                    Text(
                        f"le dossier interne n° {case_id}, scellé le {row.sealed_at:%d/%m/%Y} (ligne {seq}), a disparu ou a été réécrit",
                        f"internal case {case_id}, sealed on {row.sealed_at:%Y-%m-%d} (line {seq}), has vanished or was rewritten",
                    ),
                )


def _seal_hash(previous: str, number: int, at: datetime, heads: str) -> str:
    return sha256(
        "\x1f".join((previous, str(number), at.astimezone(UTC).isoformat(), heads)).encode()
    ).hexdigest()


def _fault(case: Row, seq: int, code: str, fr: str, en: str) -> Fault:
    return Fault(case.reference, case.id, seq, code, Text(fr, en).filled(seq=seq))


def _orphan(line: Row) -> Fault:
    return Fault(
        "",
        line.case_id,
        line.seq,
        "no_case",
        Text("le dossier de cette ligne a disparu", "the case of this line has vanished"),
    )


def _skip(lines: Iterator[Row], case_id: int) -> Row | None:
    for line in lines:
        if line.case_id != case_id:
            return line
    return None


def count(session: Session) -> int:
    """Return how many lines the journal holds."""
    return session.scalar(select(func.count()).select_from(Event)) or 0
