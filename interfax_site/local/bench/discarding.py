"""The gateway's own SMTP session with a handler that drops all mail: `python -m … discarding`.

Prints its port. What it does not do is what taking mail durably costs.
"""

import asyncio
import logging

from faxsend.clients import Client, Clients, network_of
from faxsend.listening import Port, Sessions, listen, serve_ports
from faxsend.smtp import Patience, SmtpSession
from faxsend.smtp_transaction import Transaction

SIZE_LIMIT = 40 * 1024 * 1024


class Discard:
    """Takes every mail and keeps none."""

    async def handle_MAIL(
        self, server: SmtpSession, session: object, envelope: Transaction, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return "250 2.1.0 Sender ok"

    async def handle_RCPT(
        self, server: SmtpSession, session: object, envelope: Transaction, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Recipient ok"

    async def handle_DATA(self, server: SmtpSession, session: object, envelope: Transaction) -> str:
        return "250 2.0.0 queued as nothing"


async def main() -> None:
    """Serve until killed."""
    clients = Clients([network_of("127.0.0.1")])
    handler = Discard()

    def new_session(client: Client, sessions: Sessions) -> SmtpSession:
        return SmtpSession(
            handler,
            client=client,
            clients=clients,
            domain="fax.tc",
            size_limit=SIZE_LIMIT,
            tls_context=None,
            sessions=sessions,
            patience=Patience(),
        )

    with listen("127.0.0.1", 0) as listening:
        port = Port("discard", listening, None, new_session)
        print(port.number, flush=True)
        await serve_ports([port], clients, asyncio.Event().wait)


if __name__ == "__main__":
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    asyncio.run(main())
