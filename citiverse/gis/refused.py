"""Why a file or a recipe cannot become a city."""


class ImportRefused(ValueError):
    """The sentence names the file and what to do about it."""
