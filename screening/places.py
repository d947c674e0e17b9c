"""Countries, states and some large cities: enough to see that a part of a line is a place. Called by `contacts`,
`entries`, `education`. A gap here costs a field, never a resume."""

from __future__ import annotations

import re

from models.values import Location

_COUNTRIES = {
    "AE": "united arab emirates|uae",
    "AR": "argentina",
    "AT": "austria|österreich",
    "AU": "australia",
    "BD": "bangladesh",
    "BE": "belgium|belgique|belgien|belgië",
    "BG": "bulgaria",
    "BR": "brazil|brasil",
    "CA": "canada",
    "CH": "switzerland|schweiz|suisse|svizzera",
    "CL": "chile",
    "CN": "china",
    "CO": "colombia",
    "CZ": "czech republic|czechia",
    "DE": "germany|deutschland|allemagne|alemania|niemcy",
    "DK": "denmark|danmark",
    "EE": "estonia",
    "EG": "egypt",
    "ES": "spain|españa|spanien|espagne",
    "ET": "ethiopia",
    "FI": "finland|suomi",
    "FR": "france|frankreich|francia",
    "GB": "united kingdom|uk|england|scotland|wales|northern ireland|great britain",
    "GH": "ghana",
    "GR": "greece",
    "HK": "hong kong",
    "HR": "croatia",
    "HU": "hungary",
    "ID": "indonesia",
    "IE": "ireland",
    "IL": "israel",
    "IN": "india",
    "IR": "iran",
    "IT": "italy|italia|italien",
    "JP": "japan",
    "KE": "kenya",
    "KR": "south korea|korea",
    "LK": "sri lanka",
    "LT": "lithuania",
    "LU": "luxembourg",
    "LV": "latvia",
    "MA": "morocco|maroc",
    "MX": "mexico|méxico",
    "MY": "malaysia",
    "NG": "nigeria",
    "NL": "netherlands|the netherlands|nederland|holland",
    "NO": "norway|norge",
    "NP": "nepal",
    "NZ": "new zealand",
    "PE": "peru|perú",
    "PH": "philippines",
    "PK": "pakistan",
    "PL": "poland|polska|polen",
    "PT": "portugal",
    "RO": "romania",
    "RS": "serbia",
    "SA": "saudi arabia",
    "SE": "sweden|sverige",
    "SG": "singapore",
    "SI": "slovenia",
    "SK": "slovakia",
    "TH": "thailand",
    "TN": "tunisia|tunisie",
    "TR": "turkey|türkiye",
    "TW": "taiwan",
    "UA": "ukraine",
    "US": "united states|usa|u.s.a.|united states of america|us|u.s.",
    "VN": "vietnam",
    "ZA": "south africa",
}
_COUNTRY_OF = {name: code for code, names in _COUNTRIES.items() for name in names.split("|")}
_STATES = {
    "AL": "alabama", "AK": "alaska", "AZ": "arizona", "AR": "arkansas", "CA": "california", "CO": "colorado",
    "CT": "connecticut", "DE": "delaware", "DC": "district of columbia", "FL": "florida", "GA": "georgia",
    "HI": "hawaii", "ID": "idaho", "IL": "illinois", "IN": "indiana", "IA": "iowa", "KS": "kansas", "KY": "kentucky",
    "LA": "louisiana", "ME": "maine", "MD": "maryland", "MA": "massachusetts", "MI": "michigan", "MN": "minnesota",
    "MS": "mississippi", "MO": "missouri", "MT": "montana", "NE": "nebraska", "NV": "nevada", "NH": "new hampshire",
    "NJ": "new jersey", "NM": "new mexico", "NY": "new york", "NC": "north carolina", "ND": "north dakota",
    "OH": "ohio", "OK": "oklahoma", "OR": "oregon", "PA": "pennsylvania", "RI": "rhode island",
    "SC": "south carolina", "SD": "south dakota", "TN": "tennessee", "TX": "texas", "UT": "utah", "VT": "vermont",
    "VA": "virginia", "WA": "washington", "WV": "west virginia", "WI": "wisconsin", "WY": "wyoming",
}  # fmt: skip
_STATE_NAMES = {name: code for code, name in _STATES.items()}
_REGIONS = {
    "IN": "andhra pradesh|arunachal pradesh|assam|bihar|chhattisgarh|goa|gujarat|haryana|himachal pradesh|jharkhand|"
    "karnataka|kerala|madhya pradesh|maharashtra|manipur|meghalaya|mizoram|nagaland|odisha|orissa|punjab|rajasthan|"
    "sikkim|tamil nadu|telangana|tripura|uttar pradesh|uttarakhand|west bengal|jammu and kashmir|chandigarh|puducherry",
    "CA": "ontario|quebec|québec|british columbia|alberta|manitoba|saskatchewan|nova scotia|new brunswick|newfoundland|"
    "prince edward island|yukon|on|qc|bc|ab|mb|sk|ns|nb|nl|pei",
    "AU": "new south wales|queensland|victoria|tasmania|south australia|western australia|"
    "northern territory|nsw|qld|vic|"
    "tas|act",
    "GB": "kent|essex|surrey|sussex|yorkshire|lancashire|cheshire|devon|cornwall|norfolk|suffolk|hampshire|berkshire|"
    "oxfordshire|cambridgeshire|hertfordshire|buckinghamshire|middlesex|west midlands|greater manchester|merseyside|"
    "tyne and wear|derbyshire|nottinghamshire|leicestershire|warwickshire|staffordshire|gloucestershire|"
    "somerset|dorset|"
    "wiltshire|northumberland|cumbria|lincolnshire",
    "DE": "bavaria|bayern|hesse|hessen|saxony|sachsen|baden-württemberg|north rhine-westphalia|nordrhein-westfalen|"
    "lower saxony|niedersachsen|brandenburg|thuringia|thüringen|saarland|schleswig-holstein",
    "ZA": "gauteng|western cape|eastern cape|kwazulu-natal|free state|limpopo",
    "CH": "vaud|ticino|aargau",
    "ES": "andalusia|andalucía|catalonia|cataluña|galicia|basque country|asturias|aragón",
    "PK": "sindh",
    "BR": "são paulo state|minas gerais|paraná|bahia|rio grande do sul",
    "PH": "metro manila",
    "JP": "hokkaido",
}
_REGION_OF = {name: code for code, names in _REGIONS.items() for name in names.split("|")}
_CITIES = {
    "AT": "vienna|wien|graz|linz|salzburg",
    "AU": "sydney|melbourne|brisbane|perth|adelaide",
    "BE": "brussels|bruxelles|antwerp|ghent",
    "AE": "dubai|abu dhabi|sharjah",
    "AR": "buenos aires",
    "BR": "são paulo|sao paulo|rio de janeiro|brasília|recife|curitiba|porto alegre",
    "CA": "toronto|montreal|montréal|vancouver|ottawa|calgary|edmonton|winnipeg|halifax|mississauga|"
    "waterloo|quebec city|"
    "hamilton|saskatoon|burnaby|kitchener",
    "CN": "beijing|shanghai|shenzhen|guangzhou",
    "CO": "bogotá|bogota|medellín",
    "EG": "cairo|alexandria",
    "GH": "accra|kumasi",
    "ID": "jakarta|bandung",
    "IL": "tel aviv|jerusalem|haifa",
    "JP": "tokyo|osaka|kyoto|yokohama|nagoya",
    "KR": "seoul|busan",
    "MX": "mexico city|guadalajara|monterrey",
    "MY": "kuala lumpur|penang",
    "PK": "karachi|lahore|islamabad|rawalpindi",
    "BD": "dhaka|chittagong",
    "LK": "colombo",
    "RU": "moscow|saint petersburg|st. petersburg",
    "SA": "riyadh|jeddah|dammam",
    "TH": "bangkok",
    "TR": "istanbul|ankara|izmir",
    "TW": "taipei",
    "VN": "hanoi|ho chi minh city",
    "ZA": "johannesburg|cape town|durban|pretoria",
    "NZ": "auckland|wellington|christchurch",
    "GR": "athens|thessaloniki",
    "HU": "budapest",
    "ET": "addis ababa",
    "CH": "zurich|zürich|geneva|genève|basel|bern|lausanne",
    "CZ": "prague|praha|brno",
    "DE": "berlin|hamburg|munich|münchen|cologne|köln|frankfurt|frankfurt am main|stuttgart|düsseldorf|leipzig|"
    "dortmund|essen|bremen|dresden|hannover|nürnberg|bonn|mannheim|karlsruhe|münster|augsburg|aachen|"
    "kiel|freiburg|heidelberg",
    "DK": "copenhagen|aarhus",
    "ES": "madrid|barcelona|valencia|sevilla|seville|bilbao|málaga|zaragoza",
    "FI": "helsinki|espoo|tampere",
    "FR": "paris|lyon|marseille|toulouse|nantes|lille|bordeaux|strasbourg|nice|rennes|grenoble|montpellier",
    "GB": "london|manchester|birmingham|leeds|glasgow|edinburgh|liverpool|bristol|sheffield|cardiff|belfast|cambridge|"
    "oxford|nottingham|newcastle|southampton|leicester|brighton",
    "IE": "dublin|cork|galway|limerick",
    "IN": "bangalore|bengaluru|mumbai|bombay|delhi|new delhi|hyderabad|secunderabad|chennai|madras|pune|"
    "kolkata|calcutta|"
    "noida|greater noida|gurgaon|gurugram|faridabad|ghaziabad|ahmedabad|surat|vadodara|jaipur|jodhpur|udaipur|lucknow|"
    "kanpur|agra|varanasi|patna|bhopal|indore|nagpur|nashik|thane|navi mumbai|mysore|mysuru|mangalore|hubli|coimbatore|"
    "madurai|trichy|salem|kochi|cochin|trivandrum|thiruvananthapuram|visakhapatnam|vizag|vijayawada|guntur|warangal|"
    "bhubaneswar|ranchi|raipur|chandigarh|mohali|ludhiana|amritsar|jalandhar|dehradun|guwahati|pondicherry",
    "IT": "rome|roma|milan|milano|turin|torino|naples|napoli|bologna|florence|firenze",
    "KE": "nairobi|mombasa",
    "NG": "lagos|abuja|ibadan",
    "NL": "amsterdam|rotterdam|utrecht|the hague|eindhoven|den haag",
    "NO": "oslo|bergen",
    "PH": "manila|quezon city|cebu",
    "PL": "warsaw|warszawa|kraków|krakow|wrocław|wroclaw|gdańsk|gdansk|poznań|poznan|łódź|lodz|katowice|lublin|"
    "szczecin|gdynia|bydgoszcz|rzeszów",
    "PT": "lisbon|lisboa|porto",
    "RO": "bucharest|cluj-napoca|cluj",
    "SE": "stockholm|gothenburg|göteborg|malmö|uppsala",
    "UA": "kyiv|kiev|lviv|kharkiv",
    "US": "new york city|nyc|san francisco|los angeles|chicago|boston|seattle|austin|denver|atlanta|dallas|houston|"
    "miami|philadelphia|phoenix|portland|san diego|minneapolis|detroit|san jose|sacramento|oakland|"
    "palo alto|mountain view|"
    "sunnyvale|santa clara|irvine|pasadena|long beach|fresno|las vegas|reno|salt lake city|boulder|colorado springs|"
    "albuquerque|tucson|scottsdale|tempe|san antonio|fort worth|plano|el paso|oklahoma city|tulsa|"
    "kansas city|st. louis|"
    "saint louis|omaha|des moines|milwaukee|madison|st. paul|indianapolis|columbus|cleveland|cincinnati|pittsburgh|"
    "buffalo|rochester|albany|syracuse|brooklyn|newark|jersey city|princeton|baltimore|bethesda|arlington|alexandria|"
    "richmond|norfolk|raleigh|durham|charlotte|greensboro|charleston|nashville|memphis|louisville|birmingham|"
    "new orleans|baton rouge|tampa|orlando|jacksonville|fort lauderdale|redmond|bellevue|tacoma|spokane|boise|honolulu|"
    "anchorage|hartford|new haven|providence|washington d.c|washington dc",
}
_CITY_OF = {name: code for code, names in _CITIES.items() for name in names.split("|")}
_TELLING = sorted((n for n in (*_COUNTRY_OF, *_CITY_OF) if len(n) > 3), key=len, reverse=True)
_NAMED_PLACE = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, _TELLING))})(?!\w)", re.IGNORECASE)
_ELSEWHERE = {"remote", "worldwide", "hybrid", "home office"}
_BESIDE_CONTACT = re.compile(
    r"^\s*(?P<city>[^\W\d_a-z][\w.'’\- ]{1,25}),\s*(?P<region>[^\W\d_a-z][\w.'’\- ]{1,25}?)"
    r"\s*(?:[|•·\t]|\s[–—-]\s|\s{3,})"
)
_POSTAL_CITY = re.compile(
    r"\b(?P<zip>(?:[A-Z]{1,2}-)?\d{2}-\d{3}|(?:[A-Z]{1,2}-)?\d{4,5})\s+(?P<city>[^\W\d_][^\W\d_.\- ]{2,25})"
)


