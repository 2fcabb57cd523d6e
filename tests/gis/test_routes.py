"""Lines of buses are read with the roads they run along."""

from pathlib import Path

from citiverse.gis.read import read_scene
from citiverse.gis.recipe import Recipe, SourceFile

ROUTES = """<osm version="0.6">
<node id="1" lat="60.17" lon="24.94"/><node id="2" lat="60.171" lon="24.94"/><node id="3" lat="60.172" lon="24.941"/>
<node id="4" lat="60.1702" lon="24.9402"/><node id="5" lat="60.1703" lon="24.9402"/>
<node id="6" lat="60.1703" lon="24.9404"/>
<way id="10"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
<way id="11"><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>
<way id="12"><nd ref="1"/><nd ref="3"/><tag k="highway" v="platform"/></way>
<way id="13"><nd ref="4"/><nd ref="5"/><nd ref="6"/><nd ref="4"/><tag k="building" v="yes"/></way>
<relation id="20"><member type="way" ref="12" role="platform"/><member type="way" ref="10" role=""/>
 <member type="way" ref="11" role=""/><member type="way" ref="10" role=""/><member type="node" ref="1" role="stop"/>
 <tag k="type" v="route"/><tag k="route" v="bus"/><tag k="ref" v="23"/></relation>
<relation id="21"><member type="way" ref="10" role=""/>
 <tag k="type" v="route"/><tag k="route" v="bicycle"/><tag k="ref" v="4"/></relation>
<relation id="22"><member type="way" ref="10" role=""/><tag k="type" v="route"/><tag k="route" v="bus"/></relation>
<relation id="23"><member type="node" ref="1" role="stop"/>
 <tag k="type" v="route"/><tag k="route" v="trolleybus"/><tag k="name" v="Ring"/></relation>
</osm>"""


def test_the_roads_of_a_line_stand_once_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "town.osm").write_text(ROUTES)
    recipe = Recipe(name="town", title="Town", sources=(SourceFile(path="town.osm"),), folder=tmp_path)
    routes = read_scene(recipe).city.facts.routes
    assert [(route.line, route.roads) for route in routes] == [("23", ("osm:w10", "osm:w11"))]
