"""Two files with the same houses make one city, and the recipe says which of them is believed."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from citiverse.city.feature import Building, basis_of
from citiverse.gis.cityjson.write import city_cityjson
from citiverse.gis.read import Import, read_scene
from citiverse.gis.recipe import Recipe, SourceFile
from citiverse.gis.refused import ImportRefused
from tests.gis.conftest import Drawing

Both = Callable[..., Import]


def foreign(document: dict[str, object]) -> dict[str, object]:
    """The same file as another program would have written it: other ids, and nothing of ours."""
    objects = document["CityObjects"]
    assert isinstance(objects, dict)
    renamed = {}
    for at, each in enumerate(objects.values()):
        each["attributes"] = {"function": "office", "yearOfConstruction": 1950}
        each["geometry"] = [geometry for geometry in each["geometry"] if geometry["lod"] == "1.2"]
        renamed[f"house{at}"] = each
    return {**document, "CityObjects": renamed}


@pytest.fixture
def both(tmp_path: Path) -> Both:
    """A scene of an OpenStreetMap file of one drawing and a CityJSON file of another."""

    def made(ours: Drawing, theirs: Drawing, prefer: Mapping[str, tuple[str, ...]] | None = None) -> Import:
        (tmp_path / "theirs.osm").write_text(theirs.text())
        model = recipe("theirs.osm")
        document = json.loads(city_cityjson(read_scene(Recipe(**model)).city))  # type: ignore[arg-type]
        (tmp_path / "houses.city.json").write_text(json.dumps(foreign(document)))
        (tmp_path / "ours.osm").write_text(ours.text())
        return read_scene(Recipe(**recipe("ours.osm", "houses.city.json"), prefer=prefer or {}))  # type: ignore[arg-type]

    def recipe(*files: str) -> dict[str, object]:
        sources = tuple(SourceFile(path=file) for file in files)
        return {"name": "town", "title": "Town", "sources": sources, "folder": tmp_path}

    return made


def house(found: Import) -> Building:
    (only,) = found.city.all(Building)
    return only


def drawn(*boxes: tuple[float, float, float, float], **tags: str) -> Drawing:
    drawing = Drawing()
    for box in boxes:
        west, south, east, north = box
        drawing.box(west, south, east, north, building="yes", **tags)
    return drawing


HERE, NEARLY, ELSEWHERE = (100, 100, 120, 120), (102, 102, 122, 122), (200, 100, 220, 120)


def test_a_house_in_two_files_stands_once_with_what_is_measured(both: Both) -> None:
    found = both(drawn(HERE, building__levels="3"), drawn(NEARLY, height="14"))
    one = house(found)
    assert one.id.startswith("osm:")
    assert (one.height_m, basis_of(one, "height_m")) == (14.0, "measured")
    assert (one.levels, one.use, one.year) == (3.0, "office", 1950)
    count = found.report.tally.kinds["building"]
    assert (count.read, count.built, count.skipped) == (2, 1, 1)
    reasons = {reason for _, _, reason in found.report.tally.reasons}
    assert {"another source holds the same building", "height from cityjson", "use from cityjson"} <= reasons


@pytest.mark.parametrize(("first", "height_m"), [("osm", 9.0), ("cityjson", 14.0), ("houses.city.json", 14.0)])
def test_the_recipe_says_whose_height_is_believed(first: str, height_m: float, both: Both) -> None:
    found = both(drawn(HERE, height="9"), drawn(NEARLY, height="14"), {"building.height": (first,)})
    assert house(found).height_m == height_m


def test_the_recipe_says_whose_outline_is_believed(both: Both) -> None:
    found = both(drawn(HERE), drawn(NEARLY, height="14"), {"building.footprint": ("cityjson", "osm")})
    assert house(found).id.startswith("cj:")


def test_what_nobody_knows_is_not_preferred_over_what_someone_does(both: Both) -> None:
    found = both(drawn(HERE), drawn(NEARLY, height="14"), {"building.height": ("osm", "cityjson")})
    assert house(found).height_m == 14.0


def test_houses_that_only_touch_both_stand(both: Both) -> None:
    found = both(drawn(HERE), drawn((112, 100, 132, 120), ELSEWHERE))
    assert len(list(found.city.all(Building))) == 3
    assert found.report.tally.kinds["building"].skipped == 0


def test_a_row_that_one_file_holds_as_houses_and_the_other_as_a_block_stands_once(both: Both) -> None:
    row = [(100.0 + 10 * n, 100.0, 110.0 + 10 * n, 110.0) for n in range(4)]
    block = (100.0, 100.0, 140.0, 110.0)
    for ours, theirs, left in ((row, [block], 4), ([block], row, 1)):
        found = both(drawn(*ours), drawn(*theirs, height="14"))
        assert len(list(found.city.all(Building))) == left
        count = found.report.tally.kinds["building"]
        assert (count.read, count.built) == (5, left)


def test_a_preference_that_is_none_is_refused(both: Both) -> None:
    with pytest.raises(ImportRefused, match=r"building\.colour"):
        both(drawn(HERE), drawn(HERE), {"building.colour": ("osm",)})
