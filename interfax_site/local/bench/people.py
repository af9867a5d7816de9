"""Who takes part in a benchmark: made by the openssl program, as customers are."""

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from certificates.smime import Identity
from interfax_site.local.customer import Customer


def identity_of(person: Customer) -> Identity:
    """The keys of somebody whom the benchmark lets be the service."""
    key = load_pem_private_key((person.directory / "own.key").read_bytes(), password=None)
    assert isinstance(key, RSAPrivateKey)
    return Identity(x509.load_pem_x509_certificate(person.certificate.read_bytes()), key)
