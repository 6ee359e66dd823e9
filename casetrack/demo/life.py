"""How a letter, and a dysfunction, lives: what happens, and after how many days."""

from datetime import date, timedelta
from random import Random

from casetrack.database.tables import Case
from casetrack.demo.hall import Hall, Life, Waiting
from casetrack.demo.letters import Letter
from casetrack.demo.steps import handle, one_of_the_service, step

# How often; what is incomplete, of the letters that need a document.
DECLINED, TRANSFERRED, CHANGED_HANDS = 0.055, 0.055, 0.06
INCOMPLETE, WITHDRAWN, REOPENED = 0.36, 0.015, 0.035
OPINION, SENT_BACK, RETURNED = 0.18, 0.06, 0.03
FORGOTTEN, UNSAID = 0.008, 0.12
"""Letters that lie two months, and late ones of which the citizen hears nothing."""
SLOW = {"HAB": 1.15, "DRH": 1.2, "JUR": 1.1, "STA": 1.15}
PACE_AT_FIRST, PACE_NOW = 1.15, 0.92
"""The town answers faster at the end of the year than at its beginning."""


def letter_life(hall: Hall, letter: Letter) -> Life:
    """Live the life of a letter from its registration to its closure."""
    yield letter.registered_at
    if letter.repeated and (first := _one_to_repeat(hall, letter)):
        yield from _repeat(hall, letter, first)
        return
    hall.register(letter)
    if letter.case.workflow == "light":
        yield hall.in_days(letter.chance.choice((0, 1, 1, 2, 3, 5)), letter.chance)
        step(hall, letter, "answer_and_close" if letter.sender else "close_without_answer")
        return
    yield hall.in_days(letter.chance.choices((0, 1, 2), (75, 21, 4))[0], letter.chance)
    if not letter.sender or (letter.sender == "authority" and letter.chance.random() < 0.35):
        step(hall, letter, "close_without_answer")
    elif letter.elsewhere:
        yield from _refer(hall, letter)
    else:
        yield from _answer(hall, letter)
        if letter.case.closed_seq and letter.chance.random() < REOPENED:
            yield from _answer_again(hall, letter)


def _one_to_repeat(hall: Hall, letter: Letter) -> Letter | None:
    since = letter.received_on - timedelta(days=25)
    candidates = [
        other
        for other in hall.recent
        if other.citizen is not None
        and other.sender == "person"
        and other.case.workflow == "letter"
        and not other.case.confidentiality
        and since <= other.received_on <= letter.received_on
    ]
    return letter.chance.choice(candidates) if candidates else None


def _repeat(hall: Hall, letter: Letter, first: Letter) -> Life:
    """The same person writes again about the same thing: the second letter joins the first."""
    letter.matter, letter.citizen = first.matter, first.citizen
    letter.sender, letter.confidentiality = "person", 0
    again = f"Relance\u00a0: {first.title[:1].lower()}{first.title[1:]}"
    letter.title = first.title if first.english else again
    hall.register(letter)
    hall.recent.pop()
    yield hall.in_days(letter.chance.choice((0, 0, 1)), letter.chance)
    by = hall.desk_for("desk", letter.chance)
    hall.act(letter.case, "attach_duplicate", by, original=first.case.id)


def _refer(hall: Hall, letter: Letter) -> Life:
    chance = letter.chance
    if chance.random() < 0.35:  # the service in charge finds it out, not the desk
        step(hall, letter, "triage")
        yield hall.in_days(chance.choice((1, 2)), chance)
        yield from _take(hall, letter)
        yield hall.in_days(chance.choice((1, 2, 4)), chance)
        step(hall, letter, "refer_out", by=letter.case.officer_id)
    else:
        step(hall, letter, "refer_out")
    yield hall.in_days(chance.choice((1, 3, 6)), chance)
    step(hall, letter, "close")


