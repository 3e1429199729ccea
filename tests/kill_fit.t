#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Kills growcast fit at random moments, KILLS (2) times in each of three ways: see kill_resume.t.
SUBJECT=fit KILLS="${KILLS:-2}" exec tests/kill_resume.t
