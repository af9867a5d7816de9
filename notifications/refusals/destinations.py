"""Where the fax shall go: the destinations of an order."""

from __future__ import annotations

from notifications.refusals.rejection import Rejection, gettext_noop


class NoRecipientsFound(Rejection):
    code = "no-recipients"
    status = "5.1.3"
    wire_text = "No recipients found"
    explanation = gettext_noop(
        "No fax number was found. Write /fax=NUMBER within the first 60 characters of the subject, "
        "or /fax=body there and the destinations as !*NUMBER*! in the first line of the text."
    )


class MixedAddressing(Rejection):
    code = "mixed-addressing"
    status = "5.1.3"
    wire_text = "Destinations named in more than one way"
    explanation = gettext_noop(
        "Name the destinations in one way only: in the subject, in the text, or in the address."
    )


class TooManyRecipients(Rejection):
    code = "too-many-recipients"
    status = "5.5.3"
    wire_text = "Too many recipients"
    explanation = gettext_noop("The mail names more destinations than one mail may have.")


class InvalidNumber(Rejection):
    code = "invalid-number"
    status = "5.1.3"
    wire_text = "Not a valid fax number"
    explanation = gettext_noop("One of the destinations is not a fax number that can be dialled.")


class FullWidthCharacters(Rejection):
    code = "full-width"
    status = "5.1.3"
    wire_text = "Full-width characters where half-width is required"
    explanation = gettext_noop(
        "Commands, options, fax numbers, list names and the password are read in half-width characters only. Write "
        "them half-width: /fax=03-1111-2222, ;, !*NUMBER*!, !*list=NAME*!, !#PASSWORD."
    )


class CountryNotAllowed(Rejection):
    code = "country-not-allowed"
    status = "5.7.1"
    wire_text = "Destination country is not allowed"
    explanation = gettext_noop("The account may not send to the country of one of the destinations.")


class ListInSubject(Rejection):
    code = "list-in-subject"
    status = "5.1.3"
    wire_text = "Lists are named in the body"
    explanation = gettext_noop(
        "A list cannot be named in the subject. Write /fax=body in the subject and !*list=NAME*! in the "
        "first line of the text."
    )


class UnknownList(Rejection):
    code = "unknown-list"
    status = "5.1.3"
    wire_text = "Unknown list"
    explanation = gettext_noop("The account has no list of this name.")


class EmptyList(Rejection):
    code = "empty-list"
    status = "5.1.3"
    wire_text = "List is empty"
    explanation = gettext_noop("The list has no entries.")
