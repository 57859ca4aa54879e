"""From what Slack sends to plain words: tokens out, short forms spelled out, length bounded."""

import re
import unicodedata

LONGEST = 2_000
"""Characters that are read; a question is not longer, and the rest is left unread."""

_SLACK_TOKEN = re.compile(r"<([@#!]?)([^<>|]{0,500})(?:\|([^<>]{0,500}))?>")
_EMOJI = re.compile(r":[a-z][a-z0-9_+-]{0,60}:")
_ADDRESS = re.compile(r"https?://\S+")
_NAME_AT_START = re.compile(r"^\W*(?:@[\w.-]+|/[a-z]+)\s*")
_MARKS = re.compile(r"[*_~`]")
_LETTERS = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": " - "})

_SHORT_FORMS = {
    "can't": "can not", "won't": "will not", "let's": "let us", "whats": "what is",
    "wheres": "where is", "hows": "how is", "whos": "who is", "wat": "what", "wats": "what is",
    "wht": "what", "whr": "where", "theres": "there is", "thats": "that is", "havent": "have not",
    "hasnt": "has not", "isnt": "is not", "arent": "are not", "didnt": "did not",
    "doesnt": "does not", "dont": "do not", "cant": "can not", "wont": "will not",
    "ive": "i have", "im": "i am", "weve": "we have", "pls": "please", "plz": "please",
    "plss": "please", "u": "you", "ur": "your", "r": "are", "abt": "about", "thx": "thanks",
    "ty": "thanks", "yday": "yesterday", "ystd": "yesterday", "wk": "week", "wks": "weeks",
    "mth": "month", "mths": "months", "yr": "year", "yrs": "years", "w": "with", "b4": "before",
    "gimme": "give me", "lemme": "let me", "wanna": "want to", "gonna": "going to",
    "tmr": "tomorrow",
    "wensday": "wednesday", "febuary": "february", "smth": "something", "anythng": "anything",
    "info": "information", "2day": "today", "fortnight": "two weeks", "wkly": "weekly",
}  # fmt: skip
_SHORT_FORM = re.compile(
    rf"(?<![\w'/-])(?:{'|'.join(map(re.escape, _SHORT_FORMS))})(?![\w'/-])", re.IGNORECASE
)
_TAILS = (
    (re.compile(r"(?<=\w)n't\b", re.IGNORECASE), " not"),
    (re.compile(r"(?<=\w)'(?:re)\b", re.IGNORECASE), " are"),
    (re.compile(r"(?<=\w)'(?:ve)\b", re.IGNORECASE), " have"),
    (re.compile(r"(?<=\w)'(?:ll)\b", re.IGNORECASE), " will"),
    (re.compile(r"(?<=\w)'(?:d)\b", re.IGNORECASE), " would"),
    (re.compile(r"\bi'm\b", re.IGNORECASE), "i am"),
    (
        re.compile(r"\b(what|where|how|who|there|that|it|when|why|here)'s\b", re.IGNORECASE),
        r"\1 is",
    ),
)


def plain_text(text: str) -> str:
    """The words of a message: no Slack tokens, markup, emoji or addresses; short forms in full.

    Mentions of people and channels vanish, links leave their label. Letters keep their case.

    >>> plain_text("<@U1> what's new in <#C1|desk> on <https://a.example|the talks> :eyes: pls?")
    'what is new in on the talks please?'
    """
    cut = unicodedata.normalize("NFKC", text[:LONGEST])[:LONGEST].translate(_LETTERS)
    cut = _SLACK_TOKEN.sub(_token_label, cut)
    cut = cut.replace("&lt;", " ").replace("&gt;", " ").replace("&amp;", "&")
    for pattern in (_EMOJI, _ADDRESS, _MARKS):
        cut = pattern.sub(" ", cut)
    cut = _NAME_AT_START.sub("", cut.strip())
    for pattern, full in _TAILS:
        cut = pattern.sub(full, cut)
    cut = re.sub(r"\btl;? ?dr\b", "tldr", cut, flags=re.IGNORECASE)
    cut = _SHORT_FORM.sub(lambda found: _SHORT_FORMS[found[0].lower()], cut)
    return re.sub(r" (?=[?!.,])", "", " ".join(cut.split()))[:LONGEST]


def _token_label(found: re.Match[str]) -> str:
    """What a person sees as text in place of a Slack token; nothing for people and channels."""
    sigil, body, label = found[1], found[2], found[3] or ""
    if sigil in {"@", "#"} or (sigil == "!" and not body.startswith("date^")):
        return " "
    return f" {label} "
