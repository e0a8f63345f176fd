"""Words of scanners as the standards list them: DICOM's defined terms, and what makers add.

Closed lists, not forms of words: a form that lets ``VE11C`` pass lets initials with a year of birth
pass, too. Sources: DICOM PS3.3 (C.7.6.1, C.8.3.1, C.8.13.3), the names of sequences that makers'
conformance statements and dcm2niix know.
"""

from __future__ import annotations

from typing import Final


def one_of(words: str, *patterns: str) -> str:
    """Return the pattern of a closed list: words that are parted by space, then patterns.

    Examples
    --------
    >>> one_of("EP SE", "T[12]")
    '(?:EP|SE|T[12])'
    """
    return f"(?:{'|'.join((*words.split(), *patterns))})"


_SEQUENCES: Final = one_of("SE IR GR EP RM EPI TFE FFE")
_VARIANTS: Final = one_of("SK MTC SS TRSS SP MP OSP OP NONE")
_OPTIONS: Final = one_of(
    """
    PER RG CG PPG FC PFF PFP SP FS WE IR EXT DB NPW SQR FAST EDR SAT SAT1 SAT2 SAT3 MPG FAT WATER
    FSS SPIR SPAIR STIR MT TRF SS SWAP GATED FLEX CL FAST_GEMS EDR_GEMS FILTERED_GEMS ACC_GEMS
    FC_FREQ_AX_GEMS FC_SLICE_AX_GEMS EPI_GEMS MP_GEMS CL_GEMS VAS_GEMS TRF_GEMS SAT_GEMS CARD_GEMS
    HYPERBAND_GEMS RTIA_GEMS SEQ_GEMS PHASE_CORR FS_GEMS PFF_GEMS DIXON
    """
)
SEVERAL: Final = r"(?:{0}(?:[\\_/]{0}){{0,9}})"
"""Words of one list, joined as DICOM and dcm2niix join them."""

SCANNING_SEQUENCE: Final = SEVERAL.format(_SEQUENCES)
SEQUENCE_VARIANT: Final = SEVERAL.format(_VARIANTS)
SCAN_OPTIONS: Final = SEVERAL.format(_OPTIONS)

IMAGE_TYPE: Final = one_of(
    """
    ORIGINAL DERIVED MIXED PRIMARY SECONDARY OTHER NONE AXIAL LOCALIZER VOLUME
    M P R I F W MAG MAGNITUDE PHASE REAL IMAGINARY COMPLEX ND NORM DIS2D DIS3D MOSAIC MFSPLIT DFC
    FIL FILTERED COMP COMB ADC EADC FA TRACE TRACEW TENSOR TENSOR_B0 COLFA EXP ISOTROPIC B0 FMRI
    DIFFUSION DTI PERFUSION ASL ASL_CBF CBF CBV MTT TTP TMAX PBP GBP RELCBF RELCBV RELMTT RCBF RCBV
    T1 T2 T2_STAR PD PROTON_DENSITY FLUID_ATTENUATED STIR ANGIO TOF VELOCITY TAGGING
    SE FFE IR TFE EPI GRE M_FFE M_SE M_IR M_PCA M_B0 M_B1 P_FFE P_SE P_IR P_PCA R_FFE R_SE R_IR
    I_FFE I_SE I_IR FIELD_MAP B0_MAP B1_MAP PHASE_MAP T1_MAP T2_MAP T2_STAR_MAP R2_STAR_MAP
    DIXON WATER FAT IN_PHASE OUT_PHASE OPP_PHASE IP OP SWI UNI INV1 INV2
    MIP MNIP MINIP MIN_IP MAX_IP MPR PROJECTION REFORMATTED RESAMPLED ROTATED CURVED SUBTRACTION
    SUBTRACT SUB ADDITION AVERAGE MEAN SUM STDDEV QUANT MOCO MOCOMEAN EXTRACTED SPLIT
    STATIC DYNAMIC GATED EMISSION TRANSMISSION TOMO RECON REPROJECTION IMAGE HEAD BRAIN
    CT_SOM5 CT_SOM7 CT_SOM8 SPI SEQ HELIX
    """,
    "FIELD MAP", "B0 MAP", "PHASE MAP", "WHOLE BODY", r"SH\d{1,2}(?:_\d{1,2})?", r"FM\d?(?:_\d)?",
    r"TE\d{1,2}", r"TI\d{1,2}", r"E\d", r"C:?\d",
)  # fmt: skip
PATIENT_POSITION: Final = one_of(
    "HFP HFS HFDR HFDL FFDR FFDL FFP FFS LFP LFS RFP RFS AFDR AFDL PFDR PFDL AFP AFS PFP PFS"
)
PARTIAL_FOURIER: Final = one_of("PHASE FREQUENCY SLICE_SELECT COMBINATION")

# Four numbers with points would be taken for an address of the internet, three for a day.
SOFTWARE: Final = one_of(
    "",
    r"(?:syngo )?MR (?:[A-E]\d\d[A-Z]?|XA\d\d[A-Z]?|20\d\d[A-Z](?: 4V[AB]\d\d[A-Z])?)",
    r"(?:V[A-E]|XA|NX)\d\d[A-Z]?", r"R?\d{1,2}\.\d(?:\.\d)?", r"\d\d",
    r"(?:DV|RX|MR|HD)\d\d\.\d",
)  # fmt: skip
CONVERTER: Final = one_of(
    "", r"v?1\.0\.20[12]\d(?:0[1-9]|1[0-2])[0-3]\d", r"0\.\d{1,2}\.\d{1,2}", r"[1-9]\.\d{1,2}\.\d"
)

COILS: Final = r"(?:[tTC]:)?{0}(?:[;,]{0}){{0,15}}".format(
    r"(?:HEA|HEP|HE|HC|HD|NC|NE|NO|BO|SP|BC|TO|CP|PA|BL|BR|FL|8HRBRAIN)\d{0,2}(?:[-,]\d{1,2}){0,7}"
)
_DIMENSIONS: Final = r"[23]d\d{1,2}(?:_?\d{1,4})?(?:ns|rr|rs|r|t|b)?\d{0,2}(?:_ns)?"
SEQUENCE_NAMES: Final = (
    rf"\*?(?:(?:epfid|epse|ep|tfl|tse|tir|se|spcir|spcR?|fl|fm|gre|h|q|tgse|tfi|re|cst|swi|mep)"
    rf"{_DIMENSIONS}|(?:ep|re)_b\d{{1,5}}(?:#\d{{1,3}}|t)?|spc(?:ir|R)?_\d{{1,4}}(?:ns)?)"
    r"|(?:FE|SE|FFE|TFE|T1|T2|TSE|EPI|Dwi|IR|GRASE|B|_){1,4}|[Ee]?f?gre3?D?|EFGRE3D|epi(?:RT)?"
    r"|MPRAGE|BRAVO|CUBE"
)
