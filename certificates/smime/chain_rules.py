"""What a chain must be like beside what the library checks by itself: purposes, policies, and names (RFC 5280 6.1).

The library refuses what it cannot judge: critical constraints on directory names, critical policy mappings, and
unknown critical extensions.
"""

from collections.abc import Sequence

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import Criticality, ExtensionPolicy, Policy

from certificates.smime.addresses import address_in, canonical_address

MAIL_PURPOSES = {ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}


def _ca_purpose(_: Policy, __: x509.Certificate, usage: x509.ExtendedKeyUsage | None) -> None:
    if usage is not None and not MAIL_PURPOSES.intersection(usage):
        raise ValueError("the CA is not for mail")


def _ca_key_usage(_: Policy, __: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("the CA may not sign certificates")


def _ca_policy_constraints(_: Policy, __: x509.Certificate, found: x509.PolicyConstraints | None) -> None:
    """We ask for no policy, so every one will do; a CA that insists on one would have to be understood."""
    if found is not None and found.require_explicit_policy is not None:
        raise ValueError("the CA requires a certificate policy")


CA_POLICY = (
    ExtensionPolicy.webpki_defaults_ca()
    .may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _ca_purpose)
    .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _ca_key_usage)
    .may_be_present(x509.PolicyConstraints, Criticality.AGNOSTIC, _ca_policy_constraints)
    .may_be_present(x509.CertificatePolicies, Criticality.AGNOSTIC, None)
    .may_be_present(x509.InhibitAnyPolicy, Criticality.AGNOSTIC, None)
)
LEAF_POLICY = ExtensionPolicy.permit_all().may_be_present(
    x509.CertificatePolicies, Criticality.AGNOSTIC, None
)


def permits_names(authorities: Sequence[x509.Certificate], certificate: x509.Certificate) -> bool:
    """Whether all mail addresses of the certificate are within the name constraints of all `authorities`.

    The library looks at the rfc822Names only. Constraints hold for SmtpUTF8Mailbox as well (RFC 9598 6), and for
    the subject's emailAddress where there is no alternative name (RFC 5280 4.2.1.10).
    """
    found = [constraints for ca in authorities if (constraints := _constraints(ca))]
    if not found:
        return True
    addresses = [canonical_address(address) for address in address_in(certificate)]
    return all(_permits(constraints, address) for constraints in found for address in addresses)


def _constraints(authority: x509.Certificate) -> x509.NameConstraints | None:
    try:
        return authority.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return None


def _permits(constraints: x509.NameConstraints, address: str) -> bool:
    permitted = _mail_subtrees(constraints.permitted_subtrees)
    excluded = _mail_subtrees(constraints.excluded_subtrees)
    is_excluded = any(_is_within(address, subtree) for subtree in excluded)
    return not is_excluded and (not permitted or any(_is_within(address, subtree) for subtree in permitted))


def _mail_subtrees(names: Sequence[x509.GeneralName] | None) -> list[str]:
    return [canonical_address(name.value) for name in names or () if isinstance(name, x509.RFC822Name)]


def _is_within(address: str, subtree: str) -> bool:
    """A subtree is a mailbox, a host, or with a leading dot every host below a domain."""
    host = address.rpartition("@")[2]
    if "@" in subtree:
        return address == subtree
    return host.endswith(subtree) if subtree.startswith(".") else host == subtree
