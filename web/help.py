"""Help inside: what each page is for, how to do the usual things, the keys, and how this device shows the pages."""

from dataclasses import dataclass

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from casetrack.language import Text
from web.current import installation
from web.words import _, said

bp = Blueprint("help", __name__, url_prefix="/aide")

ONE_YEAR = 365 * 24 * 3600
THEMES = {
    "": Text("comme l'appareil", "as the device"),
    "light": Text("clair", "light"),
    "dark": Text("sombre", "dark"),
}
KEYS = (  # where they work, the key, what it does
    ("list", "j", Text("ligne suivante, ou dossier suivant", "next row, or next case")),
    ("list", "k", Text("ligne précédente, ou dossier précédent", "previous row, or previous case")),
    ("list", "Entrée", Text("ouvrir le dossier", "open the case")),
    ("case", "a", Text("faire l'action proposée", "do the action proposed")),
    ("case", "e", Text("écrire ou continuer la réponse", "write the answer, or go on with it")),
    ("case", "p", Text("envoyer un point d'étape", "send a milestone")),
    ("case", "n", Text("ajouter une note interne", "add an internal note")),
    ("case", "d", Text("voir le document en grand", "see the document at full size")),
    ("all", "r", Text("rechercher (ou /)", "search (or /)")),
    ("all", "?", Text("montrer cette liste", "show this list")),
    (
        "desk",
        "Entrée",
        Text(
            "dans un champ\u00a0: enregistrer et passer au suivant", "in a field: register and go to the next"
        ),
    ),
    ("desk", "Ctrl+Entrée", Text("la même chose, de partout", "the same, from anywhere")),
    ("desk", "F2", Text("joindre au dossier trouvé", "add to the case found")),
    ("desk", "F8", Text("imprimer l'accusé du dernier", "print the receipt of the last one")),
)
PLACES = {
    "list": Text("Dans une liste", "In a list"),
    "case": Text("Sur un dossier, ou une ligne", "On a case, or a row"),
    "all": Text("Partout", "Everywhere"),
    "desk": Text("À l'enregistrement", "While registering"),
}
SHORTCUTS = [
    (place, said_of, [key[1:] for key in KEYS if key[0] == place]) for place, said_of in PLACES.items()
]


@dataclass(frozen=True)
class Procedure:
    """Hold how to do one usual thing, step by step."""

    anchor: str
    title: Text
    steps: tuple[Text, ...]


