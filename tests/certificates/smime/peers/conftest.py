"""The programs, each started once."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.certificates.smime.peers.gpgsm import Gpgsm
from tests.certificates.smime.peers.nss import Nss
from tests.certificates.smime.peers.openssl import OpenSsl


@pytest.fixture(scope="session")
def openssl(tmp_path_factory: pytest.TempPathFactory) -> OpenSsl:
    return OpenSsl(tmp_path_factory.mktemp("openssl"))


@pytest.fixture(scope="session")
def nss(tmp_path_factory: pytest.TempPathFactory) -> Nss:
    return Nss.start(tmp_path_factory.mktemp("nss"))


@pytest.fixture(scope="session")
def gpgsm() -> Iterator[Gpgsm]:
    home = Path(tempfile.mkdtemp(prefix="gpgsm-", dir="/tmp"))
    gpgsm = Gpgsm.start(home)
    yield gpgsm
    gpgsm.stop()
    shutil.rmtree(home, ignore_errors=True)
