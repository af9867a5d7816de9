"""What gpgsm offers, combined. Version 2.2 encrypts to RSA keys only."""

from itertools import product

from tests.certificates.smime.peers.cases import Case, Encrypt, Sign, Step, Who, speaking
from tests.certificates.smime.peers.nss_cases import RECIPIENTS
from tests.certificates.smime.peers.ours import CBC, our_cases

DIGESTS = ("SHA256", "SHA384", "SHA512")
WAYS = [
    *(("alice", digest) for digest in DIGESTS),
    *(("alice-p256", digest) for digest in DIGESTS),
    *(("alice-p384", digest) for digest in DIGESTS[1:]),
    ("alice-p521", "SHA512"),
]
"""With an elliptic key it takes no digest that is shorter than the curve."""
FORMS = ("--sign", "--detach-sign")
OUTPUTS = ("", "--base64", "--armor")
CERTIFICATES = {"all": "-1", "without-root": "-2", "own-only": "1"}
CIPHERS = ("3DES", "AES", "AES192", "AES256")


def _digest(name: str) -> tuple[str, str]:
    return ("--digest-algo", name)


def _signed() -> list[Case]:
    return [
        Case(
            "signed",
            speaking((name, digest, form, output, sent)),
            (
                Sign(
                    (Who(name),),
                    (*_digest(digest), "--include-certs", number, *filter(None, (output, form))),
                ),
            ),
            intermediate_known=sent == "own-only",
        )
        for (name, digest), form, output, (sent, number) in product(
            WAYS, FORMS, OUTPUTS, CERTIFICATES.items()
        )
        if name == "alice" or sent == "without-root"
    ]


def _two_signers() -> list[Case]:
    people = {
        "rsa": ("alice", "bob"),
        "others-first": ("bob", "alice"),
        "both-kinds": ("alice", "alice-p256"),
    }
    return [
        Case(
            "signed: two signers",
            speaking((name, form)),
            (Sign(tuple(map(Who, names)), (*_digest("SHA256"), form)),),
        )
        for (name, names), form in product(people.items(), FORMS)
    ]


def _to(names: tuple[str, ...], cipher: str, output: str = "") -> Encrypt:
    return Encrypt(tuple(map(Who, names)), ("--cipher-algo", cipher, *filter(None, (output,))))


def _encrypted() -> list[Case]:
    return [
        Case("encrypted", speaking((name, cipher, output)), (_to(names, cipher, output),))
        for (name, names), cipher, output in product(RECIPIENTS.items(), CIPHERS, OUTPUTS)
    ]


def _layered() -> list[Case]:
    cases = []
    for name, form in product(("alice", "alice-p256"), FORMS):
        signing = Sign((Who(name),), (*_digest("SHA256"), form))
        for cipher in ("3DES", "AES256"):
            envelope = _to(("service",), cipher)
            orders: dict[str, tuple[Step, ...]] = {
                "signed, then encrypted": (signing, envelope),
                "encrypted, then signed": (envelope, signing),
                "signed, encrypted, signed": (signing, envelope, signing),
            }
            cases += [Case(order, speaking((name, form, cipher)), steps) for order, steps in orders.items()]
    return cases


REFUSED_CIPHERS = (
    "SEED",
    "CAMELLIA128",
    "CAMELLIA192",
    "CAMELLIA256",
    "SERPENT256",
    "2.16.840.1.101.3.4.1.46",
)
"""The last is AES-256-GCM, which it puts into EnvelopedData."""
REFUSED_DIGESTS = {
    "SHA1": "weak-algorithm",
    "SHA224": "signature algorithm is not supported",
}


def _refused() -> list[Case]:
    digests = [
        Case(
            "refused: signature",
            speaking((name, form)),
            (Sign((Who("alice"),), (*_digest(name), form)),),
            reason,
        )
        for (name, reason), form in product(REFUSED_DIGESTS.items(), FORMS)
    ]
    bare = Sign((Who("alice"),), ("--include-certs", "0", "--detach-sign"))
    return [
        *digests,
        Case(
            "refused: signature",
            "own-certificate-left-out",
            (bare,),
            "signature comes without its certificate",
        ),
        *(
            Case(
                "refused: encryption",
                speaking((name,)),
                (_to(("service",), name),),
                "message cannot be decrypted",
            )
            for name in REFUSED_CIPHERS
        ),
        Case(
            "refused: encryption",
            "to-somebody-else",
            (_to(("alice",), "AES"),),
            "message cannot be decrypted",
        ),
    ]


CASES = (*_signed(), *_two_signers(), *_encrypted(), *_layered(), *_refused())
OURS = tuple(our_cases(("alice",), CBC, signers=("service", "service-p256")))
"""With a larger curve it wants a longer digest than the SHA-256 that we sign by."""
