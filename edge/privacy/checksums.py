"""Check digits: they decide how an identifier is called, hardly ever whether it goes."""

import re

IBAN_LENGTHS = {
    country: int(length)
    for country, length in re.findall(
        r"([A-Z]{2})(\d\d)",
        "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29"
        "ES24FI18FK18FO18FR27GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20"
        "LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29"
        "PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20"
        "YE30",
    )
}
"""Country → length of its IBAN (SWIFT's registry)."""


def luhn(digits: str) -> bool:
    """Say whether *digits* end in a Luhn check digit (ISO/IEC 7812-1), as cards do."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def iban(text: str) -> bool:
    """Say whether *text*, without spaces, is an IBAN (ISO 13616, remainder 1 by 97)."""
    if IBAN_LENGTHS.get(text[:2]) != len(text):
        return False
    return int("".join(str(int(char, 36)) for char in text[4:] + text[:4])) % 97 == 1


def nhs(digits: str) -> bool:
    """Say whether ten *digits* are an NHS number (modulus 11)."""
    total = sum(int(digit) * (10 - place) for place, digit in enumerate(digits[:9]))
    return (11 - total % 11) % 11 == int(digits[9])


def ssn(area: str, group: str, serial: str) -> bool:
    """Say whether the parts can be a US social security number."""
    return not (area in ("000", "666") or area > "899" or group == "00" or serial == "0000")
