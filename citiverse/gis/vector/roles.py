"""What a layer holds: things of a city, or what models feed on."""

import re
from typing import Literal

from citiverse.gis.vector.names import guessed, plain
from citiverse.gis.vector.table import Table

Role = Literal[
    "building", "road", "paving", "green", "water", "land", "tree", "rail", "barrier", "stop", "place",
    "furniture", "population", "zones", "parcels", "counts", "background", "heights",
]  # fmt: skip
THINGS: tuple[Role, ...] = (
    "building", "road", "paving", "green", "water", "land", "tree", "rail", "barrier", "stop", "place", "furniture",
)  # fmt: skip
BESIDE: tuple[Role, ...] = ("population", "zones", "parcels", "counts", "background")
GROUND: Role = "heights"
ROLES: tuple[Role, ...] = (*THINGS, *BESIDE, GROUND)

# Words in the names of layers and files, the telling ones first; which geometry goes with each: 0, 1, 2 dimensions.
_WORDS: tuple[tuple[Role, str, str], ...] = (
    ("population", "02", r"popul|einwohn|inwoner|habitant|census|zensus|vaesto|residents|ghs_?pop|statpop|filosofi"),
    ("counts", "01", r"aadt|traffic_?count|count|comptage|verkehrsz|zaehl|zahlst|intensiteit|tmja|dtv"),
    ("parcels", "2", r"parcel|flurst|perceel|kadast|cadast|kataster|\bplots?\b|kiinteist"),
    ("zones", "2", r"zone_?urba|zonage|zoning|zoneringsplan|bebauungsplan|bplan|fnp|flaechennutz|\bplu\b|bestemming|"
                   r"planned_?land|hilucs|^zones?$|building_?zones|asemakaava|local_?plan|landuse_?plan"),
    ("heights", "01", r"contour|isohyps|hoehenl|hoehenpunkt|courbes?_?de_?niveau|curvas?_?de_?nivel|hoogtelijn|"
                      r"spot_?height|height_?points|korkeusk|curve_?di_?livello|\bd[ets]m\b|\bdgm\b|\bmnt\b|^elevation"),
    ("tree", "0", r"tree|arbre|baum|baeume|boom|bomen|arbol|alber|puut|trad\b|traer"),
    ("stop", "0", r"\bstops?\b|haltest|arrets?\b|haltes?\b|pysak|hallplats|bus_?stop"),
    ("place", "0", r"\bplaces?\b|\bpois?\b|points_?of_?interest|amenit"),
    ("furniture", "0", r"furniture|mobilier|bench|lamps?\b|streetlight|bollard|laternen|bancs?\b"),
    ("building", "2", r"build|batiment|bati\b|batis|\bpand|gebae?ud|gebouw|edific|rakenn|byggn|bygg|bygn|budyn|"
                      r"footprint|hausumring|houses?\b|structure|buildings?_?part|lod[12]"),
    ("rail", "1", r"rail|voie_ferree|ferre|gleis|spoor|tram|schiene|bahn\b"),
    ("road", "1", r"road|street|route|voirie|troncon|weg|strasse|str_|highway|viario|vial|strada|calle|tie\b|vag\b|vei|"
                  r"segment|axe|way"),
    ("paving", "2", r"road|street|route|chaussee|voirie|weg|traffic|verkehr|pavement|paving|trottoir|parking|"
                    r"bridge|overbrug|square|plat[zs]"),
    ("water", "2", r"water|eau|hydro|gewaess|river|lake|vesi|vann|acqua|agua|canal"),
    ("green", "2", r"green|park|veget|plantcover|(?<!on)begroeid|forest|wald|foret|bos\b|gras|garten|jardin|wood"),
    ("barrier", "1", r"wall|fence|hedge|barrier|mur\b|mauer|haie|hecke|scheiding|zaun"),
    ("land", "2", r"land_?use|land_?cover|occupation|bodennutz|nutzung|onbegroeid|terrain|urban_?atlas|corine"),
)  # fmt: skip


def role_of(table: Table) -> Role | None:
    """What a layer holds by its name and that of its file, its shapes and its columns; None where nothing tells."""
    dimension = str(table.dimension)
    for name in (table.layer, table.file):
        words = plain(name.rsplit(".", 1)[0] if name == table.file else name)
        for role, dimensions, pattern in _WORDS:
            if (dimension in dimensions and re.search(pattern, words.replace("_", " "))) or (
                dimension in dimensions and re.search(pattern, words)
            ):
                return role
    return _by_columns(table)


def _by_columns(table: Table) -> Role | None:
    """What the columns alone tell."""
    columns = list(table.columns)
    names = {plain(column) for column in columns}
    match table.dimension:
        case 2 if {"building", "building_levels", "hauteur", "measuredheight", "num_floors", "height"} & names:
            return "building"
        case 2 if {"population", "einwohner", "inwoners", "asukkaita", "aantal_inwoners"} & names:
            return "population"
        case 2 if {"grz", "gfz", "max_height", "typezone", "hilucs", "zoning"} & names:
            return "zones"
        case 2 if {"waterway", "water"} & names:
            return "water"
        case 2 if {"landuse", "natural", "leisure"} & names:
            return "land"
        case 1 if {"highway", "maxspeed", "lanes", "oneway"} & names:
            return "road"
        case 1 if "railway" in names:
            return "rail"
        case 0 if {"species", "genus", "crown_diameter", "kronendurchmesser", "trunk"} & names:
            return "tree"
        case 0 if any(field in _AIR for field in guessed("background", columns)):
            return "background"
        case 0 if {"people", "motor"} & guessed("population", columns).keys() and "population" in names:
            return "population"
        case 0 if {"aadt", "dtv", "tmja", "vehicles_per_day", "bicycles_per_day"} & names:
            return "counts"
    return None


_AIR = frozenset({"no2", "nox", "pm25", "pm10", "o3", "so2"})
