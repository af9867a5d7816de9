"""What `openssl cms` offers, combined: alone, and one layer in the other."""

from itertools import product

from tests.certificates.smime.peers.cases import Case, Encrypt, Sign, Step, Who, speaking, words
from tests.certificates.smime.peers.openssl_envelopes import ECDH_SHA256, ENVELOPES, OAEP_SHA256
from tests.certificates.smime.peers.openssl_signatures import BY_PSS, SIGNATURES
from tests.certificates.smime.peers.ours import CBC, GCM, our_cases
from tests.certificates.smime.peers.persons import CURVES

LAYER_SIGNERS = {"v15": Who("alice"), "pss": BY_PSS, "p256": Who("alice-p256"), "p521": Who("alice-p521")}
LAYER_ENVELOPES = {
    "v15-aes256": Encrypt((Who("service"),), ("-aes-256-cbc",)),
    "oaep-aes128-stream": Encrypt((OAEP_SHA256,), ("-aes-128-cbc", "-stream")),
    "ecdh-aes192": Encrypt((Who("service-p384"),), ("-aes-192-cbc",)),
    "v15-gcm": Encrypt((Who("service"),), ("-aes-256-gcm", "-stream")),
    "ecdh-gcm-der": Encrypt((ECDH_SHA256,), ("-aes-128-gcm", "-outform", "DER")),
}


def _layered() -> list[Case]:
    cases = []
    for (key, who), form in product(LAYER_SIGNERS.items(), ("", "-nodetach")):
        signing = Sign((who,), words(("-md sha256", "-certfile", form)))
        for name, envelope in LAYER_ENVELOPES.items():
            orders: dict[str, tuple[Step, ...]] = {
                "signed, then encrypted": (signing, envelope),
                "encrypted, then signed": (envelope, signing),
                "signed, encrypted, signed": (signing, envelope, signing),
            }
            cases += [Case(order, speaking((key, form, name)), steps) for order, steps in orders.items()]
    return cases


CASES = (*ENVELOPES, *SIGNATURES, *_layered())
OURS = tuple(our_cases(("alice", *(f"alice-{curve}" for curve in CURVES)), CBC | GCM))
