"""The models of answers that the demonstration town keeps."""

from datetime import datetime

from sqlalchemy.orm import Session

from casetrack.organisation import answer_models, staff

KEPT_BY = "m.valderrabano"
MODELS = (
    {
        "label": "Voirie\u00a0: réparation programmée",
        "subject": "voirie",
        "body_fr": "Vous avez signalé, par votre lettre du {{ case.received_on }}, « {{ case.title }} ».\n\n"
        "Après visite sur place, les travaux sont programmés. Ils seront faits "
        "{% if service.name %}par le service {{ service.name }} {% endif %}avant la fin du mois prochain.\n\n"
        "{% if officer %}{{ officer.name }}, {{ officer.title }}, suit ce chantier et reste à votre écoute"
        "{% if service.telephone %} au {{ service.telephone }}{% endif %}.{% endif %}",
        "body_en": "You told us about “{{ case.title }}” in your letter of {{ case.received_on }}.\n\n"
        "After a visit, the repair is planned and will be done before the end of next month.\n\n"
        "{% if officer %}{{ officer.name }} follows this work.{% endif %}",
    },
    {
        "label": "Stationnement\u00a0: demande non retenue",
        "subject": "stationnement",
        "body_fr": "Votre demande du {{ case.received_on }} a été étudiée.\n\n"
        "Elle ne peut pas être retenue\u00a0: [motif, avec le texte qui le fonde].\n\n"
        "[Ce qui reste possible pour la personne.]",
        "body_en": "",
    },
    {
        "label": "Merci de votre suggestion",
        "subject": "",
        "body_fr": "Merci de votre lettre du {{ case.received_on }}.\n\n"
        "Votre suggestion a été transmise au service {{ service.name or 'compétent' }}, qui en tiendra compte dans son "
        "programme de l'année.",
        "body_en": "Thank you for your letter of {{ case.received_on }}.\n\n"
        "Your suggestion was passed on to the service in charge, which will bear it in mind this year.",
    },
)


def keep_models(session: Session, *, at: datetime) -> None:
    """Let the administrator keep three models: for one subject, for another without English, for all."""
    by = staff.actor(session, staff.find(session, KEPT_BY), on=at.date())
    for model in MODELS:
        answer_models.add(session, {**model, "is_active": "true"}, by=by, at=at)
