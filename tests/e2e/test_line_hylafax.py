"""The line, end to end, through HylaFAX: from an encrypted mail to a page that another modem has received."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from faxsend.rendering import tiff
from tests.e2e.office import Office, office, parsed
from tests.faxsend.carriers.hylafax_machines import Machines, machines, pages_in

pytestmark = [pytest.mark.root, pytest.mark.line, pytest.mark.hylafax]


@pytest.fixture(scope="module")
def hylafax() -> Iterator[Machines]:
    with machines() as ours:
        ours.answer()
        ours.offer_modem()
        yield ours


@pytest.fixture(scope="module")
def line(hylafax: Machines) -> Iterator[Office]:
    server = hylafax.server
    url = f"hylafax://{server.user}:{server.password}@{server.host}:{server.port}"
    with office(FAX_CARRIER="hylafax", HYLAFAX_URL=url, FAX_LINES="2") as ours:
        yield ours


def test_an_encrypted_mail_is_received_by_another_modem_bit_for_bit_as_it_was_drawn(
    line: Office, hylafax: Machines
) -> None:
    sent = line.send_encrypted(
        "/fax=03-1111-2222", "1枚目\n平素は格別のお引き立てを賜り\f2枚目\n誠に有難く存じます"
    )
    assert parsed(sent.notification())["Subject"].startswith("FAX送信が成功しました -> ")
    query = """SELECT f.id, a.result_code, a.pages_confirmed, a.remote_csid FROM faxsend_fax f
               JOIN faxsend_attempt a ON a.fax_id = f.id WHERE a.carrier = 'hylafax'"""
    [(fax, code, confirmed, csid)] = line.world.ask(query)
    assert (code, confirmed, csid) == (0, 2, "CALLED")
    [received] = hylafax.received()
    drawn = list(tiff.pages(line.world.pages_of(fax)))
    assert len(drawn) == 2
    for as_received, as_drawn in zip(pages_in(received), drawn, strict=True):
        assert np.array_equal(as_received, as_drawn)
