"""What became of the data: the report on an import."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from citiverse.city.feature import Building, Feature, basis_of
from citiverse.gis.crs import named

Outcome = Literal["built", "repaired", "skipped"]
NAMED_IDS = 20  # ids that the report names of each reason

# What people and models ask about most; a feature's field -> the name in the report.
_ATTRIBUTES: Mapping[str, Mapping[str, str]] = {
    "building": {
        "height_m": "building.height",
        "levels": "building.levels",
        "use": "building.use",
        "roof": "building.roof",
        "homes": "building.homes",
        "geometry": "building.footprint",
    },
    "road": {
        "lanes": "road.lanes",
        "width_m": "road.width",
        "speed_kmh": "road.speed",
        "surface": "road.surface",
        "geometry": "road.line",
    },
    "tree": {"height_m": "tree.height", "crown_m": "tree.crown", "geometry": "tree.place"},
    "water": {"geometry": "water.outline"},
    "barrier": {"height_m": "barrier.height"},
}


@dataclass
class Count:
    """What became of the objects of one kind."""

    built: int = 0
    repaired: int = 0
    skipped: int = 0

    @property
    def read(self) -> int:
        """All that were read."""
        return self.built + self.repaired + self.skipped


@dataclass
class Tally:
    """Counts what became of each object in a file; every object of a kind is counted once."""

    kinds: dict[str, Count] = field(default_factory=dict)
    reasons: dict[tuple[str, Outcome, str], list[str]] = field(default_factory=dict)

    def built(self, kind: str, count: int = 1) -> None:
        """Objects that came out as they were."""
        self._of(kind).built += count

    def repaired(self, kind: str, id: str, reason: str) -> None:
        """An object that needed help."""
        self._of(kind).repaired += 1
        self.note(kind, "repaired", id, reason)

    def skipped(self, kind: str, id: str, reason: str) -> None:
        """An object that did not come out."""
        self._of(kind).skipped += 1
        self.note(kind, "skipped", id, reason)

    def note(self, kind: str, outcome: Outcome, id: str, reason: str) -> None:
        """A remark on an object that is counted elsewhere."""
        self.reasons.setdefault((kind, outcome, reason), []).append(id)

    def _of(self, kind: str) -> Count:
        found = self.kinds.get(kind)
        if found is None:
            found = self.kinds[kind] = Count()
        return found


@dataclass(frozen=True, slots=True)
class LayerLine:
    """One layer of a file in the report: what it was taken for, and which column was taken for what."""

    layer: str
    role: str
    rows: int
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One file in the report."""

    file: str
    format: str
    crs: str
    licence: str
    layers: tuple[LayerLine, ...] = ()
    remarks: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The line as a JSON object."""
        line: dict[str, object] = {
            "file": self.file, "format": self.format, "crs": self.crs, "licence": self.licence,
        }  # fmt: skip
        if self.remarks:
            line["remarks"] = list(self.remarks)
        if self.layers:
            line["layers"] = [
                {"layer": each.layer, "as": each.role, "rows": each.rows, "columns": dict(each.columns)}
                for each in self.layers
            ]
        return line


@dataclass(frozen=True)
class Report:
    """The import report of a scene."""

    scene: str
    sources: tuple[SourceLine, ...]
    tally: Tally
    attributes: Mapping[str, Mapping[str, int]]

    def to_json(
        self, models: Mapping[str, tuple[str, ...]] | None = None, advice: Sequence[str] = ()
    ) -> dict[str, object]:
        """The report as a JSON object; `models` says of each model what it lacks, `advice` what would help them."""
        return {
            "scene": self.scene,
            "sources": [line.to_json() for line in self.sources],
            "kinds": {
                kind: {"read": n.read, "built": n.built, "repaired": n.repaired, "skipped": n.skipped}
                for kind, n in self.tally.kinds.items()
            },
            "reasons": [
                {"kind": kind, "outcome": outcome, "reason": reason, "count": len(ids), "ids": ids[:NAMED_IDS]}
                for (kind, outcome, reason), ids in self.tally.reasons.items()
            ],
            "attributes": {name: dict(counts) for name, counts in self.attributes.items()},
            "models": {
                name: {"ready": not missing, "missing": list(missing)} for name, missing in (models or {}).items()
            },
            "advice": list(advice),
        }


def attribute_counts(features: Iterable[Feature]) -> dict[str, dict[str, int]]:
    """How many values of each attribute were measured, tagged or estimated."""
    counts: dict[str, dict[str, int]] = {
        name: {"measured": 0, "tagged": 0, "estimated": 0} for names in _ATTRIBUTES.values() for name in names.values()
    }
    alike: dict[tuple[str, frozenset[str], frozenset[str], bool], tuple[Feature, list[int]]] = {}
    for feature in features:
        if feature.kind in _ATTRIBUTES:
            homes = isinstance(feature, Building) and feature.homes is not None
            key = feature.kind, feature.measured, feature.estimated, homes
            found = alike.get(key)
            if found is None:
                alike[key] = feature, [1]
            else:
                found[1][0] += 1
    for (kind, _, _, homes), (feature, (count,)) in alike.items():
        for attribute, name in _ATTRIBUTES[kind].items():
            if attribute != "homes" or homes:
                counts[name][basis_of(feature, attribute)] += count
    return {name: each for name, each in counts.items() if any(each.values())}


def readable(report: Report, models: Mapping[str, tuple[str, ...]] | None = None, advice: Sequence[str] = ()) -> str:
    """The report as text for a person."""
    lines = [f"{report.scene}: what was read", ""]
    for source in report.sources:
        said = ", ".join(each for each in (source.format, named(source.crs), source.licence) if each)
        lines.append(f"  {source.file}  ({said})")
        lines += [f"      {remark}" for remark in source.remarks]
        for layer in source.layers:
            columns = ", ".join(f"{what} from {column}" for what, column in layer.columns.items())
            lines.append(f"      {layer.layer}: {layer.rows} rows as {layer.role}; {columns or 'no column known'}")
    lines += ["", f"  {'':<14}{'read':>8}{'built':>8}{'repaired':>10}{'skipped':>9}"]
    for kind, n in report.tally.kinds.items():
        lines.append(f"  {kind.replace('_', ' '):<14}{n.read:>8}{n.built:>8}{n.repaired:>10}{n.skipped:>9}")
    if report.tally.reasons:
        lines += ["", "Why"]
    for (kind, outcome, reason), ids in report.tally.reasons.items():
        shown = ", ".join(ids[:3]) + (", ..." if len(ids) > 3 else "")
        lines.append(f"  {len(ids)} x {kind.replace('_', ' ')} {outcome}: {reason} ({shown})")
    if report.attributes:
        lines += ["", "How attributes are known", f"  {'':<20}{'measured':>10}{'tagged':>10}{'estimated':>11}"]
    for name, each in report.attributes.items():
        lines.append(f"  {name:<20}{each['measured']:>10}{each['tagged']:>10}{each['estimated']:>11}")
    if models:
        lines += ["", "What the models can do with it"]
    for model, missing in (models or {}).items():
        lines.append(f"  {model}: {'ready' if not missing else 'lacks ' + ', '.join(missing)}")
    if advice:
        lines += ["", "What would make it better", *(f"  {sentence}" for sentence in advice)]
    return "\n".join(lines) + "\n"
