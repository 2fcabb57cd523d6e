"""What changes have made of a city's features, with an index that grows along."""

from collections.abc import Iterable, Mapping

import shapely
from shapely import STRtree

from citiverse.city.change import Bounds, Change, fingerprint
from citiverse.city.feature import Feature

MOST_RECENT = 256  # changed features that are looked through one by one before the index is grown anew


class Overlay(dict[str, Feature | None]):
    """Features by id that replace or add to those of a base; None is one that is gone. Never changed once made."""

    __slots__ = ("_recent", "_settled", "_sum", "_tree")

    def __init__(self, features: Mapping[str, Feature | None] | None = None) -> None:
        super().__init__(features or {})
        self._settled: tuple[str, ...] = ()
        self._tree: STRtree | None = None
        self._recent: frozenset[str] = frozenset(self)
        self._sum: tuple[int | None, tuple[Change, ...]] = (None if self else 0, ())  # so far, and what came since

    def after(self, change: Change, base: Mapping[str, Feature]) -> "Overlay":
        """The overlay with `change` on top; what is again as in `base` falls out."""
        made = Overlay(self)
        for id, new in change.after.items():
            if base.get(id) == new:
                made.pop(id, None)
            else:
                made[id] = new
        made._settled, made._tree = self._settled, self._tree
        made._recent = self._recent | change.after.keys()
        known, since = self._sum
        made._sum = (known, (*since, change)) if len(since) < MOST_RECENT else (None, ())
        if len(made._recent) > MOST_RECENT:
            made._settle()
        return made

    def near(self, bounds: Bounds) -> list[Feature]:
        """Features whose bounds meet `bounds`, by id."""
        west, south, east, north = bounds
        ids = set(self._recent)
        if self._tree is not None:
            ids.update(self._settled[n] for n in self._tree.query(shapely.box(west, south, east, north)).tolist())
        found: list[Feature] = []
        for id in sorted(ids):
            feature = self.get(id)
            if feature is not None:
                w, s, e, n = feature.geometry.bounds
                if w <= east and e >= west and s <= north and n >= south:
                    found.append(feature)
        return found

    def fingerprint_shift(self, base: Mapping[str, Feature]) -> int:
        """What the changes add to the sum of the base's fingerprints."""
        known, since = self._sum
        if known is None:
            total = sum(_print(new) - _print(base.get(id)) for id, new in self.items())
        else:
            total = known + sum(_added(change.after.values()) - _added(change.before.values()) for change in since)
        self._sum = (total, ())
        return total

    def _settle(self) -> None:
        standing = [(id, self[id]) for id in sorted(self)]
        kept = [(id, feature.geometry) for id, feature in standing if feature is not None]
        self._settled = tuple(id for id, _ in kept)
        self._tree = STRtree([shape for _, shape in kept])
        self._recent = frozenset()


def overlay_of(features: Mapping[str, Feature | None]) -> Overlay:
    """The mapping as an overlay."""
    return features if isinstance(features, Overlay) else Overlay(features)


def _added(features: Iterable[Feature | None]) -> int:
    return sum(map(_print, features))


def _print(feature: Feature | None) -> int:
    return 0 if feature is None else fingerprint(feature)