def _answer(hall: Hall, letter: Letter) -> Life:
    chance = letter.chance
    answer_on = letter.received_on + timedelta(days=_days(hall, letter))
    yield from _find_the_service(hall, letter)
    yield hall.in_days(chance.choices((0, 1, 2, 3), (40, 35, 18, 7))[0], chance)
    yield from _take(hall, letter)
    if chance.random() < WITHDRAWN:
        yield hall.in_days(chance.randint(1, 8), chance)
        step(hall, letter, "withdraw")
        return
    if chance.random() < CHANGED_HANDS:
        yield hall.in_days(chance.randint(1, 3), chance)
        step(hall, letter, "reassign")
    if letter.matter.items and chance.random() < INCOMPLETE:
        suspended = yield from _wait_for_items(hall, letter)
        answer_on += timedelta(days=suspended)
    if letter.matter.opinion and chance.random() < OPINION:
        yield from _wait_for_opinion(hall, letter)
    yield from _give_news(hall, letter, answer_on)
    yield from _write(hall, letter, answer_on)


def _take(hall: Hall, letter: Letter) -> Life:
    """Take charge of the letter, given by the head or not; a restricted one is always given to somebody."""
    chance = letter.chance
    if letter.case.confidentiality or chance.random() < 0.3:
        step(hall, letter, "assign")
        yield hall.in_days(chance.choice((0, 1)), chance)
        step(hall, letter, "take_charge", by=letter.case.officer_id)
    else:
        step(hall, letter, "take_charge")


def _days(hall: Hall, letter: Letter) -> float:
    """Choose after how many days the answer leaves; a few letters are forgotten."""
    chance = letter.chance
    service = hall.directory.tree.nodes[letter.case.service_id].code if letter.case.service_id else ""
    slow = SLOW.get(service, 1.0)
    if chance.random() < FORGOTTEN * slow**4:
        return chance.randint(62, 95)
    whole = (hall.now - hall.at).days / 365
    pace = PACE_NOW + (PACE_AT_FIRST - PACE_NOW) * min(whole, 1)
    return min(letter.matter.days * slow * pace * chance.lognormvariate(0, 0.28), 75)


def _find_the_service(hall: Hall, letter: Letter) -> Life:
    """Triage the letter; now and then it goes to the wrong service first."""
    chance, right = letter.chance, letter.case.service_id
    draw = chance.random()
    if letter.case.confidentiality or draw >= DECLINED + TRANSFERRED:
        step(hall, letter, "triage")
        return
    wrong = hall.directory.services[chance.choice(("BAT", "VOI", "DRUC", "SGA", "POL", "EVE"))]
    if wrong == right:
        step(hall, letter, "triage")
        return
    step(hall, letter, "triage", service=wrong)
    yield hall.in_days(chance.choice((1, 1, 2, 3)), chance)
    if draw < DECLINED:
        step(hall, letter, "decline_assignment", by=one_of_the_service(hall, letter))
        yield hall.in_days(chance.choice((0, 1)), chance)
        step(hall, letter, "triage", service=right)
    else:
        step(hall, letter, "take_charge")
        yield hall.in_days(chance.choice((0, 1, 2)), chance)
        step(hall, letter, "transfer", service=right)


def _wait_for_items(hall: Hall, letter: Letter) -> Waiting:
    """Ask for what is missing and wait for it; return the days during which the clock stood still."""
    chance = letter.chance
    yield hall.in_days(chance.choice((1, 2, 3, 5)), chance)
    step(hall, letter, "request_items")
    asked_on = hall.today
    if chance.random() < 0.85:
        yield hall.on(asked_on + timedelta(days=chance.randint(3, 14)), chance)
        step(hall, letter, "record_items")
    else:
        yield hall.on(asked_on + timedelta(days=chance.randint(16, 18)), chance)
        step(hall, letter, "go_on_without_items")
    return min((hall.today - asked_on).days, 15)


def _wait_for_opinion(hall: Hall, letter: Letter) -> Life:
    chance = letter.chance
    yield hall.in_days(chance.choice((0, 1, 2)), chance)
    step(hall, letter, "ask_opinion")
    if chance.random() < 0.88:
        yield hall.in_days(chance.randint(1, 6), chance)
        step(hall, letter, "give_opinion")
    else:
        yield hall.in_days(9, chance)
        step(hall, letter, "go_on_without_opinion")


def _give_news(hall: Hall, letter: Letter, answer_on: date) -> Life:
    """Say where the case stands, when the answer will not leave before the 24th day."""
    chance = letter.chance
    news_on = (letter.case.due_on or answer_on) - timedelta(days=chance.randint(8, 11))
    while answer_on - timedelta(days=3) > news_on > hall.today and chance.random() > UNSAID:
        yield hall.on(news_on, chance)
        step(hall, letter, "send_milestone")
        news_on = hall.today + timedelta(days=chance.randint(15, 19))


