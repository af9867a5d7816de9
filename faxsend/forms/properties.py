"""プロパティ → FAX送信: a form for each of its sections."""

from __future__ import annotations

from typing import Any, Self

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from accounts.operators import ModelForm
from faxsend.forms.addresses import AddressField
from faxsend.models import SendingProperties
from faxsend.models.submission import Resolution
from faxsend.options import ATTEMPTS, FONT_POINTS, HEADER_LENGTH, RETRY_MINUTES
from notifications.formats import choices as format_choices
from notifications.models import NotificationPreference, When

PASSWORD_LENGTH = (6, 64)
ONE_LINE = r"\A[^\x00-\x1f\x7f-\x9f\u2028\u2029]*\Z"
PASSWORD_RULE = _("Use 6 to 64 half-width letters, digits and symbols, without blanks.")


def _few(lowest: int, highest: int, **options: Any) -> forms.IntegerField:
    """A small whole number."""
    widget = forms.NumberInput(attrs={"class": "few"})
    return forms.IntegerField(min_value=lowest, max_value=highest, widget=widget, **options)


class AuthenticationForm(forms.Form):
    """認証: what a mail must have, beside a known sender, to be faxed."""

    signature_required = forms.BooleanField(
        label=_("Require an S/MIME signature"),
        help_text=_(
            "Every mail then needs a valid signature by an authorized sender; one without is not faxed but "
            "answered with an error mail, so that nobody can send in your name."
        ),
        required=False,
    )
    encrypted_proof_required = forms.BooleanField(
        label=_("Require encrypted orders to be signed or to name their destinations inside"),
        help_text=_(
            "Recommended. Whoever intercepts an encrypted mail cannot read it, but could send it in your name to "
            "another fax number. An encrypted mail without a valid signature of an authorized sender is then faxed "
            "only if its destinations stand in the encrypted text (/fax=body in the subject); any other is answered "
            "with an error mail."
        ),
        required=False,
    )
    alignment_required = forms.BooleanField(
        label=_("Require unsigned mail to be authenticated by the sender's domain (DKIM)"),
        help_text=_(
            "A mail without a valid S/MIME signature is then faxed only if the domain of the address in From has "
            "signed it (DKIM, compared as in DMARC) and that address is an authorized sender; any other is answered "
            "with an error mail. The signature has to cover the place where the destinations stand: the subject, or "
            "To and Cc. Before you switch it on, look at the details of a sent fax: they say whether your mail "
            "server signs."
        ),
        required=False,
    )
    mail_password = forms.CharField(
        label=_("New mail password"),
        help_text=_(
            "6 to 64 half-width letters, digits and symbols, without blanks. Left empty, nothing changes."
        ),
        required=False,
        strip=False,
        min_length=PASSWORD_LENGTH[0],
        max_length=PASSWORD_LENGTH[1],
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        validators=[RegexValidator(r"\A[!-~]*\Z", PASSWORD_RULE)],
        error_messages={"min_length": PASSWORD_RULE, "max_length": PASSWORD_RULE},
    )
    remove_mail_password = forms.BooleanField(label=_("Remove the mail password"), required=False)

    @classmethod
    def of(cls, account: Account) -> Self:
        switches = ("signature_required", "encrypted_proof_required", "alignment_required")
        return cls(initial={name: getattr(account, name) for name in switches})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("mail_password") and cleaned.get("remove_mail_password"):
            self.add_error(
                "remove_mail_password",
                _("Either type a new password or remove it. Neither has been done."),
            )
        return cleaned


class SendingForm(forms.Form):
    """送信プロパティ."""

    resolution = forms.ChoiceField(label=_("Resolution"), choices=Resolution.choices)
    font_size = _few(
        *FONT_POINTS,
        label=_("Font size (points)"),
        help_text=_("For the text of mails and text files. From 4 to 72 points."),
    )
    page_header = forms.CharField(
        label=_("Page header"),
        help_text=_(
            "One line on top of each page, between the time of the call and the page number, such as {From} → {To}. "
            "{To} becomes the fax number, {From} your CSID or else your company, {TotalPages} the number of pages. "
            "Left empty, pages have no header line."
        ),
        required=False,
        max_length=HEADER_LENGTH,
        validators=[RegexValidator(ONE_LINE, _("Type one line, without control characters."))],
    )
    body_with_attachments = forms.BooleanField(
        label=_("Fax the text of a mail with attachments too"),
        help_text=_("The text comes first. Otherwise only the attachments are faxed."),
        required=False,
    )
    max_attempts = _few(
        *ATTEMPTS, label=_("Attempts"), help_text=_("1 to 6 attempts in all, the first one included.")
    )
    retry_interval = _few(
        *RETRY_MINUTES, label=_("Retry interval (minutes)"), help_text=_("From 1 to 30 minutes.")
    )
    keep_pages = forms.BooleanField(
        label=_("Keep page images for resending"),
        help_text=_(
            "They are kept for 14 days after the last fax of an order has ended. Without them an order cannot be "
            "sent again, and its pages cannot be seen here."
        ),
        required=False,
    )

    @classmethod
    def of(cls, account: Account, chosen: SendingProperties) -> Self:
        fields = set(cls.base_fields) - {"keep_pages"}
        return cls(
            initial={name: getattr(chosen, name) for name in fields} | {"keep_pages": account.keep_pages}
        )


class SendingPropertiesForm(ModelForm[SendingProperties]):
    """The same for operators, whose pages have no other limits."""

    font_size = SendingForm.base_fields["font_size"]
    page_header = SendingForm.base_fields["page_header"]
    max_attempts = SendingForm.base_fields["max_attempts"]
    retry_interval = SendingForm.base_fields["retry_interval"]

    class Meta:
        model = SendingProperties
        fields = [
            "account",
            "resolution",
            "font_size",
            "page_header",
            "body_with_attachments",
            "max_attempts",
            "retry_interval",
        ]


class NotificationForm(forms.Form):
    """通知メール."""

    when = forms.ChoiceField(label=_("Send notifications"), choices=When.choices)
    format = forms.ChoiceField(label=_("Notification format"), choices=format_choices)
    default_address = AddressField(
        label=_("Default notification address"),
        help_text=_(
            "All notifications go here. Left empty, they go to the Reply-To or From address of each mail."
        ),
        required=False,
    )
    number_in_subject = forms.BooleanField(
        label=_("Fax number in the subject of notifications"),
        help_text=_("The subject is never encrypted. Switch this off to keep fax numbers secret."),
        required=False,
    )

    @classmethod
    def of(cls, chosen: NotificationPreference) -> Self:
        return cls(initial={name: getattr(chosen, name) for name in cls.base_fields})
