"""What Casetrack refuses, in one family.

    CaseTrackError
    ├── ActionRefused            an action that this case, or this person, may not do now
    │   ├── ActionNotAllowed     wrong state, or not one of the people who may
    │   ├── NeedsMissing         something must be done first
    │   └── InvalidFields        what was typed cannot be used (every fault at once)
    ├── CaseChanged              somebody else was quicker
    ├── NotFound                 no such thing, or nothing that this person may see
    ├── InvalidInput             a file, a setting or an argument that cannot be used
    │   └── DefinitionError      a workflow that may not be used: a list of findings
    └── PublishedTextChanged     a published workflow was edited in place

Every error carries a `code` for programs and a `sentence` in French and English for people.
"""

from collections.abc import Mapping

from casetrack.language import Text


class CaseTrackError(Exception):
    """Something could not be done; nothing was changed."""

    code = "error"

    def __init__(self, sentence: Text | None = None, *, code: str | None = None) -> None:
        self.sentence = sentence or Text("L'opération n'a pas pu être faite.", self.__doc__ or "")
        self.code = code or self.code
        super().__init__(f"{self.code}: {self.sentence.en}")


class ActionRefused(CaseTrackError):
    """This action cannot be done on this case now."""

    code = "refused"


class ActionNotAllowed(ActionRefused):
    """The case is in another state, or the person may not do this.

    Codes: `unknown_action`, `state`, `permission`, `closed_only_by_a_person`.
    """

    code = "not_allowed"


class NeedsMissing(ActionRefused):
    """Something else must be done first; `needs` gives every missing one by its code."""

    code = "needs"

    def __init__(self, needs: Mapping[str, Text]) -> None:
        self.needs = dict(needs)
        fr = " ".join(text.fr for text in self.needs.values())
        en = " ".join(text.en for text in self.needs.values())
        super().__init__(Text(fr, en))


class InvalidFields(ActionRefused):
    """What was typed cannot be used; `faults` gives every faulty field with its sentence.

    `labels` are what the fields are called on the form; a field without one is called by its name.
    """

    code = "fields"

    def __init__(self, faults: Mapping[str, Text], labels: Mapping[str, Text] | None = None) -> None:
        self.faults = dict(faults)
        called = {name: (labels or {}).get(name, Text(name, name)) for name in self.faults}
        fr = " ".join(f"{called[name].fr}\u00a0: {text.fr}" for name, text in self.faults.items())
        en = " ".join(f"{called[name].en}: {text.en}" for name, text in self.faults.items())
        super().__init__(Text(fr, en))


class CaseChanged(CaseTrackError):
    """Somebody changed the case since it was shown."""

    code = "changed"


class NotFound(CaseTrackError):
    """There is no such thing, or nothing that this person may see."""

    code = "not_found"


class InvalidInput(CaseTrackError):
    """A file, a setting or an argument cannot be used."""

    code = "invalid"


class DefinitionError(InvalidInput):
    """A workflow may not be used; `findings` says where, why, and what to change."""

    code = "definition"

    def __init__(self, findings: list) -> None:
        self.findings = findings
        super().__init__(
            Text(
                "Le circuit ne peut pas être utilisé :\n" + "\n".join(str(f) for f in findings),
                "The workflow cannot be used:\n" + "\n".join(str(f) for f in findings),
            )
        )


class PublishedTextChanged(CaseTrackError):
    """A published workflow was edited in place instead of getting a new version number."""

    code = "published_text_changed"
