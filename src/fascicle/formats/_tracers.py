"""Tracers of PET: a closed list, because a field for free text may hold anybody's name."""

from __future__ import annotations

import re
from typing import Final

_CODES: Final = {
    "fluorodeoxyglucose": "FDG", "florbetapir": "AV45", "florbetaben": "FBB",
    "flutemetamol": "FLUT", "flortaucipir": "AV1451", "raclopride": "RAC", "water": "H2O",
    "carfentanil": "CFN", "flumazenil": "FMZ", "fallypride": "FAL", "dopa": "DOPA",
    "methionine": "MET", "choline": "CHO", "fluoroethyltyrosine": "FET", "ammonia": "NH3",
    "pittsburghcompoundb": "PIB",
}  # fmt: skip
"""Names that are called by a shorter code."""

_LISTED: Final = """
    fdg pib av45 fbb flut fmt av1451 av133 nav4694 azd4694 mk6240 pi2620 ro948 jnj067 thk5351
    thk5317 thk5117 pbb3 apn1607
    rac dasb cfn fmz fal fdopa met cho fet psma dotatate h2o nh3 acetate o2 co
    ucbj ucba ucbh synvest1 synvest2 sdm8 sdm2 sv2a
    pk11195 pbr28 pbr06 pbr111 dpa714 dpa713 ge180 er176 feppa clinde
    sb207145 cimbi36 mdl100907 way100635 mppf cumi101 p943 az10419369 az10419096 altanserin
    setoperone flb457 nnc112 sch23390 phno mnpa npa pe2i fepe2i fpcit bcit cft dtbz fpdtbz madam
    mcn5652 homadam altropane
    ro154513 diprenorphine gr103545 ly2795050 abp688 fpeb sp203 menet mrb asem feobv mp4a pmp
    nifene flubatine fmpepd2 deprenyl harmine sl251188 martinostat rolipram verapamil
    fmiso faza flt fes psma1007 psma11 dotatoc dotanoc exendin
"""
TRACER_NAMES: Final = tuple(sorted({*_CODES, *_LISTED.split()}))
"""Names of tracers in small letters and digits."""

_ISOTOPE: Final = re.compile(r"\[?(?:\d{1,3}m?[A-Z][a-z]?|[A-Z][a-z]?-?\d{1,3})\]?[- ]*")


def name_tracer(text: str) -> str:
    """Return the code of a tracer in letters and digits; empty for what is not one of the list.

    Parameters
    ----------
    text : str
        What a header says, with the isotope or without.

    Examples
    --------
    >>> name_tracer("[18F]Florbetapir"), name_tracer("[11C]UCB-J"), name_tracer("MEIER1970")
    ('AV45', 'UCBJ', '')
    """
    plain = re.sub(r"[\W_]", "", text).casefold()
    for name, code in _CODES.items():
        if name in plain:
            return code
    bare = re.sub(r"[\W_]", "", _ISOTOPE.sub("", text, count=1)).casefold()
    found = next((name for name in (plain, bare) if name in TRACER_NAMES), "")
    return _CODES.get(found, found.upper())
