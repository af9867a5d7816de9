"""What `cmsutil` offers, combined. It encrypts to RSA keys only, by a cipher of its own choice."""

from itertools import product

from tests.certificates.smime.peers.cases import Case, Encrypt, Other, Sign, Step, Who, speaking
from tests.certificates.smime.peers.ours import CBC, our_cases
from tests.certificates.smime.peers.persons import CURVES

SIGNERS = ("alice", *(f"alice-{curve}" for curve in CURVES))
FORMS = ("", "-T")


def _preference(name: str, wanted: str) -> tuple[str, ...]:
    return ("-Y", name) if wanted else ()


def _signed() -> list[Case]:
    return [
        Case(
            "signed",
            speaking((name, digest, time, capabilities, preference, form)),
            (
                Sign(
                    (Who(name),),
                    (
                        *("-H", digest, *_preference(name, preference)),
                        *filter(None, (time, capabilities, form)),
                    ),
                ),
            ),
        )
        for name, digest, time, capabilities, preference, form in product(
            SIGNERS, ("SHA256", "SHA384", "SHA512"), ("", "-G"), ("", "-P"), ("", "-Y"), FORMS
        )
    ]


RECIPIENTS = {
    "us": ("service",),
    "us-last": ("alice", "service"),
    "us-first": ("service", "bob"),
    "us-between": ("alice", "service", "bob"),
}


def _to(*names: str) -> Encrypt:
    return Encrypt(tuple(map(Who, names)))


def _encrypted() -> list[Case]:
    return [Case("encrypted", name, (_to(*names),)) for name, names in RECIPIENTS.items()]


def _layered() -> list[Case]:
    cases = []
    for name, digest, form in product(SIGNERS, ("SHA256", "SHA512"), FORMS):
        signing = Sign((Who(name),), ("-H", digest, "-G", "-P", *filter(None, (form,))))
        orders: dict[str, tuple[Step, ...]] = {
            "signed, then encrypted": (signing, _to("alice", "service")),
            "encrypted, then signed": (_to("service"), signing),
            "signed, encrypted, signed": (signing, _to("service"), signing),
        }
        cases += [Case(order, speaking((name, digest, form)), steps) for order, steps in orders.items()]
    return cases


CERTIFICATES = Other(("-O", "-r", "alice,bob"))
"""RFC 8551 3.8 wants no content in it; cmsutil puts an empty one there, signed by nobody."""


def _refused() -> list[Case]:
    return [
        *(
            Case(
                "refused: signature",
                speaking((name, "SHA1", form)),
                (Sign((Who(name),), ("-H", "SHA1", *filter(None, (form,)))),),
                "weak-algorithm",
            )
            for name, form in product(SIGNERS, FORMS)
        ),
        Case("refused: signature", "certificates-only", (CERTIFICATES,), "signature is malformed"),
        Case("refused: encryption", "to-somebody-else", (_to("alice"),), "message cannot be decrypted"),
    ]


CASES = (*_signed(), *_encrypted(), *_layered(), *_refused())
OURS = tuple(our_cases(("alice",), CBC))
