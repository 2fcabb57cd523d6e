"""Open sealed ground."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from citiverse.city.change import Change, change_between
from citiverse.city.city import City
from citiverse.city.feature import Feature, GreenArea, Paving
from citiverse.proposal.alter import SOURCE
from citiverse.proposal.canonical import fresh_ids
from citiverse.proposal.clearing import surfaces_out_of
from citiverse.proposal.fields import Area
from citiverse.proposal.laying import MOST_M2, MOST_SHARE_OF_SCENE, free_ground, refuse_sameness
from citiverse.proposal.polygon import polygon_of, scene_area_m2
from citiverse.proposal.verb import Group, Verb

OpenSurface = Literal["grass", "meadow", "planting", "gravel", "grass_paver"]
_GREEN: dict[OpenSurface, str] = {"grass": "grass", "meadow": "meadow", "planting": "flowerbed"}
_WORDS: dict[OpenSurface, str] = {
    "grass": "a lawn", "meadow": "a meadow", "planting": "plants", "gravel": "gravel", "grass_paver": "grass pavers",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseal(Verb):
    """Open sealed ground between streets and buildings, so that rain soaks in: as lawn, meadow, plants or gravel."""

    group: ClassVar[Group] = "green"

    verb: Literal["unseal"] = "unseal"
    area: Area
    surface: OpenSurface = "grass"

    def apply(self, city: City) -> Change:
        """The open ground in place of what lay there. Raises EditRefused where none is free or it is so already."""
        most_m2 = min(MOST_M2, MOST_SHARE_OF_SCENE * scene_area_m2(city))
        drawn = polygon_of(city, self.area, what="the ground", field="area", least_m2=1.0, most_m2=most_m2)
        ground = free_ground(city, drawn, what=_WORDS[self.surface], least_m2=1.0)
        id = next(fresh_ids(self, city))
        new: Feature
        if self.surface in _GREEN:
            new = GreenArea(id=id, source=SOURCE, geometry=ground, category=_GREEN[self.surface])
        else:
            new = Paving(id=id, source=SOURCE, geometry=ground, category="open", surface=self.surface)
        refuse_sameness(city, ground, new.category)
        after: dict[str, Feature | None] = {**surfaces_out_of(city, ground), id: new}
        return change_between({each: city.get(each) for each in after}, after)

    def describe(self, city: City) -> str:
        """Such as "Open the ground as a lawn"."""
        return f"Open sealed ground and lay {_WORDS[self.surface]}"
