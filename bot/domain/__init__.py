"""The words of the project as small frozen types, and the rules on them.

Nothing here does I/O, reads a clock, draws a random number or knows of Slack: every rule is a
function from values to values. All datetimes are aware and in UTC; a reader's time zone appears
only in `bot.domain.schedule` and in rendering.
"""
