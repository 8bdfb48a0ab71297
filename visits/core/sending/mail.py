"""A message by e-mail: that something waits, and where. No name, no number, no illness."""

import smtplib
from collections.abc import Callable
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage

from visits.core.models import Delivery, Digest, Notice
from visits.core.sending.problems import Final, NotYet

FOOT = "这是巡访系统自动发的，请不要回信。不想收，登录后到“通知”里的“怎么通知我”改。"


def message(delivery: Delivery, to: str, connection: Any) -> EmailMessage:
    """The letter of a notice or a digest. Its number is the delivery's own: one that was sent twice because a
    machine died in between is known as the same by whoever receives it."""
    subject, body = of_notice(delivery.notice) if delivery.notice else of_digest(delivery.digest)
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2] or "xunfang"
    return EmailMessage(
        subject=subject,
        body=f"{body}\n\n{FOOT}\n",
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[to],
        headers={"Message-ID": f"<delivery-{delivery.pk}@{host}>", "Auto-Submitted": "auto-generated"},
        connection=connection,
    )


def of_notice(notice: Notice) -> tuple[str, str]:
    return f"【巡访】{notice.words}"[
        :78
    ], f"{notice.words}。\n\n请登录后看：{settings.EXTERNAL_URL}{notice.url}"


def of_digest(digest: Digest | None) -> tuple[str, str]:
    assert digest is not None
    lines = "\n".join(f"· {line}" for line in digest.lines)
    on = digest.on
    return (
        f"【巡访】{on.month}月{on.day}日：{len(digest.lines)}件事",
        f"{lines}\n\n请登录后看：{settings.EXTERNAL_URL}/",
    )


def send(letter: EmailMessage) -> None:
    """Send it now. Raises `NotYet` or `Final` with words that may be shown."""
    try:
        letter.send(fail_silently=False)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        if all(code >= 500 for code in codes):
            raise Final("收件的邮箱不存在，或者不收我们的信") from None
        raise NotYet("收件的邮箱现在收不了") from None
    except smtplib.SMTPException as error:
        raise _explained(error) from None
    except TimeoutError:
        raise NotYet("邮件服务器没有答应") from None
    except OSError:
        raise NotYet("连不上邮件服务器") from None


WORDS: tuple[tuple[type[smtplib.SMTPException], str], ...] = (
    (smtplib.SMTPAuthenticationError, "邮件服务器不认系统的账号，请系统管理员核对"),
    (smtplib.SMTPSenderRefused, "邮件服务器不让用这个发件地址"),
    (smtplib.SMTPServerDisconnected, "邮件服务器中途断开了"),
    (smtplib.SMTPDataError, "邮件服务器没有收下这封信"),
)


def _explained(error: smtplib.SMTPException) -> NotYet:
    return NotYet(next((words for kind, words in WORDS if isinstance(error, kind)), "邮件服务器没有收下"))


Sender = Callable[[EmailMessage], None]
