"""What a building is used for, from its own tags and from what is around and inside it."""

from collections.abc import Mapping, Sequence

from citiverse.city.feature import BuildingUse
from citiverse.gis.osm.elements import Tags
from citiverse.gis.osm.tags import first

MIXED_FROM_LEVELS = 3.0  # a shop in a house of this height has homes or offices above it
SHED_M2 = 35.0  # a single garage is 18, a double one 36
HOUSE_M2 = 300.0  # footprint of one or two families with a low house

# Values of building=*, building:part=* and building:use=* (wiki, Key:building).
_USES: Mapping[BuildingUse, str] = {
    "apartments": "apartments dormitory barracks student_accommodation tower_block",
    "house": "house detached semidetached_house semi terrace terraced bungalow cabin farm villa static_caravan "
    "houseboat ger stilt_house tree_house allotment_house summer_cottage chalet",
    "residential": "residential",
    "office": "office offices government administrative",
    "retail": "retail supermarket kiosk shop mall restaurant pub store department_store",
    "commercial": "commercial bank cinema casino",
    "industrial": "industrial warehouse factory manufacture storage_tank silo barn cowshed stable sty greenhouse "
    "farm_auxiliary slurry_tank digester water_works works depot brewery",
    "school": "school kindergarten university college education",
    "hospital": "hospital clinic",
    "hotel": "hotel hostel motel guest_house",
    "religious": "church chapel cathedral mosque synagogue temple religious shrine monastery convent presbytery "
    "bell_tower",
    "transport": "train_station station transportation railway_station hangar terminal ferry_terminal tram_station",
    "parking": "parking multi-storey",
    "garage": "garage garages carport shed hut boathouse container",
    "public": "public civic museum library theatre fire_station police townhall stadium sports_hall sports_centre "
    "grandstand pavilion swimming_pool riding_hall ice_rink gymnasium community_centre courthouse castle palace "
    "monument tower toilets",
    "other": "roof ruins bridge bunker service transformer_tower water_tower canopy construction tent gatehouse tomb "
    "guardhouse pumping_station substation utility chimney wall column",
    "mixed": "mixed mixed_use",
}  # fmt: skip
_USE_OF: Mapping[str, BuildingUse] = {value: use for use, values in _USES.items() for value in values.split()}

# Tags beside building=yes that tell the use of the whole house.
_BY_TAG: Mapping[str, Mapping[str, BuildingUse]] = {
    "amenity": {
        "school": "school", "kindergarten": "school", "university": "school", "college": "school",
        "library": "public", "townhall": "public", "courthouse": "public", "theatre": "public", "police": "public",
        "fire_station": "public", "community_centre": "public", "arts_centre": "public", "exhibition_centre": "public",
        "conference_centre": "public", "public_building": "public", "embassy": "public", "social_facility": "public",
        "hospital": "hospital", "clinic": "hospital", "doctors": "hospital", "place_of_worship": "religious",
        "parking": "parking", "bank": "commercial", "cinema": "commercial", "casino": "commercial",
        "restaurant": "retail", "cafe": "retail", "fast_food": "retail", "bar": "retail", "pub": "retail",
        "marketplace": "retail", "pharmacy": "retail", "post_office": "retail", "fuel": "retail",
        "nightclub": "commercial", "bus_station": "transport", "ferry_terminal": "transport",
        "nursing_home": "residential", "prison": "public", "studio": "office", "toilets": "other",
    },
    "tourism": {
        "hotel": "hotel", "hostel": "hotel", "motel": "hotel", "guest_house": "hotel", "apartment": "hotel",
        "museum": "public", "gallery": "public", "attraction": "public", "aquarium": "public",
    },
    "railway": {"station": "transport", "halt": "transport"},
    "public_transport": {"station": "transport"},
    "leisure": {
        "sports_centre": "public", "stadium": "public", "sports_hall": "public", "swimming_pool": "public",
        "fitness_centre": "commercial", "ice_rink": "public",
    },
    "healthcare": {"hospital": "hospital", "clinic": "hospital", "doctor": "hospital"},
    "power": {"substation": "other", "transformer": "other", "plant": "industrial"},
}  # fmt: skip
_LANDUSE: Mapping[str, BuildingUse] = {
    "residential": "residential", "commercial": "office", "retail": "retail", "industrial": "industrial",
    "education": "school", "religious": "religious", "railway": "transport", "garages": "garage",
    "farmyard": "industrial", "military": "public", "port": "industrial", "depot": "industrial",
}  # fmt: skip


def tagged_use(tags: Tags) -> BuildingUse | None:
    """The use that a building's own tags say; None where they are silent ("yes")."""
    for key in ("building:use", "building", "building:part"):
        if tags.get(key, "yes") != "yes" and (use := _USE_OF.get(first(tags[key]))) is not None:
            return use
    for key, values in _BY_TAG.items():
        if key in tags and (use := values.get(tags[key])) is not None:
            return use
    if tags.get("shop", "vacant") not in {"vacant", "no"}:
        return "retail"
    return "office" if tags.get("office", "vacant") not in {"vacant", "no"} else None


def guessed_use(
    tags: Tags, inside: Sequence[Tags], land: str, *, levels: float, area_m2: float, addresses_told: bool
) -> BuildingUse:
    """The likely use of a building of which only places `inside` it, the `land` use around it and its size are known.

    With shops or offices in it and storeys over them it is mixed; a small one without an address is a shed. Others
    are lived in, unless the land around has another use, or the map tells addresses here and this one has none
    (`addresses_told`).
    """
    uses = [use for each in inside if (use := tagged_use(each)) is not None]
    whole = [use for use in uses if use in {"school", "hospital", "hotel", "religious", "transport", "public"}]
    addressed = "addr:housenumber" in tags or any("addr:housenumber" in each for each in inside)
    around = _LANDUSE.get(land)
    if whole and len(whole) * 2 > len(uses):
        return max(sorted(set(whole)), key=whole.count)
    if uses and levels >= MIXED_FROM_LEVELS and around not in {"retail", "industrial"}:
        return "office" if uses.count("office") * 2 > len(uses) or around == "office" else "mixed"
    if uses:
        return max(sorted(set(uses)), key=uses.count)
    if around is not None and around != "residential":
        return around
    if not addressed and area_m2 < SHED_M2:
        return "garage"
    if around is None and addresses_told and not addressed:
        return "other"
    return "apartments" if levels >= MIXED_FROM_LEVELS else "house" if area_m2 < HOUSE_M2 else "residential"
