"""Buildings renovated."""

from dataclasses import replace

import pytest

from citiverse.city.change import change_between, fingerprint
from citiverse.city.city import City
from citiverse.city.feature import Roof
from citiverse.proposal.edit import EditInvalid, EditRefused, parse_edit


def after(city: City, **edit: object) -> City:
    return city.with_change(parse_edit({"verb": "renovate_building", **edit}).apply(city))


def refusal(city: City, **edit: object) -> str:
    with pytest.raises(EditRefused) as refused:
        after(city, **edit)
    return str(refused.value)


def test_a_building_is_renovated_and_its_other_properties_stay(town: City) -> None:
    old, new = town.building("osm:w20"), after(town, building="osm:w20", standard="deep", solar=True)
    assert new.building("osm:w20") == replace(old, standard="deep", solar=True)


def test_all_parts_of_a_building_are_renovated_together(town: City) -> None:
    city = after(town, building="osm:r9", green_roof=True)
    assert [city.building(id).green_roof for id in ("osm:w20", "osm:w22", "osm:w23")] == [None, True, True]


def test_renovating_says_what_it_does(town: City) -> None:
    edit = {"verb": "renovate_building", "building": "osm:w20", "standard": "deep", "green_roof": True, "solar": False}
    assert parse_edit(edit).describe(town) == "Renovate Forum: a deep renovation, a green roof and no solar panels"
    gone = {"verb": "renovate_building", "building": "osm:w99", "green_roof": False}
    assert parse_edit(gone).describe(town) == "Renovate osm:w99: no green roof"


def test_refusals_say_why(town: City) -> None:
    forum = town.building("osm:w20")
    domed = town.with_change(change_between({forum.id: forum}, {forum.id: replace(forum, roof=Roof("dome", 5.0))}))
    assert refusal(domed, building="osm:w20", solar=True) == "Solar panels don't hold on the dome roof of Forum."
    assert after(domed, building="osm:w20", standard="light").building("osm:w20").standard == "light"
    deep = after(town, building="osm:w20", standard="deep")
    assert refusal(deep, building="osm:w20", standard="deep") == "Forum is already so."
    assert "a road" in refusal(town, building="osm:w1", solar=True)
    assert "nothing with the id" in refusal(town, building="osm:w99", solar=True)


@pytest.mark.parametrize("fields", [{}, {"standard": "best"}, {"solar": 1}, {"solar": "yes"}, {"green_roof": [True]}])
def test_nonsense_is_no_edit(fields: dict[str, object]) -> None:
    with pytest.raises(EditInvalid):
        parse_edit({"verb": "renovate_building", "building": "osm:w20", **fields})


def test_what_nobody_said_leaves_no_fingerprint_and_what_is_said_does(town: City) -> None:
    forum = town.building("osm:w20")
    states = [{}, {"solar": False}, {"solar": True}, {"green_roof": True}, {"standard": "deep"}]
    prints = {fingerprint(replace(forum, **state)) for state in states}  # type: ignore[arg-type]
    assert len(prints) == len(states)
    assert fingerprint(forum) == 0xAF59CE853119CC0D5A6A18A43803C09B  # as it was before buildings could be renovated
