"""THE SENDING SERVICE: mail as it came, orders, pages, faxes and calls, lists. One file a noun."""

from accounts.tokens import new_token
from faxsend.models.billing import AccountMonth, Tariff
from faxsend.models.fax import ONE_CALL_A_NUMBER, STATUS_CHOICES, Attempt, Fax
from faxsend.models.inbound import Content, InboundMessage, InboundStatus
from faxsend.models.lists import LIST_NAME, Contact, ContactList
from faxsend.models.properties import DEFAULT_FONT_SIZE, SendingProperties
from faxsend.models.signature import SeenSignature
from faxsend.models.submission import Pages, Resolution, Submission

__all__ = [
    "DEFAULT_FONT_SIZE",
    "LIST_NAME",
    "ONE_CALL_A_NUMBER",
    "STATUS_CHOICES",
    "AccountMonth",
    "Attempt",
    "Contact",
    "ContactList",
    "Content",
    "Fax",
    "InboundMessage",
    "InboundStatus",
    "Pages",
    "Resolution",
    "SeenSignature",
    "SendingProperties",
    "Submission",
    "Tariff",
    "new_token",
]
