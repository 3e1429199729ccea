# SPDX-License-Identifier: GPL-3.0-or-later
"""Names at the ends of lines, in place of a legend."""
import matplotlib.colors
import matplotlib.patheffects

SIZE = 7  # points
OFFSET = 9  # points from the end of a line to its label
HALO = [matplotlib.patheffects.withStroke(linewidth=2.2, foreground="white")]


def ink(colour, contrast=4.5):
    """The colour, darkened until text in it is readable on white (WCAG 2.1, contrast ratio)."""
    rgb = matplotlib.colors.to_rgb(colour)
    while 1.05 / (luminance(rgb) + 0.05) < contrast:
        rgb = tuple(0.97 * c for c in rgb)
    return rgb


def luminance(rgb):
    """Relative luminance of WCAG 2.1."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def spread(positions, gap):
    """Moves positions apart to at least `gap`, each pair by the same amount up and down."""
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    moved = [positions[i] for i in order]
    for _ in range(200):
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
    in points. They are placed by `place_labels`, when the axes have their final size, which also
    makes room for them on the right."""
    pending = getattr(axes.figure, "pending_labels", [])
    axes.figure.pending_labels = pending + [(axes, labels, gap)]


def make_room(axes, labels):
    """Moves the right end of the axis so that labels fit between the lines' ends and it."""
    transform = axes.xaxis.get_transform()
    low, high = (float(transform.transform(v)) for v in axes.get_xlim())
    width = axes.get_window_extent().width * 72.0 / axes.figure.dpi
    span = high - low
    for x, _, text, _ in labels:
        end = float(transform.transform(axes.convert_xunits(x))) - low
        size = SIZE * 0.6 * max(map(len, text.split("\n")))  # a rough width of the text in points
        span = max(span, end * width / max(width - OFFSET - size, 0.3 * width))
    axes.set_xlim(right=float(transform.inverted().transform(low + span)))


def place_labels(page):
    page.draw_without_rendering()
    points = 72.0 / page.dpi
    pending = getattr(page, "pending_labels", [])
    for axes, labels, _ in pending:
        make_room(axes, labels)
    for axes, labels, gap in pending:
        heights = [axes.transData.transform((axes.convert_xunits(x), y))[1] * points
                   for x, y, _, _ in labels]
        for (x, y, text, colour), height, moved in zip(labels, heights, spread(heights, gap)):
            axes.annotate(text, (x, y), xytext=(OFFSET, moved - height), textcoords="offset points",
                          fontsize=SIZE, color=ink(colour), va="center", annotation_clip=False,
                          in_layout=False, path_effects=HALO, zorder=5,
                          arrowprops={"arrowstyle": "-", "lw": 0.5, "color": colour, "shrinkA": 0,
                                      "shrinkB": 1, "relpos": (0, 0.5)})
