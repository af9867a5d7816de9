"""What can go wrong, as few classes: whatever a parser or library raises becomes one of them."""

from collections.abc import Callable
from contextlib import ContextDecorator
from types import TracebackType


class SmimeError(Exception):
    """Anything this package refuses to do."""


class MalformedError(SmimeError):
    """A structure that cannot be read; inside the package only, see `failing_as`."""


class DecryptionError(SmimeError):
    """The mail cannot be decrypted. One text for every cause, so that it tells an attacker nothing."""

    def __init__(self) -> None:
        super().__init__("message cannot be decrypted")


class EncryptionError(SmimeError):
    """Nothing may be encrypted to this certificate; the text says why."""


class SignatureError(SmimeError):
    """The mail has a signature that does not hold. `reason` is short, fixed English; `encrypted`: it came encrypted.

    `encrypted_keys`: SHA-256 of each encryptedKey of what was decrypted before.
    """

    def __init__(
        self, reason: str, *, encrypted: bool = False, encrypted_keys: tuple[bytes, ...] = ()
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.encrypted = encrypted
        self.encrypted_keys = encrypted_keys


MALFORMED_SIGNATURE = "signature is malformed"
CONTENT_MISMATCH = "signature does not match the content"
UNSUPPORTED_SIGNATURE = "signature algorithm is not supported"
NO_SIGNER_CERTIFICATE = "signature comes without its certificate"
TOO_MANY_LAYERS = "signature is nested too deep"
PROTECTED_FIELDS = "protected header fields do not fit the mail"


class failing_as(ContextDecorator):
    """Turn every exception of a parser or library into `error`; our own final errors pass."""

    def __init__(self, error: Callable[[], SmimeError]) -> None:
        self.error = error

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        final = (DecryptionError, SignatureError, EncryptionError)
        if isinstance(raised, Exception) and not isinstance(raised, final):
            raise self.error() from None
