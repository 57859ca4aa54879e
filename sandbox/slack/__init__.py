"""A pretend Slack workspace on loopback, for the demo and the tests.

It speaks the Web API, Socket Mode and signed HTTP as https://docs.slack.dev describes them and
refuses what Slack refuses, so that the unmodified app talks to it and cannot tell. Begin at
`SandboxSlack.start`.

    control     the workspace as a test holds it      acts/      what users do
    server      HTTP: Web API, uploads, hooks         payloads/  what the app is sent
    api/        one file for each family of methods   blockkit/  limits and shapes of blocks
    courier     delivery and retries over socket_mode or http_delivery
    terminal    messages, modals and Home tabs as a reader sees them
"""

from sandbox.slack.acts.forms import Submission
from sandbox.slack.acts.talking import Said
from sandbox.slack.calls import Call
from sandbox.slack.control import SandboxSlack
from sandbox.slack.delivery import Delivery
from sandbox.slack.errors import SandboxError, WaitTimeoutError
from sandbox.slack.faults import (
    ApiError,
    Malformed,
    NoAnswer,
    RateLimited,
    ServerError,
    SlowAnswer,
)
from sandbox.slack.model import Channel, Message, StoredFile, User, View
from sandbox.slack.signing import Forgery
from sandbox.slack.timing import Timing

__all__ = [
    "ApiError",
    "Call",
    "Channel",
    "Delivery",
    "Forgery",
    "Malformed",
    "Message",
    "NoAnswer",
    "RateLimited",
    "Said",
    "SandboxError",
    "SandboxSlack",
    "ServerError",
    "SlowAnswer",
    "StoredFile",
    "Submission",
    "Timing",
    "User",
    "View",
    "WaitTimeoutError",
]
