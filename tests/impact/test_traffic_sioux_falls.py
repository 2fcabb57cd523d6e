"""The equilibrium of Sioux Falls, the network every assignment is tried on.

Network and trips: LeBlanc, Morlok & Pierskalla (1975), "An efficient approach to solving the road network equilibrium
traffic assignment problem", Transportation Research 9, 309-318.
"""

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from citiverse.impact.traffic.equilibrium import Equilibrium, equilibrium
from citiverse.impact.traffic.links import Links, Trips

BEST_KNOWN = 4_231_335.28710744  # Beckmann's objective; Bar-Gera, Transportation Networks for Research

# from, to, capacity, free time
ROADS = """
1 2 25900.20064 6; 1 3 23403.47319 4; 2 1 25900.20064 6; 2 6 4958.180928 5
3 1 23403.47319 4; 3 4 17110.52372 4; 3 12 23403.47319 4; 4 3 17110.52372 4
4 5 17782.7941 2; 4 11 4908.82673 6; 5 4 17782.7941 2; 5 6 4947.995469 4
5 9 10000 5; 6 2 4958.180928 5; 6 5 4947.995469 4; 6 8 4898.587646 2
7 8 7841.81131 3; 7 18 23403.47319 2; 8 6 4898.587646 2; 8 7 7841.81131 3
8 9 5050.193156 10; 8 16 5045.822583 5; 9 5 10000 5; 9 8 5050.193156 10
9 10 13915.78842 3; 10 9 13915.78842 3; 10 11 10000 5; 10 15 13512.00155 6
10 16 4854.917717 4; 10 17 4993.510694 8; 11 4 4908.82673 6; 11 10 10000 5
11 12 4908.82673 6; 11 14 4876.508287 4; 12 3 23403.47319 4; 12 11 4908.82673 6
12 13 25900.20064 3; 13 12 25900.20064 3; 13 24 5091.256152 4; 14 11 4876.508287 4
14 15 5127.526119 5; 14 23 4924.790605 4; 15 10 13512.00155 6; 15 14 5127.526119 5
15 19 14564.75315 3; 15 22 9599.180565 3; 16 8 5045.822583 5; 16 10 4854.917717 4
16 17 5229.910063 2; 16 18 19679.89671 3; 17 10 4993.510694 8; 17 16 5229.910063 2
17 19 4823.950831 2; 18 7 23403.47319 2; 18 16 19679.89671 3; 18 20 23403.47319 4
19 15 14564.75315 3; 19 17 4823.950831 2; 19 20 5002.607563 4; 20 18 23403.47319 4
20 19 5002.607563 4; 20 21 5059.91234 6; 20 22 5075.697193 5; 21 20 5059.91234 6
21 22 5229.910063 2; 21 24 4885.357564 3; 22 15 9599.180565 3; 22 20 5075.697193 5
22 21 5229.910063 2; 22 23 5000 4; 23 14 4924.790605 4; 23 22 5000 4
23 24 5078.508436 2; 24 13 5091.256152 4; 24 21 4885.357564 3; 24 23 5078.508436 2
"""

