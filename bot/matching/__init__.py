"""Matching: which commitments an item bears on, in which direction, why, and which story it is.

    commitments  ->  Matcher (matcher)  ->  items in, matches out
    items        ->  StoryIndex (stories), headline (headline)
    reviews      ->  learn (feedback);  measured by `evaluation`

Importing this package loads nothing: numpy and the word vectors are for who matches.
"""
