"""Signing by `openssl cms`: every kind of signature in every form."""

from itertools import product

from tests.certificates.smime.peers.cases import Case, Sign, Way, Who, speaking, spread, words
from tests.certificates.smime.peers.persons import CURVES

DIGESTS = ("sha256", "sha384", "sha512")
SIGNING_FORMS: list[Way] = list(
    product(
        ("", "-nodetach"),
        ("-stream", "-noindef"),
        ("", "-keyid"),
        ("-certfile", ""),
        ("", "-nosmimecap"),
        ("", "-crlfeol", "-binary"),
    )
)
PLAIN_WAYS: list[Way] = [
    *(("alice", f"-md {md}", "", "") for md in DIGESTS),
    *((f"alice-{curve}", f"-md {md}", "", "") for curve, md in product(CURVES, DIGESTS)),
]
PSS_WAYS: list[Way] = [
    ("alice", f"-md {md}", "rsa_padding_mode:pss", f"rsa_pss_saltlen:{salt}")
    for md, salt in product(DIGESTS, ("digest", "max", 0, 20))
]
PSS_FORMS = [form for form in SIGNING_FORMS if form[:2] != ("-nodetach", "-stream")]
"""OpenSSL 3.0 fails to write PSS signatures that are opaque and streamed."""
PLAIN = spread(PLAIN_WAYS, SIGNING_FORMS, times=4)
PSS = spread(PSS_WAYS, PSS_FORMS, times=4)


def _signed() -> list[Case]:
    return [
        Case(
            "signed",
            f"{speaking((*way, *form))}-{number}",
            (
                Sign(
                    (Who(way[0], tuple(filter(None, way[2:]))),),
                    words((way[1], *form)),
                ),
            ),
            intermediate_known="-certfile" not in form,
        )
        for number, (way, form) in enumerate((*PLAIN, *PSS))
    ]


BY_PSS = Who("alice", ("rsa_padding_mode:pss", "rsa_pss_saltlen:digest"))
SIGNER_PAIRS = {
    "rsa-twice": (Who("alice"), Who("bob")),
    "rsa-and-elliptic": (Who("alice"), Who("alice-p256")),
    "elliptic-and-pss": (Who("alice-p384"), BY_PSS),
    "others-first": (Who("bob"), Who("alice")),
}
EXTRAS = {
    "cades": ("-cades",),
    "receipt": ("-receipt_request_all", "-receipt_request_to", "alice@example.com"),
    "der-by-name": ("-nodetach", "-outform", "DER"),
}


def _more_signed() -> list[Case]:
    forms = product(("", "-nodetach"), ("", "-keyid"))
    pairs = [
        Case(
            "signed: two signers",
            f"{name}-{speaking(form)}",
            (Sign(by, words(("-md sha256", "-certfile", *form))),),
        )
        for (name, by), form in product(SIGNER_PAIRS.items(), forms)
    ]
    extras = [
        Case("signed: further options", f"{name}-{who.name}", (Sign((who,), ("-certfile", *options)),))
        for (name, options), who in product(EXTRAS.items(), (Who("alice"), Who("alice-p256")))
    ]
    return [*pairs, *extras]


REFUSED_SIGNATURES = {
    "sha1": (("-md", "sha1"), "weak-algorithm"),
    "sha224": (("-md", "sha224"), "signature algorithm is not supported"),
    "md5": (("-md", "md5"), "signature algorithm is not supported"),
    "sha3-256": (("-md", "sha3-256"), "signature algorithm is not supported"),
    "without-attributes": (("-noattr",), "signature is malformed"),
    "without-certificate": (("-nocerts",), "signature comes without its certificate"),
    "other-content-type": (
        ("-econtent_type", "1.2.840.113549.1.9.16.1.4"),
        "signature is malformed",
    ),
}


def _refused() -> list[Case]:
    refused = [
        Case(
            "refused: signature",
            speaking((name, form)),
            (Sign((Who("alice"),), (*options, "-certfile", *filter(None, (form,)))),),
            reason,
        )
        for (name, (options, reason)), form in product(REFUSED_SIGNATURES.items(), ("", "-nodetach"))
    ]
    unknown = Case("refused: signature", "intermediate-unknown", (Sign((Who("alice"),)),), "untrusted")
    return [*refused, unknown]


SIGNATURES = (*_signed(), *_more_signed(), *_refused())
