"""Postcodes of the United Kingdom (BS 7666): area, district, sector, unit."""

import re

_AREAS = """
AB AL B BA BB BD BF BH BL BN BR BS BT BX CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY
E EC EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN
LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP
SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE
"""
_AREA = frozenset(_AREAS.split())
_SIZES_WORDS = """
GB TB PB EB ZB YB HZ XL XS
"""
_SIZES = frozenset(_SIZES_WORDS.split())
"""Letters behind a digit that are a size, however they are written: 8GB, 2XL."""
_ENDINGS_WORDS = """
ah bn br db de dp ds ex fa fr ft gp hp hr lb le ln lx nd nt pe pt px rd se st th tx wd wh wp xx yd
yr
"""
_ENDINGS = frozenset(_ENDINGS_WORDS.split())
"""Small letters behind a digit that are a measure or an ending: 2nd, 5px, 3xx."""
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
    measure = space and not letter.isalpha() and (unit.upper() in _SIZES or unit in _ENDINGS)
    return found[0] if measure else "[postcode]"
