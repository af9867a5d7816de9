"""Mail that programs write by themselves. Orders of theirs are orders; their reports are none, and are answered so."""

from __future__ import annotations

from notifications.refusals import NoRecipientsFound
from tests.mails.case import Case, Faxed, Refused, text
from tests.mails.programs import IPHONE, OUTLOOK_365, OUTLOOK_2016, THUNDERBIRD
from tests.mails.systems import JAVA_MAIL, PERL
from tests.mails.writing import SENDER, body, mail, multipart, part, words

ORDER = "/fax=03-1111-2222 日報"
TEXT = "本日の売上をお知らせします。\n"
ORIGINAL = b"Subject: /fax=03-1111-2222\r\nMessage-ID: <1@example.jp>\r\n"


def _with_fields(raw: bytes, *fields: str) -> bytes:
    return "".join(f"{field}\r\n" for field in fields).encode() + raw


def _report(kind: str, about: str) -> bytes:
    fields = b"Reporting-UA: taro; Mail\r\nFinal-Recipient: rfc822; send@fax.tc\r\nOriginal-Message-ID: <1@example.jp>\r\n"
    return multipart(
        "report",
        "report",
        body(about, "utf-8", transfer="base64"),
        part(f"message/{kind}", fields),
        part("text/rfc822-headers", ORIGINAL),
        more=f"; report-type={kind}",
    )


CASES = (
    Case(
        "automatic: a batch that says so",
        _with_fields(JAVA_MAIL.write(ORDER, TEXT), "Auto-Submitted: auto-generated", "Precedence: bulk"),
        Faxed(text(TEXT), "日報"),
    ),
    Case(
        "automatic: an order passed on by a mailing list",
        _with_fields(PERL.write(ORDER, TEXT), "List-Id: <fax.sakura.example.jp>", "X-ML-Name: fax"),
        Faxed(text(TEXT), "日報"),
    ),
    Case(
        "automatic: an order that asks for a receipt",
        _with_fields(OUTLOOK_2016.write(ORDER, TEXT), f"Disposition-Notification-To: <{SENDER}>"),
        Faxed(text(TEXT), "日報"),
    ),
    Case(
        "automatic: an order with a disclaimer",
        OUTLOOK_365.write(
            ORDER, f"{TEXT}\n{'*' * 40}\nCONFIDENTIAL: this e-mail is for the addressee only.\n"
        ),
        Faxed(text(f"{TEXT}\n{'*' * 40}\nCONFIDENTIAL: this e-mail is for the addressee only.\n"), "日報"),
    ),
    Case(
        "automatic: an answer to our refusal, with its text quoted",
        THUNDERBIRD.write(
            "Re: Undelivered Mail Returned to Sender", "> The Postfix program has encountered\n\n了解\n"
        ),
        Refused(NoRecipientsFound),
    ),
    Case(
        "automatic: somebody is away",
        _with_fields(
            OUTLOOK_365.write("自動応答: FAX送信が成功しました -> (03-1111-2222)", "不在です。\n"),
            "Auto-Submitted: auto-generated",
            "X-Auto-Response-Suppress: All",
        ),
        Refused(NoRecipientsFound),
    ),
    Case(
        "automatic: a telephone answers",
        IPHONE.write("Re: FAX送信が失敗しました -> (03-1111-2222)", "了解\n\niPhoneから送信\n"),
        Refused(NoRecipientsFound),
    ),
    Case(
        "automatic: a receipt",
        OUTLOOK_2016.around(
            "開封済み: FAX送信が成功しました", _report("disposition-notification", "開封されました。\n")
        ),
        Refused(NoRecipientsFound),
    ),
    Case(
        "automatic: a delivery report",
        mail(
            f"From: {SENDER}",
            f"Subject: {words('配信不能: FAX送信', 'utf-8')}",
            entity=_report("delivery-status", "届きませんでした。\n"),
        ),
        Refused(NoRecipientsFound),
    ),
)
