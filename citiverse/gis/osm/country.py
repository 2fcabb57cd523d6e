"""In which country a city lies, as far as its tags tell."""

import re
from collections import Counter
from dataclasses import replace

from citiverse.city.defaults import Defaults
from citiverse.gis.osm.elements import Elements, Tags

# Countries and territories of Europe that drive on the left (wiki, "Driving side").
LEFT = frozenset({"CY", "GB", "GG", "IE", "IM", "JE", "MT"})
_ZONE_KEYS = ("source:maxspeed", "maxspeed:type", "zone:maxspeed", "zone:traffic", "maxspeed")
_ZONE = re.compile(r"([A-Z]{2}):")
_REFERENCE = re.compile(r"ref:([A-Z]{2}):")


def country_of(elements: Elements) -> str:
    """ISO 3166-1 code of the country that most addresses and speed limits name, or else registers; "" for none."""
    keys = ("addr:country", *_ZONE_KEYS)
    telling = [node.tags for node in elements.nodes_with(keys)] + [way.tags for way in elements.ways_with(keys)]
    votes = Counter(code for tags in telling for code in _named(tags))
    if not votes:
        everything = [node.tags for node in elements.nodes] + [way.tags for way in elements.ways.values()]
        votes = Counter(code for tags in everything for code in _numbered(tags))
    return min(votes, key=lambda code: (-votes[code], code)) if votes else ""


def _named(tags: Tags) -> list[str]:
    found = []
    country = tags.get("addr:country", "")
    if len(country) == 2 and country.isascii() and country.isalpha():
        found.append(country.upper())
    if "highway" in tags:
        found += [match.group(1) for key in _ZONE_KEYS if key in tags and (match := _ZONE.match(tags[key]))]
    return found


def _numbered(tags: Tags) -> list[str]:
    """Countries in whose registers a thing has a number ("ref:FR:SIREN")."""
    return [match.group(1) for key in tags if key[:4] == "ref:" and (match := _REFERENCE.match(key))]


def with_country(defaults: Defaults, country: str) -> Defaults:
    """Defaults with the country filled in where they name none, and the side of the road that goes with it."""
    code = defaults.country or country
    return replace(defaults, country=code, drives_on="left" if code in LEFT else defaults.drives_on)