def country_code(name: str) -> str | None:
    return _COUNTRY_OF.get(" ".join(name.lower().split()).strip(" .") or " ")


def countries_in(text: str) -> list[str]:
    """ISO codes of the countries that a text names, or whose large cities it names, in order."""
    return [_COUNTRY_OF.get(low) or _CITY_OF[low] for low in (m[0].lower() for m in _NAMED_PLACE.finditer(text))]


def is_city(text: str) -> bool:
    return text.strip().lower() in _CITY_OF


def is_place(text: str) -> bool:
    """Whether a short text is a place and nothing else: "Austin, TX", "Kraków", "Leeds, United Kingdom", "Remote"."""
    text = re.sub(r"[()]", " ", text).strip(" ,.;|")
    if not 2 <= len(text) <= 60 or re.search(r"[:@]", text):
        return False
    parts = [part.strip() for part in re.split(r"[,/]", text) if part.strip()]
    if not parts or len(parts) > 4:
        return False
    known = [_known(part) for part in parts]
    if all(known):
        return True
    # What stands before a country or a state may be any town; before a town ("Acme, Leeds") it is something else.
    regions = all(known[1:]) and not any(part.lower() in _CITY_OF for part in parts[1:])
    return len(parts) > 1 and regions and len(parts[0].split()) <= 3


