"""リスト: the forms of a list's name, of one entry, of a choice of entries and of a file."""

from __future__ import annotations

from typing import Any, Self

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from faxsend.cells import tidy
from faxsend.list_import import MAX_BYTES, MAX_CHARACTERS, Entry, FileError, FileFault, Sheet, read_rows
from faxsend.lists import ENTRIES_A_PAGE
from faxsend.models import LIST_NAME, ContactList
from faxsend.typed_numbers import NumberError, read_typed_number

NAME_LENGTH = 50
NUMBER_LENGTH = 40


class ListForm(forms.Form):
    """The name of a list, as it can be typed into a mail."""

    name = forms.CharField(
        label=_("List name"),
        help_text=_(
            "Half-width letters, digits, hyphens and underscores, 50 characters at most. "
            "Capital and small letters make no difference."
        ),
        max_length=NAME_LENGTH,
        validators=[
            RegexValidator(
                rf"\A{LIST_NAME}\Z", _("Use half-width letters, digits, hyphens and underscores only.")
            )
        ],
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    @classmethod
    def of(cls, chosen: ContactList) -> Self:
        return cls(initial={"name": chosen.name})


def _words(label: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, required=False, max_length=MAX_CHARACTERS, widget=widget)


class EntryForm(forms.Form):
    """One entry; ``entry`` is what a valid form says."""

    number = forms.CharField(
        label=_("Fax number"),
        max_length=NUMBER_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )
    name = _words(_("Contact"))
    company = _words(_("Company"))

    def clean_number(self) -> str:
        try:
            return read_typed_number(self.cleaned_data["number"])
        except NumberError as error:
            raise ValidationError(gettext(error.fault)) from error

    @property
    def entry(self) -> Entry:
        said = self.cleaned_data
        return Entry(said["number"], tidy(said["name"]), tidy(said["company"]))


class ChosenEntriesForm(forms.Form):
    """The boxes ticked on one page of a list; ``keys`` may be gone by now."""

    def __init__(self, data: MultiValueDict[str, Any]) -> None:
        super().__init__(data)
        self._ticked = data.getlist("entry")

    def clean(self) -> dict[str, Any]:
        if not self._ticked:
            raise ValidationError(_("Tick the entries that shall be deleted."))
        if len(self._ticked) > ENTRIES_A_PAGE or not all(map(_is_key, self._ticked)):
            raise ValidationError(_("The choice could not be read. Please tick the entries again."))
        return {"keys": [int(text) for text in self._ticked]}


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


class ImportForm(forms.Form):
    """A file; its cleaned value is the ``Sheet`` that was read from it."""

    file = forms.FileField(
        label=_("CSV file"),
        help_text=_("Up to 2 MB and 20,000 rows."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv,text/plain"}),
    )

    def clean_file(self) -> Sheet:
        file = self.cleaned_data["file"]
        try:
            if file.size is None or file.size > MAX_BYTES:
                raise FileError(FileFault.TOO_BIG)
            return read_rows(file.read())
        except FileError as error:
            raise ValidationError(gettext(error.fault) % {"row": error.row}) from error