def _write(hall: Hall, letter: Letter, answer_on: date) -> Life:
    """Write the answer, have it endorsed, signed and sent, then close the case."""
    chance = letter.chance
    yield hall.on(answer_on - timedelta(days=5), chance)
    step(hall, letter, "draft_answer")
    if letter.case.confidentiality or chance.random() < 0.12:
        yield hall.in_days(1, chance)
        step(hall, letter, "submit_for_signature")
    else:
        yield from _have_endorsed(hall, letter)
    yield hall.in_days(chance.choice((0, 0, 1)), chance)
    if chance.random() < RETURNED:
        step(hall, letter, "decline_signature")
        yield hall.in_days(1, chance)
        step(hall, letter, "draft_answer")
        yield from _have_endorsed(hall, letter)
        yield hall.in_days(0, chance)
    step(hall, letter, "sign")
    yield hall.in_days(chance.choice((0, 0, 0, 1)), chance)
    step(hall, letter, "send_answer")
    yield hall.in_days(chance.choice((1, 2, 5, 9)), chance)
    step(hall, letter, "close")


def _have_endorsed(hall: Hall, letter: Letter) -> Life:
    chance = letter.chance
    yield hall.in_days(0, chance)
    step(hall, letter, "submit_for_endorsement")
    yield hall.in_days(chance.choice((0, 1, 1, 2)), chance)
    if chance.random() < SENT_BACK:
        step(hall, letter, "decline_endorsement")
        yield hall.in_days(1, chance)
        step(hall, letter, "draft_answer")
        yield hall.in_days(0, chance)
        step(hall, letter, "submit_for_endorsement")
        yield hall.in_days(1, chance)
    step(hall, letter, "endorse")


def _answer_again(hall: Hall, letter: Letter) -> Life:
    """The person writes that the answer does not do: a new month begins."""
    chance = letter.chance
    yield hall.in_days(chance.randint(4, 30), chance)
    step(hall, letter, "reopen")
    answer_on = hall.today + timedelta(days=chance.randint(8, 22))
    yield hall.in_days(1, chance)
    step(hall, letter, "take_charge", by=letter.case.officer_id)
    yield from _write(hall, letter, answer_on)


# ---- Dysfunctions ------------------------------------------------------------------------------


def dysfunction_life(hall: Hall, case: Case) -> Life:
    """Qualify a breach, or join it to one that is being analysed, and follow it until it is verified."""
    chance = Random(f"{hall.seed}:{case.reference}")
    yield hall.in_days(chance.randint(1, 6), chance)
    key = (case.service_id, str(case.fields["cause"]))
    main = hall.analysed.get(key)
    if main is not None and not case.confidentiality and chance.random() < 0.8:
        handle(hall, case, "group", original=main.id)
        return
    if main is not None or chance.random() < 0.25:
        handle(hall, case, "dismiss")
        return
    if not case.confidentiality:
        hall.analysed[key] = case
    handle(hall, case, "qualify")
    yield from _analyse(hall, case, chance)
    while True:
        yield hall.in_days(chance.randint(1, 4), chance)
        handle(hall, case, "approve_plan")
        yield hall.in_days(chance.randint(1, 5), chance)
        handle(hall, case, "begin_correction")
        yield hall.in_days(chance.randint(8, 28), chance)
        handle(hall, case, "declare_fixed")
        yield hall.on(hall.today + timedelta(days=30), chance)
        if chance.random() > 0.12:
            break
        handle(hall, case, "mark_recurring")
        yield hall.in_days(chance.randint(3, 8), chance)
        handle(hall, case, "propose_plan")
    handle(hall, case, "close")
    hall.analysed.pop(key, None)


def _analyse(hall: Hall, case: Case, chance: Random) -> Life:
    yield hall.in_days(chance.randint(1, 6), chance)
    handle(hall, case, "begin_analysis")
    yield hall.in_days(chance.randint(2, 8), chance)
    handle(hall, case, "record_analysis")
    yield hall.in_days(chance.randint(1, 5), chance)
    handle(hall, case, "propose_plan")
    if chance.random() < 0.15:
        yield hall.in_days(2, chance)
        handle(hall, case, "send_back_plan")
        yield hall.in_days(3, chance)
        handle(hall, case, "propose_plan")
