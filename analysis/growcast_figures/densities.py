# SPDX-License-Identifier: GPL-3.0-or-later
"""Figure 3: density of cumulative counts at milestones by organization."""
import numpy

from . import style
from .run import Missing

MOST = 18


def counts(run):
    density, grid = run["count_density"], run["count_grid"]
    number, zeros = run["count_density_n"], run["count_density_zeros"]
    milestones = run["milestone"]
    usable = numpy.flatnonzero(numpy.isfinite(density).any((1, 2)))
    if len(usable) == 0:
        raise Missing(f"{run.path.name} has no organization with enough models for a density")
    everyone = len(run.organizations) - 1
    order = sorted(usable, key=lambda k: (k != everyone, -numpy.nanmax(number[k])))[:MOST]
    columns = min(4, len(order))
    rows = -(-len(order) // columns)
    low, high = (part.strip() for part in run.setting("density", "fitness_range", "1, 10").split(","))
    page, axes = style.figure(
        1.0 + 1.35 * rows, f"Figure 3. Cumulative {run.metric} at "
        f"{', '.join(f'{m:g}' for m in milestones)} {run.step}s, fitness {low} to {high}",
        rows, columns, sharex=True, squeeze=False)
    colours = (style.SKY, style.BLUE, style.BLACK, style.ORANGE, style.GREEN)
    shown = numpy.nanmax(density, (0, 1)) > 0.01
    for panel, k in zip(axes.flat, order):
        notes = []
        for j, milestone in enumerate(milestones):
            if not numpy.isfinite(density[k, j]).any():
                continue
            colour = colours[j % len(colours)]
            panel.plot(grid, density[k, j], color=colour, label=f"{milestone:g} {run.step}s")
            panel.fill_between(grid, density[k, j], color=colour, alpha=0.12, lw=0)
            notes.append((f"n = {number[k, j]:.0f}, zero {zeros[k, j]:.0%}", colour))
        style.count_axis(panel.xaxis)
        panel.set(xlim=(1, grid[shown][-1] if shown.any() else grid[-1]), ylim=(0, None))
        panel.set_title("all organizations" if k == everyone else run.organizations[k])
        panel.set_ylim(0, panel.get_ylim()[1] * 1.15)
        for place, (text, colour) in enumerate(notes):
            panel.text(0.99, 0.97 - 0.13 * place, text, transform=panel.transAxes, ha="right",
                       va="top", fontsize=6.5, color=colour)
        panel.set_yticks([])
    style.hide_unused(axes, len(order))
    style.legend(page, dict(zip(*reversed(axes.flat[0].get_legend_handles_labels()))))
    style.outer_labels(page, f"cumulative {run.metric} (above zero)", "density over ln(count)")
    return style.caption(page, "Kernel densities with the bandwidth of Sheather and Jones; n: models "
                         "with a count above zero, zero: share of models still at zero at that age, "
                         "which have no place on the axis", run.source(), run.identity())
