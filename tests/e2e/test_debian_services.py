"""The main stories over Debian's PostgreSQL, Redis and Postfix, with mail that Postfix brings and takes.

The tests are those of the other files: here ``ours`` is another office. ``-m soak`` runs all stories of the user
guide over it (conftest.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.error import HTTPError

import pytest
from redis import Redis

from interfax_site.local.visitor import Visitor
from tests.e2e.debian import BehindPostfix, debian_office
from tests.e2e.office import Office, parsed
from tests.e2e.test_guide_14_encrypted_sending import (
    test_a_customer_without_any_certificate_is_faxed,  # noqa: F401
    test_an_answer_in_clear_repeats_nothing_that_came_encrypted,  # noqa: F401
)
from tests.e2e.test_guide_14_notifications import (
    demo,  # noqa: F401
    test_an_ordinary_mail_ends_the_encryption,  # noqa: F401
)
from tests.e2e.test_guide_14_on_the_site import (
    failed,  # noqa: F401
    lists,  # noqa: F401
    page,  # noqa: F401
    test_lists_and_numbers_go_together_and_each_number_is_faxed_once,  # noqa: F401
    test_one_failed_fax_is_resent_from_its_list,  # noqa: F401
)
from tests.e2e.test_guide_14_signatures import (
    test_with_the_switch_a_mail_without_signature_bounces_letter_by_letter,  # noqa: F401
)
from tests.e2e.test_main_job import (
    test_the_demo_uses_an_instance_that_is_running,  # noqa: F401
    world,  # noqa: F401
)
from tests.e2e.world import wait_for

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


def test_mail_leaves_by_postfix_as_it_comes(ours: Office) -> None:
    """That it comes so is known already: the gateway's token stands in Postfix's log alone."""
    assert isinstance(ours.world, BehindPostfix)
    notification = parsed(ours.send_encrypted("/fax=03-1111-2222").notification())
    assert (
        "from fax.tc" in notification["Received"]
        and "by mx.example.net (Postfix)" in notification["Received"]
    )
    assert f"message-id={notification['Message-ID']}" in ours.world.postfix.log.read_text()


def test_the_installation_says_that_it_is_ready(ours: Office) -> None:
    visitor = Visitor(ours.world.instance.site)

    def look() -> int | None:
        try:
            return visitor.get("/readyz")[0]
        except HTTPError:
            return None

    assert wait_for(look, "the signs of life of all workers") == 200
