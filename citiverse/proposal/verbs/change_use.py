"""Use a building for something else."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from citiverse.city.change import Change, change_between
from citiverse.city.city import City
from citiverse.city.feature import Building, BuildingUse
from citiverse.proposal.alter import find, told
from citiverse.proposal.fields import BuildingId, Homes, Jobs
from citiverse.proposal.refusal import EditRefused
from citiverse.proposal.storeys import LEAST_HOME_M2, LEAST_JOB_M2, floor_area_m2, usual_homes, usual_jobs
from citiverse.proposal.verb import Group, Verb
from citiverse.proposal.words import called, name_of, sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeUse(Verb):
    """Use a building for something else; homes and jobs that are not told are estimated from its floor area."""

    group: ClassVar[Group] = "buildings"

    verb: Literal["change_use"] = "change_use"
    building: BuildingId
    use: BuildingUse
    homes: Homes | None = None
    jobs: Jobs | None = None

    def apply(self, city: City) -> Change:
        """The building with its new use. Raises EditRefused where it is so already, or so many don't fit."""
        old = find(city, self.building, Building, "building")
        floor_m2 = floor_area_m2(old)
        self._refuse_crowds(floor_m2)
        if old.use == self.use and self.homes in (None, old.homes) and self.jobs in (None, old.jobs):
            raise EditRefused(f"{sentence(name_of(old))} is already in use so ({self.use}).", field="use")
        guessed = [name for name in ("homes", "jobs") if getattr(self, name) is None]
        new = told(
            old,
            guessed=tuple(guessed),
            use=self.use,
            homes=usual_homes(city, self.use, floor_m2) if self.homes is None else self.homes,
            jobs=usual_jobs(self.use, floor_m2) if self.jobs is None else self.jobs,
        )
        return change_between({old.id: old}, {old.id: new})

    def describe(self, city: City) -> str:
        """Such as "Use Postitalo for apartments"."""
        return f"Use {called(city, self.building)} for something else ({self.use})"

    def _refuse_crowds(self, floor_m2: float) -> None:
        for number, least_m2, what in ((self.homes, LEAST_HOME_M2, "homes"), (self.jobs, LEAST_JOB_M2, "jobs")):
            if number is not None and number * least_m2 > floor_m2:
                raise EditRefused(f"{number:,.0f} {what} don't fit on {floor_m2:,.0f} m² of floor.", field=what)
