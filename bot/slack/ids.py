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
REVIEW_PROGRESS = "evidence.review.progress"
REVIEW_SETBACK = "evidence.review.setback"
REVIEW_NEUTRAL = "evidence.review.neutral"
REVIEW_MOVE = "evidence.review.move"
REVIEW_UNDO = "evidence.review.undo"
CARD_PROGRESS = "review.card.progress"
CARD_SETBACK = "review.card.setback"
CARD_NEUTRAL = "review.card.neutral"
CARD_DOES_NOT_FIT = "review.card.does_not_fit"
CARD_SKIP = "review.card.skip"
FILE_CHOOSE = "article.choose"
FILE_PROGRESS = "article.file.progress"
FILE_SETBACK = "article.file.setback"
FILE_NEUTRAL = "article.file.neutral"
FILE_SHORTCUT = "article.file"  # of a message, in the manifest
AUDIT_MORE = "audit.more"
REVIEW_FITS = "evidence.review.fits"  # of older messages, which did not ask for a direction
REVIEW_DOES_NOT_FIT = "evidence.review.does_not_fit"
FEED_MENU = "feed.menu"
FEED_ADD = "feed.add"
FEEDS = "feeds.show"
FEEDS_BACK = "feeds.page.back"
FEEDS_ON = "feeds.page.on"
FEEDS_FAILING = "feeds.filter.failing"
FEEDS_SILENT = "feeds.filter.silent"
FEEDS_PAUSED = "feeds.filter.paused"
FEEDS_ALL = "feeds.filter.none"
FEEDS_EXPORT = "feeds.export"
FEEDS_IMPORT = "feeds.import"
FEEDS_IMPORT_CONFIRM = "feeds.import.confirm"
FEED_LOOK = "feed.look"
FEED_ADD_CONFIRM = "feed.add.confirm"
FEED_REMOVE_CONFIRM = "feed.remove.confirm"
FEED_CANCEL = "feed.cancel"
OPEN_LINK = "link.open"  # still sends an interaction

# Modals (`callback_id`).
SUBSCRIBE_VIEW = "subscribe.submit"
FEED_ADD_VIEW = "feed.add.submit"
FEEDS_IMPORT_VIEW = "feeds.import.submit"
FILE_VIEW = "article.file.submit"
MOVE_VIEW = "evidence.move.submit"
HOME_VIEW = "home"

# Inputs (`block_id`, and `action_id` of the only element in each).
COMMITMENTS_INPUT = "commitments"
DIRECTION_INPUT = "direction"
COMMITMENT_INPUT = "commitment"
WEEKDAYS_INPUT = "weekdays"
TIME_INPUT = "time"
TIMEZONE_INPUT = "timezone"
TARGET_INPUT = "target"
EMPTY_INPUT = "empty"
FEED_URL_INPUT = "url"
FEED_TITLE_INPUT = "title"
FEED_CATEGORY_INPUT = "category"
OPML_FILE_INPUT = "file"
OPML_LINK_INPUT = "link"
VALUE = "value"


def lead(evidence_id: int) -> str:
    """The block (`block_id`) in which a digest leads with the story of that evidence."""
    return f"lead:{evidence_id}"
