"""Why an edit can't be: sentences for the citizen who sent it."""

Lonlat = tuple[float, float]


class EditInvalid(ValueError):
    """What was sent is no edit; `field` is the path of the field at fault ("area.0.3"), empty for the whole."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class EditRefused(ValueError):
    """An edit that makes no sense in this city; `at` is the longitude and latitude of the trouble where there is one.

    `field` names the field of the edit at fault where one is.
    """

    def __init__(self, sentence: str, *, at: Lonlat | None = None, field: str = "") -> None:
        super().__init__(sentence)
        self.at = at
        self.field = field
