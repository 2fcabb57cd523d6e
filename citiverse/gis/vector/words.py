"""Words of columns in several languages, as the tags of OpenStreetMap that say the same."""

import re
from collections.abc import Sequence

from citiverse.city.feature import BuildingUse
from citiverse.gis.osm.tags import Tags, number, whole
from citiverse.gis.osm.use import tagged_use
from citiverse.gis.vector.names import plain

Patterns = Sequence[tuple[str, str]]

_USES: Patterns = (  # pattern -> value of building=*
    (r"garage|carport|annexe|abri|nebengeb|schuur|bijgebouw|berging", "garage"),
    (r"apartment|mehrfamilien|collectif|flat|appartement|kerrostalo|flerfamilj|plurifam", "apartments"),
    (r"einfamilien|single_family|detached|maison|individuel|omakoti|\bhouse\b|rijtjes|bungalow|vrijstaand", "house"),
    (r"mixed|gemischt|mixte|gemengd|mischgeb", "mixed"),
    (r"residen|wohn|woon|habitation|logement|dwelling|asuin|bostad|bolig|viviend|housing|lived", "residential"),
    (r"office|buro|bureau|kantoor|administ|verwalt|oficin|uffic|toimisto|kontor", "office"),
    (r"hotel|herberg|beherberg|logies|hostel|hebergement", "hotel"),
    (r"retail|shop|winkel|laden|magasin|supermarkt|einzelhandel|liike|butik|handel", "retail"),
    (r"commerc|gewerb|service|wirtschaft|dienstleist|tertiaire|business", "commercial"),
    (r"indust|agric|farm|landwirt|lager|warehouse|usine|fabri|entrepot|serre|silo|hangar|betrieb|teoll", "industrial"),
    (r"school|schul|scol|education|enseign|onderwijs|univers|college|kinder|bildung|koulu|skola|creche", "school"),
    (r"hospital|kranken|hopital|sante|gezondheid|health|klinik|clinic|sairaala|gesund", "hospital"),
    (r"church|kirche|eglise|kerk|relig|chapel|kapel|mosq|synag|templ|kirkko|kyrka|sakral", "church"),
    (r"parking|parkhaus|parkeer|stationnement", "parking"),
    (r"station|bahnhof|gare|transport|verkehr|airport|aerogare", "transportation"),
    (r"public|offentlich|oeffentlich|civic|sport|museum|theat|bijeenkomst|culture|kultur|mairie|rathaus|town_hall|"
     r"chateau|castle|monument|library|feuerwehr|fire|police|polizei|gemeenschap|government|entertain", "public"),
    (r"transform|substation|utility|technisch|ruin|construction_legere|overige|outbuilding|roof", "service"),
)  # fmt: skip
# Functions of buildings in ALKIS (AdV, GeoInfoDok, AX_Gebaeude), by the digits they begin with. From memory.
_ALKIS: Sequence[tuple[str, str]] = (
    ("2463", "garage"), ("2461", "parking"), ("2462", "parking"), ("2464", "parking"), ("2465", "parking"),
    ("3065", "kindergarten"), ("2020", "office"), ("2030", "office"), ("2071", "hotel"), ("2072", "hotel"),
    ("11", "mixed"), ("10", "residential"), ("13", "house"), ("205", "retail"), ("207", "hotel"), ("21", "industrial"),
    ("27", "industrial"), ("26", "service"), ("25", "service"), ("24", "transportation"), ("20", "commercial"),
    ("22", "commercial"), ("23", "mixed"), ("301", "office"), ("302", "school"), ("304", "church"), ("305", "hospital"),
    ("3", "public"),
)  # fmt: skip
_ROOFS: Patterns = (
    (r"flat|flach|plat\b|horizontal|1000", "flat"), (r"kruppelwalm|krueppelwalm|half_hip|3300", "half-hipped"),
    (r"walm|hip|schild|3200|croupe", "hipped"), (r"sattel|gable|zadel|slanted|3100|bati\w*re|2_pans", "gabled"),
    (r"mansard|3400|mansart", "mansard"), (r"zelt|pyramid|tent|3500|pavillon", "pyramidal"),
    (r"kegel|cone|conic|3600", "cone"), (r"kuppel|dome|3700|coupole", "dome"),
    (r"bogen|tonnen|arch|barrel|round|3900", "round"), (r"pult|skillion|mono|shed|2100|2200|lessenaar", "skillion"),
    (r"gambrel", "gambrel"),
)  # fmt: skip
_HIGHWAYS: Patterns = (
    (r"_link\b|bretelle|rampe|auffahrt", "tertiary_link"),
    (r"autobahn|autoroute|motorway|autoroutier|snelweg|autopista|autostrad|moottoritie|motorvag|quasi_autoroute",
     "motorway"),
    (r"trunk|schnellstra|express", "trunk"),
    (r"bundesstr|national|primary|hauptstr|rijksweg|principal|valtatie|riksvag", "primary"),
    (r"landesstr|staatsstr|departement|secondary|provinc|regional|route_a_2", "secondary"),
    (r"kreisstr|tertiary|collector|sammelstr|kantatie", "tertiary"),
    (r"cycl|fiets|\brad|velo|bicycl|pyora|cykel", "cycleway"),
    (r"pedestrian|fussgaengerzone|pietonn|voetgangersgebied|kavelykatu", "pedestrian"),
    (r"foot|fuss|geh|voet|pieton|sentier|path|sidewalk|trottoir|jalka|gang|walk", "footway"),
    (r"steps|treppe|escalier|stair|trap", "steps"),
    (r"living|verkehrsberuhigt|woonerf|zone_de_rencontre|home_zone", "living_street"),
    (r"service|zufahrt|private|acces|inrit|parking|alley|driveway", "service"),
    (r"track|chemin|wirtschaftsweg|feldweg|waldweg|empierree|farm|agricol|forest", "track"),
    (r"resid|wohnstr|gemeinde|local|lokale|street|strasse|erschliess|anlieger|katu|gata|rond_p|woon", "residential"),
    (r"unclass|route_a_1|minor|neben|weg|road|route", "unclassified"),
)  # fmt: skip
_NO_ROADS = re.compile(r"rail|ferry|bac_|liaison_maritime|water\b|funicul")
_LAND: Sequence[tuple[str, str, str]] = (  # pattern -> kind, category
    (r"cemeter|friedhof|cimeti|begraaf|hautaus|grave", "green", "cemetery"),
    (r"playground|spielpl|speel|aire_de_jeu|leikki", "green", "playground"),
    (r"allotment|kleingart|volkstuin|jardins_fam|jardins_ouv", "green", "allotments"),
    (r"orchard|verger|obst|fruit|boomgaard", "green", "orchard"),
    (r"vine|vigne|wein|wijn", "green", "vineyard"),
    (r"\bpark\b|\bparc|parkanl|public_green|grunanlage|gruenanlage|plantsoen|puisto", "green", "park"),
    (r"garden|jardin|gart|tuin|puutarha", "green", "garden"),
    (r"forest|wood|bois|wald|\bbos\b|foret|loofbos|naald|gemengd_bos|hout|metsa|skog|arbor|coniferous|deciduous",
     "green", "forest"),
    (r"scrub|struik|heester|lande|broussail|gebusch|gebuesch|gehoelz|gehoelz|haie|hedge|bush|shrub", "green", "scrub"),
    (r"heath|heide|moor", "green", "heath"),
    (r"wetland|marsh|marais|moeras|riet|sumpf|swamp", "green", "wetland"),
    (r"pitch|sport|stadi|golf", "green", "pitch"),
    (r"meadow|prairi|wiese|weide|farmland|akker|acker|bouwland|agri|culture|crop|pasture|landbouw", "green", "meadow"),
    (r"grass|gras|pelouse|rasen|lawn|groenvoor|grun|gruen|planten|bodembedek|veget|berm|green|vert", "green", "grass"),
    (r"\bsea\b|mer\b|meer\b|ocean|haff|zee", "water", "sea"),
    (r"river|fluss|riviere|rivier|cours_d_eau|stream|bach|ruisseau|waterloop|ecoulement|joki|fliess", "water", "river"),
    (r"canal|kanal|gracht|sloot|ditch", "water", "canal"),
    (r"pond|teich|mare|vijver|bassin|basin|reservoir|retenue", "water", "pond"),
    (r"lake|\bsee\b|lac\b|plan_d_eau|watervlakte|stehend|water|eau|gewass|gewaess|jarvi", "water", "lake"),
    (r"parking|parkeer|parkpl|stationnement|carpark", "paving", "parking"),
    (r"square|platz|place\b|plein|aukio|pedestrian|voetpad|fussg|trottoir|sidewalk|footw|voetgang", "paving", "square"),
    (r"platform|perron|quai|bahnsteig", "paving", "platform"),
    (r"beach|plage|strand|sand|zand|dune|duin", "paving", "beach"),
    (r"rock|roche|fels|bare", "paving", "rock"),
    (r"paved|verhard|asphal|beton|concrete|erf|road|rijbaan|rijbaan|carriage|fietspad|cycl|street|chaussee|inrit|bridge",
     "paving", "roadway"),
)  # fmt: skip
_BARRIERS: Patterns = (
    (r"noise|larm|laerm|antibruit|geluids|schall", "noise_barrier"), (r"hedge|haie|hecke|haag", "hedge"),
    (r"retaining|stutz|stuetz|soutenement|keer|kademuur", "retaining_wall"), (r"wall|mur|mauer|muur", "wall"),
    (r"guard|glissiere|leitplanke|vangrail", "guard_rail"), (r"fence|zaun|cloture|hek|grille|raster", "fence"),
)  # fmt: skip
_RAILS: Patterns = (
    (r"tram|strassenbahn|streetcar", "tram"), (r"metro|subway|u_bahn", "subway"), (r"light", "light_rail"),
    (r"narrow|etroite|schmalspur", "narrow_gauge"), (r"funic", "funicular"),
)  # fmt: skip
_YES = frozenset({"yes", "true", "1", "t", "ja", "oui", "y"})


