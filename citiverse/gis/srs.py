"""The many ways in which files name a coordinate system."""

import re
from collections.abc import Mapping
from functools import lru_cache

from pyproj import CRS
from pyproj.exceptions import CRSError

# Codes come as in EPSG:25832 or EPSG:25832+7837, in URNs (urn:ogc:def:crs:EPSG::25832, and of two parts
# urn:ogc:def:crs,crs:EPSG:6.12:25832,crs:EPSG::5783) and in addresses (http://www.opengis.net/def/crs/EPSG/0/7415).
_CODE = re.compile(r"EPSG(?:\.xml#|[:/]+(?:\d{1,2}(?:\.\d+)*[:/]+)?)(\d{4,6})(?:\+(\d{4,6}))?", re.IGNORECASE)
_BY_AUTHORITY = re.compile(r"urn:(x-)?ogc:def:|https?://(www\.)?opengis\.net/def/", re.IGNORECASE)

# Names that files of the German surveys bear: "urn:adv:crs:ETRS89_UTM32*DE_DHHN2016_NH*GCG2016".
_ADV: Mapping[str, int] = {
    "ETRS89_UTM31": 25831, "ETRS89_UTM32": 25832, "ETRS89_UTM33": 25833, "DE_DHDN_3GK2": 31466, "DE_DHDN_3GK3": 31467,
    "DE_DHDN_3GK4": 31468, "DE_DHDN_3GK5": 31469, "ETRS89_LAT-LON": 4258, "DE_DHHN92_NH": 5783,
    "DE_DHHN2016_NH": 7837, "DE_DHHN85_NOH": 5784,
}  # fmt: skip


def system_named(said: str) -> tuple[str, bool]:
    """The system as pyproj calls it ("EPSG:25832+7837", "" where nothing flat is named), and whether its axes come in
    the order of its definition, as they do in URNs and addresses of the OGC.
    """
    said = said.strip()
    if re.search(r"CRS84\b", said):
        return "OGC:CRS84", False
    codes = [int(code) for pair in _CODE.findall(said) for code in pair if code]
    if not codes and "adv:crs:" in said.lower():
        names = said.rsplit(":", 1)[-1].upper().split("*")
        codes = [code for name in names for known, code in _ADV.items() if name.startswith(known)]
    if not codes:
        return said, False
    upright = [code for code in codes if _is_upright(code)]
    flat = [code for code in codes if code not in upright]
    if not flat:
        return "", False
    return "+".join([f"EPSG:{flat[0]}", *map(str, upright[:1])]), bool(_BY_AUTHORITY.match(said))


@lru_cache(maxsize=64)
def _is_upright(code: int) -> bool:
    try:
        system = CRS.from_epsg(code)
        return system.is_vertical and not system.is_compound
    except CRSError:
        return False
