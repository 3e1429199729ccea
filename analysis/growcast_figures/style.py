# SPDX-License-Identifier: GPL-3.0-or-later
"""How every figure looks: sizes of a printed page, colours that colour-blind readers can tell apart
(Okabe and Ito 2008), axes with units, a caption with dates, sources and the run's identity."""
import math
import textwrap

import matplotlib
import numpy

matplotlib.use("Agg")
import matplotlib.pyplot as pyplot  # noqa: E402
import matplotlib.ticker as ticker  # noqa: E402

from .labels import place_labels  # noqa: E402

PAGE = 7.0  # inches: two columns of a journal, or a page with margins
NARROW = 5.0  # below this, panels side by side stand below one another

BLACK = "#1a1a1a"
GREY = "#767676"
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
    "release", matplotlib.colormaps["viridis"].colors[:205])
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
    "xtick.minor.pad": 5.4,
    "ytick.minor.pad": 5.4,
    "ytick.minor.size": 1.5,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "lines.linewidth": 1.2,
    "figure.figsize": (PAGE, 4.0),
    "svg.hashsalt": "growcast",  # the same file for the same data
    "pdf.fonttype": 42,
})


def page_width():
    return matplotlib.rcParams["figure.figsize"][0]


def set_page_width(inches):
    matplotlib.rcParams["figure.figsize"] = (inches, 4.0)


def figure(height, title, rows=1, columns=1, widths=None, **arguments):
    """A page with a headline and axes; `caption` ends it. On a narrow page a row of panels becomes
    a column, with the same height for each."""
    if rows == 1 and columns > 1 and is_narrow():
        rows, columns, widths = columns, 1, None
        height = 0.8 + rows * (height - 0.8)
    ratios = {"width_ratios": widths} if widths else None
    page, axes = pyplot.subplots(rows, columns, figsize=(page_width(), height),
                                 layout="constrained", gridspec_kw=ratios, **arguments)
    page.headline = title
    lines = textwrap.wrap(title, int(page_width() * 11))
    page.suptitle("\n".join(lines), x=0.05 / page_width(), ha="left", fontsize=10,
                  fontweight="bold")
    page.top = 0.04 + 0.17 * len(lines)  # inches
    page.legend_rows = 0
    return page, axes


def is_narrow():
    return page_width() < NARROW


def grid(count, columns, row_height, title, **arguments):
    """A page of `count` small panels, in at most as many columns, two on a narrow page."""
    columns = min(count, 2 if is_narrow() else columns)
    rows = -(-count // columns)
    page, axes = figure(1.1 + row_height * rows, title, rows, columns, squeeze=False, **arguments)
    for unused in axes.flat[count:]:
        unused.remove()
    for bottom in axes.flat[max(count - columns, 0):count]:
        bottom.tick_params(labelbottom=True)
    return page, axes.flat[:count]


def legend(page, labels, **arguments):
    """One legend for all axes of a page, {label: handle}, in lines below the headline."""
    sizes = [0.42 + 0.056 * len(text) for text in labels]
    columns = len(labels) if sum(sizes) < page_width() else max(1, int(page_width() / max(sizes)))
    page.legend_rows = -(-len(labels) // columns)
    page.legend(labels.values(), labels.keys(), loc="upper left", ncols=columns, borderaxespad=0,
                bbox_to_anchor=(0.0, 1 - page.top / page.get_figheight()), handlelength=1.4,
                columnspacing=1.2, **arguments)


def handles(axes):
    """{label: handle} of what is drawn on the axes."""
    return dict(zip(*reversed(axes.get_legend_handles_labels())))


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
    top = 0.17 * page.legend_rows / height
    page.get_layout_engine().set(rect=(0, space, 1, 1 - space - top))
    page.text(0.05 / width, (len(lines) * 0.135 + 0.05) / height, "\n".join(lines), fontsize=7,
              color="#4d4d4d", va="top", linespacing=1.3)
    page.caption = text
    place_labels(page)
    return page


def plural(count, unit):
    """1 month, 2 months."""
    return f"{count:g} {unit}{'' if count == 1 else 's'}"


def count_label(value, _position=None):
    """1000 as 1k, 1000000 as 1M."""
    for size, suffix in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{suffix}"
    return f"{value:g}"


def short_count(value):
    """A count in three digits: 88200 as 88.2k."""
    return count_label(float(f"{value:.3g}"))


def count_axis(axis, logarithmic=True):
    """Prepares an axis for counts: decades with plain numbers, or a linear axis with k and M."""
    if logarithmic:
        getattr(axis.axes, f"set_{axis.axis_name}scale")("log")
        axis.set_minor_formatter(ticker.NullFormatter())
    axis.set_major_formatter(ticker.FuncFormatter(count_label))


def plain_log_axis(axis, most=9):
    """A logarithmic axis whose ticks are plain numbers (0.1, 1, 10), at most so many."""
    getattr(axis.axes, f"set_{axis.axis_name}scale")("log")
    axis.set_major_locator(ticker.LogLocator(numticks=most))
    axis.set_major_formatter(ticker.FuncFormatter(lambda v, _: f"{v:g}"))
    # One decade or two need more labels than their powers of ten.
    axis.set_minor_formatter(ticker.FuncFormatter(lambda value, _: minor_label(axis, value)))
    axis.axes.tick_params(axis.axis_name, which="minor",
                          labelsize=matplotlib.rcParams["xtick.labelsize"])


def minor_label(axis, value):
    low, high = axis.get_view_interval()
    digit = value / 10 ** math.floor(math.log10(value) + 1e-9)
    wanted = (1.2, 1.5, 2, 3, 4, 5, 6, 7, 8) if high / low < 6 else (2, 5) if high / low < 40 else ()
    return f"{value:g}" if any(abs(digit - d) < 0.01 for d in wanted) else ""


def release_colours(released):
    """Colours of release dates, given as fractional years."""
    known = released[numpy.isfinite(released)]
    low, high = (known.min(), known.max()) if len(known) else (2022.0, 2025.0)
    return matplotlib.cm.ScalarMappable(matplotlib.colors.Normalize(low, high + 0.05), SEQUENCE)


def release_bar(page, colours, axes, **arguments):
    """The colour bar of release dates."""
    bar = page.colorbar(colours, ax=axes, pad=0.01, label="release date", **arguments)
    low, high = colours.get_clim()
    bar.locator = ticker.MultipleLocator(1.0 if high - low > 2.5 else 0.25)
    bar.formatter = ticker.FuncFormatter(
        lambda year, _: f"{int(year + 0.01)}-{int((year + 0.01) % 1 * 12) + 1:02d}")
    bar.update_ticks()
