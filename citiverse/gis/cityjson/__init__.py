"""CityJSON 1.0, 1.1 and 2.0, and CityJSONSeq: solids and surfaces become features of a city."""
