"""Use cases, one subject a file, that handlers, the command line and the clock call.

A service takes plain values, asks the rooms below it, and gives plain values back, or puts messages
into the outbox; it knows no Slack payload.
"""

from bot.services import alerts as alerts
from bot.services import answers as answers
from bot.services import articles as articles
from bot.services import assessments as assessments
from bot.services import audit as audit
from bot.services import commitments as commitments
from bot.services import digests as digests
from bot.services import filing as filing
from bot.services import polling as polling
from bot.services import reviews as reviews
from bot.services import subscriptions as subscriptions
from bot.services import users as users
