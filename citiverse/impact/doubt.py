"""What several models are in doubt about together: the same draws for all of them."""

from functools import lru_cache

import numpy as np
from scipy.special import ndtri

from citiverse.geometry.arrays import FloatArray
from citiverse.impact.model import DRAWS


@lru_cache(maxsize=4)
def demand_draws(spread: float) -> FloatArray:
    """Factors on the amount of traffic, shape (DRAWS,): the middles of equally likely slices of a lognormal.

    The k-th draw is the same in traffic, noise, air and health, so that doubt about the traffic runs through all.
    """
    factors: FloatArray = np.exp(spread * ndtri((np.arange(DRAWS) + 0.5) / DRAWS))
    return factors
