"""Every request to another machine: `client.py` sends, `messages.py` has errors, `pauses.py` waits."""

from paperlake.http_client.client import (
    RETRYABLE_STATUSES,
    USER_AGENT,
    HttpClient,
    HttpLimits,
    Reply,
    Validators,
)
from paperlake.http_client.messages import (
    HttpError,
    NotModifiedError,
    excerpt,
    parse_retry_after,
    public_url,
)
from paperlake.http_client.pauses import JITTER_SHARE, Clock

__all__ = [
    "JITTER_SHARE",
    "RETRYABLE_STATUSES",
    "USER_AGENT",
    "Clock",
    "HttpClient",
    "HttpError",
    "HttpLimits",
    "NotModifiedError",
    "Reply",
    "Validators",
    "excerpt",
    "parse_retry_after",
    "public_url",
]
