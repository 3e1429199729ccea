# SPDX-License-Identifier: GPL-3.0-or-later
"""How every figure looks: sizes of a printed page, colours that colour-blind readers can tell apart
(Okabe and Ito 2008), axes with units, a caption with dates, sources and the run's identity."""
import math
import textwrap

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as pyplot
import matplotlib.ticker as ticker

WIDTH = 7.0  # inches: two columns, or a page with margins

BLACK = "#1a1a1a"
GREY = "#8a8a8a"
LIGHT = "#d9d9d9"
BLUE = "#0072b2"
ORANGE = "#d55e00"
GREEN = "#009e73"
PINK = "#cc79a7"
SKY = "#56b4e9"
AMBER = "#e69f00"
CYCLE = (BLUE, ORANGE, GREEN, PINK, SKY, AMBER, BLACK)
# For ordered values: even in lightness, readable in grey; without the yellow that white swallows.
SEQUENCE = matplotlib.colors.LinearSegmentedColormap.from_list(
    "release", matplotlib.colormaps["viridis"].colors[:225])
DENSITY = "Greys"

matplotlib.rcParams.update({
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "text.parse_math": False,  # a model's name may hold dollar signs
    "axes.titlesize": 8.5,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.prop_cycle": matplotlib.cycler(color=CYCLE),
    "axes.axisbelow": True,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "lines.linewidth": 1.2,
    "svg.hashsalt": "growcast",  # the same file for the same data
    "pdf.fonttype": 42,
})


def figure(height, title, rows=1, columns=1, width=WIDTH, **arguments):
    """A page with a headline and axes; `caption` ends it."""
    page, axes = pyplot.subplots(rows, columns, figsize=(width, height), layout="constrained",
                                 **arguments)
    page.suptitle(title, x=0.008, ha="left", fontsize=10, fontweight="bold")
    page.headline = title
    return page, axes


def legend(page, labels, **arguments):
    """One legend for all axes of a page, {label: handle}, in a line below the headline."""
    page.legend(labels.values(), labels.keys(), loc="upper left", ncols=len(labels),
                bbox_to_anchor=(0.0, 1 - 0.24 / page.get_figheight()), borderaxespad=0,
                handlelength=1.4, **arguments)


def outer_labels(page, x, y):
    """Labels of both axes that all panels share."""
    page.outer_label = x  # constrained layout of matplotlib 3.6 would put it below the caption
    page.supylabel(y, fontsize=8)


def caption(page, *sentences):
    """Sets the text below the axes, and keeps it for those who cannot see the picture."""
    text = ". ".join(s.strip().rstrip(".") for s in sentences if s) + "."
    width, height = page.get_size_inches()
    lines = textwrap.wrap(text, int(width * 18.5))
    space = (len(lines) * 0.135 + 0.1) / height
    if hasattr(page, "outer_label"):
        page.text(0.5, space + 0.1 / height, page.outer_label, fontsize=8, ha="center", va="center")
        space += 0.22 / height
    top = 0.24 / height if page.legends else 0.0
    page.get_layout_engine().set(rect=(0, space, 1, 1 - space - top))
    page.text(0.008, (len(lines) * 0.135 + 0.05) / height, "\n".join(lines), fontsize=7, color="#4d4d4d",
              va="top", linespacing=1.3)
    page.caption = text
    place_labels(page)
    return page


def count_label(value, _position=None):
    """1000 as 1k, 1000000 as 1M."""
    for size, suffix in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{suffix}"
    return f"{value:g}"


def count_axis(axis, logarithmic=True, low=None):
    """Prepares an axis for counts: decades with plain numbers, or a linear axis with k and M."""
    axes = axis.axes
    name = axis.axis_name
    if logarithmic:
        getattr(axes, f"set_{name}scale")("log")
        axis.set_minor_formatter(ticker.NullFormatter())
        if low is not None:
            getattr(axes, f"set_{name}lim")(**{"bottom" if name == "y" else "left": low})
    axis.set_major_formatter(ticker.FuncFormatter(count_label))


def plain_log_axis(axis):
    """A logarithmic axis whose ticks are plain numbers (0.1, 1, 10)."""
    getattr(axis.axes, f"set_{axis.axis_name}scale")("log")
    axis.set_major_formatter(ticker.FuncFormatter(lambda v, _: f"{v:g}"))
    # One decade or two need more labels than their powers of ten.
    axis.set_minor_formatter(ticker.FuncFormatter(lambda value, _: minor_label(axis, value)))


def minor_label(axis, value):
    low, high = axis.get_view_interval()
    digit = value / 10 ** math.floor(math.log10(value) + 1e-9)
    return f"{value:g}" if high / low < 40 and min(abs(digit - 2), abs(digit - 5)) < 0.01 else ""


def spread(positions, gap):
    """Moves sorted positions apart to at least `gap`, as little as a single pass up and one down
    allow: for labels at the ends of lines."""
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    moved = [positions[i] for i in order]
    for _ in range(50):
        shifted = False
        for k in range(1, len(moved)):
            lack = gap - (moved[k] - moved[k - 1])
            if lack > 1e-9:
                moved[k - 1] -= lack / 2
                moved[k] += lack / 2
                shifted = True
        if not shifted:
            break
    result = [0.0] * len(positions)
    for place, i in enumerate(order):
        result[i] = moved[place]
    return result


def label_ends(axes, labels, gap=8.5):
    """Has labels [(x, y, text, colour)] written right of the ends of lines, without overlap; gap
    in points. They are placed by `caption`, when the axes have their final size."""
    pending = getattr(axes.figure, "pending_labels", [])
    axes.figure.pending_labels = pending + [(axes, labels, gap)]


def place_labels(page):
    page.draw_without_rendering()
    points = 72.0 / page.dpi
    for axes, labels, gap in getattr(page, "pending_labels", []):
        heights = [axes.transData.transform((axes.convert_xunits(x), y))[1] * points
                   for x, y, _, _ in labels]
        for (x, y, text, colour), height, moved in zip(labels, heights, spread(heights, gap)):
            axes.annotate(text, (x, y), xytext=(6, moved - height), textcoords="offset points",
                          fontsize=7, color=colour, va="center", annotation_clip=False,
                          in_layout=False, arrowprops={"arrowstyle": "-", "lw": 0.4,
                                                       "color": colour, "shrinkA": 0, "shrinkB": 1})


def release_bar(page, colours, axes, **arguments):
    """The colour bar of release dates, given as fractional years."""
    bar = page.colorbar(colours, ax=axes, pad=0.01, label="release date", **arguments)
    low, high = colours.get_clim()
    bar.locator = ticker.MultipleLocator(1.0 if high - low > 2.5 else 0.25)
    bar.formatter = ticker.FuncFormatter(
        lambda year, _: f"{int(year + 0.01)}-{int((year + 0.01) % 1 * 12) + 1:02d}")
    bar.update_ticks()


def hide_unused(axes, used):
    """Removes the axes of a grid that have nothing to show."""
    for empty in list(axes.flat)[used:]:
        empty.remove()
