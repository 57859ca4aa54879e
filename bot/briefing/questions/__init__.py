"""Plain questions, as people type them, are read by rules alone: no model, no network, no clock.

`read_question` finds what is named (outlets, times, summits, commitments), puts a word such as
TOPIC in its place, and lets the turn of phrase around those decide what is asked. The turns of
phrase are in intents.toml, the word lists in words.toml.
"""

from bot.briefing.questions.question import Intent, Question, Subjects
from bot.briefing.questions.reader import read_question
from bot.briefing.questions.subjects import find_subjects

__all__ = ["Intent", "Question", "Subjects", "find_subjects", "read_question"]
