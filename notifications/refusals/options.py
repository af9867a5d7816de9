"""How it shall be sent: the options in the subject."""

from __future__ import annotations

from notifications.refusals.rejection import Rejection, gettext_noop


class BadOption(Rejection):
    """``detail``: the option's name, then what was written behind it."""

    code = "bad-option"
    status = "5.6.0"
    wire_text = "Option not valid"
    explanation = gettext_noop(
        "An option in the subject has a value that it cannot have, or contradicts another one. Possible are /rt 1 to 6, "
        "/ri 1 to 30, /fontsize 4 to 72, /d yyyy-mm-dd hh:mm and /h with up to 200 characters, each of them once, and one "
        "alone of /b /bn /bb, of /rs /rf, and of /h /hn."
    )

    def diagnostic(self, *, encrypted: bool) -> str:
        name = self.detail.partition(" ")[0]
        return f"{self.wire_text}: {name}" if name and not encrypted else self.wire_text


class OptionTooLate(BadOption):
    """``detail`` as in ``BadOption``."""

    code = "option-too-late"
    wire_text = "Option beyond the first 60 characters of the subject"
    explanation = gettext_noop(
        "Options of the subject are read within its first 60 characters. Write them at its beginning."
    )


class SendTimeTooFar(Rejection):
    code = "send-time-too-far"
    wire_text = "Send time is more than 30 days ahead"
    explanation = gettext_noop("A fax can be sent up to 30 days later, not after that.")


class SendTimePassed(Rejection):
    code = "send-time-passed"
    wire_text = "Send time has passed"
    explanation = gettext_noop(
        "The time at which the fax was to be sent had passed when the mail came. Nothing has been sent."
    )
