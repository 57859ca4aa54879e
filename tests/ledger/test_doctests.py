import doctest

import pytest

from bot.ledger.db import columns
from bot.ledger.items import identity, items


@pytest.mark.parametrize("module", [columns, identity, items])
def test_what_the_docstrings_show_is_so(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.attempted
    assert not result.failed