PROCEDURES = (
    Procedure(
        "enregistrer",
        Text("Enregistrer un courrier", "Register a letter"),
        (
            Text(
                "Ouvrez «\u00a0Enregistrer\u00a0». La date de réception est celle du jour\u00a0: corrigez-la si le courrier "
                "est arrivé plus tôt, le délai court depuis ce jour-là.",
                "Open “Register”. The date of receipt is today's: correct it if the letter came earlier, the clock "
                "runs from that day.",
            ),
            Text(
                "Tapez quelques lettres du nom, un courriel ou un téléphone\u00a0: la personne déjà connue apparaît, avec ce "
                "qu'elle a déjà écrit.",
                "Type a few letters of the name, an e-mail or a telephone number: somebody already known appears, "
                "with what they wrote before.",
            ),
            Text(
                "Si le courrier répète un dossier ouvert, joignez-le à ce dossier plutôt que d'en ouvrir un second.",
                "If the letter repeats an open case, add it to that case rather than opening a second one.",
            ),
            Text(
                "Une enveloppe confidentielle ne s'ouvre pas\u00a0: choisissez le niveau, nommez qui peut lire, et décrivez "
                "l'enveloppe, pas son contenu.",
                "A confidential envelope stays closed: choose the level, name who may read, and describe the "
                "envelope, not what is in it.",
            ),
            Text(
                "Entrée enregistre et prépare le suivant. L'accusé de réception part, ou s'imprime pour être remis.",
                "Enter registers and prepares the next one. The receipt leaves, or is printed to be handed over.",
            ),
        ),
    ),
    Procedure(
        "traiter",
        Text("Traiter un dossier", "Handle a case"),
        (
            Text(
                "«\u00a0Ma liste\u00a0» met en tête ce qui presse\u00a0; chaque ligne dit la prochaine chose à faire.",
                "“My list” puts first what is pressing; each row says the next thing to do.",
            ),
            Text(
                "S'il manque une pièce indispensable, demandez-la\u00a0: le délai s'arrête et reprend à son arrivée.",
                "If an indispensable item is missing, ask for it: the clock stops, and goes on when it arrives.",
            ),
            Text(
                "Si la réponse tarde, envoyez un point d'étape\u00a0: il dit ce qui est fait, ce qui reste, et une date. Il ne "
                "repousse pas la promesse.",
                "If the answer takes time, send a milestone: it says what is done, what remains, and a date. It does "
                "not move the promise.",
            ),
            Text(
                "Rédigez la réponse, soumettez-la au visa puis à la signature, envoyez-la\u00a0: le dossier peut alors être clos.",
                "Write the answer, have it endorsed and signed, send it: then the case can be closed.",
            ),
            Text(
                "Un dossier ne se clôt jamais sans réponse. Si une action n'est pas possible, la page dit ce qui manque.",
                "A case is never closed without an answer. Where an action is not possible, the page says what is missing.",
            ),
        ),
    ),
    Procedure(
        "service",
        Text("Veiller sur un service", "Watch over a service"),
        (
            Text(
                "«\u00a0Mon service\u00a0» montre la charge de chacun et ce qui doit partir dans les dix jours ouvrés.",
                "“My service” shows what each person carries and what must leave in the next ten working days.",
            ),
            Text(
                "Réaffectez plusieurs dossiers à la fois\u00a0: une page de vérification montre d'abord ce qui changera.",
                "Give several cases to somebody else at once: a page first shows what will change.",
            ),
            Text(
                "Au parapheur, visez ou signez les réponses l'une après l'autre\u00a0; un refus dit pourquoi.",
                "In the signature book, endorse or sign the answers one after the other; a refusal says why.",
            ),
            Text(
                "Notez les absences et les remplacements\u00a0: les délais ne s'arrêtent pas, les alertes vont au remplaçant.",
                "Note absences and replacements: no clock stops, the warnings go to the replacement.",
            ),
        ),
    ),
    Procedure(
        "dysfonctionnements",
        Text("Comprendre une promesse manquée", "Understand a missed promise"),
        (
            Text(
                "L'horloge ouvre un dysfonctionnement à chaque promesse manquée\u00a0; une personne peut en signaler un.",
                "The clock opens a dysfunction for each missed promise; a person may report one.",
            ),
            Text(
                "Qualifiez-le (gravité, cause), cherchez la cause première, faites approuver un plan, vérifiez la correction.",
                "Qualify it (severity, cause), look for the root cause, have a plan approved, check the correction.",
            ),
            Text(
                "Regroupez ceux qui ont la même cause\u00a0: une seule correction vaut pour tous, l'historique de chacun reste.",
                "Group those of the same cause: one correction serves them all, the history of each one stays.",
            ),
        ),
    ),
    Procedure(
        "tirage",
        Text("Poster le courrier du jour", "Post the day's letters"),
        (
            Text(
                "«\u00a0Tirage\u00a0» réunit les lettres à imprimer. Imprimez, mettez sous pli, puis dites qu'elles sont postées.",
                "“Print run” gathers the letters to print. Print, put in envelopes, then say that they were posted.",
            ),
            Text(
                "Tant que personne ne le dit, la lettre attend. Une erreur se reprend le jour même.",
                "Until somebody says so, the letter waits. A mistake can be taken back the same day.",
            ),
        ),
    ),
)
PURPOSES = {  # endpoint: what the page is for, in one line, and where the procedure is
    "worklist.show": (
        Text(
            "Ce que vous avez à faire, le plus urgent d'abord.", "What you have to do, the most urgent first."
        ),
        "traiter",
    ),
    "case.show": (
        Text(
            "Tout d'un dossier\u00a0: ses dates, son histoire, ce que vous pouvez faire.",
            "All of one case: its dates, its history, what you may do.",
        ),
        "traiter",
    ),
    "registration.show": (
        Text("Enregistrer un courrier et donner son numéro.", "Register a letter and give its number."),
        "enregistrer",
    ),
    "print_run.show": (
        Text(
            "Les lettres à imprimer, à mettre sous pli et à poster.",
            "The letters to print, to put in envelopes and to post.",
        ),
        "tirage",
    ),
    "notifications.show": (
        Text("Ce que l'horloge ou un collègue vous signale.", "What the clock or a colleague tells you."),
        "traiter",
    ),
    "search.show": (
        Text(
            "Retrouver un dossier parmi ceux que vous pouvez lire.",
            "Find a case among those that you may read.",
        ),
        "",
    ),
    "service_desk.show": (
        Text(
            "La charge de votre service et ce qui sera bientôt en retard.",
            "What your service carries and what will soon be late.",
        ),
        "service",
    ),
    "parapheur.show": (
        Text(
            "Les réponses qui attendent votre visa ou votre signature.",
            "The answers that wait for your endorsement or signature.",
        ),
        "service",
    ),
    "dysfunctions.show": (
        Text(
            "Les promesses manquées, leur cause et leur correction.",
            "The missed promises, their cause and their correction.",
        ),
        "dysfonctionnements",
    ),
    "absences.show": (
        Text("Qui est absent, et qui remplace.", "Who is away, and who replaces them."),
        "service",
    ),
    "account.show": (
        Text(
            "Votre mot de passe, votre langue, les appareils où vous êtes connecté.",
            "Your password, your language, the devices on which you are signed in.",
        ),
        "",
    ),
    "account.code": (
        Text(
            "Ajouter à votre mot de passe un code du téléphone.",
            "Add a code of your telephone to your password.",
        ),
        "",
    ),
    "case.prepare": (
        Text("Faire une action, après en avoir vu les effets.", "Do an action, after seeing its effects."),
        "traiter",
    ),
    "case.answer": (
        Text("Relire la réponse avant qu'elle parte.", "Read the answer again before it leaves."),
        "traiter",
    ),
    "case.readers": (
        Text("Qui a lu ce dossier confidentiel, et quand.", "Who has read this confidential case, and when."),
        "",
    ),
    "senders.show": (
        Text("Corriger qui a écrit, et où lui répondre.", "Correct who wrote, and where to answer."),
        "enregistrer",
    ),
    "openings.prepare": (
        Text("Ouvrir un dossier à propos de celui-ci.", "Open a case about this one."),
        "dysfonctionnements",
    ),
    "pile.show": (
        Text(
            "Les documents numérisés qui attendent d'être enregistrés, un par un.",
            "The scanned documents that wait to be registered, one by one.",
        ),
        "enregistrer",
    ),
    "parapheur.read": (
        Text(
            "Lire une réponse, la viser ou la signer, et passer à la suivante.",
            "Read an answer, endorse or sign it, and go to the next.",
        ),
        "service",
    ),
    "reassignment.choose": (
        Text("Confier plusieurs dossiers à quelqu'un d'autre.", "Give several cases to somebody else."),
        "service",
    ),
    "reassignment.check": (
        Text(
            "Voir ce qui changera avant de confier ces dossiers.",
            "See what will change before giving these cases.",
        ),
        "service",
    ),
    "follow_up.show": (
        Text(
            "Ce qui est demandé ou recommandé aux services, avec les dates promises.",
            "What is asked of the services or advised, with the dates promised.",
        ),
        "dysfonctionnements",
    ),
    "dysfunctions.facts": (
        Text("Pourquoi c'est arrivé, et si c'est réparé.", "Why it happened, and whether it is mended."),
        "dysfonctionnements",
    ),
    "dysfunctions.check": (
        Text("Voir ce qui changera avant de regrouper.", "See what will change before grouping."),
        "dysfonctionnements",
    ),
    "administration.show": (
        Text("L'arbre des services de la ville.", "The tree of the services of the town."),
        "",
    ),
    "administration.service": (
        Text(
            "Un service\u00a0: son nom, sa place, ses coordonnées.",
            "A service: its name, its place, its address.",
        ),
        "",
    ),
    "administration.add_service": (Text("Ajouter un service à l'arbre.", "Add a service to the tree."), ""),
    "administration.people": (
        Text("Les personnes, leurs rôles et leurs comptes.", "The people, their roles and their accounts."),
        "",
    ),
    "administration.account": (
        Text(
            "Une personne\u00a0: son compte, ses rôles, ses connexions.",
            "A person: their account, their roles, their sign-ins.",
        ),
        "",
    ),
    "administration.add_person": (
        Text("Donner un compte à une personne.", "Give an account to a person."),
        "",
    ),
    "administration.all_subjects": (
        Text(
            "Ce dont on vous écrit\u00a0: chaque sujet donne un service et des délais.",
            "What people write about: each subject gives a service and delays.",
        ),
        "",
    ),
    "administration.subject": (
        Text(
            "Un sujet\u00a0: son service, ses délais, le sens du silence.",
            "A subject: its service, its delays, what silence means.",
        ),
        "",
    ),
    "administration.add_subject": (Text("Ajouter un sujet.", "Add a subject."), ""),
    "administration.all_closures": (
        Text(
            "Les jours de fermeture propres à la ville ; ils ne changent aucune date légale.",
            "The days on which the town hall is closed; they change no legal date.",
        ),
        "",
    ),
    "administration.all_circuits": (
        Text(
            "Les circuits publiés, ce qui en est prouvé, et leurs dossiers ouverts.",
            "The published workflows, what is proved of them, and their open cases.",
        ),
        "",
    ),
    "administration.circuit": (
        Text(
            "Un circuit\u00a0: son dessin, ce qui en est prouvé, ses courriers.",
            "A workflow: its drawing, what is proved of it, its letters.",
        ),
        "",
    ),
    "administration.message": (
        Text("Un courrier type, tel que l'usager le reçoit.", "A letter as the citizen receives it."),
        "",
    ),
    "administration.text": (
        Text(
            "Écrire un texte d'un message, et le lire rempli.",
            "Write a text of a message, and read it filled in.",
        ),
        "",
    ),
    "administration.choices": (
        Text("Tenir les choix d'une liste.", "Keep the choices of a list."),
        "",
    ),
    "administration.all_answer_models": (
        Text("Les modèles dont part une réponse.", "The models from which an answer begins."),
        "",
    ),
    "administration.answer_model": (
        Text(
            "Un modèle de réponse, et ce qu'il donne sur deux dossiers.",
            "A model of answer, and what it gives on two cases.",
        ),
        "",
    ),
    "administration.add_answer_model": (Text("Écrire un modèle de réponse.", "Write a model of answer."), ""),
    "administration.history": (
        Text("Qui a changé quoi dans ces réglages.", "Who changed what in these settings."),
        "",
    ),
}


