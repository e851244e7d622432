"""Messages → e-mail by SMTP, pictures inside.

`smtps://user:password@host[:465]/?to=you@example.com[&from=…]`, or `smtp://…[:587]`, which goes on only once the
server has begun TLS; `?tls=no` lets it go without. A password is never sent without TLS but to this machine.
"""

from __future__ import annotations

import smtplib
import ssl
from contextlib import ExitStack
from email.message import EmailMessage
from email.utils import formatdate, getaddresses
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from goodfit.alerts.channels import Channel, Errand, fingerprint, first, require
from goodfit.alerts.message import Message
from goodfit.alerts.outcome import Outcome, OutcomeKind, shorten_reason
from goodfit.config import Settings

if TYPE_CHECKING:
    from goodfit.alerts.channels.http import Http

_TIMEOUT_S = 15.0
_HINT = "smtps://user:password@host/?to=you@example.com"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def open_channels(url: str, settings: Settings) -> list[Channel]:
    """The channel of the address. Raises ConfigError."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    recipients = [address for _, address in getaddresses(query.get("to", [])) if "@" in address]
    require(parts.hostname and recipients, "an e-mail address has no server or nobody to write to.", _HINT)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    sender = first(query, "from") or (user if "@" in user else recipients[0])
    has_tls = parts.scheme == "smtps"
    wants_tls = first(query, "tls") not in ("no", "0", "false")
    host = parts.hostname or ""
    require(
        not password or has_tls or wants_tls or host in _LOOPBACK,
        "a password would travel without TLS to another machine.",
        "leave tls=no out",
    )
    return [
        Email(
            host, parts.port or (465 if has_tls else 587), user, password, sender, recipients,
            has_tls=has_tls, wants_tls=wants_tls, certificate_file=settings.certificate_file,
        )
    ]  # fmt: skip


class Email(Channel):
    """One mailbox's way out, to one or more people."""

    def __init__(
        self,
        host: str,
        port: int,
        user: str,
        password: str,
        sender: str,
        recipients: list[str],
        *,
        has_tls: bool,
        wants_tls: bool,
        certificate_file: str | None,
    ) -> None:
        self._host, self._port, self._user, self._password = host, port, user, password
        self._sender, self._recipients = sender, recipients
        self._has_tls, self._wants_tls, self._certificate_file = has_tls, wants_tls, certificate_file
        self.label = f"email ({', '.join(recipients)})"
        self.credential = fingerprint("email", host, str(port), user, password)
        self.target = fingerprint(self.credential, *recipients)

    def send(self, message: Message, errand: Errand, http: Http) -> Outcome:
        """Hands the mail to the server; its Message-ID is the delivery's id."""
        mail = self._compose(message, errand)
        is_handed_over = False
        try:
            with self._connect() as server:
                if self._password:
                    server.login(self._user, self._password)
                is_handed_over = True
                refused = server.send_message(mail, self._sender, self._recipients)
        except smtplib.SMTPAuthenticationError as error:
            return Outcome("auth", _say(error), error.smtp_code)
        except smtplib.SMTPRecipientsRefused as error:
            code, reason = next(iter(error.recipients.values()))
            return Outcome(_kind_of(code), shorten_reason(f"{code} {reason.decode(errors='replace')}"), code)
        except smtplib.SMTPResponseException as error:
            return Outcome(_kind_of(error.smtp_code), _say(error), error.smtp_code)
        except ssl.SSLCertVerificationError as error:
            return Outcome("config", shorten_reason(f"the server's certificate does not hold: {error}"))
        except smtplib.SMTPNotSupportedError as error:
            return Outcome("config", shorten_reason(str(error)))
        except (smtplib.SMTPException, OSError) as error:
            return Outcome("unknown" if is_handed_over else "transient", shorten_reason(str(error) or repr(error)))
        if refused:
            return Outcome("sent", shorten_reason(f"but refused for {', '.join(sorted(refused))}"), 250)
        return Outcome("sent", status_code=250)

    def _connect(self) -> smtplib.SMTP:
        if self._has_tls:
            return smtplib.SMTP_SSL(self._host, self._port, timeout=_TIMEOUT_S, context=self._context())
        server = smtplib.SMTP(self._host, self._port, timeout=_TIMEOUT_S)
        with ExitStack() as undo:
            undo.callback(server.close)
            server.ehlo_or_helo_if_needed()
            if self._wants_tls and not (self._host in _LOOPBACK and not server.has_extn("starttls")):
                server.starttls(context=self._context())
            undo.pop_all()
        return server

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._certificate_file)

    def _compose(self, message: Message, errand: Errand) -> EmailMessage:
        mail = EmailMessage()
        mail["Subject"] = message.title
        mail["From"] = self._sender
        mail["To"] = ", ".join(self._recipients)
        mail["Date"] = formatdate(errand.created)
        mail["Message-ID"] = f"<{errand.delivery_id}@goodfit.invalid>"
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notes in answer, please
        mail.set_content("\n".join(line for line in (message.body, message.link or "") if line) or message.title)
        file = message.attachment
        if file is not None:
            kind, _, subtype = file.media_type.partition("/")
            mail.add_attachment(file.data, kind, subtype, filename=file.file_name, disposition="inline")
            if file.alt:
                list(mail.iter_attachments())[-1]["Content-Description"] = " ".join(file.alt.split())
        return mail


def _kind_of(code: int) -> OutcomeKind:
    return "transient" if 400 <= code < 500 or code < 200 else "permanent"


def _say(error: smtplib.SMTPResponseException) -> str:
    words = error.smtp_error.decode(errors="replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
    return shorten_reason(f"{error.smtp_code} {words}")
