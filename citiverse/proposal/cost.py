"""What a proposal costs to build, as a range, from a table of unit prices with their sources.

The doors: `prices_for(scene, folder)` is the table of a scene: `prices/NAME.toml` in the folder of its recipe over
`usual_prices()`, the table that ships. `cost_of(change, prices)` is the `Cost` of what an edit or a whole proposal
changes, `costs_of(city, edits, prices)` those of each edit and of all together. What has no sourced price is named in
`unpriced` and is in no sum; `Cost.low` and `high` are None where nothing has one.
"""

import math
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from citiverse import resources
from citiverse.city.change import Change
from citiverse.city.city import City
from citiverse.city.feature import (
    Barrier,
    Building,
    Feature,
    Furniture,
    GreenArea,
    Paving,
    Rail,
    Road,
    Stop,
    Tree,
    Water,
)
from citiverse.proposal.edit import Edit
from citiverse.proposal.storeys import floor_area_m2
from citiverse.proposal.words import listing

LEAST_AMOUNT = 0.5  # of a square metre or metre: what is less comes from rounding
_CROSSINGS = {
    "Zebra crossing": "zebra crossing", "Crossing with signals": "crossing with signals",
    "Raised crossing": "raised crossing",
}  # fmt: skip
_GREEN_WORKS = {
    "park": "park laid out", "garden": "park laid out", "playground": "park laid out", "grass": "ground unsealed",
    "meadow": "ground unsealed", "flowerbed": "ground unsealed",
}  # fmt: skip


class PricesInvalid(ValueError):
    """A table of prices with a fault; the sentence names the file and the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one `unit` of a work costs, from `low` to `high`, in the money of `year`."""

    unit: str
    low: float
    high: float
    year: int
    source: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """A table of prices by work, such as "tree planted"."""

    title: str
    date: str
    currency: str
    of: Mapping[str, Price]


@dataclass(frozen=True, slots=True)
class Work:
    """So much of a work, in the unit of its price."""

    name: str
    amount: float


@dataclass(frozen=True, slots=True)
class Item:
    """A priced work: amount times price, from `low` to `high`."""

    work: Work
    price: Price
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The range of a cost; `low` and `high` are None where no work has a price. `sentence` says it in words."""

    currency: str
    date: str
    items: tuple[Item, ...]
    unpriced: tuple[Work, ...]

    @property
    def low(self) -> float | None:
        """Least, of what has a price."""
        return _rounded(sum(item.low for item in self.items)) if self.items else None

    @property
    def high(self) -> float | None:
        """Most, of what has a price."""
        return _rounded(sum(item.high for item in self.items)) if self.items else None

    @property
    def sentence(self) -> str:
        """Such as "About 6,000 to 32,000 EUR, without light renovation, for which no price is known."."""
        missing = listing(sorted(work.name for work in self.unpriced))
        if not self.items:
            return f"No price is known for {missing}." if self.unpriced else "It costs nothing to build."
        text = f"About {self.low:,.0f} to {self.high:,.0f} {self.currency}"
        return f"{text}, without {missing}, for which no price is known." if self.unpriced else f"{text}."


@dataclass(frozen=True, slots=True)
class Costs:
    """The cost of each edit, in their order, and of what all together change."""

    edits: tuple[Cost, ...]
    total: Cost


def usual_prices() -> Prices:
    """The table that ships with CitiVERSE."""
    return read_prices(resources.assets() / "prices" / "europe.toml")


def prices_for(scene: str, folder: Path) -> Prices:
    """The table of a scene whose recipe lies in `folder`: `prices/NAME.toml` there, over the usual one."""
    own = folder / "prices" / f"{scene}.toml"
    return read_prices(own, usual_prices()) if own.is_file() else usual_prices()


def read_prices(path: Path, usual: Prices | None = None) -> Prices:
    """The table in a file, over `usual` where given. Raises PricesInvalid."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PricesInvalid(f"{path.name} can't be read: {error}.") from None
    return prices_of(table, name=path.name, usual=usual)


