"""Recipes: what stands in scenes/NAME.toml, and what does not belong there."""

from dataclasses import replace
from pathlib import Path

import pytest

from citiverse.city.defaults import Defaults
from citiverse.gis.read import recipe_text
from citiverse.gis.recipe import Recipe, SceneUnknown, SourceFile, find_scene, list_scenes, read_recipe
from citiverse.gis.refused import ImportRefused

SOURCE = '[[source]]\npath = "town.osm"\n'


def recipe(folder: Path, text: str) -> Recipe:
    path = folder / "town.toml"
    path.write_text(text)
    return read_recipe(path)


def test_the_scene_that_ships_is_found() -> None:
    helsinki = find_scene("helsinki")
    assert (helsinki.title, helsinki.epsg, helsinki.defaults.country) == ("Helsinki, centre", 3879, "FI")
    assert helsinki.file(helsinki.sources[0]).is_file()
    assert "helsinki" in [each.name for each in list_scenes()]


def test_a_recipe_survives_being_written_and_read(tmp_path: Path) -> None:
    whole = Recipe(
        name="town",
        title='Town "on the" \\ sea\tÄ',
        sources=(SourceFile(path="town/a.osm", format="osm", crs="EPSG:4326", licence="ODbL", credit="© all"),),
        folder=tmp_path,
        epsg=32632,
        vertical="EPSG:7837",
        bbox=(11.0, 48.0, 11.5, 48.25),
        start=(11.1, 48.1, 90.0, 200.0, -20.0),
        prefer={"building.height": ("lidar", "osm")},
        defaults=replace(Defaults(), country="DE", car_share=0.5, fleet_year=2030),
    )
    assert recipe(tmp_path, recipe_text(whole)) == whole


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "[[source]]"),
        ("[scene]\nfoo = 1\n" + SOURCE, "'foo' is not known"),
        ("[town]\n" + SOURCE, "'town' is not known"),
        (SOURCE + 'colour = "red"\n', "'colour' is not known"),
        ("[scene]\ntitle = 7\n" + SOURCE, "title"),
        ("[scene]\nepsg = '3879'\n" + SOURCE, "epsg"),
        ("[scene]\nepsg = true\n" + SOURCE, "epsg"),
        ("[scene]\nbbox = [1, 2, 3]\n" + SOURCE, "bbox"),
        ("[scene]\nbbox = [1, 2, 3, nan]\n" + SOURCE, "bbox"),
        ("[scene]\nbbox = [1, 5, 3, 4]\n" + SOURCE, "south"),
        ("[scene]\nbbox = [60, 120, 61, 121]\n" + SOURCE, "swapped"),
        ("[scene]\nstart = [1, 2]\n" + SOURCE, "start"),
        ("scene = 3\n" + SOURCE, "table"),
        ('[[source]]\nformat = "osm"\n', "path"),
        ('[[source]]\npath = "/etc/passwd"\n', "inside"),
        ('[[source]]\npath = "../../secret.osm"\n', "inside"),
        ("[[source]]\npath = 3\n", "path"),
        (SOURCE + "[defaults]\nwealth = 3\n", "'wealth' is not known"),
        (SOURCE + '[defaults]\ncar_share = "high"\n', "car_share"),
        (SOURCE + "[defaults]\ncar_share = inf\n", "car_share"),
        (SOURCE + "[defaults]\nfleet_year = 2025.5\n", "fleet_year"),
        (SOURCE + '[defaults]\ncountry = "Finland"\n', "country"),
        (SOURCE + '[defaults]\ndrives_on = "the pavement"\n', "drives_on"),
        (SOURCE + '[prefer]\n"building.height" = "lidar"\n', "list"),
        ("[scene\n", "TOML"),
        ("\x00\xff", "TOML"),
    ],
)
def test_a_faulty_recipe_is_refused_with_the_key_at_fault(text: str, word: str, tmp_path: Path) -> None:
    with pytest.raises(ImportRefused) as refusal:
        recipe(tmp_path, text)
    assert word in str(refusal.value)
    assert "town.toml" in str(refusal.value)


def test_an_unknown_scene_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    for name in ("atlantis", "../helsinki", "", "helsinki.toml"):
        with pytest.raises(SceneUnknown, match="helsinki"):
            find_scene(name, tmp_path)


def test_an_imported_scene_hides_the_one_that_ships(tmp_path: Path) -> None:
    (tmp_path / "scenes").mkdir()
    (tmp_path / "scenes" / "helsinki.toml").write_text('[scene]\ntitle = "Mine"\n' + SOURCE)
    (tmp_path / "scenes" / "broken.toml").write_text("[scene")
    assert find_scene("helsinki", tmp_path).title == "Mine"
    assert [each.title for each in list_scenes(tmp_path)] == ["Mine"]


def test_in_britain_people_drive_on_the_left(tmp_path: Path) -> None:
    assert recipe(tmp_path, SOURCE + '[defaults]\ncountry = "GB"\n').defaults.drives_on == "left"
