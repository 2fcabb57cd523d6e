"""How features, places and amounts are called in sentences."""

from collections.abc import Iterable

from citiverse.city.city import City
from citiverse.city.feature import Barrier, Building, Feature, Furniture, GreenArea, Mode, Rail, Road, Stop, Water

MODE_WORDS: dict[Mode, str] = {
    "car": "cars", "truck": "lorries", "bus": "buses", "bicycle": "bicycles", "foot": "people on foot",
}  # fmt: skip
_ROAD_WORDS = {
    "motorway": "motorway", "service": "service road", "footway": "footpath", "path": "path", "track": "track",
    "cycleway": "cycle path", "steps": "flight of steps", "pedestrian": "pedestrian street",
}  # fmt: skip
_GREEN_WORDS = {"grass": "lawn", "grassland": "meadow", "scrub": "shrubbery", "forest": "wood", "heath": "meadow"}


def noun(feature: Feature) -> str:
    """What the feature is, in a word or two."""
    match feature:
        case Road():
            return _ROAD_WORDS.get(feature.category.removesuffix("_link"), "street")
        case Building():
            return "building"
        case GreenArea():
            return _GREEN_WORDS.get(feature.category, feature.category.replace("_", " "))
        case Water():
            return "sea" if feature.category == "sea" else "water"
        case Rail():
            return "tram track" if feature.category == "tram" else "railway"
        case Barrier() | Furniture():
            return feature.category.replace("_", " ")
        case Stop():
            return f"{feature.category} stop"
        case _:
            return feature.kind


def name_of(feature: Feature) -> str:
    """The name of what an edit is about: its own, the address of a building, or what it is: "this footpath"."""
    return _own_name(feature) or f"this {noun(feature)}"


def other_name_of(feature: Feature) -> str:
    """The name of what an edit meets: its own, the address of a building, or what it is: "a footpath"."""
    word = noun(feature)
    article = "the " if word == "sea" else "" if word == "water" else "an " if word[0] in "aeio" else "a "
    return _own_name(feature) or article + word


def standing_on(feature: Feature) -> str:
    """Where a thing would stand: "on the carriageway of Liisankatu", "in the sea"."""
    match feature:
        case Road() if feature.category != "steps":
            return f"on the carriageway of {other_name_of(feature)}"
        case Road() | Rail():
            return f"on {other_name_of(feature)}"
        case _:
            return f"in {other_name_of(feature)}"


def _own_name(feature: Feature) -> str:
    return feature.name or (feature.address if isinstance(feature, Building) else "")


def called(city: City, id: str) -> str:
    """How a sentence names the feature of this id, which may be gone."""
    feature = city.get(id)
    return id if feature is None else name_of(feature)


def listing(words: Iterable[str], last: str = "and") -> str:
    """Words joined as in "cars, lorries and buses"."""
    words = list(words)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else "nothing"


def modes(which: Iterable[Mode]) -> str:
    """Modes as words, in their usual order."""
    wanted = set(which)
    return listing(word for mode, word in MODE_WORDS.items() if mode in wanted)


def count(number: int, one: str, many: str = "") -> str:
    """Such as "1 tree" and "3 trees"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def metres(length_m: float) -> str:
    """A length as people say it."""
    if length_m >= 1000.0:
        return f"{length_m / 1000.0:,.1f} km" if length_m < 1e5 else f"{length_m / 1000.0:,.0f} km"
    return f"{length_m:.0f} m" if length_m >= 10.0 else f"{length_m:.1f} m"


def square_metres(area_m2: float) -> str:
    """An area as people say it."""
    if area_m2 >= 1e6:
        return f"{area_m2 / 1e6:,.1f} km²"
    return f"{area_m2 / 1e4:.1f} ha" if area_m2 >= 1e4 else f"{area_m2:.0f} m²"


def figure(value: float) -> str:
    """A number without needless zeros."""
    return f"{value:,.1f}".removesuffix(".0")


def sentence(text: str) -> str:
    """With a capital letter first."""
    return text[:1].upper() + text[1:]
