"""How fast the town hall works, as ratios to a floor measured in the same run.

floor        the fewest SQL statements that keep the same promise, without any of our code
ours         the same work through the public functions of `casetrack`, with everything on
population   a town with a million open letters, made by SQL in seconds
visits       people at their browsers: pages of `casetrack serve` through HTTP
places       where it happens: SQLite files and a PostgreSQL that really writes to its disk
crew         processes of their own that start at the same moment
measures     who takes turns with whom, for how long
table        what is printed

Absolute figures move from machine to machine, and with whatever else the machine does; ratios of
one run count. Run `python -m benchmarks --help`.
"""
