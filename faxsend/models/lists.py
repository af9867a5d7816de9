"""Lists of destinations that a mail can name (リスト)."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Account

LIST_NAME = r"[A-Za-z0-9_-]+"
"""What can be typed into a mail in half-width characters (user guide, chapter 14, 1-2)."""


class ContactList(models.Model):
    """``name`` is how a mail names it, whatever the case: ``!*list=members*!``."""

    account = models.ForeignKey(
        Account, verbose_name=_("Account"), on_delete=models.CASCADE, related_name="contact_lists"
    )
    name = models.CharField(
        _("List name"),
        max_length=50,
        validators=[
            RegexValidator(
                rf"\A{LIST_NAME}\Z", _("Use half-width letters, digits, hyphens and underscores only.")
            )
        ],
    )
    created_at = models.DateTimeField(_("Created"), auto_now_add=True)

    class Meta:
        verbose_name = _("List")
        verbose_name_plural = _("Lists")
        constraints = [models.UniqueConstraint("account", Lower("name"), name="list_name_unique")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("faxsend:list", args=[self.pk])


class Contact(models.Model):
    """One entry of a list; ``number`` is canonical."""

    contact_list = models.ForeignKey(
        ContactList, verbose_name=_("List"), on_delete=models.CASCADE, related_name="contacts"
    )
    number = models.CharField(_("Fax number"), max_length=32)
    name = models.CharField(_("Contact"), max_length=100, blank=True)
    company = models.CharField(_("Company"), max_length=100, blank=True)
    created_at = models.DateTimeField(_("Created"), auto_now_add=True)

    class Meta:
        verbose_name = _("List entry")
        verbose_name_plural = _("List entries")
        constraints = [models.UniqueConstraint("contact_list", "number", name="contact_number_once")]

    def __str__(self) -> str:
        return str(self.pk)
