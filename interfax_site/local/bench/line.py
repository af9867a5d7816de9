"""How long a fax of ten dense pages keeps its line, beside the bits of its pages at the speed agreed upon.

A real T.30 call through libspandsp2. Above the pages stand what the protocol costs: finding each other (answer tone,
DIS, DCS, training), the frames of error correction with their checksums and stuffed bits, and the turns between
pages. Line time runs on the call's own clock: the same on every machine.
"""

import tempfile
from pathlib import Path

from faxsend.mail import Document
from faxsend.rendering import PageFormat, render, tiff
from faxsend.t30 import library
from faxsend.t30.call import call
from faxsend.t30.library import Result
from faxsend.t30.report import Report, Task
from interfax_site.local.bench.measuring import Measure
from interfax_site.local.parts import PARTS, command_for
from interfax_site.local.processes import StartError

PAGES = 10
LINES, CHARACTERS = 44, 40
"""A page of A4 full of text of 12 points, as mails are drawn: 60 kB, which are 33 seconds."""
AT_MOST = 1.25
"""Of a call the protocol takes 13 seconds, of each page 5."""
LETTER = (
    "拝啓 時下ますますご清栄のこととお慶び申し上げます。平素は格別のお引き立てを賜り、厚く御礼申し上げます。"
    "さて、先日ご照会いただきました製品の御見積書を、下記のとおりお送りいたします。納期はご注文後およそ三週間、"
    "お支払いは月末締め翌月末払いにてお願い申し上げます。ご不明な点がございましたら、営業部の担当者まで、"
    "電話(03-1111-2222)またはFAXにてお問い合わせください。何卒ご検討のほど、よろしくお願い申し上げます。敬具 "
)


def run(*, pages: int = PAGES) -> list[Measure]:
    """One measure, in seconds of line. Raises ``StartError`` without the library."""
    try:
        library.load()
    except OSError as error:
        lacking = [part for part in PARTS if part.package == "libspandsp2"]
        raise StartError(f"the line needs libspandsp2; type:\n    {command_for(lacking)}") from error
    drawn = render([_document(pages)], PageFormat()).tiff
    report = _called(drawn)
    bits = 8 * sum(len(strip.data) for strip in tiff.read(drawn))
    if report.result != Result.OK or report.confirmed != pages or not report.bits_per_second:
        raise RuntimeError(f"the call failed: {report}")
    return [
        Measure("line-time-vs-bit-time", report.seconds, "s", bits / report.bits_per_second, at_most=AT_MOST)
    ]


def _document(pages: int) -> Document:
    return Document("letter.txt", "text/plain", "\f".join(map(_page, range(pages))).encode())


def _page(number: int) -> str:
    """Lines that begin at different places of the letter."""
    lines = (37 * (number * LINES + line) % len(LETTER) for line in range(LINES))
    return "\n".join((LETTER * 2)[start : start + CHARACTERS] for start in lines)


def _called(pages: bytes) -> Report:
    with tempfile.TemporaryDirectory(prefix="ifx-") as name:
        directory = Path(name)
        (directory / "pages.tif").write_bytes(pages)
        task = Task(
            pages=str(directory / "pages.tif"),
            received=str(directory / "received.tif"),
            last_page_sent="",
            first_page=1,
            csid="0311112222",
            fault="",
            parent=0,
        )
        return call(task, lambda: None)
