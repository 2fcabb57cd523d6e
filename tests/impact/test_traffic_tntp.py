"""Test networks are read as they are, or refused with file and line; known equilibria are found."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from citiverse.impact.traffic.equilibrium import equilibrium
from citiverse.impact.traffic.links import BadNetwork
from citiverse.impact.traffic.tntp import BadTntp, read_network, read_trips

NET = """<NUMBER OF ZONES> 2
<NUMBER OF NODES> 3
<FIRST THRU NODE> 3
<NUMBER OF LINKS> 3
<ORIGINAL HEADER>~ Init Term ...
<END OF METADATA>

~\tinit_node\tterm_node\tcapacity\tlength\tfree_flow_time\tb\tpower\tspeed\ttoll\tlink_type\t;
\t1\t3\t10\t5\t2\t0.15\t4\t30\t0\t1\t;
\t3\t2\t1e1\t5.5\t2\t0.15\t4\t30\t7\t1;
\t2\t1\t10\t5\t2\t0\t0\t0\t0\t1\t;
"""
TRIPS = """<NUMBER OF ZONES> 2
<TOTAL OD FLOW> 9.0
<END OF METADATA>


Origin  1
    1 :      0.0;     2 :     6.0;
Origin 2
 1:3.0;
"""


def file(folder: Path, text: str) -> Path:
    path = folder / "a.tntp"
    path.write_text(text)
    return path


def test_a_network_is_read_as_it_stands(tmp_path: Path) -> None:
    network = read_network(file(tmp_path, NET))
    assert (network.zones, network.nodes, network.first_through) == (2, 3, 3)
    assert network.tail.tolist() == [1, 3, 2]
    assert network.head.tolist() == [3, 2, 1]
    assert network.length.tolist() == [5, 5.5, 5]
    links = network.links(toll_weight=2, length_weight=10)
    assert links.fixed.tolist() == [50, 69, 50]
    assert links.first_through == 2


def test_trips_are_read_as_they_stand(tmp_path: Path) -> None:
    trips = read_trips(file(tmp_path, TRIPS), 2)
    assert trips.origin.tolist() == [0, 0, 1]
    assert trips.destination.tolist() == [0, 1, 0]
    assert trips.volume.tolist() == [0, 6, 3]


def test_trips_are_read_without_semicolons_and_with_any_space(tmp_path: Path) -> None:
    head = TRIPS.partition("Origin")[0]
    trips = read_trips(file(tmp_path, head + "origin: 1\r\n1:0.0 2\t:\t6 ~ Straße\r\nORIGIN\t2;\r\n1 :3.0"), 2)
    assert trips.origin.tolist() == [0, 0, 1]
    assert trips.volume.tolist() == [0, 6, 3]


def test_comments_in_another_alphabet_and_semicolons_behind_counts_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.tntp"
    path.write_bytes(("~ Stra\xdfen\n" + NET.replace("ZONES> 2", "ZONES>\t 2 ;")).encode("latin-1"))
    assert read_network(path).zones == 2


def test_names_of_columns_may_stand_without_a_tilde(tmp_path: Path) -> None:
    assert len(read_network(file(tmp_path, NET.replace("~\tinit_node", "init_node"))).tail) == 3


def test_columns_after_power_may_be_left_out(tmp_path: Path) -> None:
    head = NET.partition("~\t")[0].replace("LINKS> 3", "LINKS> 1")
    network = read_network(file(tmp_path, head + "1 3 10 5 2 0.15 4;\n"))
    assert network.toll.tolist() == [0]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("\t10\t5\t2\t0\t0", "\tmany\t5\t2\t0\t0", "line 11: the capacity 'many' is not a number"),
        ("\t10\t5\t2\t0\t0", "\tnan\t5\t2\t0\t0", "line 11: the capacity is nan"),
        ("\t10\t5\t2\t0\t0", "\t-10\t5\t2\t0\t0", "line 11: the capacity is negative"),
        ("\t10\t5\t2\t0\t0", "\t1e300\t5\t2\t0\t0", "line 11: the capacity is 1e300; it must be 0 or from"),
        ("\t1\t3\t10", "\t1\t4\t10", "line 9: the term node '4' is not a whole number from 1 to 3"),
        ("\t1\t3\t10", "\t0\t3\t10", "line 9: the init node '0'"),
        ("\t1\t3\t10", "\t1.5\t3\t10", "line 9: the init node '1.5'"),
        ("\t2\t1\t10\t5", "\t2\t1\t10", "line 11: 10 columns are expected, 9 found"),
        ("LINKS> 3", "LINKS> 4", "line 11: 4 links are announced, the file ends after 3"),
        ("LINKS> 3", "LINKS> x", "<NUMBER OF LINKS> is not a whole number"),
        ("<NUMBER OF NODES> 3\n", "", "<NUMBER OF NODES> is missing"),
        ("ZONES> 2", "ZONES> 4", "more zones (4) than nodes (3)"),
        ("<END OF METADATA>", "", "line 9: a <TAG> is expected"),
    ],
)
def test_a_broken_network_is_refused_with_its_line(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(BadTntp) as refused:
        read_network(file(tmp_path, NET.replace(old, new, 1)))
    assert "a.tntp" in str(refused.value)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("2 :     6.0", "2 :     six", "line 7: the number of trips 'six' is not a number"),
        ("2 :     6.0", "2 :     inf", "line 7: the number of trips is inf"),
        ("2 :     6.0", "2 :     -6", "line 7: the number of trips is negative"),
        ("2 :     6.0", "3 :     6.0", "line 7: the destination '3' is not a whole number from 1 to 2"),
        ("2 :     6.0", "2      6.0", "line 7: destination : trips is expected, found '2 6.0'"),
        ("Origin  1", "", "line 7: a line 'Origin' and its number is expected"),
        ("Origin 2", "Origin 7", "line 8: the origin '7'"),
        ("Origin 2", "Origin", "line 8: the origin ''"),
        ("<END OF METADATA>", "", "line 6: a <TAG> is expected"),
    ],
)
def test_a_broken_trip_table_is_refused_with_its_line(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(BadTntp) as refused:
        read_trips(file(tmp_path, TRIPS.replace(old, new, 1)), 2)
    assert "a.tntp" in str(refused.value)
    assert words in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe", b"\xff\xff", b"<END OF METADATA>", b"hello"])
def test_what_is_no_tntp_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.tntp"
    path.write_bytes(content)
    with pytest.raises(BadTntp, match=r"a\.tntp"):
        read_network(path)
    with pytest.raises(BadTntp, match=r"a\.tntp"):
        read_trips(path, 3)


def test_a_file_that_is_not_there_or_is_a_folder_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.tntp", tmp_path):
        with pytest.raises(BadTntp, match="can't be read"):
            read_network(path)


def test_a_weight_that_makes_driving_pay_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadNetwork, match="cost"):
        read_network(file(tmp_path, NET)).links(toll_weight=0, length_weight=-1)


@pytest.mark.parametrize("city", ["SiouxFalls", "Anaheim", "Barcelona"])
def test_known_equilibria_are_found(shared_data: Callable[[str], Path], city: str) -> None:
    folder = shared_data("validation/tntp")
    expected = json.loads((folder / "expected.json").read_text())[city]
    network = read_network(folder / city / f"{city}_net.tntp")
    trips = read_trips(folder / city / f"{city}_trips.tntp", network.zones)
    links = network.links(toll_weight=0, length_weight=0)
    found = equilibrium(links, trips, gap=1e-6)
    assert found.gap <= 1e-6
    assert found.objective == pytest.approx(expected["beckmann"], rel=1e-6)
    found = equilibrium(links, trips, gap=1e-10)  # where a time does not grow, flows are a matter of taste; costs never
    best = np.loadtxt(folder / city / f"{city}_flow.tntp", skiprows=1, usecols=(0, 1, 3))
    assert best[:, :2].tolist() == np.column_stack([network.tail, network.head]).tolist()
    assert found.cost == pytest.approx(best[:, 2], rel=1e-4)
