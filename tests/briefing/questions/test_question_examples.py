"""The worked examples in docstrings are true."""

import doctest
from types import ModuleType

import pytest

from bot.briefing.questions import dates, intents, subjects, tokens
from bot.briefing.questions import tokens as stems


@pytest.mark.parametrize("module", [dates, subjects, intents, stems, tokens])
def test_the_examples_in_docstrings_hold(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