def matched(text: str, patterns: Patterns) -> str:
    """The answer of the first pattern that occurs in a text, or ""."""
    words = plain(text).replace("_", " ")
    joined = words.replace(" ", "_")
    return next((answer for pattern, answer in patterns if re.search(pattern, joined)), "")


def building_value(text: str, *, coded: bool) -> str:
    """The value of building=* of what a column says; `coded` where it may be a code of ALKIS. "yes" for none known."""
    digits = re.search(r"(\d{4})$", text)
    if coded and digits:
        return next((value for begin, value in _ALKIS if digits[1].startswith(begin)), "yes")
    if tagged_use({"building": plain(text)}) is not None:
        return plain(text)
    return matched(text, _USES) or "yes"


def is_a_use(use: BuildingUse) -> str:
    """The value of building=* that says a use."""
    return {"religious": "church", "transport": "transportation", "other": "utility"}.get(use, use)


def roof_shape(text: str) -> str:
    """The value of roof:shape of what a column says, or ""."""
    return matched(text, _ROOFS)


def highway(text: str, importance: str = "") -> str | None:
    """The value of highway=* of what a column says, "" where it says nothing known; None where it is no road."""
    words = plain(text)
    if _NO_ROADS.search(words):
        return None
    if words.startswith("route_a_") and importance[:1] in set("12345"):  # BD TOPO tells chaussees and importance
        return {"1": "primary", "2": "primary", "3": "secondary", "4": "tertiary"}.get(importance[:1], "residential")
    known = {"path", "busway", "bridleway", "road", "motorway_link", "trunk_link", "primary_link", "secondary_link"}
    return words if words in known else matched(text, _HIGHWAYS)


