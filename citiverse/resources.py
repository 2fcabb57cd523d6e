"""Where the files that ship with CitiVERSE lie: beside the package in a checkout, inside it once installed."""

from pathlib import Path

PACKAGE = Path(__file__).parent


def assets() -> Path:
    """The folder of city extracts, textures, models and tables, each with its licence."""
    return _shipped("assets")


def scenes() -> Path:
    """The folder of scene recipes, one `NAME.toml` a city."""
    return _shipped("scenes")


def client() -> Path:
    """The folder of the built web client; it exists once the client has been built."""
    return PACKAGE / "web"


def _shipped(name: str) -> Path:
    installed = PACKAGE / name
    return installed if installed.is_dir() else PACKAGE.parent / name
