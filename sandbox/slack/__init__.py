"""A pretend Slack workspace on loopback, for the demo and the tests.

It speaks the Web API, Socket Mode and signed HTTP as https://docs.slack.dev describes them and
refuses what Slack refuses, as far as the bot uses it or is planned to: the unmodified app talks to
it and cannot tell. Begin at `SandboxSlack.start`.

    control       the workspace as a test holds it
    user_actions  what users write and run; forms: what they click and fill
    delivery      what the app is sent, over socket_mode or http_delivery; payloads/ builds it
    server        HTTP: Web API, uploads, response URLs; api/ has a file for a family of methods
    blockkit/     limits and shapes of blocks
    terminal/     messages, modals and Home tabs as a reader sees them
"""

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
from sandbox.slack.forms import Submission
from sandbox.slack.http_delivery import Forgery
from sandbox.slack.model import Channel, Message, User
from sandbox.slack.server import Call
from sandbox.slack.uploads import StoredFile
from sandbox.slack.user_actions import Said
from sandbox.slack.views import View
from sandbox.slack.waiting import Timing

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