# hundreds of trips from each zone (row) to each zone (column)
TRIPS = """
0 1 1 5 2 3 5 8 5 13 5 2 5 3 5 5 4 1 3 3 1 4 3 1
1 0 1 2 1 4 2 4 2 6 2 1 3 1 1 4 2 0 1 1 0 1 0 0
1 1 0 2 1 3 1 2 1 3 3 2 1 1 1 2 1 0 0 0 0 1 1 0
5 2 2 0 5 4 4 7 7 12 14 6 6 5 5 8 5 1 2 3 2 4 5 2
2 1 1 5 0 2 2 5 8 10 5 2 2 1 2 5 2 0 1 1 1 2 1 0
3 4 3 4 2 0 4 8 4 8 4 2 2 1 2 9 5 1 2 3 1 2 1 1
5 2 1 4 2 4 0 10 6 19 5 7 4 2 5 14 10 2 4 5 2 5 2 1
8 4 2 7 5 8 10 0 8 16 8 6 6 4 6 22 14 3 7 9 4 5 3 2
5 2 1 7 8 4 6 8 0 28 14 6 6 6 9 14 9 2 4 6 3 7 5 2
13 6 3 12 10 8 19 16 28 0 40 20 19 21 40 44 39 7 18 25 12 26 18 8
5 2 3 15 5 4 5 8 14 39 0 14 10 16 14 14 10 1 4 6 4 11 13 6
2 1 2 6 2 2 7 6 6 20 14 0 13 7 7 7 6 2 3 4 3 7 7 5
5 3 1 6 2 2 4 6 6 19 10 13 0 6 7 6 5 1 3 6 6 13 8 8
3 1 1 5 1 1 2 4 6 21 16 7 6 0 13 7 7 1 3 5 4 12 11 4
5 1 1 5 2 2 5 6 10 40 14 7 7 13 0 12 15 2 8 11 8 26 10 4
5 4 2 8 5 9 14 22 14 44 14 7 6 7 12 0 28 5 13 16 6 12 5 3
4 2 1 5 2 5 10 14 9 39 10 6 5 7 15 28 0 6 17 17 6 17 6 3
1 0 0 1 0 1 2 3 2 7 2 2 1 1 2 5 6 0 3 4 1 3 1 0
3 1 0 2 1 2 4 7 4 18 4 3 3 3 8 13 17 3 0 12 4 12 3 1
3 1 0 3 1 3 5 9 6 25 6 5 6 5 11 16 17 4 12 0 12 24 7 4
1 0 0 2 1 1 2 4 3 12 4 3 6 4 8 6 6 1 4 12 0 18 7 5
4 1 1 4 2 2 5 5 7 26 11 7 13 12 26 12 17 3 12 24 18 0 21 11
3 0 1 5 1 1 2 3 5 18 13 7 8 11 10 5 6 1 3 7 7 21 0 7
1 0 0 2 0 1 1 2 2 8 6 5 7 4 4 3 3 0 1 4 5 11 7 0
"""


def sioux_falls() -> tuple[Links, Trips]:
    """Network and trips; power 4 and b 0.15 everywhere."""
    table = np.array([row.split() for row in ROADS.split(";") for row in row.split("\n") if row.strip()], float)
    count = len(table)
    links = Links(
        nodes=24,
        tail=table[:, 0].astype(np.int64) - 1,
        head=table[:, 1].astype(np.int64) - 1,
        capacity=table[:, 2],
        free_time=table[:, 3],
        b=np.full(count, 0.15),
        power=np.full(count, 4.0),
        fixed=np.zeros(count),
    )
    volume = 100.0 * np.array(TRIPS.split(), float).reshape(24, 24)
    origin, destination = np.nonzero(volume)
    return links, Trips(origin, destination, volume[origin, destination])


def solved(gap: float) -> Equilibrium:
    """The equilibrium to a gap."""
    links, trips = sioux_falls()
    return equilibrium(links, trips, gap=gap)


@pytest.mark.parametrize("gap", [1e-4, 1e-6, 1e-8, 1e-12])
def test_the_objective_is_as_close_as_the_gap_promises(gap: float) -> None:
    found = solved(gap)
    assert 0 <= found.gap <= gap
    assert 0 <= found.objective / BEST_KNOWN - 1 + 1e-13 <= gap + 1e-13


def test_total_time_is_the_best_known_one() -> None:
    # 7,480,225.34: sum of volume times cost of the best-known flows.
    assert solved(1e-9).vehicle_time == pytest.approx(7_480_225.3449, abs=0.5)


def test_two_processes_find_the_same_bits() -> None:
    here = hashlib.sha256(solved(1e-8).flow.tobytes()).hexdigest()
    script = (
        f"import sys, hashlib; sys.path.insert(0, {__file__!r}.rpartition('/')[0]);"
        "import test_traffic_sioux_falls as it; print(hashlib.sha256(it.solved(1e-8).flow.tobytes()).hexdigest())"
    )
    there = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=300)
    assert there.stdout.strip() == here
