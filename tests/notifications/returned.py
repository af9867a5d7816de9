"""Mails that come back, written as the programs and providers write them that customers' mail runs into."""

from __future__ import annotations

from dataclasses import dataclass
from email.mime.text import MIMEText

RETURNED = "From: InterFAX <send@fax.tc>\r\nSubject: notice 5.1.1\r\nMessage-ID: <1@fax.tc>\r\n"


@dataclass(frozen=True, slots=True)
class Returned:
    """``status``: what a reader must find, empty where nothing has failed for good."""

    name: str
    raw: bytes
    status: str


def report(
    action: str,
    status: str,
    said: str = "",
    *,
    text: str = "This is the mail system.",
    sender: str = "MAILER-DAEMON@mx.example.jp (Mail Delivery System)",
    more: str = "",
) -> bytes:
    """RFC 3464 in a multipart/report (RFC 6522)."""
    diagnostic = f"Diagnostic-Code: {said}\r\n" if said else ""
    return (
        f"From: {sender}\r\nSubject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n boundary="=_b1"\r\n\r\n'
        f"This is a MIME-encapsulated message.\r\n\r\n--=_b1\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n{text}\r\n"
        "\r\n--=_b1\r\nContent-Description: Delivery report\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.example.jp\r\nArrival-Date: Mon, 25 Nov 2024 09:30:12 +0900 (JST)\r\n\r\n"
        f"Final-Recipient: rfc822; taro@example.jp\r\nAction: {action}\r\nStatus: {status}\r\n{diagnostic}{more}"
        f"\r\n--=_b1\r\nContent-Type: text/rfc822-headers\r\n\r\n{RETURNED}\r\n--=_b1--\r\n"
    ).encode()


def letter(
    sender: str, subject: str, text: str, *, charset: str = "us-ascii", headers: str = "", kind: str = "plain"
) -> bytes:
    """One that people read."""
    mail = MIMEText(text, kind, charset)
    mail["From"], mail["Subject"] = sender, subject
    return headers.encode() + mail.as_bytes().replace(b"\n", b"\r\n")


DAEMON = "MAILER-DAEMON@example.jp"
QMAIL = """Hi. This is the qmail-send program at example.jp.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<taro@example.jp>:
{reason}

--- Below this line is a copy of the message.

Return-Path: <bounces@fax.tc>
Subject: no such user 5.1.2
"""
EXIM = """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  taro@example.jp
    {reason}

------ This is a copy of the message, including all the headers. ------
Subject: spam
"""
INTERMAIL = """This Message was undeliverable due to the following reason:

Each of the following recipients was rejected by a remote mail server.
The reasons given by the server are included to help you determine why
each recipient was rejected.

    Recipient: <taro@docomo.ne.jp>
    Reason:    {reason}

Please reply to <Postmaster@docomo.ne.jp> if you feel this message to be in error.
"""