def find_location(text: str) -> Location | None:
    """The first place a header names, as city, region and country where these can be told."""
    for piece in re.split(r"\s*[|•·\t\n;]\s*|\s{3,}|\s[–—]\s", text):
        piece = re.sub(
            r"(?i)^\s*(?:address|location|based in|adresse|anschrift|wohnort|dirección|adres)\s*:?\s*", "", piece
        )
        if "@" in piece or not piece:
            continue
        found = _from_postal(piece) or _from_parts(piece)
        if found is not None:
            return found
    for line in text.split("\n"):  # an unknown town stands beside the e-mail address or the phone number
        match = _BESIDE_CONTACT.match(line) if re.search(r"@|\d{4}", line) else None
        if match:
            return Location(city=match["city"].strip(), region=match["region"].strip())
    return None


def _known(part: str) -> bool:
    low = " ".join(part.lower().split()).strip(" .")
    bare = re.sub(r"\s+\d{5}(?:-\d{4})?$", "", low)
    return (
        low in _COUNTRY_OF
        or low in _CITY_OF
        or low in _ELSEWHERE
        or bare in _STATE_NAMES
        or (bare.upper() in _STATES and part.strip()[:2].isupper())
        or (bare in _REGION_OF and (len(bare) > 3 or part.strip()[:2].isupper()))
    )