def prices_of(table: Mapping[str, object], *, name: str, usual: Prices | None = None) -> Prices:
    """The table of prices that parsed TOML holds, over `usual` where given. Raises PricesInvalid."""
    words = {key: table.get(key, "") for key in ("title", "date", "currency")}
    for key, value in words.items():
        if not isinstance(value, str) or not value:
            raise PricesInvalid(f"{name}: {key} should be text in quotes.")
    found = table.get("price", {})
    if not isinstance(found, dict):
        raise PricesInvalid(f'{name}: price should be tables such as [price."tree planted"].')
    made = {str(work): _price(name, str(work), said) for work, said in found.items()}
    if usual is not None and usual.currency == words["currency"]:
        made = {**usual.of, **made}
    return Prices(title=str(words["title"]), date=str(words["date"]), currency=str(words["currency"]), of=made)


def cost_of(change: Change, prices: Prices) -> Cost:
    """What it costs to build a change."""
    items: list[Item] = []
    unpriced: list[Work] = []
    for work in works_in(change):
        price = prices.of.get(work.name)
        if price is None:
            unpriced.append(work)
        else:
            items.append(Item(work, price, work.amount * price.low, work.amount * price.high))
    return Cost(currency=prices.currency, date=prices.date, items=tuple(items), unpriced=tuple(unpriced))


def costs_of(city: City, edits: Iterable[Edit], prices: Prices) -> Costs:
    """The cost of each edit and of all together, which may be less. Raises EditRefused where one does not apply."""
    now = city
    each: list[Cost] = []
    for edit in edits:
        change = edit.apply(now)
        each.append(cost_of(change, prices))
        now = now.with_change(change)
    return Costs(tuple(each), cost_of(city.change_to(now), prices))


def works_in(change: Change) -> list[Work]:
    """All works that a change needs, by name."""
    found: dict[str, float] = {}
    for name, amount in [*_in_roads(change), *_in_features(change)]:
        found[name] = found.get(name, 0.0) + amount
    return [Work(name, round(amount, 1)) for name, amount in sorted(found.items()) if amount >= LEAST_AMOUNT]


Amounts = Iterator[tuple[str, float]]


def _in_features(change: Change) -> Amounts:
    for id in change.ids:
        old, new = change.before[id], change.after[id]
        if isinstance(old, Road) or isinstance(new, Road):
            continue
        if isinstance(old, Building) and isinstance(new, Building):
            yield from _rebuilt(old, new)
        elif old is None and new is not None:
            yield from _made(new)
        elif old is not None and new is None:
            yield from _taken_away(old)
        elif isinstance(old, GreenArea) and isinstance(new, GreenArea):
            yield "park laid out", max(new.geometry.area - old.geometry.area, 0.0)


def _made(feature: Feature) -> Amounts:
    match feature:
        case Building() if feature.body is not None:
            yield "model built", 1.0
        case Building():
            yield "building put up", floor_area_m2(feature)
        case Tree():
            yield "tree planted", 1.0
        case GreenArea():
            usual = f"{feature.category.replace('_', ' ')} laid out"
            yield _GREEN_WORKS.get(feature.category, usual), feature.geometry.area
        case Paving():
            yield ("ground unsealed" if feature.category == "open" else "square paved"), feature.geometry.area
        case Water():
            yield "water laid out", feature.geometry.area
        case Furniture() if feature.category == "crossing":
            yield _CROSSINGS.get(feature.name, "crossing"), 1.0
        case Furniture() if feature.category != "traffic_signals":  # they come with their crossing
            yield feature.category.replace("_", " "), 1.0
        case Barrier():
            wide_m2 = feature.geometry.length * feature.height_m
            yield {"noise_barrier": "noise barrier"}.get(feature.category, feature.category), wide_m2
        case Stop():
            yield f"{feature.category} stop", 1.0
        case _:
            pass


