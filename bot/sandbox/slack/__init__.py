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

from bot.sandbox.slack.acts.forms import Submission
from bot.sandbox.slack.acts.talking import Said
from bot.sandbox.slack.calls import Call
from bot.sandbox.slack.control import SandboxSlack
from bot.sandbox.slack.delivery import Delivery
from bot.sandbox.slack.errors import SandboxError, WaitTimeoutError
from bot.sandbox.slack.faults import (
    ApiError,
    Malformed,
    NoAnswer,
    RateLimited,
    ServerError,
    SlowAnswer,
)
from bot.sandbox.slack.model import Channel, Message, StoredFile, User, View
from bot.sandbox.slack.signing import Forgery
from bot.sandbox.slack.timing import Timing

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
