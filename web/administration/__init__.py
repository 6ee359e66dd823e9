"""What administrators keep: services, people, subjects, closures, workflows; and what they changed.

Every page is for administrators alone, and does not exist for anybody else; the functions that they call say so again.
"""

from flask import Blueprint

from casetrack.errors import ActionNotAllowed, NotFound
from casetrack.organisation import changes
from web.current import actor

bp = Blueprint("administration", __name__, url_prefix="/administration")


@bp.before_request
def _only_administrators() -> None:
    try:
        changes.require_administrator(actor())
    except ActionNotAllowed as refusal:
        raise NotFound(refusal.sentence) from None


# The pages hang themselves on the blueprint above.
from web.administration import (  # noqa: E402
    answer_models,  # noqa: F401
    circuits,  # noqa: F401
    closures,  # noqa: F401
    history,  # noqa: F401
    people,  # noqa: F401
    services,  # noqa: F401
    subjects,  # noqa: F401
    wording,  # noqa: F401
)
