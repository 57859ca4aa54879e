"""The worked examples in docstrings are true."""

import doctest
from types import ModuleType

import pytest

from bot.briefing.questions import dates, intents, tokens, words


@pytest.mark.parametrize("module", [dates, intents, tokens, words])
def test_the_examples_in_docstrings_hold(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
