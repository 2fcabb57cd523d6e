"""The layers of the scene: a new one is a module beside this and a line in LAYERS."""

from citiverse.scene.layers import buildings, far, furniture, ground
from citiverse.scene.tile import Layer

LAYERS: tuple[Layer, ...] = (
    Layer("ground", ground.draw, ground.sees, ground.KINDS),
    Layer("buildings", buildings.draw, buildings.sees, buildings.KINDS),
    Layer("furniture", furniture.draw, furniture.sees, furniture.KINDS),
)
"""What leaves show, each layer in tiles of its own."""

FAR = Layer("far", far.draw, far.sees, far.KINDS)
"""What all higher levels show, everything in one tile."""
