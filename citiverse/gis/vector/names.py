"""Usual names of columns, and which of a layer's columns says what.

Names are those of BD TOPO (IGN France), BGT and 3DBAG (the Netherlands), ALKIS exports (Germany), Overture Maps,
INSPIRE themes, exports of OpenStreetMap (Geofabrik and others), and words for the same in the languages of Europe.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping

Fields = Mapping[str, str]  # of one kind of thing: what can be said of it -> usual names of columns, the best first

SERIAL = "fid ogc_fid objectid object_id gid oid rowid index row id_0 nr"  # numbers of a program's own
_NAME = "name names nom naam nimi navn namn nombre nome nazwa bezeichnung toponyme label designation"
_ID = (
    "cleabs gml_id lokaalid identificatie identificatiebagpnd lokale_id localid inspireid_localid inspire_id "
    "oid_alkis "
    "egid egrid uuid globalid guid osm_id full_id id identifier code_id ident reference ref"
)

_BUILDING = {
    "id": _ID,
    "name": f"{_NAME} nam",
    "height": "height height_m hauteur hoehe gebaeudehoehe objekthoehe hoogte altura altezza korkeus hojde "
    "hoyde hojd "
    "wysokosc measuredheight measured_height building_height bldg_height hgt h_m roof_height_max rel_h rel_hmax "
    "hauteur_m height_ft height_feet h",
    "top": "b3_h_dak_max b3_h_max altitude_maximale_toit h_dak_max roof_top z_max zmax altitude_max h_roof_max",
    "ground": "b3_h_maaiveld altitude_minimale_sol h_maaiveld ground_height z_min zmin altitude_sol h_ground ground_z",
    "levels": "levels num_floors numfloors floors storeys stories nb_etages nombre_d_etages nombre_etages etages "
    "building_levels building_levels_ anzahlderoberirdischengeschosse aog geschosse vollgeschosse geschosszahl "
    "b3_bouwlagen bouwlagen numberoffloorsaboveground numberoffloorsabovegroun storeysaboveground plantas piani "
    "kerrosluku etasjer antal_etager gastw n_floors floor_count",
    "min_height": "min_height minheight",
    "use": "use usage usage_1 usage1 function gebaeudefunktion gfk gebaeudenutzung nutzung bldg_use building_use "
    "currentuse current_use gebruiksdoel kayttotarkoitus uso destinazione funktion anvendelse bygningstype gkat "
    "class subtype nature building fclass type",
    "homes": "homes dwellings nb_logts nombre_de_logements nb_logements logements wohnungen anzahl_wohnungen "
    "numberofdwellings number_of_dwellings building_flats ganzwhg units residential_units",
    "jobs": "jobs employees",
    "year": "year year_built built yearofconstruction year_of_construction baujahr bja bouwjaar "
    "oorspronkelijkbouwjaar annee_construction annee date_apparition gbauj construction_year valmistumisvuosi "
    "start_date "
    "dateofconstruction date_of_construction beginning",
    "roof_shape": "roof_shape roofshape roof_type rooftype b3_dak_type dachform daf forme_toit tetto",
    "roof_height": "roof_height roofheight",
    "roof_direction": "roof_direction",
    "colour": "colour color facade_color building_colour",
    "roof_colour": "roof_colour roof_color",
    "material": "material facade_material building_material",
    "street": "street addr_street strasse straat rue_nom via",
    "housenumber": "housenumber addr_housenumber hausnummer huisnummer numero_voie",
    "underground": "is_underground",
}
_ROAD = {
    "id": _ID,
    "name": f"{_NAME} nom_voie_ban_gauche nom_collaboratif_gauche nom_1_gauche nom_rue_gauche strassenname "
    "straatnaam "
    "sttnaam street_name rue katunimi",
    "category": "highway fclass road_class class nature wegfunctie functie function category wdm widmung "
    "formofway type subtype",
    "importance": "importance",
    "lanes": "lanes nb_voies nombre_de_voies num_lanes fahrstreifen rijstroken anzahlderfahrstreifen number_of_lanes",
    "width": "width width_m largeur largeur_de_chaussee breite fahrbahnbreite breedte ancho larghezza road_width",
    "maxspeed": "maxspeed speed_kmh speed_limit speedlimit max_speed vmax tempo maxsnelheid zul_hoechstgeschwindigkeit",
    "oneway": "oneway one_way sens_de_circulation sens einbahn rijrichting direction_of_travel",
    "surface": "surface road_surface belag verharding revetement surfacematerial",
    "level": "layer position_par_rapport_au_sol pos_sol level relatievehoogteligging",
    "bridge": "bridge is_bridge",
    "tunnel": "tunnel is_tunnel",
    "access": "access",
}
_AREA = {
    "id": _ID,
    "name": _NAME,
    "category": "class category nature leisure landuse natural fclass bgt_fysiekvoorkomen plus_fysiekvoorkomen "
    "bgt_functie function functie type subtype nutzungsart art usage use water waterway",
    "surface": "surface surfacematerial verharding",
}
_TREE = {
    "id": _ID,
    "name": "",
    "height": "height height_m hauteur hauteur_m hauteurenm baumhoehe hoehe hoogte boomhoogte altura altezza korkeus "
    "tree_height h hauteur_totale hauteurtotale",
    "crown": "crown crown_m crown_diameter crowndiameter diameter_crown kronendurchmesser kronedurch kroonbreedte "
    "kroondiameter diametre_couronne diametrecouronne latvus canopy_diameter spread",
    "genus": "genus gattung gattung_deutsch genre geslacht species species_name art art_bot baumart boomsoort "
    "essence "
    "nom_latin botanical_name latin_name arten libellefrancais espece puulaji",
    "leaf": "leaf_type leaf",
}  # fmt: skip
_LINE = {
    "id": _ID,
    "name": _NAME,
    "category": "barrier railway class category nature type fclass bgt_type function subtype",
    "height": "height height_m hauteur hoehe hoogte",
    "level": "layer position_par_rapport_au_sol",
}
_POINT = {
    "id": _ID,
    "name": _NAME,
    "category": "category mode class type fclass subtype amenity shop",
    "lines": "lines routes lignes linien",
}
_POPULATION = {
    "id": f"{_ID} grd_id gitter_id_100m gitter_id_1km idcar_200m idcar_1km cellcode",
    "people": "population pop residents inhabitants people asukkaita vaesto einwohner einwohnerzahl insgesamt "
    "aantal_inwoners inwoners habitants ind t obs_value_t tot_p tot_p_2021 tot_p_2018 pop_tot pop_total poptot "
    "total_population bbtot b21btot b22btot b23btot ludnosc poblacion popolazione befolkning folkemengde count value",
    "year": "year jahr annee jaar reference_year",
}
_ZONE = {
    "id": f"{_ID} zone_id",
    "name": f"{_NAME} libelle titel",
    "use": "use zone_use hilucs landuse hilucslanduse typezone besondereartderbaulnutzung allgartderbaulnutzung "
    "art_der_nutzung nutzung "
    "nutzungsart zoning zone zone_type zonecode libelong bestemmingshoofdgroep hoofdgroep destination destdomi usage "
    "land_use category class type art",
    "max_height": "max_height maximum_height height_limit hmax hoehe_max h_max hauteur_max maximale_bouwhoogte "
    "bouwhoogte "
    "max_bouwhoogte gebaeudehoehe firsthoehe fh gh hoehe hauteur height altezza_max altura_max max_height_ft",
    "max_levels": "max_levels max_floors max_storeys z zmax vollgeschosse geschosse geschosszahl niveaux etages_max "
    "bouwlagen levels storeys floors",
    "max_coverage": "max_coverage coverage lot_coverage grz grundflaechenzahl emprise_max emprise ces "
    "ueberbauungsziffer "
    "bebouwingspercentage site_coverage",
    "max_floor_ratio": "max_floor_ratio far floor_area_ratio gfz geschossflaechenzahl cos fsi az ausnuetzungsziffer "
    "plot_ratio tehokkuus e",
    "min_green_share": "min_green_share green_share gruenanteil espaces_verts pleine_terre green_factor",
}
_PARCEL = {
    "id": f"{_ID} nationalcadastralreference nationalcadastralref refcat",
    "number": "number parcel_number flurstuecksnummer flurstueck flstnrzae numero numero_parcelle parcelle "
    "perceelnummer "
    "nationalcadastralreference refcat kiinteistotunnus nummer label",
    "use": "use landuse land_use nutzung tatsaechlichenutzung category type",
    "public": "public is_public owner_public publiek",
}
_COUNT = {
    "id": f"{_ID} station station_id counter site detector",
    "motor": "vehicles_per_day aadt adt tmja tmjo dtv dtvw dtw dwv awv kfz kfz_24h vehicles motor cars_per_day "
    "volume "
    "all_motor_vehicles etmaalintensiteit intensiteit imd tgm kavl kvl adt_total traffic flow count per_day",
    "bicycle": "bicycles_per_day bicycles bicycle cycles pedal_cycles velo velos rad radverkehr fahrrad "
    "fietsers fiets "
    "bikes",
    "foot": "pedestrians_per_day pedestrians foot fussgaenger pietons voetgangers",
    "trucks": "trucks_per_day trucks hgv all_hgvs sv sv_24h dtv_sv lkw lkw_24h pl tmja_pl heavy heavy_vehicles "
    "raskaat vrachtverkeer",
    "truck_share": "truck_share hgv_share heavy_share truck_percent hgv_percent sv_anteil sv_proz lkw_anteil pct_pl "
    "pl_pct pc_pl ratio_pl",
    "heading": "heading heading_deg bearing",
    "road": "road road_name street street_name osm_id way_id link strasse straat route axe name",
    "year": "year jahr annee jaar",
}
_AIR = {
    "id": f"{_ID} station station_id site",
    "no2": "no2 no2_ug no2_mean mean_no2 no2_annual annual_mean_no2",
    "nox": "nox nox_mean",
    "pm25": "pm25 pm2_5 pm25_mean mean_pm25 pm2p5",
    "pm10": "pm10 pm10_mean mean_pm10",
    "o3": "o3 ozone",
    "so2": "so2",
    "ec": "ec bc",
    "value": "value mean annual_mean concentration obs_value",
    "pollutant": "pollutant parameter component species schadstoff polluant",
    "year": "year jahr annee jaar",
}

_HEIGHTS = {
    "id": _ID,
    "height": "elevation elev ele altitude alti alt height hoehe hohe hoogte korkeus altura quota cota hypso contour z "
    "zvalue z_value value elevation_m height_m elevation_ft",
}

FIELDS: Mapping[str, Fields] = {
    "building": _BUILDING,
    "road": _ROAD,
    "paving": _AREA,
    "green": _AREA,
    "water": _AREA,
    "land": _AREA,
    "tree": _TREE,
    "rail": _LINE,
    "barrier": _LINE,
    "stop": _POINT,
    "place": _POINT,
    "furniture": _POINT,
    "population": _POPULATION,
    "heights": _HEIGHTS,
    "zones": _ZONE,
    "parcels": _PARCEL,
    "counts": _COUNT,
    "background": _AIR,
}


_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "o", "æ": "ae", "å": "a", "ł": "l"})


def plain(name: str) -> str:
    """A column's name in small letters without accents, with one _ for all else: "Höhe (m)" is hoehe_m."""
    return _ascii(name.lower().translate(_UMLAUTS))


def _ascii(name: str) -> str:
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", bare).strip("_")


def guessed(role: str, columns: Iterable[str]) -> dict[str, str]:
    """What the columns of a layer say of things of a kind: field -> column, each column once."""
    by_name: dict[str, str] = {}
    for column in columns:
        for form in (plain(column), _ascii(column.lower())):
            by_name.setdefault(form, column)
            by_name.setdefault(form.replace("_", ""), column)
            by_name.setdefault(form.removesuffix("_m").removesuffix("_in"), column)
    found: dict[str, str] = {}
    for field, usual in FIELDS[role].items():
        named = (by_name[name] for name in usual.split() if name in by_name)
        column = next((each for each in named if each not in found.values()), "")
        if column:
            found[field] = column
    return found
