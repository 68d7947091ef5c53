"""Send a digest, or an alert, by apprise: mail, chat, webhooks.

The addresses contain passwords, so neither they nor what apprise writes to its log is ever shown.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from urllib.parse import urlsplit

from pydantic import SecretStr

from paperlake.digests.content import Digest
from paperlake.digests.writing import markdown
from paperlake.errors import PaperlakeError, UsageError
from paperlake.settings import Settings, variable
from paperlake.text.display import plural

DIGEST, ALERT = "digest_addresses", "alert_addresses"  # the settings with addresses


def addresses_of(settings: Settings, name: str = DIGEST) -> list[str]:
    """Return the addresses of a setting; none if none are set."""
    secret: SecretStr | None = getattr(settings, name)
    return secret.get_secret_value().split() if secret else []


def send(digest: Digest, addresses: Sequence[str]) -> int:
    """Send a digest to each address; return their number.

    Raises:
        UsageError: There is no address, one is misspelt, or the extra `notify` is not installed.
        PaperlakeError: An address did not take it.
    """
    return send_message(digest.title, markdown(digest), addresses, DIGEST)


def send_message(title: str, text: str, addresses: Sequence[str], setting: str) -> int:
    """Send Markdown to each address; return their number.

    Args:
        title: The title, such as the subject of a mail.
        text: The text, in Markdown.
        addresses: Addresses of apprise.
        setting: The name of the setting that has them, for messages.

    Raises:
        UsageError: There is no address, one is misspelt, or the extra `notify` is not installed.
        PaperlakeError: An address did not take it.
    """
    name = variable(setting)
    if not addresses:
        raise UsageError(f"There is no address to send to. Set {name}.")
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
                f"Address {number} of {name} is none of apprise. It begins with a service, like mailto:// "
                "or json://."
            )
        if not sender.notify(title=title, body=text, body_format=apprise.NotifyFormat.MARKDOWN):
            failed.append(f"{number} ({urlsplit(address).scheme}://)")
    if failed:
        raise PaperlakeError(
            f"The message was not taken by {plural(len(failed), 'address')} of {name}: {', '.join(failed)}. "
            "Look at the address and at the service, and send it again."
        )
    return len(addresses)
