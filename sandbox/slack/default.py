"""The workspace that is there when nothing else is asked for.

Ids are words, so that a failed test can be read: U01ANALYST follows the summit, U02ADMIN may
change the feeds, U03SUBSCRIBER lives in Seoul's time zone and gets digests.
"""

import hashlib

from sandbox.slack.ids import Ids
from sandbox.slack.model import Channel, User
from sandbox.slack.workspace import App, Workspace

TEAM_ID = "T01SUMMIT"
BOT_USER = "U00BRIEFING"
PEOPLE = (
    User(id="U01ANALYST", name="analyst", real_name="Analyst", zone="America/New_York"),
    User(id="U02ADMIN", name="admin", real_name="Admin", zone="Europe/Paris", is_admin=True),
    User(id="U03SUBSCRIBER", name="subscriber", real_name="Subscriber", zone="Asia/Seoul"),
)
DEFAULT_SCOPES = frozenset(
    {
        "app_mentions:read",
        "channels:history",
        "channels:join",
        "channels:read",
        "chat:write",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "reactions:write",
        "team:read",
        "users:read",
    }
)
"""What the app was granted, until a test says otherwise."""

DEFAULT_EVENTS = frozenset({"app_mention", "app_home_opened", "message.im"})
"""The bot events that the app subscribed to, until a test says otherwise."""


def _secret(purpose: str, length: int) -> str:
    """A word that only looks secret: the workspace lives on loopback and in memory."""
    return hashlib.sha256(f"pretend workspace: {purpose}".encode()).hexdigest()[:length]


def default_app() -> App:
    """The app "briefing" with its tokens."""
    return App(
        id="A01BRIEFING",
        name="briefing",
        bot_user=BOT_USER,
        bot_id="B01BRIEFING",
        bot_token=f"xoxb-{_secret('bot', 24)}",
        app_token=f"xapp-1-A01BRIEFING-{_secret('app', 24)}",
        signing_secret=_secret("signing", 32),
        verification_token=_secret("verification", 24),
    )


def default_workspace(ids: Ids, *, created: int) -> Workspace:
    """A team with three people, the app, and the channels #summit-desk, #random, #closed-desk.

    Args:
        ids: Gives further ids.
        created: Unix seconds at which the channels began.
    """
    app = default_app()
    team = Workspace(team_id=TEAM_ID, name="Summit Desk", domain="summit-desk", app=app, ids=ids)
    bot = User(id=app.bot_user, name=app.name, real_name="Summit Briefing", bot_id=app.bot_id)
    for user in (*PEOPLE, bot):
        team.put_user(user)
    people = frozenset(user.id for user in PEOPLE)
    for channel_id, name, members, archived in (
        ("C01SUMMIT", "summit-desk", people | {bot.id}, False),
        ("C02RANDOM", "random", people, False),
        ("C03CLOSED", "closed-desk", people | {bot.id}, True),
    ):
        team.put_channel(
            Channel(
                id=channel_id, name=name, members=members, is_archived=archived, created=created
            )
        )
    return team