def register(app: Flask) -> None:
    """Give every page its one line, and what this device chose."""
    app.context_processor(_frame)


@bp.get("")
def show() -> str:
    """Show the procedures, the keys, and how to change what this device shows."""
    return render_template("help.html", procedures=PROCEDURES, themes=THEMES)


@bp.post("/affichage")
def choose() -> ResponseReturnValue:
    """Keep for a year, on this device, its theme and whether letters are keys."""
    answer = redirect(url_for("help.show", _anchor="affichage"))
    secure = installation().settings.secure_cookies
    for name, wanted in (("theme", request.form.get("theme", "")), ("keys", request.form.get("keys", ""))):
        kept = wanted if wanted in ("light", "dark", "off") else ""
        answer.set_cookie(name, kept, max_age=ONE_YEAR, httponly=True, samesite="Lax", secure=secure)
    flash(_("Affichage enregistré pour cet appareil."))
    return answer


def _frame() -> dict[str, object]:
    purpose, anchor = PURPOSES.get(request.endpoint or "", ("", ""))
    theme = request.cookies.get("theme", "")
    return {
        "purpose": said(purpose),
        "procedure": anchor,
        "theme": theme if theme in THEMES else "",
        "keys": request.cookies.get("keys") != "off",
        "themes": THEMES,
        "shortcuts": SHORTCUTS,
    }
