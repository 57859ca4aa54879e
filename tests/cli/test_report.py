"""`briefing report`: which summit, and where to."""

from dataclasses import replace

import pytest

from bot.cli.report import summit_of
from bot.domain.commitment import Pack
from bot.domain.errors import NotFoundError
from tests.briefing.builders import PACK


def test_a_summit_is_named_by_itself_or_by_one_of_its_commitments() -> None:
    assert summit_of("harbour", PACK).id == "harbour"
    assert summit_of("bridge", PACK).id == "delta"
    assert summit_of("", replace(PACK, summits=PACK.summits[:1])).id == "harbour"


def test_which_one_is_asked_where_there_are_several() -> None:
    with pytest.raises(NotFoundError, match="harbour, delta"):
        summit_of("", PACK)
    with pytest.raises(NotFoundError, match="none"):
        summit_of("", Pack())
