"""Mails as Japanese programs send them."""

from __future__ import annotations

import base64
import random
from email.message import EmailMessage

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from faxsend.html_text import LOOKED_INTO
from faxsend.mail import MAX_PARTS, Document, Mail, Related, read_mail
from faxsend.mime_tree import MAX_DEPTH
from notifications.refusals import NotAMail

HEAD = "From: taro@example.jp\nMIME-Version: 1.0\n"
PDF = Document(name="a.pdf", media_type="application/pdf", content=b"%PDF-")
PDF_PART = "Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\nJVBERi0="
PLAIN_PART = "Content-Type: text/plain; charset=utf-8\n\n平文"
HTML_PART = "Content-Type: text/html; charset=utf-8\n\n<p>本文</p>"
PLAIN = Document("", "text/plain", "平文".encode(), is_body=True)
HTML = Document("", "text/html", "<p>本文</p>".encode(), is_body=True)
PICTURE_PART = (
    "Content-Type: image/png\nContent-ID: <logo@x>\nContent-Disposition: inline; filename=l.png\n\nx"
)
SHOWING_PART = (
    "Content-Type: text/html; charset=utf-8\n\n<p>本文</p><img src='CID:logo%40x'><img src=cid:none>"
)
SIGNATURE_PART = "Content-Type: application/pkcs7-signature; name=smime.p7s\n\nx"
FORWARDED_PART = "Content-Type: message/rfc822\n\nFrom: b@x.jp\n\nSubject: no\n\ninner"


def multipart(subtype: str, *parts: str) -> str:
    """A multipart entity; the boundary grows with what is inside, so that it can be nested."""
    boundary = "b" * (1 + sum(part.count("boundary=") + len(part) for part in parts) % 60) + str(len(parts))
    while any(f"--{boundary}" in part for part in parts):
        boundary += "x"
    body = "".join(f"--{boundary}\n{part}\n" for part in parts)
    return f"Content-Type: multipart/{subtype}; boundary={boundary}\n\n{body}--{boundary}--\n"


def mail_of(entity: str) -> Mail:
    return read_mail((HEAD + entity).encode())


def mail_with(headers: bytes) -> Mail:
    return read_mail(b"From: taro@example.jp\n" + headers + b"\n\nx")


def name_from(headers: bytes) -> str:
    (document,) = mail_with(headers).documents
    return document.name


def names(mail: Mail) -> list[str]:
    return [document.name for document in mail.documents]


# --- header fields


def test_a_mail_as_python_writes_it_is_read_whole() -> None:
    message = EmailMessage()
    message["From"] = "山田 太郎 <taro@example.jp>"
    message["Reply-To"] = "Fax <fax@example.jp>"
    message["Subject"] = "/fax=03-1111-2222 御見積書"
    message["Message-ID"] = "<1@example.jp>"
    message.set_content("本文")
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="a.pdf")
    assert read_mail(message.as_bytes()) == Mail(
        from_="taro@example.jp",
        reply_to="fax@example.jp",
        subject="/fax=03-1111-2222 御見積書",
        message_id="<1@example.jp>",
        text="本文\n",
        documents=(PDF,),
        body=(Document("", "text/plain", "本文\n".encode(), is_body=True),),
    )


@pytest.mark.parametrize(
    "headers",
    [b"Subject: x", b"From:", b"From: \xff", b"From: taro", b"From: undisclosed:;", b"From: a@" + b"b" * 300],
)
def test_a_mail_without_a_from_address_is_no_mail(headers: bytes) -> None:
    with pytest.raises(NotAMail):
        read_mail(headers + b"\n\nx")


@pytest.mark.parametrize(
    "field",
    [
        "taro@example.jp",
        "<taro@example.jp>",
        '"山田, 太郎" <taro@example.jp>',
        "山田,太郎 <taro@example.jp>",
        "山田＠営業 <taro@example.jp>",
        "taro@example.jp (山田)",
        "=?iso-2022-jp?B?GyRCOzNFRBsoQg==?=\n <taro@example.jp>",
        "taro@example.jp, jiro@example.jp",
    ],
)
def test_the_first_address_is_the_one(field: str) -> None:
    assert read_mail(f"From: {field}\n\n".encode()).from_ == "taro@example.jp"


