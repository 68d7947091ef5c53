"""Every request to another machine: `client.py` sends, `messages.py` has errors and what they show."""

from paperlake.http_client.client import (
    JITTER_SHARE,
    RETRYABLE_STATUSES,
    USER_AGENT,
    Clock,
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
