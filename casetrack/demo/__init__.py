"""A fictional town with a year of mail, made by the engine itself on a moved clock.

1. `letters`   what people write about and what is answered (letters.toml), and when it comes
2. `people`    who writes: invented names, addresses that lead nowhere
3. `hall`      the town hall on the day that the moved clock shows: who is there, what they do
4. `steps`     each action: who does it, and in which words
5. `life`      how a letter, and a dysfunction, lives from day to day
6. `stories`   ten letters worth following
7. `desks`     something to do on every desk, as the visitor finds them
8. `mediation` what the mediator and the evaluation unit asked of the services
9. `papers`    what came with the letters, drawn: to be read beside their history
10. `accounts`  who the visitor may sign in as
11. `year`     day by day from a year ago to now
"""

from casetrack.demo.accounts import ACCOUNTS, PASSWORD
from casetrack.demo.year import FEWEST, Parameters, fill, made_as

__all__ = ["ACCOUNTS", "FEWEST", "PASSWORD", "Parameters", "fill", "made_as"]
