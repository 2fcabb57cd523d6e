"""Place a model that someone has brought."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import shapely
from annotated_types import Ge, Le, Len
from shapely import Polygon, affinity

from citiverse.city.change import Change, change_between
from citiverse.city.city import City
from citiverse.city.feature import Building, Feature
from citiverse.city.model import Body, Model
from citiverse.geometry.snapping import snapped
from citiverse.proposal.alter import SOURCE
from citiverse.proposal.canonical import fresh_ids
from citiverse.proposal.fields import At, Heading
from citiverse.proposal.place import EDGE_TOLERANCE_M, point_of
from citiverse.proposal.refusal import EditRefused
from citiverse.proposal.siting import felled, refuse_obstacles
from citiverse.proposal.verb import Group, Verb
from citiverse.proposal.words import metres, square_metres

LEAST_M, HIGHEST_M = 0.05, 500.0
LEAST_M2, MOST_M2 = 0.01, 60_000.0

ModelId = Annotated[str, Len(1, 80)]
Scale = Annotated[float, Ge(0.001), Le(1000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceModel(Verb):
    """Place a model that has been uploaded, turned to a heading; the models take its footprint and height.

    Trees and furniture on the ground give way.
    """

    group: ClassVar[Group] = "buildings"

    verb: Literal["place_model"] = "place_model"
    model: ModelId
    at: At
    heading_deg: Heading
    scale: Scale = 1.0

    def apply(self, city: City) -> Change:
        """The model, without what it displaces. Raises EditRefused where it is not known or can't stand."""
        model = self._model(city)
        place = point_of(city, self.at, what="the model")
        height_m = model.height_m * self.scale
        if not LEAST_M <= height_m <= HIGHEST_M:
            size = f"between {metres(LEAST_M)} and {metres(HIGHEST_M)}"
            raise EditRefused(f"The model would be {metres(height_m)} high; it must be {size}.", field="scale")
        ground = self._ground(model, (place.x, place.y))
        if not LEAST_M2 <= ground.area <= MOST_M2:
            raise EditRefused(f"The model would cover {square_metres(ground.area)}.", field="scale")
        if not shapely.box(*city.bounds).buffer(EDGE_TOLERANCE_M).covers(ground):
            raise EditRefused(f"The model reaches outside {city.title}.", at=self.at, field="at")
        refuse_obstacles(city, ground, meets="the model would stand on", field="at", height_m=height_m)
        id = next(fresh_ids(self, city))
        made = Building(
            id=id,
            source=SOURCE,
            name=model.title,
            geometry=ground,
            height_m=round(height_m, 2),
            use="other",
            homes=0.0,
            jobs=0.0,
            body=Body(model, (round(place.x, 3), round(place.y, 3)), self.heading_deg, self.scale),
        )
        after: dict[str, Feature | None] = {id: made, **{thing.id: None for thing in felled(city, ground)}}
        return change_between({id: city.get(id) for id in after}, after)

    def describe(self, city: City) -> str:
        """Such as "Place the model “Pavilion”"."""
        model = city.models.get(self.model)
        return f"Place the model “{model.title}”" if model is not None and model.title else "Place a model"

    def _model(self, city: City) -> Model:
        model = city.models.get(self.model)
        if model is None:
            raise EditRefused(f"There is no model {self.model} here; upload it first.", field="model")
        return model

    def _ground(self, model: Model, at: tuple[float, float]) -> Polygon:
        scaled = affinity.scale(model.footprint, self.scale, self.scale, origin=(0.0, 0.0))
        turned = affinity.rotate(scaled, -self.heading_deg, origin=(0.0, 0.0))
        placed = snapped(affinity.translate(turned, *at), 0.001)
        return placed if isinstance(placed, Polygon) and not placed.is_empty else turned.convex_hull.buffer(0.01)