def oneway(text: str) -> str:
    """The value of oneway=*, or "" where nothing is said."""
    words = plain(text)
    if words in {"yes", "true", "1", "f", "ft", "sens_direct", "direct", "forward", "h"}:
        return "yes"
    if words in {"t", "tf", "sens_inverse", "inverse", "backward"} or text.strip() == "-1":
        return "-1"
    return "no" if words in {"no", "false", "0", "b", "double_sens", "both", "sans_objet"} else ""


def yes(text: str) -> bool:
    """Whether a column says yes."""
    return plain(text) in _YES


def land(text: str) -> tuple[str, str] | None:
    """Kind and category of ground by what a column says of it; None where that has no look of its own."""
    joined = plain(text)
    found = next(((kind, what) for pattern, kind, what in _LAND if re.search(pattern, joined)), None)
    return found


def barrier(text: str) -> str:
    """The value of barrier=*."""
    return matched(text, _BARRIERS)


def rail(text: str) -> str:
    """The value of railway=*."""
    return matched(text, _RAILS) or "rail"


def layer_of(text: str) -> Tags:
    """Tags that a level over or under the ground goes with."""
    level = number(text)
    if level is None or level == 0 or whole(text.lstrip("-")) is None:
        return {}
    return {"layer": text, "bridge": "yes"} if level > 0 else {"layer": text, "tunnel": "yes"}