TABLE = (
    Returned(
        "Postfix, unknown user",
        report("failed", "5.1.1", "smtp; 550 5.1.1 <taro@example.jp>: Recipient address rejected"),
        "5.1.1",
    ),
    Returned(
        "Postfix, host not found",
        report("failed", "5.4.4", "X-Postfix; Host or domain name not found. Name service error"),
        "5.4.4",
    ),
    Returned("Postfix, given up after five days", report("failed", "4.4.1", "X-Postfix; timed out"), "4.4.1"),
    Returned("Postfix, delayed", report("delayed", "4.4.1", "X-Postfix; connect: Connection refused"), ""),
    Returned("delivered", report("delivered", "2.0.0"), ""),
    Returned("relayed to where no reports come from", report("relayed", "2.1.9"), ""),
    Returned(
        "docomo's words in a report of Postfix",
        report("failed", "5.0.0", "smtp; 550 Unknown user taro@docomo.ne.jp"),
        "5.1.1",
    ),
    Returned(
        "au's words in a report of Postfix",
        report("failed", "5.0.0", "smtp; 550 <taro@ezweb.ne.jp>: User unknown"),
        "5.1.1",
    ),
    Returned(
        "SoftBank's words in a report of Postfix",
        report("failed", "5.0.0", "smtp; 550 Invalid recipient: <taro@softbank.ne.jp>"),
        "5.1.1",
    ),
    Returned(
        "a number in the diagnostic only",
        report("failed", "5.0.0", "smtp; 552 5.2.2 The email account is over quota"),
        "5.2.2",
    ),
    Returned(
        "Exchange, one that says only what it is called",
        report("failed", "5.1.10", "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found"),
        "5.1.10",
    ),
    Returned(
        "Exchange, restricted",
        report("failed", "5.7.1", "smtp;550 5.7.133 RESOLVER.RST.SenderNotAuthenticated"),
        "5.7.1",
    ),
    Returned(
        "Exchange Online, no such recipient at the edge",
        report("failed", "5.4.1", "smtp;550 5.4.1 Recipient address rejected: Access denied."),
        "5.4.1",
    ),
    Returned(
        "Gmail, no such user",
        report(
            "failed",
            "5.1.1",
            "smtp; 550-5.1.1 The email account that you tried to reach does not exist.",
            sender="Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        ),
        "5.1.1",
    ),
    Returned(
        "Gmail, still trying",
        report("delayed", "4.4.1", "smtp; The recipient server did not accept our requests to connect."),
        "",
    ),
    Returned("a comment behind the action", report("failed (for good)", "5.2.1 (mailbox disabled)"), "5.2.1"),
    Returned(
        "a list behind the address, of which one has it",
        report(
            "failed", "5.1.1", more="\r\nFinal-Recipient: rfc822; hanako@example.jp\r\nAction: delivered\r\n"
        ),
        "",
    ),
    Returned(
        "a status without an action",
        report("failed", "5.2.2").replace(b"Action: failed\r\n", b""),
        "5.2.2",
    ),
    Returned(
        "a report inside a mail of a gateway",
        b"From: gateway@example.jp\r\nSubject: FW\r\nContent-Type: multipart/mixed; boundary=out\r\n\r\n"
        b"--out\r\nContent-Type: text/plain\r\n\r\nforwarded\r\n--out\r\n"
        + report("failed", "5.1.1").split(b"MIME-Version: 1.0\r\n")[1]
        + b"\r\n--out--\r\n",
        "5.1.1",
    ),
    Returned(
        "a report in base64",
        report("failed", "5.1.1").replace(
            b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.jp\r\n"
            b"Arrival-Date: Mon, 25 Nov 2024 09:30:12 +0900 (JST)\r\n\r\n"
            b"Final-Recipient: rfc822; taro@example.jp\r\nAction: failed\r\nStatus: 5.1.1\r\n",
            b"Content-Type: message/delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            b"UmVwb3J0aW5nLU1UQTogZG5zOyBteC5leGFtcGxlLmpwCgpGaW5hbC1SZWNpcGllbnQ6IHJmYzgy\r\n"
            b"MjsgdEBleGFtcGxlLmpwCkFjdGlvbjogZmFpbGVkClN0YXR1czogNS4xLjEK\r\n",
        ),
        "5.1.1",
    ),
    Returned(
        "qmail, no mailbox",
        letter(
            DAEMON, "failure notice", QMAIL.format(reason="Sorry, no mailbox here by that name. (#5.1.1)")
        ),
        "5.1.1",
    ),
    Returned(
        "qmail, vpopmail's words",
        letter(
            DAEMON,
            "failure notice",
            QMAIL.format(reason="Sorry, no mailbox here by that name. vpopmail (#5.1.1)"),
        ),
        "5.1.1",
    ),
    Returned(
        "qmail, too long in its queue",
        letter(
            DAEMON,
            "failure notice",
            QMAIL.format(
                reason="Sorry, I wasn't able to establish an SMTP connection. (#4.4.1)\n"
                "I'm not going to try again; this message has been in the queue too long."
            ),
        ),
        "4.4.1",
    ),
    Returned(
        "Exim, unrouteable",
        letter(
            "Mail Delivery System <Mailer-Daemon@example.jp>",
            "Mail delivery failed: returning message to sender",
            EXIM.format(reason="Unrouteable address"),
            headers="X-Failed-Recipients: taro@example.jp\r\nAuto-Submitted: auto-replied\r\n",
        ),
        "5.1.1",
    ),
    Returned(
        "Exim, retry timeout",
        letter(
            "Mailer-Daemon@example.jp",
            "Mail delivery failed: returning message to sender",
            EXIM.format(reason="retry timeout exceeded"),
            headers="X-Failed-Recipients: taro@example.jp\r\n",
        ),
        "4.4.7",
    ),
    Returned(
        "Exim, delayed",
        letter(
            "Mailer-Daemon@example.jp",
            "Warning: message 1tFabc-0001 delayed 24 hours",
            "No action is required on your part. Delivery attempts will continue.",
        ),
        "",
    ),
    Returned(
        "docomo's own, unknown user",
        letter(
            "Mail Administrator <Postmaster@docomo.ne.jp>",
            "Mail System Error - Returned Mail",
            INTERMAIL.format(reason="Unknown user"),
        ),
        "5.1.1",
    ),
    Returned(
        "docomo's own, the domain is not among those accepted",
        letter(
            "Mail Administrator <Postmaster@docomo.ne.jp>",
            "Mail System Error - Returned Mail",
            INTERMAIL.format(reason="ドメイン指定受信の設定により受信できません"),
            charset="iso-2022-jp",
        ),
        "5.7.1",
    ),
    Returned(
        "au's own",
        letter(
            "Mail Delivery Subsystem <MAILER-DAEMON@ezweb.ne.jp>",
            "Returned mail: User unknown",
            "The original message was received\n   ----- The following addresses had delivery problems -----\n"
            "<taro@ezweb.ne.jp>   (unrecoverable error)\n   ----- Transcript of session follows -----\n"
            "550 <taro@ezweb.ne.jp>... User unknown\n   ----- Original message follows -----\nover quota\n",
        ),
        "5.1.1",
    ),
    Returned(
        "sendmail of old, a full mailbox",
        letter(
            DAEMON,
            "Returned mail: see transcript for details",
            "----- The following addresses had permanent fatal errors -----\n<taro@example.jp>\n"
            "    (reason: 552 mailbox is full)\n",
        ),
        "5.2.2",
    ),
    Returned(
        "Domino",
        letter(
            "Postmaster@example.jp",
            "DELIVERY FAILURE: User taro (taro@example.jp) not listed in Domino Directory",
            "Your message could not be delivered because:\nUser taro not listed in Domino Directory\n",
        ),
        "5.1.1",
    ),
    Returned(
        "Exchange of old, HTML",
        letter(
            "System Administrator <postmaster@example.jp>",
            "Undeliverable: FAX",
            "<html><body><p>The e-mail account <b>does not exist</b> at the organization.</p></body></html>",
            kind="html",
        ),
        "5.1.1",
    ),
    Returned(
        "Japanese, no such address, ISO-2022-JP",
        letter(
            "postmaster@example.co.jp",
            "メール配信エラー",
            "お送りいただいたメールは配信できませんでした。\n宛先のアドレスが見つかりません。\n",
            charset="iso-2022-jp",
        ),
        "5.1.1",
    ),
    Returned(
        "Japanese, a full mailbox, UTF-8",
        letter(
            DAEMON,
            "配信不能通知",
            "受信者のメールボックスの容量を超えています。\n元のメッセージ:\nUser unknown\n",
            charset="utf-8",
        ),
        "5.2.2",
    ),
    Returned(
        "Japanese, delayed",
        letter(
            DAEMON,
            "配信遅延のお知らせ",
            "配信が遅れています。引き続き再送を試みます。\n",
            charset="utf-8",
        ),
        "",
    ),
    Returned(
        "a failure without a reason", letter(DAEMON, "Returned mail", "Your mail is returned.\n"), "5.0.0"
    ),
    Returned(
        "an absence note",
        letter(
            "taro@example.jp",
            "自動返信: FAX送信が成功しました",
            "本日は休暇をいただいております。\n",
            charset="utf-8",
            headers="Auto-Submitted: auto-replied\r\n",
        ),
        "",
    ),
    Returned(
        "an absence note on our mail about a failure",
        letter(
            "taro@example.jp",
            "自動返信: FAX送信が失敗しました -> (03-1111-2222)",
            "本日は休暇をいただいております。\n",
            charset="utf-8",
            headers="Auto-Submitted: auto-replied\r\n",
        ),
        "",
    ),
    Returned(
        "a person who answers, and writes of unknown users",
        letter("taro@example.jp", "Re: FAX", "What does user unknown 5.1.1 mean?\n"),
        "",
    ),
    Returned(
        "a receipt (RFC 8098)",
        b"From: taro@example.jp\r\nSubject: Read\r\nContent-Type: multipart/report; boundary=b;\r\n"
        b" report-type=disposition-notification\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nread\r\n--b\r\n"
        b"Content-Type: message/disposition-notification\r\n\r\nDisposition: manual-action; displayed\r\n--b--\r\n",
        "",
    ),
    Returned("nothing at all", b"", ""),
)
