"""One model a file; a new one is a line in this table. Those that others have installed follow ours."""

from importlib.metadata import entry_points

from citiverse.impact.model import ImpactModel
from citiverse.impact.models.access import Access
from citiverse.impact.models.air import Air
from citiverse.impact.models.health import Health
from citiverse.impact.models.noise import Noise
from citiverse.impact.models.traffic import Traffic
from citiverse.impact.third_party import GROUP, installed

# Access comes first: it builds on nothing and is soonest done, so that people see something at once.
OURS: tuple[ImpactModel, ...] = (Access(), Traffic(), Noise(), Air(), Health())
THEIRS, REFUSED = installed(entry_points(group=GROUP), (model.name for model in OURS))
MODELS: tuple[ImpactModel, ...] = OURS + THEIRS
