"""Signatures of the requests that Slack sends, true ones and false ones.

https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import hashlib
import hmac
from enum import StrEnum
from typing import Final

STALE_S: Final = 60 * 6
"""Slack tells apps to refuse requests older than five minutes; this is older."""


class Forgery(StrEnum):
    """How the requests of the workspace are falsified."""

    NONE = "none"
    OTHER_KEY = "other_key"
    CHANGED_BODY = "changed_body"
    STALE = "stale"
    UNSIGNED = "unsigned"


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """The `X-Slack-Signature` of a raw body: HMAC-SHA256 over "v0:timestamp:body"."""
    base = b"v0:" + str(timestamp).encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def signed_headers(
    secret: str, body: bytes, *, seconds: int, forgery: Forgery = Forgery.NONE
) -> dict[str, str]:
    """The headers that prove, or pretend to prove, that a request comes from Slack.

    Args:
        secret: The app's signing secret.
        body: Exactly the bytes that are sent.
        seconds: The present moment, Unix seconds.
        forgery: What to falsify.
    """
    if forgery is Forgery.UNSIGNED:
        return {}
    at = seconds - STALE_S if forgery is Forgery.STALE else seconds
    key = f"not {secret}" if forgery is Forgery.OTHER_KEY else secret
    signed = body + b" " if forgery is Forgery.CHANGED_BODY else body
    return {"X-Slack-Request-Timestamp": str(at), "X-Slack-Signature": signature(key, at, signed)}
