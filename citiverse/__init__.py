"""A live 3D city that citizens change, measure and bring to the planners."""

__version__ = "0.1.0"
