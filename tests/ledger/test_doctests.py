import doctest

import pytest

from bot.ledger.db import columns
from bot.ledger.items import search
from bot.ledger.items import search as query


@pytest.mark.parametrize("module", [columns, query, search])
def test_what_the_docstrings_show_is_so(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.attempted
    assert not result.failed
