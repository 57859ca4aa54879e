import doctest

import pytest

from bot.ledger import columns, query, search


@pytest.mark.parametrize("module", [columns, query, search])
def test_what_the_docstrings_show_is_so(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.attempted
    assert not result.failed
