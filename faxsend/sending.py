"""How one order is drawn and sent: what its mail asks for, else what the account has chosen (送信プロパティ)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from faxsend.models import SendingProperties
from faxsend.options import BodyUse, Options
from faxsend.rendering import PageFormat, Resolution
from faxsend.sending_time import sending_time


@dataclass(frozen=True, slots=True)
class Sending:
    """``send_at``: no call is made before this moment; None: at once. The rest as in ``Options``, all decided."""

    page_format: PageFormat
    body_use: BodyUse
    page_header: str
    send_at: datetime | None
    max_attempts: int
    retry_interval: int


def sending_of(properties: SendingProperties, options: Options, *, arrived_at: datetime) -> Sending:
    """``arrived_at``: when the mail came. Raises what ``sending_time`` raises."""
    send_at = None
    if options.send_at is not None:
        zone = ZoneInfo(properties.account.time_zone)
        send_at = sending_time(options.send_at, zone, arrived_at=arrived_at)
    return Sending(
        page_format=PageFormat(
            resolution=options.resolution or Resolution(properties.resolution),
            font_size=options.font_size or properties.font_size,
        ),
        body_use=options.body_use or _body_use(properties),
        page_header=properties.page_header if options.page_header is None else options.page_header,
        send_at=send_at,
        max_attempts=options.max_attempts or properties.max_attempts,
        retry_interval=options.retry_interval or properties.retry_interval,
    )


def _body_use(properties: SendingProperties) -> BodyUse:
    return BodyUse.BODY_AND_ATTACHMENTS if properties.body_with_attachments else BodyUse.ATTACHMENTS_ONLY
