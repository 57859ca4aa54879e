"""A pretend newsroom on loopback that replays a real chronology in a time-lapse.

Outlets, headlines and summaries are made up; dates, public figures and figures are real. Start it
with a clock that you hold, point the bot at its feeds, and move the clock:

    async with Newsroom.start(clock=clock) as newsroom:
        feeds_file.write_text(newsroom.feeds_yaml())
"""

from sandbox.newsroom.loader import ChronologyError, load_chronology, milestones
from sandbox.newsroom.model import Chronology, Milestone, Outlet, Report, Revision
from sandbox.newsroom.newsroom import Newsroom, OutletFeed
from sandbox.newsroom.web import RequestCounts

__all__ = [
    "Chronology",
    "ChronologyError",
    "Milestone",
    "Newsroom",
    "Outlet",
    "OutletFeed",
    "Report",
    "RequestCounts",
    "Revision",
    "load_chronology",
    "milestones",
]
