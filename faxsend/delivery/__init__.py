"""From a queued fax to its result: claim, call, record; and what happens to a call whose caller is gone."""

from faxsend.delivery.claiming import claim_next
from faxsend.delivery.deadlines import keep_deadlines
from faxsend.delivery.recording import record
from faxsend.delivery.recovering import recover
from faxsend.delivery.transmitting import transmit_next

__all__ = ["claim_next", "keep_deadlines", "record", "recover", "transmit_next"]
