"""Matching: which commitments an item bears on, in which direction, why, and which story it is.

    commitments and reviews  ->  Matcher (matcher.py)         ->  items in, matches out
    items as they arrive     ->  StoryIndex (stories/)        ->  items in, stories out
    both, in another process ->  MatchProcess (process.py)    beside its program (worker.py)

Importing this package loads nothing: the bot's own process does without numpy and word vectors.
"""