def test_an_address_within_an_encoded_word_is_a_name() -> None:
    field = "=?utf-8?Q?boss=40example.jp=2C?= <taro@example.jp>"
    assert read_mail(f"From: {field}\n\n".encode()).from_ == "taro@example.jp"


def word(raw: bytes, charset: str) -> bytes:
    return b"=?" + charset.encode() + b"?B?" + base64.b64encode(raw) + b"?="


@pytest.mark.parametrize(
    ("field", "subject"),
    [
        (b"/fax=03-1111-2222", "/fax=03-1111-2222"),
        (b"/fax=03-1111-2222;\n 06-1111-2222", "/fax=03-1111-2222; 06-1111-2222"),
        (b"/fax=03-1111-2222;\r\n\t06-1111-2222", "/fax=03-1111-2222; 06-1111-2222"),
        (word(b"/fax=03-1111-2222", "us-ascii"), "/fax=03-1111-2222"),
        (b"=?utf-8?Q?/fax=3D03-1111-2222_=E8=A6=8B?=", "/fax=03-1111-2222 見"),
        (b"=?utf-8?q?a?= b =?UTF-8*ja?q?c?=", "a b c"),
        (word("御見積".encode("iso2022_jp"), "ISO-2022-JP") + b" /fax=03", "御見積 /fax=03"),
        (b"/fax=03 " + word(b"\x1b$B-!-j\x1b(Iab\x1b(B", "iso-2022-jp"), "/fax=03 ①㈱矮"),
        (word("①㈱髙".encode("cp932"), "Shift_JIS"), "①㈱髙"),
        (word("/fax=03\u3000見積".encode(), "utf-8"), "/fax=03\u3000見積"),
        ("/fax=03 御見積".encode(), "/fax=03 御見積"),
        ("/fax=03 御見積".encode("cp932"), "/fax=03 御見積"),
        ("/fax=03 御見積".encode("euc_jp"), "/fax=03 御見積"),
        ("/fax=03 御見積".encode("iso2022_jp"), "/fax=03 御見積"),
        (word("御見積".encode(), "iso-8859-1"), "御見積"),
        (b"=?utf-8?B?5b6h6KaL56k=?=\n =?utf-8?B?jQ==?=", "御見積"),
        (b"=?utf-8?B?5b6h6KaL?=\n\t=?utf-8?Q?=E7=A9=8D?=", "御見積"),
        (b"=?utf-8?B?5b6h6KaL?==?iso-2022-jp?B?GyRCQFEbKEI=?=", "御見積"),
        (b'"=?utf-8?B?5b6h6KaL?="', '"御見"'),
        (b"=?utf-8?B?5b6h6KaL", "=?utf-8?B?5b6h6KaL"),
        (b"=?utf-8?B?A?=", "=?utf-8?B?A?="),
        (b"=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        (b"=?x-unknown?B?5b6h6KaL?=", "御見"),
        (b"=?utf-8?Q?a=00b=0D=0AX-Evil=3A_1?=", "ab  X-Evil: 1"),
        (b"", ""),
    ],
)
def test_a_subject_is_read_as_its_writer_saw_it(field: bytes, subject: str) -> None:
    assert mail_with(b"Subject: " + field).subject == subject


def test_a_very_long_subject_of_broken_words_is_read_at_once() -> None:
    field = "=?a?q?" * 40_000
    assert mail_with(b"Subject: " + field.encode()).subject == field


@pytest.mark.parametrize(
    "disposition",
    [
        b"filename*=UTF-8''%E8%A6%8B%E7%A9%8D.pdf",
        b"filename*0*=UTF-8'ja'%E8%A6%8B;\n filename*1*=%E7%A9%8D; filename*2=.pdf",
        b"filename*=iso-2022-jp''%1B%24%428%2B%40Q%1B%28B.pdf",
        b"filename*=Shift_JIS''%8C%A9%90%CF.pdf",
        b'filename="=?UTF-8?B?6KaL56mNLnBkZg==?="',
        b"filename==?UTF-8?B?6KaL56mNLnBkZg==?=",
        b'filename="=?UTF-8?B?6KaL56k=?=\n =?UTF-8?B?jS5wZGY=?="',
        'filename="見積.pdf"'.encode(),
        'filename="見積.pdf"'.encode("cp932"),
        'filename="見積.pdf"'.encode("iso2022_jp"),
    ],
)
def test_a_file_name_is_read_in_every_way_it_comes(disposition: bytes) -> None:
    headers = b"Content-Type: application/pdf\nContent-Disposition: attachment; " + disposition
    assert name_from(headers) == "見積.pdf"


def test_a_file_name_may_stand_in_the_content_type_alone() -> None:
    headers = b'Content-Type: application/pdf;\n name="=?iso-2022-jp?B?GyRCOCtAURsoQi5wZGY=?="'
    assert name_from(headers) == "見積.pdf"


def test_a_file_name_in_code_page_50221_is_read() -> None:
    headers = (
        b"Content-Type: a/b\nContent-Disposition: attachment; filename*=iso-2022-jp''%1B%24B-%21-j%1B%28B"
    )
    assert name_from(headers) == "①㈱"


# --- the text


@pytest.mark.parametrize(
    ("codec", "label"),
    [
        ("iso2022_jp", "ISO-2022-JP"),
        ("cp932", "Shift_JIS"),
        ("euc_jp", "EUC-JP"),
        ("utf-8", "utf-8"),
        ("utf-8", "iso-2022-jp"),
        ("cp932", "us-ascii"),
    ],
)
@pytest.mark.parametrize("encoding", ["8bit", "base64", "quoted-printable", "BASE64 "])
def test_the_text_is_read_by_charset_and_transfer_encoding(codec: str, label: str, encoding: str) -> None:
    raw = "御見積書をお送りします。\r\nよろしく".encode(codec)
    if encoding.strip().lower() == "base64":
        raw = base64.encodebytes(raw)
    elif encoding == "quoted-printable":
        raw = b"".join(b"\r\n" if byte == 10 else b"" if byte == 13 else b"=%02X" % byte for byte in raw)
    head = f"{HEAD}Content-Type: text/plain; charset={label}\nContent-Transfer-Encoding: {encoding}\n\n"
    assert read_mail(head.encode() + raw).text == "御見積書をお送りします。\nよろしく"


def test_the_text_of_code_page_50221_keeps_its_special_characters() -> None:
    raw = b"\x1b$B-!-j|b\x1b(B \x1b(I6E\x1b(B\r\n"
    head = HEAD + "Content-Type: text/plain; charset=ISO-2022-JP\nContent-Transfer-Encoding: 7bit\n\n"
    assert read_mail(head.encode() + raw).text == "①㈱髙 ｶﾅ\n"


def test_a_mail_without_any_label_is_plain_text() -> None:
    assert read_mail("From: a@b.jp\n\n御見積書".encode("cp932")).text == "御見積書"


def test_an_unfit_transfer_encoding_leaves_the_text_as_it_came() -> None:
    head = HEAD + "Content-Type: text/plain\nContent-Transfer-Encoding: {}\n\n{}"
    assert read_mail(head.format("x-strange", "abc").encode()).text == "abc"
    assert read_mail(head.format("base64", "A").encode()).text == "A"


def test_zeros_are_no_text() -> None:
    assert read_mail(HEAD.encode() + b"\na\0b").text == "ab"


# --- the parts


@pytest.mark.parametrize("order", [(PLAIN_PART, HTML_PART), (HTML_PART, PLAIN_PART)])
def test_of_alternatives_the_plain_one_is_read_and_the_html_drawn(order: tuple[str, str]) -> None:
    mail = mail_of(multipart("alternative", *order))
    assert (mail.text, mail.body, mail.documents) == ("平文", (HTML,), ())


def test_of_alternatives_a_blank_one_is_neither_read_nor_drawn() -> None:
    blank_text, blank_html = "Content-Type: text/plain\n\n \n", HTML_PART.replace("本文", "&nbsp;")
    html_only = mail_of(multipart("alternative", blank_text, HTML_PART))
    assert (html_only.text, html_only.body) == ("本文\n", (HTML,))
    plain_only = mail_of(multipart("alternative", PLAIN_PART, blank_html))
    assert (plain_only.text, plain_only.body) == ("平文", (PLAIN,))


def test_a_mail_in_html_alone_is_read_and_drawn_in_utf_8() -> None:
    raw = (HEAD + "Content-Type: text/html; charset=Shift_JIS\n\n<p>本文</p>").encode("cp932")
    mail = read_mail(raw)
    assert (mail.text, mail.body, mail.documents) == ("本文\n", (HTML,), ())


def test_an_html_body_beside_attachments_is_no_document() -> None:
    assert mail_of(multipart("mixed", HTML_PART, PDF_PART)).documents == (PDF,)


def test_attachments_stand_in_order_and_the_text_apart() -> None:
    attached = PDF_PART.replace("a.pdf", "b.pdf")
    mail = mail_of(multipart("mixed", multipart("alternative", PLAIN_PART, HTML_PART), PDF_PART, attached))
    assert (mail.text, names(mail)) == ("平文", ["a.pdf", "b.pdf"])


def test_text_that_goes_on_behind_an_attachment_is_text() -> None:
    mail = mail_of(multipart("mixed", PLAIN_PART, PDF_PART, PLAIN_PART))
    assert (mail.text, names(mail)) == ("平文\n平文", ["a.pdf"])


def test_a_text_file_is_a_document_in_utf_8() -> None:
    attached = (
        "Content-Type: text/plain; charset=iso-2022-jp; name=a.txt\nContent-Transfer-Encoding: base64\n\n"
        + base64.b64encode("見積\r\n".encode("iso2022_jp")).decode()
    )
    mail = mail_of(multipart("mixed", PLAIN_PART, attached))
    assert (mail.text, mail.documents) == ("平文", (Document("a.txt", "text/plain", "見積\n".encode()),))


@pytest.mark.parametrize("codec", ["cp932", "iso2022_jp", "euc_jp", "utf-16", "utf-8-sig"])
@pytest.mark.parametrize(("name", "media_type"), [("a.txt", "text/plain"), ("A.HTM", "text/html")])
def test_a_text_file_of_unknown_type_is_a_document_in_utf_8(codec: str, name: str, media_type: str) -> None:
    attached = (
        f"Content-Type: application/octet-stream; name={name}\nContent-Transfer-Encoding: base64\n\n"
        + base64.b64encode("見積書をお送りします。\r\n".encode(codec)).decode()
    )
    text = "見積書をお送りします。\n".encode()
    assert mail_of(multipart("mixed", PLAIN_PART, attached)).documents == (Document(name, media_type, text),)


def test_a_text_file_of_unknown_type_beside_other_wordings_is_not_lost() -> None:
    attached = "Content-Type: application/octet-stream; name=a.txt\n\nx"
    mail = mail_of(multipart("alternative", multipart("mixed", PLAIN_PART, attached), HTML_PART))
    assert names(mail) == ["a.txt"]


@pytest.mark.parametrize(
    "disposition", ["attachment", "attachment; filename=a.txt", "inline; filename=a.txt"]
)
def test_a_text_that_is_a_file_is_not_the_body(disposition: str) -> None:
    mail = mail_of(f"Content-Type: text/plain\nContent-Disposition: {disposition}\n\nx")
    assert (mail.text, [document.content for document in mail.documents]) == ("", [b"x"])


def test_an_inline_file_is_a_document() -> None:
    inline = PDF_PART.replace("\n\n", "\nContent-Disposition: inline; filename=a.pdf\n\n")
    assert mail_of(multipart("mixed", PLAIN_PART, inline)).documents == (PDF,)


@pytest.mark.parametrize(
    "entity",
    [
        multipart("related", SHOWING_PART, PICTURE_PART),
        multipart("related", multipart("alternative", PLAIN_PART, SHOWING_PART), PICTURE_PART),
        multipart("alternative", PLAIN_PART, multipart("related", SHOWING_PART, PICTURE_PART)),
        multipart("mixed", multipart("alternative", PLAIN_PART, SHOWING_PART), PICTURE_PART),
    ],
)
@pytest.mark.parametrize("beside", [(), (PDF_PART,)])
def test_the_html_has_the_pictures_it_shows_wherever_they_stand(entity: str, beside: tuple[str]) -> None:
    mail = mail_of(multipart("mixed", entity, *beside))
    (body,) = mail.body
    assert body.related == (Related("logo@x", "image/png", b"x"),)
    assert names(mail) == ["a.pdf"] * len(beside)


def test_html_before_and_behind_an_attachment_is_drawn_in_two_pieces() -> None:
    rich = multipart("mixed", SHOWING_PART, PDF_PART, multipart("related", HTML_PART, PICTURE_PART))
    mail = mail_of(multipart("alternative", PLAIN_PART, rich))
    assert (mail.text, mail.documents) == ("平文", (PDF,))
    assert [len(body.related) for body in mail.body] == [1, 0]


def test_html_and_text_that_follow_each_other_are_both_read_and_drawn() -> None:
    footer = "Content-Type: text/plain; charset=utf-8\n\n平文"
    mail = mail_of(multipart("mixed", HTML_PART, footer))
    assert (mail.text, mail.body) == ("本文\n\n平文", (HTML, PLAIN))


def test_a_picture_of_the_html_is_no_document() -> None:
    mail = mail_of(multipart("related", multipart("alternative", PLAIN_PART, HTML_PART), PICTURE_PART))
    assert (mail.text, mail.documents) == ("平文", ())


def test_a_picture_that_is_attached_is_a_document() -> None:
    attached = PICTURE_PART.replace("inline", "attachment")
    assert names(mail_of(multipart("related", HTML_PART, attached))) == ["l.png"]
    assert names(mail_of(multipart("mixed", PLAIN_PART, PICTURE_PART))) == ["l.png"]


def test_a_document_among_the_pictures_of_the_html_is_not_lost() -> None:
    document = PDF_PART.replace("\n\n", "\nContent-ID: <1@x>\n\n")
    assert mail_of(multipart("related", HTML_PART, PICTURE_PART, document)).documents == (PDF,)


def test_a_document_within_the_html_alternative_is_not_lost() -> None:
    rich = multipart("mixed", HTML_PART, PDF_PART, HTML_PART)
    mail = mail_of(multipart("alternative", PLAIN_PART, rich))
    assert (mail.text, mail.documents) == ("平文", (PDF,))


def test_a_signature_is_no_document() -> None:
    signed = multipart("signed", multipart("mixed", PLAIN_PART, PDF_PART), SIGNATURE_PART)
    mail = mail_of(signed)
    assert (mail.text, mail.documents) == ("平文", (PDF,))


def test_an_enclosed_mail_is_a_document_and_nothing_in_it_is_read() -> None:
    mail = mail_of(multipart("mixed", PLAIN_PART, FORWARDED_PART))
    assert (mail.text, [document.media_type for document in mail.documents]) == ("平文", ["message/rfc822"])


def test_a_last_boundary_may_be_missing() -> None:
    entity = multipart("mixed", PLAIN_PART, PDF_PART).strip()
    mail = mail_of(entity[: entity.rindex("\n--")])
    assert (mail.text, mail.documents) == ("平文", (PDF,))


@pytest.mark.parametrize(
    "content_type", ["multipart/mixed", "multipart/mixed; boundary=x", "multipart/related"]
)
def test_a_multipart_that_cannot_be_taken_apart_is_no_mail(content_type: str) -> None:
    with pytest.raises(NotAMail):
        mail_of(f"Content-Type: {content_type}\n\nlost")


def nested(depth: int) -> str:
    opened = "".join(
        f"Content-Type: multipart/mixed; boundary=b{level}x\n\n--b{level}x\n" for level in range(depth)
    )
    return opened + PLAIN_PART


def test_a_tree_of_real_depth_and_width_is_read() -> None:
    assert mail_of(nested(MAX_DEPTH)).text == "平文"
    assert len(mail_of(multipart("mixed", *[PDF_PART] * MAX_PARTS)).documents) == MAX_PARTS


@pytest.mark.parametrize(
    "entity", [nested(MAX_DEPTH + 1), nested(1_500), multipart("mixed", *[PDF_PART] * 201)]
)
def test_a_tree_of_unreal_depth_or_width_is_no_mail(entity: str) -> None:
    with pytest.raises(NotAMail):
        mail_of(entity)


def test_each_part_is_read_once_however_deep_it_stands() -> None:
    """With one reading at each level, this would take minutes."""
    blank = "Content-Type: text/html\n\n" + "<i></i> " * 12_500
    entity = multipart("mixed", *[blank] * 60)
    for _ in range(MAX_DEPTH - 1):
        entity = multipart("alternative", entity)
    assert mail_of(entity).documents == ()


@pytest.mark.parametrize(("before", "text", "drawn"), [(LOOKED_INTO - 1, "a\nb\n", 1), (LOOKED_INTO, "a", 2)])
def test_html_is_looked_into_up_to_a_million_characters_of_a_mail(before: int, text: str, drawn: int) -> None:
    head = "Content-Type: text/html\n\n"
    long = f"{head}<!--{' ' * (before - 8)}-->a"
    assert mail_of(multipart("mixed", long, f"{head}<p>b</p>")).text == text
    assert len(mail_of(multipart("mixed", long, f"{head}<p>&nbsp;</p>")).body) == drawn


# --- whatever comes

ENTITIES = st.recursive(
    st.sampled_from(
        [PLAIN_PART, HTML_PART, SHOWING_PART, PDF_PART, PICTURE_PART, SIGNATURE_PART, FORWARDED_PART]
    ),
    lambda inner: st.builds(
        lambda subtype, parts: multipart(subtype, *parts),
        st.sampled_from(["mixed", "alternative", "related", "signed", "report", "digest"]),
        st.lists(inner, min_size=1, max_size=4),
    ),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    [
        b"Subject: =?iso-2022-jp?B?GyRC\n",
        b"Subject: =?utf-8?Q?=ZZ?= =?x?B?A?=\n",
        b"Content-Type: text/plain; charset=\x00\n",
        b"Content-Type: text/plain; charset*=x'y'%FF; charset*0*=a\n",
        b"Content-Type: multipart/mixed; boundary*=utf-8''%FF\n",
        b"Content-Type: ;;=;\n",
        b"Content-Type: multipart/mixed; boundary*=a; boundary*0=b\n",
        b"Content-Type: multipart/mixed; boundary*=\x00''a\n",
        b"Content-Disposition: inline; filename*=a; filename*0=b\n",
        b"Content-Type: a/b; name*" + b"9" * 5000 + b"=a\n",
        b"Content-Transfer-Encoding: x-uuencode\n\nbegin 666 a\n#\xff!a\n",
        b"Content-Type: message/rfc822\n",
        b"Content-Type: message/delivery-status\n",
        b"Content-Disposition: inline; filename*0*=\xff; filename*x*=1; filename*2=\n",
        b"Content-Transfer-Encoding: \xff\n",
        b"Content-Transfer-Encoding: base64\n",
        b"From: \x00 <a@\xff>\n",
        b"\x1b$B\xff: x\n",
        b"\n",
        b"--b1--\n",
        b"\x00\xff\r",
    ]
)


def mutated(raw: bytes, pieces: list[bytes], seed: int) -> bytes:
    """``raw`` with pieces pushed in and stretches cut out, at places drawn from ``seed``."""
    chance = random.Random(seed)
    for piece in pieces:
        lines = raw.split(b"\n")
        place = chance.randrange(len(lines))
        raw = b"\n".join([*lines[:place], piece.rstrip(b"\n"), *lines[place:]])
        if chance.random() < 0.3:
            start = chance.randrange(len(raw))
            raw = raw[:start] + raw[start + chance.randrange(30) :]
    return raw


def read_or_refuse(raw: bytes) -> Mail | None:
    try:
        return read_mail(raw)
    except NotAMail:
        return None


@given(ENTITIES)
def test_every_document_of_a_whole_mail_is_found_once(entity: str) -> None:
    mail = mail_of(entity)
    assert names(mail).count("a.pdf") == entity.count("name=a.pdf")


@given(ENTITIES, st.lists(FIELDS, max_size=6), st.integers(0, 2**32))
def test_no_damaged_mail_raises_anything_but_a_refusal(entity: str, pieces: list[bytes], seed: int) -> None:
    mail = read_or_refuse(mutated((HEAD + entity).encode(), pieces, seed))
    if mail is not None:
        "".join([mail.from_, mail.reply_to, mail.subject, mail.message_id, mail.text, *names(mail)]).encode()
        assert all(document.content.decode() for document in mail.body)
        assert "\0" not in mail.subject + mail.text + "".join(names(mail))


@given(st.one_of(st.binary(), st.lists(FIELDS).map(b"".join)))
@example(b"")
@example(b"From nobody\n")
def test_no_bytes_raise_anything_but_a_refusal(raw: bytes) -> None:
    for message in (raw, HEAD.encode() + raw, HEAD.encode() + b"\n" + raw):
        mail = read_or_refuse(message)
        assert mail is None or "@" in mail.from_
