"""What people write about, guessed from the title of a letter."""

import pytest

from casetrack.database.tables import Subject
from casetrack.errors import NotFound
from casetrack.organisation import subjects

SUBJECTS = {
    "proprete": "poubelle, dépôt sauvage, encombrant",
    "espaces-verts": "arbre, élagage, feu de branches",
    "voirie": "nid-de-poule, trottoir, dépôt",
    "rgpd": "RGPD, droit à l'oubli",
    "sans-mot": "",
}


@pytest.fixture
def known(session):
    for code, keywords in SUBJECTS.items():
        session.add(Subject(code=code, label=code, keywords=keywords))
    session.flush()


@pytest.mark.parametrize(
    ("title", "codes", "why"),
    [
        ("Élagage des arbres", ["espaces-verts"], "accents, capitals and plurals do not count"),
        ("ELAGAGE rue Foch", ["espaces-verts"], "capitals often come without accents"),
        ("Un nid de poule, rue Foch", ["voirie"], "hyphens do not count"),
        ("Dépôts sauvages sur le trottoir", ["proprete", "voirie"], "two words together weigh more"),
        ("demande rgpd : droit à l’oubli", ["rgpd"], "the typographic apostrophe is one"),
        ("Les feux de branches", ["espaces-verts"], "the plural of a keyword of several words"),
        ("Arbrisseau et poubellier", [], "a word that only begins alike is another word"),
        ("Bonjour", [], "nothing known, nothing guessed"),
        ("", [], "no title"),
    ],
)
def test_a_title_proposes_its_subjects(session, known, title, codes, why):
    assert [proposal.subject.code for proposal in subjects.propose(session, title)] == codes, why


def test_a_proposal_says_why(session, known):
    (proposal,) = subjects.propose(session, "Élagage des arbres")

    assert proposal.reason.fr == "l'objet contient «\u00a0arbre\u00a0», «\u00a0élagage\u00a0»"
    assert proposal.reason.en == "the title contains “arbre”, “élagage”"


def test_a_subject_no_longer_used_is_neither_listed_nor_proposed(session, known):
    subjects.find(session, "espaces-verts").is_active = False
    session.flush()

    assert "espaces-verts" not in [subject.code for subject in subjects.active(session)]
    assert subjects.propose(session, "Élagage") == []


def test_an_unknown_subject_is_not_found(session):
    with pytest.raises(NotFound, match="zzz"):
        subjects.find(session, "zzz")


@pytest.mark.parametrize(
    ("delay", "said"),
    [
        ("1 month", "vaut rejet au bout d'un mois"),
        ("1 week", "vaut rejet au bout d'une semaine"),
        ("2 months", "vaut rejet au bout de deux mois"),
        ("", "vaut rejet"),
    ],
)
def test_what_silence_means_is_said_as_a_clerk_says_it(session, delay, said):
    session.add(Subject(code="voirie", label="Voirie", silence_mode="rejection", silence_delay=delay))
    session.flush()

    ((_subject, _service, silence),) = subjects.every(session)

    assert silence.fr == said
