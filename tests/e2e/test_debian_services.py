"""The stories of the user guide over Debian's PostgreSQL, Redis and Postfix, with mail that Postfix brings and takes.

The tests are those of the other files: here ``ours`` is another office.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from tests.e2e.debian import debian_office
from tests.e2e.office import Office
from tests.e2e.test_guide_14_encrypted_sending import (
    test_a_customer_without_any_certificate_is_faxed,  # noqa: F401
    test_an_answer_in_clear_repeats_nothing_that_came_encrypted,  # noqa: F401
    test_the_result_is_told_as_for_an_ordinary_mail,  # noqa: F401
)
from tests.e2e.test_guide_14_notifications import (
    demo,  # noqa: F401
    test_an_ordinary_mail_ends_the_encryption,  # noqa: F401
    test_from_then_on_notifications_are_encrypted,  # noqa: F401
)
from tests.e2e.test_guide_14_on_the_site import (
    failed,  # noqa: F401
    lists,  # noqa: F401
    page,  # noqa: F401
    test_lists_and_numbers_go_together_and_each_number_is_faxed_once,  # noqa: F401
    test_one_failed_fax_is_resent_from_its_list,  # noqa: F401
)
from tests.e2e.test_guide_14_signatures import (
    test_signature_and_encryption_go_together_in_both_orders,  # noqa: F401
)

pytestmark = [pytest.mark.root, pytest.mark.debian, pytest.mark.postfix, pytest.mark.browser]


@pytest.fixture(scope="module")
def ours() -> Iterator[Office]:
    with debian_office() as ours:
        yield ours


def test_the_servers_are_debians(ours: Office) -> None:
    given = ours.world.instance.environment
    [(version,)] = ours.world.ask("SELECT version()")
    redis = Redis.from_url(given["REDIS_URL"]).info()
    assert "Debian" in version or "Ubuntu" in version
    assert "valkey_version" not in redis
    assert int(redis["redis_version"].split(".")[0]) >= 7
    assert set(ours.world.instance.pids()) == {"intake", "transmit", "mail", "beat", "web", "gateway"}


def test_mail_came_and_left_by_postfix(ours: Office) -> None:
    sent = ours.send_encrypted("/fax=03-1111-2222")
    assert b"(Postfix)" in sent.notification()
    [(raw,)] = ours.world.ask(
        "SELECT client_address FROM faxsend_inboundmessage WHERE token = %s", sent.token
    )
    assert str(raw).startswith("127.0.0.1")
