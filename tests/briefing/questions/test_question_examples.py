"""The worked examples in docstrings are true."""

import doctest
from types import ModuleType

import pytest

from bot.briefing.questions import calendar, intents, periods, tokens, words


@pytest.mark.parametrize("module", [calendar, intents, periods, tokens, words])
def test_the_examples_in_docstrings_hold(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
