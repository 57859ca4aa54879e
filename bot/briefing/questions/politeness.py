"""Greetings, thanks and padding around what is asked, in masked sentences."""

import re

_TO_WHOM = r"(?: (?:team|all|there|everyone|folks|guys|bot|briefing|both))?"
_BEFORE = re.compile(
    rf"^(?:(?:(?:hi|hello|hey|dear|greetings|good (?:morning|afternoon|evening)){_TO_WHOM}|"
    r"please|kindly|sorry|ok|okay|well|so|thanks|thank you|quick (?:one|question)|"
    r"(?:can|could|would|will) you(?! (?:think|believe|say|guess|bet|do|answer))|"
    r"i (?:was|am) wondering(?: if)?|i (?:want|would like) you to|just)(?= |$) ?)+"
)
_BEHIND = re.compile(
    r"(?:(?:^| )(?:please|kindly|thanks|thank you|thx|cheers|so much|very much|a lot|a million|"
    r"in advance|again))+$"
)


def without_politeness(sentence: str) -> str:
    """The sentence without politeness at either end; empty when it holds nothing else.

    >>> without_politeness("hi team could you please find TOPIC thank you very much")
    'find TOPIC'
    """
    return _BEHIND.sub("", _BEFORE.sub("", sentence)).strip()
