"""The people and organisations who write to the town."""

from sqlalchemy import Boolean, CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from casetrack.database.tables.metadata import Table
from casetrack.database.types import Key


class Citizen(Table):
    """A person or an organisation who wrote.

    Letters use the family name unless the person asked for the name in use (CRPA, art. L111-3).
    """

    __tablename__ = "citizen"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), default="person")
    civility: Mapped[str] = mapped_column(String(40), default="")
    given_name: Mapped[str] = mapped_column(String(200), default="")
    family_name: Mapped[str] = mapped_column(String(200), default="")
    usual_name: Mapped[str] = mapped_column(String(200), default="")
    use_usual_name: Mapped[bool] = mapped_column(Boolean, default=False)
    organisation: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(200), default="")
    telephone: Mapped[str] = mapped_column(String(40), default="")
    street: Mapped[str] = mapped_column(String(300), default="")
    postcode: Mapped[str] = mapped_column(String(20), default="")
    town: Mapped[str] = mapped_column(String(100), default="")
    language: Mapped[str] = mapped_column(String(5), default="fr")
    prefers_post: Mapped[bool] = mapped_column(Boolean, default=False)
    """Asked to be answered by post (CRPA, art. L112-14)."""
    search_key: Mapped[str] = mapped_column(String(600), default="")
    """Name, e-mail and telephone folded to plain lower case, for finding while typing."""
    address_key: Mapped[str] = mapped_column(String(500), default="", server_default="")
    """Street, postcode and town, folded alike: beside the name, so that a Mr Pasteur comes before his street."""

    __table_args__ = (
        CheckConstraint("kind IN ('person', 'organisation', 'unknown')", name="known_kind"),
        # Serve: finding a sender by address or by name at the desk.
        Index("ix_citizen_email", "email"),
        Index("ix_citizen_family_name", "family_name"),
    )

    @property
    def name(self) -> str:
        """Return the name to print on an envelope."""
        family = self.usual_name if self.use_usual_name and self.usual_name else self.family_name
        person = " ".join(part for part in (self.civility, self.given_name, family) if part)
        return ", ".join(part for part in (self.organisation, person) if part)

    @property
    def has_postal_address(self) -> bool:
        """Tell whether a letter would reach this person."""
        return bool(self.street and self.postcode and self.town)
