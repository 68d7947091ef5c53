"""Send a digest by apprise: mail, chat, webhooks.

The addresses contain passwords, so neither they nor what apprise writes to its log is ever shown.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from urllib.parse import urlsplit

from paperlake.digests.content import Digest
from paperlake.digests.writing import markdown
from paperlake.errors import PaperlakeError, UsageError
from paperlake.settings import Settings
from paperlake.text.display import plural


def addresses_of(settings: Settings) -> list[str]:
    """Return the addresses to send to; none if none are set."""
    return settings.digest_addresses.get_secret_value().split() if settings.digest_addresses else []


def send(digest: Digest, addresses: Sequence[str]) -> int:
    """Send a digest to each address; return their number.

    Raises:
        UsageError: There is no address, one is misspelt, or the extra `notify` is not installed.
        PaperlakeError: An address did not take it.
    """
    if not addresses:
        raise UsageError("There is no address to send to. Set PAPERLAKE_DIGEST_ADDRESSES.")
    try:
        import apprise  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise UsageError(
            "Sending needs apprise, which is not installed. Run `make setup EXTRAS=dev,notify` in the clone."
        ) from error
    log = logging.getLogger("apprise")
    log.propagate = False
    log.disabled = True
    failed = []
    for number, address in enumerate(addresses, start=1):
        sender = apprise.Apprise()
        if not sender.add(address):
            raise UsageError(
                f"Address {number} of PAPERLAKE_DIGEST_ADDRESSES is none of apprise. It begins with a "
                "service, like mailto:// or json://."
            )
        is_sent = sender.notify(
            title=digest.title, body=markdown(digest), body_format=apprise.NotifyFormat.MARKDOWN
        )
        if not is_sent:
            failed.append(f"{number} ({urlsplit(address).scheme}://)")
    if failed:
        raise PaperlakeError(
            f"The digest was not taken by {plural(len(failed), 'address')} of PAPERLAKE_DIGEST_ADDRESSES: "
            f"{', '.join(failed)}. Look at the address and at the service, and send it again."
        )
    return len(addresses)
