"""Postcodes of the United Kingdom (BS 7666): area, district, sector, unit."""

import re

_AREAS = """
AB AL B BA BB BD BF BH BL BN BR BS BT BX CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY
E EC EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN
LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP
SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE
"""
_AREA = frozenset(_AREAS.split())
_UNITS = """
AH AX BN BR DB DE DP DS EB EX FA FR FT GB GP HP HR HZ LB LE LN LX ND NT PB PE PT PX RD SE ST TB TH
TX WD WH WP XL XS XX YB YD YR ZB
"""
_UNIT = frozenset(_UNITS.split())
"""Letters behind a digit that are a measure or an ending: 8GB, 2nd, 3xx, 2XL."""
_POSTCODE = re.compile(
    r"[A-PR-UWYZa-pr-uwyz](?<![A-Za-z0-9_#].)(?:(?i:(?<=g)ir ?0aa)|([A-HK-Ya-hk-y]?)[0-9]"
    r"([A-HJKMNP-Ya-hjkmnp-y0-9]?)( ?)[0-9]([ABD-HJLNP-UW-Zabd-hjlnp-uw-z]{2}))(?![A-Za-z0-9_])"
)


def scrub_postcodes(text: str) -> str:
    """Replace UK postcodes by ``[postcode]``."""
    return _POSTCODE.sub(_postcode, text)


def _postcode(found: re.Match[str]) -> str:
    second, letter, space, unit = found.groups("")
    if not unit:
        return "[postcode]"
    if (found[0][0] + second).upper() not in _AREA:
        return found[0]
    measure = space and unit.upper() in _UNIT and not letter.isalpha()
    return found[0] if measure else "[postcode]"
