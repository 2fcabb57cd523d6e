"""What tests of every room share: the data beside the repository, and how property tests choose their examples."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]

settings.register_profile("usual", deadline=None, derandomize=True)
settings.register_profile("soak", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile("usual")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Quick tests first; those in a browser last, for Playwright keeps an event loop running once it has begun."""
    items.sort(key=lambda item: ("e2e" in item.path.parts, item.get_closest_marker("slow") is not None))


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """`shared_data("cities/delft")`: a folder or file of real data kept beside the repository; skips where absent."""
    folder = Path(os.environ.get("CITIVERSE_SHARED", ROOT.parent / "shared"))

    def find(name: str) -> Path:
        path = folder / "data" / name
        if not path.exists():
            pytest.skip(f"needs {name} under the folder that CITIVERSE_SHARED names")
        return path

    return find
