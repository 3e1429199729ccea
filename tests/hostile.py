#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that try to be something else than a name. As a program: adds a series of each name to the
series of a CSV file.

    hostile.py SERIES.csv >HOSTILE.csv
"""
import csv
import sys

HTML = "evil/<img src=x onerror=alert(1)></script><b>bold</b>"
FORMULA = "=HYPERLINK(1+1)/x"
TURNED = "rtl/\u202eesrever\u202c-\u05e9\u05dc\u05d5\u05dd"  # would turn what is written after it
LONG = "long/" + "a-very-long-name-" * 20 + "end"
NAMES = (HTML, FORMULA, TURNED, LONG, "<i>o</i>/'single' & `back` {{script}} <!-- comment",
         "emoji/\U0001f917-\u6a21\u578b-\u00fcber", "__proto__/constructor", 'quote/"double" ""')


def main():
    with open(sys.argv[1], newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    writer = csv.writer(sys.stdout)
    writer.writerows([head, *rows])
    writer.writerows([name, *row[1:]] for name, row in zip(NAMES, rows))


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    main()
