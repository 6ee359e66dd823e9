"""Who works here, for which service, on what: the town as the engine needs to know it.

1. `town_file`    what a town may write about itself, in one file
2. `town_faults`  what is wrong in that file, with the line and the remedy
3. `town`         the file put into the database, once or again
4. `services`     the tree of services, and who answers for each
5. `staff`        accounts, roles, and what a person may do on a given day
6. `absences`     who is away, and who stands in for them
7. `subjects`     what people write about, and a guess from a title
8. `closures`     days on which the town hall is closed
9. `accounts`     accounts as administrators keep them, passwords, and who must reassign what
10. `changes`     the journal of what administrators changed
"""

from casetrack.organisation import absences, accounts, changes, closures, services, staff, subjects
from casetrack.organisation.town import apply_town, read_town
from casetrack.organisation.town_file import RIVEMONT, TownFile

__all__ = [
    "RIVEMONT",
    "TownFile",
    "absences",
    "accounts",
    "apply_town",
    "changes",
    "closures",
    "read_town",
    "services",
    "staff",
    "subjects",
]