def _taken_away(feature: Feature) -> Amounts:
    match feature:
        case Building():
            yield "building taken down", floor_area_m2(feature)
        case Tree():
            yield "tree felled", 1.0
        case GreenArea() | Paving() | Water():
            pass  # what is laid there instead has its own price
        case Barrier() | Furniture() | Stop() | Rail():
            yield "things taken away", 1.0
        case _:
            pass


def _rebuilt(old: Building, new: Building) -> Amounts:
    grown_m2 = floor_area_m2(new) - floor_area_m2(old)
    yield ("building put up" if grown_m2 > 0.0 else "building taken down"), abs(grown_m2)
    if new.roof.shape != old.roof.shape:
        yield "roof rebuilt", new.geometry.area
    if new.use != old.use:
        yield "building converted", floor_area_m2(new)
    if new.standard != old.standard and new.standard is not None:
        yield f"{new.standard} renovation", floor_area_m2(new)
    if new.green_roof and not old.green_roof:
        yield "green roof", new.geometry.area
    if new.solar and not old.solar:
        yield "solar panels", new.geometry.area


def _in_roads(change: Change) -> Amounts:
    """Works on roads, along what edits have left of each, however they have cut it into pieces."""
    roads = [road for road in change.before.values() if isinstance(road, Road)]
    pieces: dict[str, list[Road]] = {road.id: [] for road in roads}
    for id, feature in change.after.items():
        if isinstance(feature, Road):
            root = _root(feature, change)
            if root in pieces:
                pieces[root].append(feature)
            elif change.before[id] is None:
                yield from _new_road(feature)
    for road in roads:
        left = pieces[road.id]
        gone_m = road.geometry.length - sum(piece.geometry.length for piece in left)
        yield "street removed", max(gone_m, 0.0) * road.width_m
        for piece in left:
            yield from _on_road(road, piece)


def _root(road: Road, change: Change) -> str:
    here: Feature | None = road
    while isinstance(here, Road) and change.before.get(here.id) is None and here.part_of in change.after:
        here = change.after[here.part_of] or change.before[here.part_of]
    return here.id if here is not None else road.id


def _new_road(road: Road) -> Amounts:
    area_m2 = road.geometry.length * road.width_m
    yield ("bridge built" if road.bridge else "street built"), area_m2


def _on_road(old: Road, new: Road) -> Amounts:
    length_m = new.geometry.length
    kinds = [(lane.kind, lane.width_m) for lane in new.lanes]
    if kinds != [(lane.kind, lane.width_m) for lane in old.lanes]:
        yield "street rebuilt", length_m * new.width_m
    elif new.surface != old.surface:
        yield "street paved anew", length_m * new.width_m
    if new.speed_kmh != old.speed_kmh:
        yield "speed limit changed", length_m
    if new.modes != old.modes or new.direction != old.direction:
        yield "traffic signs", length_m


def _price(name: str, work: str, said: object) -> Price:
    where = f'{name}: [price."{work}"]'
    if not isinstance(said, dict):
        raise PricesInvalid(f"{where} should be a table.")
    known = [each.name for each in fields(Price)]
    if unknown := [key for key in said if key not in known]:
        raise PricesInvalid(f"{where} {unknown[0]!r} is not known; known are {', '.join(known)}.")
    for key in ("unit", "source"):
        if not isinstance(said.get(key), str) or not said[key]:
            raise PricesInvalid(f"{where} needs {key}, text in quotes.")
    for key in ("low", "high", "year"):
        value = said.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
            raise PricesInvalid(f"{where} needs {key}, a number that is not negative.")
    if said["low"] > said["high"]:
        raise PricesInvalid(f"{where} has its low above its high.")
    return Price(**{**said, "low": float(said["low"]), "high": float(said["high"]), "year": int(said["year"])})


def _rounded(amount: float) -> float:
    """To two figures that count: more would promise too much."""
    if amount <= 0.0:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(amount)) - 1)
    return round(amount / step) * step
