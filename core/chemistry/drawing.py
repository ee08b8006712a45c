"""Molecules as small pictures: SVG without a background, in one colour of ink."""

import re
from typing import Final

from rdkit import Chem, rdBase
from rdkit.Chem.Draw import rdMolDraw2D

from core.errors import InputError

# What says nothing in RDKit's SVG: a header, names of bonds, and properties at their defaults.
_IDLE: Final = re.compile(
    r"<\?xml.*?\?>|<!--.*?-->| class='(?:bond|atom)-[^']*'| baseProfile='full'"
    r"| xml:space='preserve'| xmlns:(?:rdkit|xlink)='[^']*'|fill-rule:evenodd;|fill-opacity:1;"
    r"|stroke-linecap:butt;|stroke-linejoin:miter;|stroke-miterlimit:10;|stroke-opacity:1;?",
    re.DOTALL,
)


def draw_molecule(smiles: str, *, ink: str, width: int, height: int) -> str:
    """Draw the structure of a molecule as SVG.

    Args:
        smiles: The molecule.
        ink: Hex colour of bonds and letters, "#RRGGBB".
        width: In pixels.
        height: In pixels.

    Raises:
        InputError: RDKit refuses the SMILES.

    Example:
        >>> "<rect" in draw_molecule("CCO", ink="#1B2430", width=120, height=80)
        False
    """
    with rdBase.BlockLogs():
        molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        raise InputError("SMILES", expected="a molecule", came=smiles[:40], do="Correct it")
    red, green, blue = (int(ink[place : place + 2], 16) / 255 for place in (1, 3, 5))
    drawer = rdMolDraw2D.MolDraw2DSVG(width, height, -1, -1, True)  # letters as text: half the size
    options = drawer.drawOptions()
    options.clearBackground = False
    options.setAtomPalette({-1: (red, green, blue)})
    options.bondLineWidth = 1.2
    options.padding = 0.02
    options.minFontSize = 7
    options.fixedBondLength = 22
    drawer.DrawMolecule(molecule)
    drawer.FinishDrawing()
    return " ".join(_IDLE.sub("", drawer.GetDrawingText()).split())
