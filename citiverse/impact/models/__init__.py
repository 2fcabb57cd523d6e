"""One model a file; a new one is a line in this table."""

from citiverse.impact.model import ImpactModel
from citiverse.impact.models.access import Access
from citiverse.impact.models.air import Air
from citiverse.impact.models.health import Health
from citiverse.impact.models.noise import Noise
from citiverse.impact.models.traffic import Traffic

MODELS: tuple[ImpactModel, ...] = (Traffic(), Noise(), Air(), Access(), Health())
