"""What every table shares: the names of constraints, and the mapped class above all others."""

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

# Without names, SQLite migrations would lose CHECK constraints when they rebuild a table.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(DeclarativeBase):
    """Gather the mapped classes under one set of names."""

    metadata = MetaData(naming_convention=NAMES)
