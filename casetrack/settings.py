"""What an installation chooses, read once from environment variables and never changed afterwards."""

import os
import secrets
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import SplitResult, unquote, urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from casetrack.errors import InvalidInput
from casetrack.language import Text

PREFIX = "CASETRACK_"
MEGABYTE = 1_000_000
Language = Literal["fr", "en"]
Security = Literal["none", "starttls", "tls"]

# Each variable with its default and what it means.
# The data folder is a visible one, beside the command: one folder to look into, one folder to copy.
VARIABLES: dict[str, tuple[str, Text]] = {
    "CASETRACK_DATA_DIR": (
        "casetrack-data",
        Text("dossier des données de cette installation", "folder of this installation's data"),
    ),
    "CASETRACK_DATABASE_URL": (
        "",
        Text(
            "base de données ; vide : casetrack.db dans le dossier des données",
            "database; empty: casetrack.db in the data folder",
        ),
    ),
    "CASETRACK_PUBLIC_URL": (
        "",
        Text(
            "adresse que les usagers tapent ; en https, les cookies ne voyagent que chiffrés",
            "address that citizens type; when https, cookies travel encrypted only",
        ),
    ),
    "CASETRACK_SECRET_KEY": (
        "",
        Text(
            "clé qui signe les sessions, 32 caractères au moins ; vide avec SQLite : créée une fois",
            "key that signs sessions, at least 32 characters; empty with SQLite: made once",
        ),
    ),
    "CASETRACK_SMTP_URL": (
        "",
        Text(
            "serveur d'envoi : smtp://, smtp+starttls:// ou smtps:// ; vide : les courriels attendent",
            "sending server: smtp://, smtp+starttls:// or smtps://; empty: e-mails wait",
        ),
    ),
    "CASETRACK_MAIL_FROM": ("", Text("adresse d'expédition des courriels", "address e-mails come from")),
    "CASETRACK_LANGUAGE": ("fr", Text("langue des écrans : fr ou en", "language of the screens: fr or en")),
    "CASETRACK_LARGEST_DOCUMENT": (
        "25",
        Text("taille du plus gros document accepté, en Mo", "size of the largest document taken, in MB"),
    ),
    "CASETRACK_SECOND_FACTOR": (
        "optional",
        Text(
            "de qui le code du téléphone est exigé : optional, everybody, ou des rôles séparés par des virgules",
            "of whom the telephone code is required: optional, everybody, or roles between commas",
        ),
    ),
    "CASETRACK_TRUSTED_PROXIES": (
        "0",
        Text(
            "nombre de relais web placés devant, dont l'en-tête X-Forwarded-For est cru",
            "number of web proxies in front, whose header X-Forwarded-For is believed",
        ),
    ),
    "CASETRACK_HOST": ("127.0.0.1", Text("adresse écoutée", "address listened on")),
    "CASETRACK_PORT": ("8000", Text("port écouté ; à défaut, PORT", "port listened on; failing that, PORT")),
}

# Read by the tests alone, but present in the environment of the commands that the tests run.
OF_THE_TESTS = frozenset({"CASETRACK_REQUIRE_ALL", "CASETRACK_TEST_POSTGRESQL_URL"})


@dataclass(frozen=True)
class MailServer:
    """Say where e-mails are handed over, and as whom."""

    host: str
    port: int
    security: Security = "none"
    user: str = ""
    password: str = ""

    def __repr__(self) -> str:
        """Show everything but the password, since settings end up in logs."""
        return f"MailServer({self.host!r}, {self.port}, {self.security!r}, user={self.user!r})"


