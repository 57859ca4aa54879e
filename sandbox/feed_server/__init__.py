"""A pretend feed server on loopback that replays a real chronology in a time-lapse.

Outlets, headlines and summaries are made up; dates, public figures and figures are real. Start it
with a clock that you hold, point the bot at its feeds, and move the clock:

    async with FeedServer.start(clock=clock) as server:
        feeds_file.write_text(server.feeds_yaml())
"""

from sandbox.feed_server.loader import ChronologyError, load_chronology
from sandbox.feed_server.model import Chronology, Milestone, Outlet, Report, Revision
from sandbox.feed_server.server import FeedServer, OutletFeed

__all__ = [
    "Chronology",
    "ChronologyError",
    "FeedServer",
    "Milestone",
    "Outlet",
    "OutletFeed",
    "Report",
    "Revision",
    "load_chronology",
]
