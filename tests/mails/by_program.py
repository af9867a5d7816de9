"""The same order by every program: a text and a PDF with a Japanese name, both to be faxed."""

from __future__ import annotations

from collections.abc import Iterator

from faxsend.mail import Document
from tests.faxsend.rendering import pdfs
from tests.mails import japanese_programs, programs, systems
from tests.mails.case import Case, Faxed, text
from tests.mails.client import File, Program

SUBJECT = "/fax=03-1111-2222 /b 御見積書①の件 ㈱髙橋商店御中"
KEPT_SUBJECT = "御見積書①の件 ㈱髙橋商店御中"
TEXT = "㈱髙橋商店 御中\n\nいつもお世話になっております。\n御見積書①をお送りいたします。ﾖﾛｼｸお願いします。\n\n山田 太郎\n"
QUOTE = File("御見積書_㈱髙橋商店様_2024年11月25日.pdf", "application/pdf", pdfs.pdf(pdfs.words("Quote")))
DRAWN_QUOTE = (Document(QUOTE.name, QUOTE.media_type, QUOTE.content),)

PROGRAMS: tuple[Program, ...] = tuple(
    value
    for module in (programs, japanese_programs, systems)
    for value in vars(module).values()
    if isinstance(value, Program)
)


def _cases() -> Iterator[Case]:
    for program in PROGRAMS:
        mail = program.write(SUBJECT, TEXT, QUOTE)
        yield Case(
            f"{program.name}: a text and a PDF", mail, Faxed((*text(TEXT), *DRAWN_QUOTE), KEPT_SUBJECT)
        )


CASES = tuple(_cases())