@dataclass(frozen=True, repr=False)
class Settings:
    """Hold what this installation chose; `Settings.from_environment` is the way to make one."""

    database_url: str
    data_dir: Path
    public_url: str = ""
    given_secret_key: str = ""
    mail_server: MailServer | None = None
    mail_from: str = ""
    language: Language = "fr"
    host: str = "127.0.0.1"
    port: int = 8000
    largest_document: int = 25 * MEGABYTE
    """Bytes."""
    trusted_proxies: int = 0
    second_factor: frozenset[str] = frozenset()
    """Roles of whom a code of the telephone is required, or everybody."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read every CASETRACK_* variable; raise `InvalidInput` for an unknown name or an unusable value."""
        refuse_unknown(environ)
        values = {name: environ.get(name, "").strip() or default for name, (default, _) in VARIABLES.items()}
        data_dir = Path(values["CASETRACK_DATA_DIR"]).expanduser().absolute()
        server = mail_server(values["CASETRACK_SMTP_URL"])
        sender = values["CASETRACK_MAIL_FROM"]
        if (server or sender) and "@" not in sender:
            raise invalid(
                "CASETRACK_MAIL_FROM",
                Text(
                    "une adresse comme courrier@mairie.example", "an address such as courrier@mairie.example"
                ),
            )
        return cls(
            database_url=database_url(values["CASETRACK_DATABASE_URL"], data_dir),
            data_dir=data_dir,
            public_url=public_url(values["CASETRACK_PUBLIC_URL"]),
            given_secret_key=long_enough(values["CASETRACK_SECRET_KEY"]),
            mail_server=server,
            mail_from=sender,
            language=known_language(values["CASETRACK_LANGUAGE"]),
            host=values["CASETRACK_HOST"],
            largest_document=megabytes(values["CASETRACK_LARGEST_DOCUMENT"]) * MEGABYTE,
            second_factor=roles(values["CASETRACK_SECOND_FACTOR"]),
            trusted_proxies=proxies(values["CASETRACK_TRUSTED_PROXIES"]),
            port=port_number(
                environ.get("CASETRACK_PORT") or environ.get("PORT") or values["CASETRACK_PORT"]
            ),
        )

    @property
    def is_embedded(self) -> bool:
        """Tell whether the database is the file that lives in the data folder, with one web process."""
        return self.database_url.startswith("sqlite")

    @property
    def documents_dir(self) -> Path:
        """Return the folder of the store: to be saved with the database, and shared by every web server."""
        return self.data_dir / "documents"

    @property
    def secure_cookies(self) -> bool:
        """Tell whether cookies must refuse plain http.

        Derived from the public address: a cookie marked Secure is dropped in silence on http://mairie.local.
        """
        return self.public_url.startswith("https://")

    def requires_code(self, roles: Collection[str]) -> bool:
        """Tell whether a person of these roles must have a code of the telephone."""
        return "everybody" in self.second_factor or not self.second_factor.isdisjoint(roles)

    def secret_key(self) -> str:
        """Return the key that signs sessions; the embedded installation makes it once and keeps it.

        Raises `InvalidInput` when none is given with PostgreSQL: several web processes must share one.
        """
        if self.given_secret_key:
            return self.given_secret_key
        if not self.is_embedded:
            raise invalid(
                "CASETRACK_SECRET_KEY",
                Text("une clé, la même pour tous les serveurs web", "one key, the same for every web server"),
            )
        return kept_key(self.data_dir / "secret-key")

    def __repr__(self) -> str:
        """Show nothing secret: database addresses hold passwords too."""
        return f"Settings(data_dir={str(self.data_dir)!r}, embedded={self.is_embedded}, port={self.port})"


def shipped_workflows() -> Path:
    """Return the folder of the workflows that come with Casetrack, installed or in a checkout."""
    package = Path(__file__).parent
    # The wheel carries them inside the package: a folder named `workflows` beside it could be anybody's.
    installed = package / "_workflows"
    return installed if installed.is_dir() else package.parent / "workflows"


def refuse_unknown(environ: Mapping[str, str]) -> None:
    """Refuse a CASETRACK_* variable that nothing reads: it is a typing mistake, and would do nothing."""
    read = VARIABLES.keys() | OF_THE_TESTS
    unknown = sorted(name for name in environ if name.startswith(PREFIX) and name not in read)
    if unknown:
        raise InvalidInput(
            Text(
                f"Variable d'environnement inconnue : {', '.join(unknown)}. Connues : {', '.join(VARIABLES)}.",
                f"Unknown environment variable: {', '.join(unknown)}. Known: {', '.join(VARIABLES)}.",
            )
        )


def database_url(value: str, data_dir: Path) -> str:
    """Return the address of the database as SQLAlchemy wants it, with PostgreSQL's driver named."""
    if not value:
        return f"sqlite:///{data_dir / 'casetrack.db'}"
    scheme, _, rest = value.partition("://")
    if scheme in ("postgres", "postgresql"):
        value = f"postgresql+psycopg://{rest}"
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        url = None
    kept_in_a_file = url and url.drivername == "sqlite" and url.database not in (None, "", ":memory:")
    if kept_in_a_file or (url and url.drivername == "postgresql+psycopg" and url.database):
        return value
    raise invalid(
        "CASETRACK_DATABASE_URL",
        Text(
            "sqlite:///chemin ou postgresql://utilisateur@hôte/base",
            "sqlite:///path or postgresql://user@host/database",
        ),
    )


