"""Height models: rasters in their own coordinates become the ground of a scene."""
