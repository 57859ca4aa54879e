"""Names by which Slack tells us what was clicked, chosen or submitted: constants in one place.

They are part of messages that stay in channels for years: never reuse one for something else.
"""

# Buttons and menus (`action_id`).
EVIDENCE = "evidence.show"
EVIDENCE_MORE = "evidence.more"
STATUS = "status.show"
TIMELINE = "timeline.show"
SUBSCRIBE = "subscribe.open"
UNSUBSCRIBE = "subscription.remove"
STORY_MENU = "story.menu"
REVIEW_FITS = "evidence.review.fits"
REVIEW_DOES_NOT_FIT = "evidence.review.does_not_fit"
WHY = "evidence.why"
HELP = "help.show"
FEED_MENU = "feed.menu"
FEED_ADD = "feed.add"
FEEDS = "feeds.show"
OPEN_LINK = "link.open"
"""Buttons that only open an address still send an interaction: acknowledge and do nothing."""

# Modals (`callback_id`).
SUBSCRIBE_VIEW = "subscribe.submit"
FEED_ADD_VIEW = "feed.add.submit"
HOME_VIEW = "home"

# Inputs (`block_id`, and `action_id` of the only element in each).
COMMITMENTS_INPUT = "commitments"
WEEKDAYS_INPUT = "weekdays"
TIME_INPUT = "time"
TIMEZONE_INPUT = "timezone"
TARGET_INPUT = "target"
FEED_URL_INPUT = "url"
FEED_TITLE_INPUT = "title"
VALUE = "value"
