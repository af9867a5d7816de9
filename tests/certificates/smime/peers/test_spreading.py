"""Where a full product would explode, no pair of choices is left out."""

from itertools import product

import pytest

from tests.certificates.smime.peers import openssl_envelopes as envelopes
from tests.certificates.smime.peers import openssl_signatures as signatures
from tests.certificates.smime.peers.cases import Way, pairs, spread

Rows = list[tuple[Way, Way]]
TABLES = {
    "oaep": (envelopes.OAEP_WAYS, envelopes.ALL_ENVELOPE_FORMS, envelopes.OAEP),
    "ecdh": (envelopes.AES_WRAPS, envelopes.ALL_ENVELOPE_FORMS, envelopes.ECDH),
    "ecdh-3des": (envelopes.DES_WRAPS, envelopes.FORMS_OF_192_BITS, envelopes.ECDH_DES),
    "signatures": (signatures.PLAIN_WAYS, signatures.SIGNING_FORMS, signatures.PLAIN),
    "pss": (signatures.PSS_WAYS, signatures.PSS_FORMS, signatures.PSS),
}


@pytest.mark.parametrize("table", TABLES)
def test_every_choice_of_one_question_meets_every_choice_of_the_others(table: str) -> None:
    ways, forms, rows = TABLES[table]
    wanted = {pair for way, form in product(ways, forms) for pair in pairs(way + form)}
    assert wanted == {pair for way, form in rows for pair in pairs(way + form)}


def test_every_way_is_taken_as_often_as_asked_for() -> None:
    ways: list[Way] = [("a",), ("b",)]
    forms: list[Way] = [("c", "e"), ("d", "f")]
    assert [way for way, _ in spread(ways, forms, times=2)] == ways * 2
    assert set(spread(ways, forms, times=2)) == set(product(ways, forms))