def public_url(value: str) -> str:
    """Return the address citizens type, without a slash at its end."""
    parts = split("CASETRACK_PUBLIC_URL", value)
    if value and not (parts.scheme in ("http", "https") and parts.hostname and not parts.query):
        raise invalid(
            "CASETRACK_PUBLIC_URL",
            Text(
                "une adresse comme https://courrier.mairie.example",
                "an address such as https://courrier.mairie.example",
            ),
        )
    return value.rstrip("/")


PORTS: dict[str, tuple[Security, int]] = {
    "smtp": ("none", 25),
    "smtp+starttls": ("starttls", 587),
    "smtps": ("tls", 465),
}


def mail_server(value: str) -> MailServer | None:
    """Read smtp://user:password@host:port, smtp+starttls://… or smtps://…; nothing when empty."""
    if not value:
        return None
    parts = split("CASETRACK_SMTP_URL", value)
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
        raise invalid(
            "CASETRACK_SMTP_URL",
            Text("smtp+starttls://utilisateur:motdepasse@hôte:587", "smtp+starttls://user:password@host:587"),
        )
    security, port = PORTS[parts.scheme]
    return MailServer(
        parts.hostname,
        parts.port or port,
        security,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


def long_enough(key: str) -> str:
    """Refuse a key that could be guessed."""
    if key and len(key) < 32:
        raise invalid("CASETRACK_SECRET_KEY", Text("32 caractères au moins", "at least 32 characters"))
    return key


def known_language(value: str) -> Language:
    """Refuse a language in which nothing is written."""
    for language in get_args(Language):
        if value == language:
            return language
    raise invalid("CASETRACK_LANGUAGE", Text("fr ou en", "fr or en"))


def port_number(value: str) -> int:
    """Refuse what is no port."""
    if not (value.isascii() and value.isdigit() and 0 < int(value) < 65536):
        raise invalid("CASETRACK_PORT", Text("un nombre de 1 à 65535", "a number from 1 to 65535"))
    return int(value)


def megabytes(value: str) -> int:
    """Refuse what is no size; more than 500 MB would fill the disk of a small machine in a day."""
    if not (value.isascii() and value.isdigit() and 0 < int(value) <= 500):
        raise invalid("CASETRACK_LARGEST_DOCUMENT", Text("un nombre de 1 à 500", "a number from 1 to 500"))
    return int(value)


ROLES = ("desk", "officer", "head", "signatory", "mediator", "evaluation", "administrator")


def roles(value: str) -> frozenset[str]:
    """Return the roles named; refuse one that does not exist: it would protect nobody, in silence."""
    if value in ("optional", "everybody"):
        return frozenset({value} - {"optional"})
    named = frozenset(name.strip() for name in value.split(","))
    if not named <= set(ROLES):
        raise invalid(
            "CASETRACK_SECOND_FACTOR",
            Text(
                f"optional, everybody, ou des rôles parmi {', '.join(ROLES)}",
                f"optional, everybody, or roles among {', '.join(ROLES)}",
            ),
        )
    return named


def proxies(value: str) -> int:
    """Refuse what is no number of proxies."""
    if not (value.isascii() and value.isdigit() and int(value) <= 9):
        raise invalid("CASETRACK_TRUSTED_PROXIES", Text("un nombre de 0 à 9", "a number from 0 to 9"))
    return int(value)


def kept_key(file: Path) -> str:
    """Return the key kept in `file`, made on the first call and readable by its owner alone."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        mine = file.with_name(f"{file.name}.{os.getpid()}")
        mine.touch(0o600)
        mine.write_text(secrets.token_urlsafe(32), encoding="ascii")
        # A link appears whole or not at all, and only once: two processes starting together agree.
        with suppress(FileExistsError):
            file.hardlink_to(mine)
        mine.unlink()
    key = long_enough(file.read_text(encoding="ascii").strip())
    if not key:
        raise invalid(
            "CASETRACK_SECRET_KEY",
            Text(f"une clé dans {file}, qui est vide", f"a key in {file}, which is empty"),
        )
    return key


def split(name: str, value: str) -> SplitResult:
    """Cut an address into its parts; a port that is no number is a bad value, not a traceback."""
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError as error:
        raise invalid(name, Text("une adresse lisible", "an address that can be read")) from error
    return parts


def invalid(name: str, expected: Text) -> InvalidInput:
    """Say which variable is wrong and what it should hold, never what it holds: it may be a password."""
    return InvalidInput(
        Text(
            f"{name} ne peut pas être utilisée. Attendu : {expected.fr}.",
            f"{name} cannot be used. Expected: {expected.en}.",
        ),
        code="setting",
    )
