# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures of growcast's output files. `run` reads, `style` sets how everything looks, and every
other module draws one figure or a few related ones: functions that take a Run (or a Backtest) and
return a matplotlib figure, or raise Missing when the file does not hold what the figure shows."""
