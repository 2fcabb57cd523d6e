"""The command line as a person meets it: a process with arguments, an exit code and two streams."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from citiverse.cli.main import joined
from tests.cli.process import assert_refused, citiverse


def test_coordinates_that_begin_with_a_minus_sign_belong_to_the_option_before_them() -> None:
    assert joined(["import", "x", "--bbox", "-1.5,2,3,4"]) == ["import", "x", "--bbox=-1.5,2,3,4"]
    assert joined(["--bbox=-1,2,3,4", "-1"]) == ["--bbox=-1,2,3,4", "-1"]
    assert joined(["--eye", "-.5,2,0", "--debug"]) == ["--eye=-.5,2,0", "--debug"]


def test_help_answers_at_once() -> None:
    begin = time.perf_counter()
    told = citiverse("--help")
    assert told.returncode == 0
    assert "serve" in told.stdout or "scenes" in told.stdout
    assert time.perf_counter() - begin < 1.0


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["validate"],
        ["validate", "traffic"],
        ["validate", "traffic", "--net", "a", "--trips", "b", "--gap", "nan"],
        ["validate", "traffic", "--net", "a", "--trips", "b", "--gap", "2"],
        ["validate", "noise", "--wind", "strong"],
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    process = citiverse(*arguments)
    assert process.returncode == 2
    assert process.stdout == ""
    assert "usage: citiverse" in process.stderr
    assert "Traceback" not in process.stderr


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert_refused(citiverse("validate", "noise", "--profile", tmp_path / "gone.json"), "gone.json", "No such file")
    assert_refused(citiverse("validate", "emission", "--case", tmp_path), tmp_path.name, "directory")


def test_a_traceback_is_shown_only_on_request(tmp_path: Path) -> None:
    process = citiverse("validate", "emission", "--case", tmp_path / "gone.json", "--debug")
    assert process.returncode == 1
    assert "Traceback" in process.stderr


@pytest.mark.parametrize("text", ["", "{", "[]", "[1]", '{"cases": 3}', "\x00\xff", "[" * 100_000])
def test_an_emission_file_that_makes_no_sense_is_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "case.json"
    file.write_bytes(text.encode("latin-1"))
    assert_refused(citiverse("validate", "emission", "--case", file, "--json"), "case.json")


def braess(folder: Path) -> tuple[Path, Path]:
    """The network of Braess (1968): six drivers, a way from 2 to 3 that makes everyone slower."""
    net, trips = folder / "net.tntp", folder / "trips.tntp"
    links = [(1, 2, 0.001, 10000.0), (1, 3, 50.0, 0.02), (2, 3, 10.0, 0.1), (2, 4, 50.0, 0.02), (3, 4, 0.001, 10000.0)]
    net.write_text(
        "<NUMBER OF ZONES> 4\n<NUMBER OF NODES> 4\n<FIRST THRU NODE> 1\n<NUMBER OF LINKS> 5\n<END OF METADATA>\n"
        + "".join(f"\t{a}\t{b}\t1\t0\t{time}\t{factor}\t1\t0\t0\t1\t;\n" for a, b, time, factor in links)
    )
    trips.write_text("<NUMBER OF ZONES> 4\n<TOTAL OD FLOW> 6\n<END OF METADATA>\n\nOrigin 1\n 4 : 6.0;\n")
    return net, trips


def test_traffic_finds_the_equilibrium_of_braess(tmp_path: Path) -> None:
    net, trips = braess(tmp_path)
    flows = tmp_path / "flows.csv"
    process = citiverse("validate", "traffic", "--net", net, "--trips", trips, "--flows", flows, "--json")
    assert process.returncode == 0, process.stderr
    result = json.loads(process.stdout)
    assert set(result) == {"objective", "gap", "seconds", "iterations", "vehicle_time"}
    assert result["gap"] <= 1e-6
    header, *rows = flows.read_text().splitlines()
    assert header == "from,to,flow,cost"
    # Two drivers on each of the three ways; each needs 92 minutes.
    flow = {(int(a), int(b)): float(f) for a, b, f, _ in (row.split(",") for row in rows)}
    assert flow == pytest.approx({(1, 2): 4, (1, 3): 2, (2, 3): 2, (2, 4): 2, (3, 4): 4}, abs=1e-3)
    assert result["vehicle_time"] == pytest.approx(6 * 92, rel=1e-4)


def test_a_trip_table_for_another_network_is_refused(tmp_path: Path) -> None:
    net, trips = braess(tmp_path)
    trips.write_text(trips.read_text().replace("4 : 6.0", "5 : 6.0"))
    assert_refused(citiverse("validate", "traffic", "--net", net, "--trips", trips, "--json"), "trips.tntp", "line 6")


def test_flows_go_nowhere_when_their_folder_is_not_there(tmp_path: Path) -> None:
    net, trips = braess(tmp_path)
    out = tmp_path / "gone" / "flows.csv"
    assert_refused(citiverse("validate", "traffic", "--net", net, "--trips", trips, "--flows", out), "flows.csv")


def test_noise_reports_eight_bands_for_every_path(shared_data: Callable[[str], Path]) -> None:
    profiles = sorted(shared_data("validation/cnossos/profiles").glob("TC0*.json"))[:2]
    process = citiverse("validate", "noise", *(f"--profile={profile}" for profile in profiles), "--json")
    report = json.loads(process.stdout)
    assert [path["file"] for path in report["paths"]] == [str(profile) for profile in profiles]
    parts = {"ground", "diffraction", "atmosphere", "divergence", "level"}
    for path in report["paths"]:
        for weather in ("homogeneous", "favourable"):
            assert parts <= path[weather].keys()
            assert all(len(path[weather][part]) == 8 for part in parts)
    assert len(report["level"]) == 8
