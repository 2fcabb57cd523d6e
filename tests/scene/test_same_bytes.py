"""The same city is the same bytes on every machine."""

import os
import subprocess
import sys
from pathlib import Path

from citiverse.city.city import City
from citiverse.scene.build import build
from tests.scene.town import hills, town

PLAIN_MACHINE = {
    "NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3",
    "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1",
}  # fmt: skip


def hashes(city: City) -> str:
    return " ".join(f"{key}:{digest}" for key, digest in build(city).hashes.items())


def test_a_processor_without_vector_instructions_builds_the_same_tiles(tmp_path: Path) -> None:
    program = "from tests.scene.test_same_bytes import *\nprint(hashes(town()))\nprint(hashes(town(terrain=hills())))"
    environment = {**os.environ, **PLAIN_MACHINE, "NUMBA_CACHE_DIR": str(tmp_path)}
    made = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=Path(__file__).parents[2], capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert made.stdout.splitlines() == [hashes(town()), hashes(town(terrain=hills()))]
