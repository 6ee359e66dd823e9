"""A small town hall: Anne and Paul work in roads, Ines heads them, Omar the pole, Rose the whole house."""

from typing import NamedTuple

import pytest
from sqlalchemy.orm import Session

from casetrack.database.tables import Service, Staff
from casetrack.organisation.staff import give_role


class Hall(NamedTuple):
    """The services, by what they are, and the people, by their given name."""

    town: Service
    pole: Service
    roads: Service
    lights: Service
    parks: Service
    anne: Staff
    paul: Staff
    ines: Staff
    omar: Staff
    rose: Staff


@pytest.fixture
def hall(session: Session) -> Hall:
    town = service(session, "DGS", "Direction générale")
    pole = service(session, "DGA", "Pôle Cadre de vie", town)
    roads = service(session, "VOI", "Voirie", pole)
    lights = service(session, "ECL", "Éclairage", roads)
    parks = service(session, "EVE", "Espaces verts", pole)
    people = [
        person(session, "anne", roads, "officer"),
        person(session, "paul", roads, "officer"),
        person(session, "ines", roads, "head"),
        person(session, "omar", pole, "head", "signatory"),
        person(session, "rose", town, "head"),
    ]
    return Hall(town, pole, roads, lights, parks, *people)


def service(session: Session, code: str, name: str, parent: Service | None = None) -> Service:
    row = Service(code=code, name=name, parent_id=parent.id if parent else None)
    session.add(row)
    session.flush()
    return row


def person(session: Session, login: str, where: Service, *roles: str) -> Staff:
    row = Staff(login=login, given_name=login.capitalize(), family_name="Martin", service_id=where.id)
    session.add(row)
    session.flush()
    for role in roles:
        give_role(session, row, role)
    return row
