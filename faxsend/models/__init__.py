"""THE SENDING SERVICE: mail as it came, orders, pages, faxes and calls, lists. One file a noun."""

from accounts.tokens import new_token
from faxsend.models.fax import STATUS_CHOICES, Attempt, Fax
from faxsend.models.inbound import Content, InboundMessage, InboundStatus
from faxsend.models.lists import LIST_NAME, Contact, ContactList
from faxsend.models.properties import SendingProperties
from faxsend.models.submission import Pages, Resolution, Submission

__all__ = [
    "LIST_NAME",
    "STATUS_CHOICES",
    "Attempt",
    "Contact",
    "ContactList",
    "Content",
    "Fax",
    "InboundMessage",
    "InboundStatus",
    "Pages",
    "Resolution",
    "SendingProperties",
    "Submission",
    "new_token",
]
