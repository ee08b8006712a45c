"""One residue: its density on the shells, and what comes back out of it."""

import numpy as np
import streamlit as st

from core.errors import CoreError
from core.figures.density_atoms import draw_atoms, summarise_atoms
from core.figures.density_flat import draw_flat
from core.figures.density_shells import draw_sphere, summarise_profile, summarise_sphere
from core.figures.draw_curves import draw_curves
from core.figures.theme import Palette
from core.problems.sidechain.atoms import ELEMENTS
from core.problems.sidechain.density.limit import make_density
from core.problems.sidechain.density.residue import ResidueView, view_residue
from core.problems.sidechain.density.shells import (
    angles_deg,
    filled_radius,
    near_shell,
    radial_profile,
    unroll_shell,
)
from pages.ui.charts import show_chart
from pages.ui.density.controls import COUNTS, IN_SPACE, SHELL, TYPE, WHICH
from pages.ui.density.scene import (
    Scene,
    angstrom,
    choose_scene,
    note_total,
    recovered,
    show_origin,
    warn_of_unseen,
)
from pages.ui.page import Metric, escaped, explain_error, heading, metrics_row

ATOMS_HEIGHT, MAP_HEIGHT, PROFILE_HEIGHT = 456, 236, 190


def show_residue(palette: Palette) -> None:
    """Show the residue that the sidebar asks for."""
    scene = choose_scene(palette, (TYPE, WHICH), COUNTS, SHELL, more=(IN_SPACE,))
    if scene is None:
        return
    name, sample = str(scene.values[TYPE.key]), scene.sample
    number = int(scene.values[WHICH.key] or 0)
    try:
        row = np.array([sample.pick(name, number)])
        found = recovered(scene.key, tuple(row.tolist()), scene.options, sample)
        density = make_density(sample.coord[row], sample.type[row], row, scene.options)[0]
    except CoreError as error:
        explain_error(error)
        return
    warn_of_unseen(scene, row)
    view = view_residue(sample.coord[row[0]], int(sample.type[row[0]]), found)
    _show_metrics(view, density.size)
    left, right = st.columns([1.1, 1], gap="medium")
    with left, st.container(gap="xxsmall"):
        heading(
            name,
            escaped(f"{number} of {len(sample.of_type(name))}, {sample.name[row[0]]}"),
        )
        _show_atoms(scene, view, f"{scene.key} {row[0]}")
    with right, st.container(gap="xxsmall"):
        _show_shells(scene, view, density)
    show_origin(scene)


def _show_metrics(view: ResidueView, size: int) -> None:
    far, atoms = view.farthest, view.looked_for
    metrics_row(
        [
            Metric("RMSD, side chain", angstrom(view.rmsd("side_chain")),
                   f"the note: {note_total('side_chain'):.2f} Å, over residues",
                   "Root mean square distance of the side-chain atoms to what was recovered for "
                   "them, however far; atoms for which nothing was recovered are not in it."),
            Metric("RMSD, all but CA", angstrom(view.rmsd("overall")),
                   f"the note: {note_total('overall'):.2f} Å, with CA",
                   "CA is the origin of the frame: known, so neither encoded nor looked for."),
            Metric("Atoms found", f"{atoms - int(view.missed.sum())} of {atoms}",
                   f"within 0.5 Å; {int(view.false.sum())} where no atom is",
                   "An atom is found if something of its element was recovered so near."),
            Metric(f"Farthest, {far.name}", angstrom(far.distance), f"off; {far.radius:.2f} Å "
                   "from CA", "How far off the atom is that lies farthest from CA."),
            Metric("Density", f"{size:,}", f"numbers for {3 * atoms} coordinates",
                   "Elements × harmonics × shells."),
        ]
    )  # fmt: skip


def _show_atoms(scene: Scene, view: ResidueView, key: str) -> None:
    record = summarise_atoms(
        key, view.true, view.names, view.elements, view.distance, view.missed, view.bonds,
        view.found, view.found_elements, view.false,
    )  # fmt: skip
    draw = draw_atoms if scene.values[IN_SPACE.key] else draw_flat
    show_chart(
        draw(record, scene.palette, height=ATOMS_HEIGHT),
        key="atoms",
        alt=f"Recovered atoms over the true ones: {int(view.missed.sum())} of "
        f"{view.looked_for} not found.",
    )


def _show_shells(scene: Scene, view: ResidueView, density: np.ndarray) -> None:
    options = scene.options
    asked = unroll_shell(density, options, float(scene.values[SHELL.key]))
    shell = unroll_shell(density, options, filled_radius(density, options, asked.radius))
    moved = "" if shell.number == asked.number else f"; at {asked.radius:.2f} Å there is nothing"
    heading(f"Shell {shell.number} of {len(options.basis.radii)}, {shell.radius:.2f} Å",
            f"all elements added, unrolled{moved}")  # fmt: skip
    near, close = (near_shell(p, shell.radius, options) for p in (view.true, view.found))
    record = summarise_sphere(
        shell.longitude_deg, shell.polar_deg, shell.value,
        [name for name, is_near in zip(view.names, near, strict=True) if is_near],
        angles_deg(view.true[near]), angles_deg(view.found[close]),
    )  # fmt: skip
    show_chart(
        draw_sphere(record, scene.palette, height=MAP_HEIGHT),
        key="shell",
        alt=f"The density on the shell at {shell.radius:.2f} Å over all directions, with atoms.",
    )
    heading("By radius", "what each element leaves on each shell")
    atoms = list(zip(view.elements, view.names, view.radius.tolist(), strict=True))
    profile = summarise_profile(
        np.array(options.basis.radii), radial_profile(density), ELEMENTS, atoms, shell.radius
    )
    show_chart(
        draw_curves(profile, scene.palette, height=PROFILE_HEIGHT),
        key="profile",
        alt="Norm of the coefficients of each element over the radius, with the true atoms.",
    )
