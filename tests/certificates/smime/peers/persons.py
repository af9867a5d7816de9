"""The people of these tests: the service and two customers with each kind of key, all below the test CA."""

from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from certificates.smime import Identity
from tests.certificates.smime.conftest import identity_of
from tests.pki import SERVICE_ADDRESS, Person, Usage, authority

CURVES = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}
SERVICES = ("service", *(f"service-{curve}" for curve in CURVES))
_ELLIPTIC = Usage(frozenset({"digital_signature", "key_agreement"}))


@cache
def persons() -> dict[str, Person]:
    """By name; `alice-p256` has the address of `alice` and a key on that curve."""
    pki = authority()
    people = {"root": pki.root, "intermediate": pki.intermediate, "service": pki.service}
    people |= {"alice": pki.alice, "bob": pki.bob}
    for owner, address in (("service", SERVICE_ADDRESS), ("alice", "alice@example.com")):
        for name, curve in CURVES.items():
            people[f"{owner}-{name}"] = pki.issue(
                address,
                common_name=f"{owner} {name}",
                usage=_ELLIPTIC,
                private_key=ec.generate_private_key(curve),
            )
    return people


def person(name: str) -> Person:
    """One of them."""
    return persons()[name]


def services() -> list[Identity]:
    """All identities of the service."""
    return [identity_of(person(name)) for name in SERVICES]


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-1 in hexadecimal digits, as gpgsm names certificates."""
    return certificate.fingerprint(hashes.SHA1()).hex().upper()
