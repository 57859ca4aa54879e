"""Ids and timestamps, the same in every run: they count, they do not draw lots."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from bot.domain.clock import Clock

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ID_LENGTH = 10
# Microseconds between two messages of one moment: Slack's own ids end in 000100, 000200.
_TS_STEP = 100


class Ids:
    """Gives ids that look like Slack's and are never given twice."""

    def __init__(self) -> None:
        self._given: Counter[str] = Counter()

    def next(self, prefix: str) -> str:
        """An id such as "D000000001", counted for each prefix."""
        self._given[prefix] += 1
        digits, rest = "", self._given[prefix]
        while rest:
            rest, digit = divmod(rest, len(_ALPHABET))
            digits = _ALPHABET[digit] + digits
        return prefix + digits.rjust(_ID_LENGTH - len(prefix), "0")

    def word(self, purpose: str, length: int) -> str:
        """A word of hexadecimal digits that is new for this purpose."""
        self._given[purpose] += 1
        seed = f"{purpose}:{self._given[purpose]}"
        return hashlib.sha256(seed.encode()).hexdigest()[:length]

    def block_words(self) -> Iterator[str]:
        """Endless made-up ids for blocks and elements."""
        while True:
            yield self.word("block", 5)

    def uuid(self) -> str:
        """An id in the form of a UUID."""
        digits = self.word("uuid", 32)
        cuts = (0, 8, 12, 16, 20, 32)
        return "-".join(digits[a:b] for a, b in pairwise(cuts))


class Timestamps:
    """Gives the `ts` of messages: unique and rising even while the clock stands still."""

    def __init__(self, now: Clock) -> None:
        self._now = now
        self._last = 0

    def next(self) -> str:
        """A ts such as "1549500000.000100"."""
        present = microseconds(self._now())
        self._last = present if present > self._last else self._last + _TS_STEP
        return format_ts(self._last)


def microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970."""
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def format_ts(at_us: int) -> str:
    """Microseconds since 1970 as Slack writes them."""
    seconds, rest = divmod(at_us, 1_000_000)
    return f"{seconds}.{rest:06d}"


def parse_ts(text: str) -> int:
    """Microseconds since 1970 from "1549500000.000100" or "1549500000".

    Raises:
        ValueError: When it is no such number.
    """
    seconds, _, rest = text.partition(".")
    if not seconds.isdigit() or (rest and not rest.isdigit()):
        msg = f"{text!r} is no Slack timestamp; write seconds.microseconds"
        raise ValueError(msg)
    return int(seconds) * 1_000_000 + int(rest[:6].ljust(6, "0"))