def _from_postal(piece: str) -> Location | None:
    match = _POSTAL_CITY.search(piece)
    if match is None:
        return None
    rest = piece[match.end() :].strip(" ,")
    city = match["city"].strip()
    country = country_code(rest) or _CITY_OF.get(city.lower())
    before = piece[: match.start()].strip(" ,")
    if country in (None, "US"):
        return None
    return Location(address=before or None, postal_code=match["zip"], city=city, country_code=country)


def _from_parts(piece: str) -> Location | None:
    parts = [part.strip() for part in piece.split(",") if part.strip()]
    for index in range(1, len(parts)):
        last = parts[index]
        if last.lower() in _CITY_OF:
            return Location(city=last, country_code=_CITY_OF[last.lower()])
        match = re.fullmatch(r"(.*?)\s+(\d{5}(?:-\d{4})?)", last)
        region, postal = (match[1], match[2]) if match else (last, None)
        if not _known(region):
            continue
        city, address = _city(parts[index - 1]), ", ".join(parts[: index - 1])
        if city is None:
            continue
        code = country_code(region)
        state = None if code and region.upper() not in _STATES else region
        following = parts[index + 1] if index + 1 < len(parts) else ""
        if state is not None:
            american = state.upper() in _STATES or state.lower() in _STATE_NAMES
            code = country_code(following) or ("US" if american else _REGION_OF.get(state.lower()))
        return Location(
            address=address or None,
            postal_code=postal,
            city=city,
            region=state,
            country_code=code or _CITY_OF.get(city.lower()),
        )
    alone = piece.strip(" .,()")
    if alone.lower() in _CITY_OF:
        return Location(city=alone, country_code=_CITY_OF[alone.lower()])
    return None


def _city(part: str) -> str | None:
    words = part.split()
    named = [word for word in words if word[:1].isupper() and not any(ch.isdigit() for ch in word)]
    if not named or len(words) > 8:
        return None
    if any(ch.isdigit() for ch in part):  # "12 Elm Street Springfield": the street is not the city
        return words[-1] if words[-1] in named else None
    return part if len(words) <= 3 else None
