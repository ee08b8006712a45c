"""Residues that stand in a structure because of its preparation: never taken for its ligand.

A table by names, as only the name tells HEPES from a substrate of its size. Where such a molecule
*is* the ligand (spermine in an RNA, succinate in its enzyme), name it when reading.

Source: reagents of common buffers and crystallisation screens under their names in the chemical
component dictionary; compiled for this project, each name looked up there.
"""

from typing import Final

WATER: Final = "water"
_NAMES: Final[dict[str, str]] = {
    WATER: "HOH DOD WAT H2O TIP",
    "ion": """
        SO4 SUL PO4 PI 2HP PO3 NO3 NO2 CO3 BCT NH4 SCN AZI CYN LCP CAC VO4 BEF ALF MGF AF3 WO4 MOO
        SO3 PER BO4 TMA NCO CD3
    """,
    "solvent": """
        DMS DMF EOH MOH IPA POL ACN CCN ACT ACY FMT URE GAI 1BO BU1 BUD EGL DIO TFA ETF CHX TBU SBT
    """,
    "cryo-protectant": """
        GOL EDO PGO PGR PDO MPD MRD PEG PGE PG0 PG4 PG5 PG6 1PE 2PE P33 P3G P4C P4G P6G PE3 PE4 PE5
        PE6 PE7 PE8 7PE 15P 12P 1PG XPE ETE TOE M2M MXE BU2 BU3 JEF
    """,
    "buffer": """
        TRS 144 TAM EPE MES MPO BTB B3P BCN CIT FLC TLA TAR SRT MLI MLA MLT SIN NHE CXS PIN IMD T3A
    """,
    "reducing agent": "BME SEO DTT DTU DTV TCE HED",
    "detergent": """
        BOG BNG HTG LMT LMU LMN DMU UMQ DDQ LDA C8E CE9 CXE CE1 SDS CPS 3CM NDS 1PS TRT MYS OLC OLB
        D10 D12 C14 HEX HP6 OCT UND LFA R16 TRD DD9 8K6
    """,
    "crystallisation additive": "SPM SPD SPK PUT IPH HEZ",
    "marker of a membrane": "DUM",
    "molecule that nobody identified": "UNL UNX",
}
_REASON: Final = {name: reason for reason, names in _NAMES.items() for name in names.split()}


def additive(res_name: str) -> str:
    """Say what a residue of this name is there for, "" where the table does not hold it.

    Example:
        >>> additive("GOL"), additive("ATP")
        ('cryo-protectant', '')
    """
    return _REASON.get(res_name, "")
