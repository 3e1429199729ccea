/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The collective operations at any number of ranks; run by tests/run_mpi.sh. */
#include "memory.h"
#include "signals.h"
#include "tap_mpi.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static unsigned char pattern(size_t i)
{
    return (unsigned char)(i * 31 + i / 251);
}

static void test_broadcast(struct tap_mpi *tap, size_t size)
{
    struct buffer buffer = {0};
    if (transport_rank(tap->transport) == 0) {
        unsigned char *bytes = buffer_extend(&buffer, size);
        for (size_t i = 0; i < size; i++) {
            bytes[i] = pattern(i);
        }
    } else {
        buffer_append(&buffer, "to be replaced", 14);
    }
    transport_broadcast_buffer(tap->transport, &buffer);
    bool same = buffer.size == size;
    for (size_t i = 0; same && i < size; i++) {
        same = buffer.bytes[i] == pattern(i);
    }
    tap_mpi_ok(tap, same, "%zu bytes reach every rank", size);
    buffer_free(&buffer);
}

/* Sums of integers below 2^53 are exact, so the expected value is a closed form. */
static void test_sum(struct tap_mpi *tap, size_t count)
{
    size_t rank = transport_rank(tap->transport);
    size_t ranks = transport_size(tap->transport);
    double *values = memory_array(count, sizeof *values);
    for (size_t i = 0; i < count; i++) {
        values[i] = (double)(i * (rank + 1));
    }
    transport_sum(tap->transport, values, count);
    bool right = true;
    for (size_t i = 0; i < count; i++) {
        double expected = rank == 0 ? (double)(i * ranks * (ranks + 1) / 2) : 0;
        right = right && values[i] == expected;
    }
    tap_mpi_ok(tap, right, "%zu sums move to rank 0", count);
    transport_sum(tap->transport, values, count);
    right = rank > 0 || count < 2 || values[1] == (double)(ranks * (ranks + 1) / 2);
    tap_mpi_ok(tap, right, "summing again counts nothing twice");
    free(values);
}

static void test_gather(struct tap_mpi *tap)
{
    size_t rank = transport_rank(tap->transport);
    size_t ranks = transport_size(tap->transport);
    size_t size = rank * 100000; /* none from rank 0, beyond the eager limit from others */
    unsigned char *bytes = memory_array(size, 1);
    memset(bytes, (int)rank, size);
    struct buffer all = {0};
    size_t *sizes = memory_array(ranks, sizeof *sizes);
    transport_gather(tap->transport, bytes, size, &all, sizes);
    bool right = rank > 0 || all.size == 100000 * ranks * (ranks - 1) / 2;
    size_t at = 0;
    for (size_t from = 0; rank == 0 && right && from < ranks; from++) {
        right = sizes[from] == from * 100000;
        for (size_t i = 0; i < sizes[from]; i++) {
            right = right && all.bytes[at++] == from;
        }
    }
    tap_mpi_ok(tap, right, "bytes of different length arrive in the order of ranks");
    buffer_free(&all);
    free(sizes);
    free(bytes);
}

static void test_agreement(struct tap_mpi *tap)
{
    size_t rank = transport_rank(tap->transport);
    size_t ranks = transport_size(tap->transport);
    struct error error = {.kind = ERROR_NONE, .message = "untouched"};
    bool agreed = transport_agree(tap->transport, true, &error);
    tap_mpi_ok(tap, agreed && error.kind == ERROR_NONE && strcmp(error.message, "untouched") == 0,
               "all succeeded, the error is untouched");
    for (size_t failing = 0; failing < ranks; failing++) {
        bool succeeded = rank < failing || failing + 1 < rank;
        if (!succeeded) {
            (void)error_set(&error, ERROR_INPUT, "rank %zu failed", rank);
        }
        agreed = transport_agree(tap->transport, succeeded, &error);
        char expected[64];
        (void)snprintf(expected, sizeof expected, "rank %zu failed", failing);
        tap_mpi_ok(tap,
                   !agreed && error.kind == ERROR_INPUT && strcmp(error.message, expected) == 0,
                   "every rank learns the error of rank %zu", failing);
    }
}

int main(int argc, char **argv)
{
    signals_install();
    struct transport *transport = transport_open(&argc, &argv);
    struct tap_mpi tap = {.transport = transport};
    size_t ranks = transport_size(transport);
    tap_mpi_ok(&tap, transport_rank(transport) < ranks, "the rank is below the size");
    tap_mpi_ok(&tap, strlen(transport_host(transport, ranks - 1)) > 0, "hosts have names");
    test_broadcast(&tap, 0);
    test_broadcast(&tap, 1);
    test_broadcast(&tap, 3000000);
    test_sum(&tap, 0);
    test_sum(&tap, 1);
    test_sum(&tap, 600000); /* more than one piece */
    test_gather(&tap);
    test_agreement(&tap);
    return transport_close(transport, tap_mpi_done(&tap));
}
