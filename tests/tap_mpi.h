/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Test Anything Protocol for programs that run on several ranks: a test point passes when it passes
 * on every rank, and rank 0 prints it. All functions are collective. A test that fails on one rank
 * fails for all, and no rank is left waiting for another.
 *
 *     struct tap_mpi tap = {.transport = transport};
 *     tap_mpi_ok(&tap, value == 3, "the value is %d", 3);
 *     return transport_close(transport, tap_mpi_done(&tap));
 */
#ifndef GROWCAST_TAP_MPI_H
#define GROWCAST_TAP_MPI_H

#include "transport.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

struct tap_mpi {
    struct transport *transport; /**< borrowed */
    int run;
    int failed;
};

/** One test point on all ranks; returns whether it passed on all of them. */
__attribute__((format(printf, 3, 4), unused)) static bool
tap_mpi_ok(struct tap_mpi *tap, bool passed, const char *format, ...)
{
    struct error error = {0};
    if (!passed) {
        (void)error_set(&error, ERROR_RUN, "failed on rank %zu", transport_rank(tap->transport));
    }
    bool everywhere = transport_agree(tap->transport, passed, &error);
    tap->run++;
    tap->failed += everywhere ? 0 : 1;
    if (transport_rank(tap->transport) == 0) {
        printf("%s %d - ", everywhere ? "ok" : "not ok", tap->run);
        va_list values;
        va_start(values, format);
        vprintf(format, values);
        va_end(values);
        printf("%s%s\n", everywhere ? "" : " # ", everywhere ? "" : error.message);
        (void)fflush(stdout);
    }
    return everywhere;
}

/** Prints the plan; the exit code, the same on every rank. */
__attribute__((unused)) static int tap_mpi_done(const struct tap_mpi *tap)
{
    if (transport_rank(tap->transport) == 0) {
        printf("1..%d\n", tap->run);
        (void)fflush(stdout);
    }
    return tap->failed == 0 ? 0 : 1;
}

#endif
