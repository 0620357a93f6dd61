"""Check digits: they decide how an identifier is called, hardly ever whether it goes."""

import re
import string

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

_VALUES = {ord(letter): str(10 + n) for n, letter in enumerate(string.ascii_uppercase)}


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
    return int((text[4:] + text[:4]).translate(_VALUES)) % 97 == 1


def nhs(digits: str) -> bool:
    """Say whether ten *digits* are an NHS number (modulus 11)."""
    total = sum(int(digit) * (10 - place) for place, digit in enumerate(digits[:9]))
    return (11 - total % 11) % 11 == int(digits[9])


def ssn(area: str, group: str, serial: str) -> bool:
    """Say whether the parts can be a US social security number."""
    return not (area in ("000", "666") or area > "899" or group == "00" or serial == "0000")


def ahv(digits: str) -> bool:
    """Say whether 13 *digits* are a Swiss AHV number (EAN-13's check digit)."""
    total = sum(int(digit) * (1 + 2 * (place % 2)) for place, digit in enumerate(digits[:12]))
    return (10 - total % 10) % 10 == int(digits[12])


def cpf(digits: str) -> bool:
    """Say whether 11 *digits* are a Brazilian CPF (two check digits, modulus 11)."""
    for size in (9, 10):
        total = sum(int(digits[place]) * (size + 1 - place) for place in range(size))
        if total * 10 % 11 % 10 != int(digits[size]):
            return False
    return True


def citizen(digits: str) -> bool:
    """Say whether 18 *digits* are a Chinese resident's number (GB 11643, modulus 11-2)."""
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(digits[:17]))
    return (12 - total) % 11 == int(digits[17])
