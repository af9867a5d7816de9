"""How a customer installs the certificate that came by mail, one mail client after the other.

Source: user guide, chapter 14, 1-1, step 6, and its notes 2 and 3.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Client:
    """``steps`` in order; ``own``: whether it wants a certificate of the sender's own to encrypt."""

    name: str | Promise
    steps: tuple[Promise, ...]
    own: Promise


ROOT_STEPS = (
    _(
        "Compare the fingerprint of the root certificate above with the one that the account management site "
        "shows. Go on only if they are the same."
    ),
    _(
        "Outlook, Outlook Express, Becky!: open the attached interfax-root.cer in Windows, choose "
        "“Install Certificate” and put it into the store “Trusted Root Certification Authorities”."
    ),
    _(
        "Thunderbird: in the settings, under “Privacy & Security”, “Manage Certificates”, “Authorities”, "
        "import the attached interfax-root.cer and trust it to identify email users."
    ),
    _("Then open this mail again."),
)
"""For the local root, which no mail client knows."""


CLIENTS = (
    Client(
        "Microsoft Outlook",
        (
            _("Open this mail, right-click its sender and add it to your contacts."),
            _("Save the contact. The certificate is kept in it, under “Certificates”."),
            _(
                "If it is not there, choose “Import” in the contact and open the attached secure-interfax.cer."
            ),
        ),
        _("Outlook 2000 and later need a certificate of your own even for encryption alone."),
    ),
    Client(
        "Outlook Express",
        (_("Nothing is to be done: the certificate was installed when this mail was received."),),
        _("For encryption alone no certificate of your own is needed."),
    ),
    Client(
        _("Becky! with the S/MIME plug-in"),
        (
            _("Select this mail and choose “S/MIME: decrypt and verify” in the Tools menu."),
            _(
                "Answer “Yes” when you are asked whether to save the signer's certificate in the certificate store."
            ),
        ),
        _(
            "No certificate of your own is needed to encrypt, but without one you cannot read "
            "your encrypted mails in the folder of sent mail."
        ),
    ),
    Client(
        "Mozilla Thunderbird",
        (
            _("Open this mail. The certificate is kept as soon as its signature is found valid."),
            _(
                "If it is not kept, import the attached secure-interfax.cer in the settings, under "
                "“Privacy & Security”, “Manage Certificates”."
            ),
        ),
        _("Thunderbird 1.5.0.8 and later need a certificate of your own even for encryption alone."),
    ),
    Client(
        _("Mail systems and other programs"),
        (
            _(
                "Encrypt to the attached secure-interfax.cer (X.509, DER). "
                "secure-interfax.p7c holds the same certificate with its chain (PKCS #7)."
            ),
        ),
        _("For encryption alone no certificate of your own is needed."),
    ),
)
