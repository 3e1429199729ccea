# SPDX-License-Identifier: GPL-3.0-or-later
"""Figure 3. The paper shows, for each organization, the density of its models' cumulative counts 2,
6 and 12 months after release, of models with a fitness from 1 to 10."""
import numpy

from . import style
from .dataset import Missing
from .labels import ink

MOST = 18
COLOURS = (style.SKY, style.BLUE, style.BLACK, style.ORANGE, style.GREEN)


def counts(run):
    density = run["count_density"]
    order = shown_organizations(run, density)
    low, high = (p.strip() for p in run.setting("density", "fitness_range", "1, 10").split(","))
    ages = ", ".join(f"{m:g}" for m in run["milestone"])
    page, panels = style.grid(len(order), 4, 1.4, f"Figure 3. Cumulative {run.metric} at {ages} "
                              f"{run.step}s, fitness {low} to {high}", sharex=True)
    above = numpy.nanmax(density, (0, 1)) > 0.01
    right = run["count_grid"][above][-1] if above.any() else run["count_grid"][-1]
    labels = {}
    for panel, k in zip(panels, order):
        draw(panel, run, density[k], k)
        style.count_axis(panel.xaxis)
        panel.set(xlim=(1, right), ylim=(0, None))
        panel.set_yticks([])
        labels.update(style.handles(panel))
    style.legend(page, labels)
    style.outer_labels(page, f"cumulative {run.metric} (above zero)", "density over ln(count)")
    return style.caption(page, "Kernel densities with the bandwidth of Sheather and Jones; n: models "
                         "with a count above zero at each of these ages, zero: share of models still "
                         "at zero, which have no place on the axis", run.source(), run.identity())


def shown_organizations(run, density):
    """All organizations together, then each that has a density, by its number of models."""
    usable = numpy.flatnonzero(numpy.isfinite(density).any((1, 2)))
    if len(usable) == 0:
        raise Missing(f"{run.path.name} has no organization with enough models for a density")
    everyone = len(run.organizations) - 1
    most = numpy.nanmax(run["count_density_n"], 1)
    return sorted(usable, key=lambda k: (k != everyone, -most[k]))[:MOST]


def draw(panel, run, density, k):
    """The densities of organization k, with their number of models under the title."""
    size, zeros = run["count_density_n"][k], run["count_density_zeros"][k]
    parts = []
    for j, milestone in enumerate(run["milestone"]):
        if not numpy.isfinite(density[j]).any():
            continue
        colour = COLOURS[j % len(COLOURS)]
        panel.plot(run["count_grid"], density[j], color=colour,
                   label=style.plural(milestone, run.step))
        panel.fill_between(run["count_grid"], density[j], color=colour, alpha=0.12, lw=0)
        parts.append((f"n = {size[j]:.0f}, zero {zeros[j]:.0%}", ink(colour)))
    everyone = k == len(run.organizations) - 1
    panel.set_title("all organizations" if everyone else run.organizations[k])
    panel.set_ylim(0, panel.get_ylim()[1] * (1.05 + 0.13 * len(parts)))
    for place, (text, colour) in enumerate(parts):
        panel.text(0.99, 0.99 - 0.115 * place, text, transform=panel.transAxes, ha="right",
                   va="top", fontsize=6.5, color=colour)
