"""Matching: which commitments an item bears on, in which direction, why, and which story it is."""

from bot.matching.feedback import Feedback, Review
from bot.matching.matcher import Matcher
from bot.matching.stories import StoryIndex, headline
from bot.matching.vectors import WordVectors, load_vectors

__all__ = [
    "Feedback", "Matcher", "Review", "StoryIndex", "WordVectors", "headline", "load_vectors",
]  # fmt: skip
