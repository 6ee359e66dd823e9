"""Hand one message to a mail server, and know on which side of the last dot it failed.

Before the dot nothing was accepted: trying again is safe. After it, only the server's answer tells.
"""

import re
import smtplib
import ssl
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as MAIL
from email.utils import format_datetime, parseaddr
from typing import Literal, NamedTuple

from casetrack.database.tables import Message
from casetrack.settings import MailServer

# Seven bits only: what any server on the way may change is what no server needs to.
POLICY = MAIL.clone(cte_type="7bit")


class Outcome(NamedTuple):
    """What became of one message, and the code that says why; never an address."""

    status: Literal["sent", "retry", "refused", "in_doubt"]
    error: str = ""


class Smtp:
    """Reach one mail server as one sender."""

    def __init__(self, server: MailServer, mail_from: str, timeout: float = 30) -> None:
        """Keep where and as whom; `timeout`, in seconds, holds for each exchange with the server."""
        self.server, self.mail_from, self.timeout = server, mail_from, timeout

    def open(self) -> smtplib.SMTP:
        """Return a connection ready for mail; raise OSError when the server cannot be reached or used."""
        server, context = self.server, ssl.create_default_context()
        if server.security == "tls":
            connection = smtplib.SMTP_SSL(server.host, server.port, timeout=self.timeout, context=context)
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=self.timeout)
        try:
            if server.security == "starttls":
                connection.starttls(context=context)
            connection.ehlo_or_helo_if_needed()
            if server.user:
                connection.login(server.user, server.password)
        except OSError:
            connection.close()
            raise
        return connection

    def hand_over(self, connection: smtplib.SMTP, message: Message) -> Outcome:
        """Give one message to the server; a message that cannot be an e-mail is refused, not tried again."""
        try:
            mail = written(message, self.mail_from)
        except (ValueError, IndexError, MessageError) as fault:
            return Outcome("refused", type(fault).__name__)
        outcome = _conversation(connection, parseaddr(self.mail_from)[1], message.recipient, mail)
        if outcome.status != "sent":
            _begin_afresh(connection)
        return outcome

    def close(self, connection: smtplib.SMTP) -> None:
        """Take leave; whatever the server answers, everything is already known."""
        try:
            connection.quit()
        except OSError:
            connection.close()


def written(message: Message, mail_from: str) -> bytes:
    """Return the message as it travels; raise ValueError or MessageError for an unusable address."""
    if not message.recipient.isascii():
        raise ValueError("an address beyond ASCII, which most servers refuse")
    mail = EmailMessage(policy=POLICY)
    mail["From"] = mail_from
    mail["To"] = Address(addr_spec=message.recipient)
    # A line break in a title would begin a header of the writer's own.
    mail["Subject"] = " ".join(filter(None, message.subject.splitlines()))
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = message.message_id
    mail["Content-Language"] = message.language
    # A robot must not answer a robot (RFC 3834, 5; the second is Microsoft's).
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(message.body)
    return mail.as_bytes()


def code_of(fault: Exception) -> str:
    """Return the class of a failure and its code if it has one: never its text, which may quote an address."""
    return f"{type(fault).__name__} {getattr(fault, 'smtp_code', None) or getattr(fault, 'code', None) or ''}".strip()


def _conversation(connection: smtplib.SMTP, sender: str, recipient: str, mail: bytes) -> Outcome:
    try:
        # A refused sender is our own fault, mendable: only the recipient and the text are refused for good.
        if (code := connection.mail(sender)[0]) != 250:
            return Outcome("retry", f"MAIL {code}")
        if (code := connection.rcpt(recipient)[0]) not in (250, 251):
            return _refusal("RCPT", code)
        if (code := connection.docmd("DATA")[0]) != 354:
            return _refusal("DATA", code)
        connection.send(re.sub(rb"(?m)^\.", b"..", mail) + b".\r\n")
    except OSError as fault:
        return Outcome("retry", code_of(fault))
    try:
        code = connection.getreply()[0]
    except OSError as fault:
        return Outcome("in_doubt", code_of(fault))
    return Outcome("sent") if 200 <= code < 300 else _refusal("end of DATA", code, unknown="in_doubt")


def _refusal(step: str, code: int, unknown: Literal["retry", "in_doubt"] = "retry") -> Outcome:
    known: dict[int, Literal["retry", "refused"]] = {4: "retry", 5: "refused"}
    return Outcome(known.get(code // 100, unknown), f"{step} {code}")


def _begin_afresh(connection: smtplib.SMTP) -> None:
    try:
        connection.rset()
    except OSError:
        connection.close()
