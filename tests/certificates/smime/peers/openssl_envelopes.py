"""Encrypting by `openssl cms`: every way to pass the key, every cipher, every form."""

from itertools import product

from tests.certificates.smime.peers.cases import Case, Encrypt, Other, Step, Way, Who, speaking, spread, words
from tests.certificates.smime.peers.persons import CURVES

CIPHERS = (
    *(f"-aes-{bits}-{mode}" for mode in ("cbc", "gcm") for bits in (128, 192, 256)),
    "-des3",
    "-rc2-128",
)
ENVELOPE_FORMS = list(product(("-stream", "-noindef"), ("", "-keyid"), ("", "-outform DER")))
ALL_ENVELOPE_FORMS: list[Way] = [(cipher, *form) for cipher, form in product(CIPHERS, ENVELOPE_FORMS)]
DIGESTS = ("sha256", "sha384", "sha512")

OAEP_WAYS: list[Way] = [
    (f"rsa_oaep_md:{md}", f"rsa_mgf1_md:{mask}", label)
    for md, mask, label in product(*[("sha1", "sha224", *DIGESTS)] * 2, ("", "rsa_oaep_label:66617820"))
]
ECDH_WAYS: list[Way] = [
    (curve, f"ecdh_kdf_md:{md}", f"ecdh_cofactor_mode:{mode}")
    for curve, md, mode in product(CURVES, ("sha1", "sha224", *DIGESTS), (0, 1))
]
AES_WRAPS: list[Way] = [(*way, f"-aes{bits}-wrap") for way, bits in product(ECDH_WAYS, (128, 192, 256))]
DES_WRAPS: list[Way] = [(*way, "-des3-wrap") for way in ECDH_WAYS]
OF_192_BITS = ("-aes-192-cbc", "-aes-192-gcm", "-des3")
"""RFC 3217 wraps Triple-DES keys; OpenSSL also wraps others by it."""
FORMS_OF_192_BITS = [form for form in ALL_ENVELOPE_FORMS if form[0] in OF_192_BITS]
OAEP = spread(OAEP_WAYS, ALL_ENVELOPE_FORMS, times=2)
ECDH = spread(AES_WRAPS, ALL_ENVELOPE_FORMS)
ECDH_DES = spread(DES_WRAPS, FORMS_OF_192_BITS)

OAEP_SHA256 = Who("service", ("rsa_padding_mode:oaep", "rsa_oaep_md:sha256"))
ECDH_SHA256 = Who("service-p256", ("ecdh_kdf_md:sha256",))


def _transported() -> list[Case]:
    return [
        Case("encrypted: RSA PKCS#1 v1.5", speaking(form), (Encrypt((Who("service"),), words(form)),))
        for form in ALL_ENVELOPE_FORMS
    ]


def _oaep() -> list[Case]:
    return [
        Case(
            "encrypted: RSA OAEP",
            f"{speaking(way)}-{speaking(form)}-{number}",
            (Encrypt((Who("service", ("rsa_padding_mode:oaep", *filter(None, way))),), words(form)),),
        )
        for number, (way, form) in enumerate(OAEP)
    ]


def _agreed() -> list[Case]:
    return [
        Case(
            "encrypted: ECDH",
            f"{speaking((curve, *key, wrap))}-{speaking(form)}",
            (Encrypt((Who(f"service-{curve}", tuple(key)),), words((wrap, *form))),),
        )
        for (curve, *key, wrap), form in (*ECDH, *ECDH_DES)
    ]


RECIPIENTS = {
    "us-first": (Who("service"), Who("bob")),
    "us-last": (Who("alice"), Who("bob"), Who("service")),
    "us-by-oaep-beside-v15": (Who("alice"), OAEP_SHA256),
    "us-by-v15-beside-oaep": (
        Who("alice", ("rsa_padding_mode:oaep", "rsa_oaep_md:sha512")),
        Who("service"),
    ),
    "us-twice": (Who("service"), OAEP_SHA256),
    "us-by-rsa-beside-elliptic": (Who("alice-p256"), Who("alice-p521"), Who("service")),
    "us-by-elliptic-beside-rsa": (Who("alice"), ECDH_SHA256, Who("bob")),
    "us-by-elliptic-beside-elliptic": (Who("alice-p384"), ECDH_SHA256),
    "us-by-two-curves": (Who("service-p521"), Who("service-p384")),
    "us-by-both-kinds": (ECDH_SHA256, Who("alice-p256"), OAEP_SHA256, Who("alice")),
}


def _several() -> list[Case]:
    forms = list(product(("-aes-256-cbc", "-des3", "-aes-128-gcm"), ("-stream", "-noindef"), ("", "-keyid")))
    return [
        Case("encrypted: several recipients", f"{name}-{speaking(form)}", (Encrypt(to, words(form)),))
        for (name, to), form in product(RECIPIENTS.items(), forms)
    ]


UNDECRYPTABLE = "message cannot be decrypted"
KEY_ENCRYPTION_KEY = ("-secretkey", "000102030405060708090A0B0C0D0E0F", "-secretkeyid", "C0FFEE")
REFUSED_ENVELOPES: dict[str, Step] = {
    "rc2-40": Encrypt((Who("service"),), ("-rc2-40",)),
    "rc2-64": Encrypt((Who("service"),), ("-rc2-64",)),
    "des": Encrypt((Who("service"),), ("-des-cbc",)),
    "camellia-256": Encrypt((Who("service"),), ("-camellia-256-cbc",)),
    "camellia-128": Encrypt((Who("service"),), ("-camellia-128-cbc",)),
    "aria-256": Encrypt((Who("service"),), ("-aria-256-cbc",)),
    "seed": Encrypt((Who("service"),), ("-seed",)),
    "password-recipient": Encrypt((), ("-aes-256-cbc", "-pwri_password", "x")),
    "password-recipient-beside-us": Encrypt((Who("service"),), ("-aes-256-cbc", "-pwri_password", "x")),
    "key-encryption-key": Encrypt((), ("-aes-256-cbc", *KEY_ENCRYPTION_KEY)),
    "key-encryption-key-beside-us": Encrypt((Who("service"),), ("-aes-256-cbc", *KEY_ENCRYPTION_KEY)),
    "to-somebody-else": Encrypt((Who("alice"),), ("-aes-256-cbc",)),
    "to-somebody-else-elliptic": Encrypt((Who("alice-p256"),), ("-aes-256-gcm",)),
    "digested": Other(("-digest_create",)),
    "encrypted-data": Other(("-EncryptedData_encrypt", "-aes-256-cbc", "-secretkey", 32 * "0F")),
}
REFUSED_ENVELOPES |= {
    f"des3-wrap-of-{cipher.strip('-')}-{curve}": Encrypt((Who(f"service-{curve}"),), (cipher, "-des3-wrap"))
    for cipher, curve in product(CIPHERS, CURVES)
    if cipher not in OF_192_BITS
}


def _refused() -> list[Case]:
    return [
        Case("refused: encryption", name, (step,), UNDECRYPTABLE) for name, step in REFUSED_ENVELOPES.items()
    ]


ENVELOPES = (*_transported(), *_oaep(), *_agreed(), *_several(), *_refused())
