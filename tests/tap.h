/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Test Anything Protocol for one process. A test program calls tap_ok() and friends and returns
 * tap_done(). tests/tap_mpi.h is its collective sibling.
 */
#ifndef GROWCAST_TAP_H
#define GROWCAST_TAP_H

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static int tap_run_count;
static int tap_failure_count;

/** One test point; the description is printf-style. Returns passed. */
__attribute__((format(printf, 2, 3), unused)) static bool tap_ok(bool passed, const char *format,
                                                                 ...)
{
    tap_run_count++;
    tap_failure_count += passed ? 0 : 1;
    printf("%s %d - ", passed ? "ok" : "not ok", tap_run_count);
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    (void)fflush(stdout);
    return passed;
}

/** |actual - expected| <= tolerance * |expected| (or both the same special value). */
__attribute__((unused)) static bool tap_close(double actual, double expected, double tolerance,
                                              const char *what)
{
    bool same = actual == expected || (isnan(actual) && isnan(expected));
    bool passed = same || fabs(actual - expected) <= tolerance * fabs(expected);
    if (!passed) {
        printf("# %s: got %.17g, expected %.17g\n", what, actual, expected);
    }
    return tap_ok(passed, "%s", what);
}

/** A test that cannot run here; never counts as passed. */
__attribute__((format(printf, 1, 2), unused)) static void tap_skip(const char *format, ...)
{
    tap_run_count++;
    printf("ok %d # SKIP ", tap_run_count);
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

/** Prints the plan; the exit code of the test program. */
__attribute__((unused)) static int tap_done(void)
{
    printf("1..%d\n", tap_run_count);
    return tap_failure_count == 0 ? 0 : 1;
}

#endif
