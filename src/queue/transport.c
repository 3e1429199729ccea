/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transport.h"

#include "memory.h"
#include "patience.h"
#include "transport_private.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* MPI counts are int: longer arrays travel in pieces. A piece of a sum needs a buffer. */
enum { PIECE_BYTES = 1 << 30, PIECE_DOUBLES = 1 << 18, GATHER_TAG = 1, SUM_TAG = 2 };

static const double DEFAULT_PATIENCE = 600; /* seconds */

/* MPI moves a large piece only while both ends ask for it, fragment by fragment: a rank that slept
 * between its questions would let the other wait at each. Long against a piece, short against what
 * other processes on its core would miss. */
static const double PIECE_SPIN = 20e-3; /* seconds */

static void end_on_mpi_error(MPI_Comm *communicator, int *code, ...)
{
    char text[MPI_MAX_ERROR_STRING] = "";
    int length;
    (void)MPI_Error_string(*code, text, &length);
    (void)fprintf(stderr,
                  "growcast: error: communication between ranks failed: %s. If the run has a "
                  "journal, everything finished is saved: run again with --resume\n",
                  text);
    (void)MPI_Abort(*communicator, ERROR_RUN);
}

static void share_hosts(struct transport *transport)
{
    char name[MPI_MAX_PROCESSOR_NAME] = "";
    int length;
    MPI_Get_processor_name(name, &length);
    transport->hosts = memory_array((size_t)transport->size, sizeof name);
    MPI_Allgather(name, (int)sizeof name, MPI_CHAR, transport->hosts, (int)sizeof name, MPI_CHAR,
                  MPI_COMM_WORLD);
}

struct transport *transport_open(int *argc, char ***argv)
{
    /* Asked before MPI starts, which sets such variables even when there is no launcher. */
    bool launched = getenv("PMIX_RANK") != NULL || getenv("OMPI_COMM_WORLD_SIZE") != NULL;
    if (!launched) {
        /* Without this Open MPI starts a daemon beside a single process, which takes longer than
         * many a run and is only needed to spawn further ranks. */
        (void)setenv("OMPI_MCA_ess_singleton_isolated", "1", 0);
    }
    MPI_Init(argc, argv);
    MPI_Errhandler handler;
    MPI_Comm_create_errhandler(end_on_mpi_error, &handler);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, handler);
    MPI_Errhandler_free(&handler);

    struct transport *transport = memory_array(1, sizeof *transport);
    MPI_Comm_rank(MPI_COMM_WORLD, &transport->rank);
    MPI_Comm_size(MPI_COMM_WORLD, &transport->size);
    transport->patience = DEFAULT_PATIENCE;
    transport->launched = launched;
    int length;
    MPI_Get_library_version(transport->library, &length);
    share_hosts(transport);
    return transport;
}

int transport_close(struct transport *transport, int exit_code)
{
    if (transport->lost) {
        (void)fflush(NULL);
        MPI_Abort(MPI_COMM_WORLD, exit_code);
    }
    free(transport->hosts);
    free(transport);
    MPI_Finalize();
    return exit_code;
}

size_t transport_rank(const struct transport *transport)
{
    return (size_t)transport->rank;
}

size_t transport_size(const struct transport *transport)
{
    return (size_t)transport->size;
}

const char *transport_host(const struct transport *transport, size_t rank)
{
    assert(rank < (size_t)transport->size);
    return transport->hosts + rank * MPI_MAX_PROCESSOR_NAME;
}

const char *transport_library(const struct transport *transport)
{
    return transport->library;
}

bool transport_launched(const struct transport *transport)
{
    return transport->launched;
}

void transport_set_patience(struct transport *transport, double seconds)
{
    transport->patience = seconds;
}

double transport_patience(const struct transport *transport)
{
    return transport->patience;
}

void transport_declare_lost(struct transport *transport)
{
    transport->lost = true;
}

void transport_wait(const struct transport *transport, MPI_Request *request, const char *what)
{
    struct patience patience = {.spin = PIECE_SPIN};
    struct patience_clock clock = {0};
    for (int complete = 0; MPI_Test(request, &complete, MPI_STATUS_IGNORE), !complete;) {
        if (transport->rank == 0 && patience_clock_read(&clock) > transport->patience) {
            (void)fprintf(stderr,
                          "growcast: error: some ranks have not answered within %g s during %s. If "
                          "the run has a journal, everything finished is saved: run again with "
                          "--resume\n",
                          transport->patience, what);
            MPI_Abort(MPI_COMM_WORLD, ERROR_RUN);
        }
        patience_wait(&patience);
    }
}

void transport_broadcast(struct transport *transport, void *bytes, size_t size)
{
    unsigned char *next = bytes;
    for (size_t left = size; left > 0;) {
        size_t piece = left < PIECE_BYTES ? left : PIECE_BYTES;
        MPI_Request request;
        MPI_Ibcast(next, (int)piece, MPI_BYTE, 0, MPI_COMM_WORLD, &request);
        transport_wait(transport, &request, "a broadcast");
        next += piece;
        left -= piece;
    }
}

void transport_broadcast_buffer(struct transport *transport, struct buffer *buffer)
{
    uint64_t size = buffer->size;
    transport_broadcast(transport, &size, sizeof size);
    if (transport->rank != 0) {
        buffer_clear(buffer);
        (void)buffer_extend(buffer, (size_t)size);
    }
    transport_broadcast(transport, buffer->bytes, (size_t)size);
}

/* The sums of rank "from", piece by piece, added to values. */
static void add_from(const struct transport *transport, int from, double *values, size_t count)
{
    double *piece = memory_array(count < PIECE_DOUBLES ? count : PIECE_DOUBLES, sizeof *piece);
    for (size_t begin = 0; begin < count; begin += PIECE_DOUBLES) {
        size_t length = count - begin < PIECE_DOUBLES ? count - begin : PIECE_DOUBLES;
        MPI_Request request;
        MPI_Irecv(piece, (int)length, MPI_DOUBLE, from, SUM_TAG, MPI_COMM_WORLD, &request);
        transport_wait(transport, &request, "a sum over all ranks");
        for (size_t i = 0; i < length; i++) {
            values[begin + i] += piece[i];
        }
    }
    free(piece);
}

static void send_sums(const struct transport *transport, int to, double *values, size_t count)
{
    for (size_t begin = 0; begin < count; begin += PIECE_DOUBLES) {
        size_t length = count - begin < PIECE_DOUBLES ? count - begin : PIECE_DOUBLES;
        MPI_Request request;
        MPI_Isend(values + begin, (int)length, MPI_DOUBLE, to, SUM_TAG, MPI_COMM_WORLD, &request);
        transport_wait(transport, &request, "a sum over all ranks");
    }
    memset(values, 0, count * sizeof *values); /* all bits 0 is 0.0 */
}

/* A binomial tree of plain messages: MPI_Ireduce cuts arrays into fragments that cross only while
 * both ends ask for them, and took seconds where this takes milliseconds. */
void transport_sum(struct transport *transport, double *values, size_t count)
{
    for (int step = 1; step < transport->size; step *= 2) {
        if ((transport->rank & step) != 0) {
            send_sums(transport, transport->rank - step, values, count);
            return;
        }
        if (transport->rank + step < transport->size) {
            add_from(transport, transport->rank + step, values, count);
        }
    }
}

static void send_pieces(const struct transport *transport, const unsigned char *bytes, size_t size)
{
    while (size > 0) {
        size_t piece = size < PIECE_BYTES ? size : PIECE_BYTES;
        MPI_Request request;
        MPI_Isend(bytes, (int)piece, MPI_BYTE, 0, GATHER_TAG, MPI_COMM_WORLD, &request);
        transport_wait(transport, &request, "a gather");
        bytes += piece;
        size -= piece;
    }
}

static void receive_pieces(const struct transport *transport, int from, unsigned char *bytes,
                           size_t size)
{
    while (size > 0) {
        size_t piece = size < PIECE_BYTES ? size : PIECE_BYTES;
        MPI_Request request;
        MPI_Irecv(bytes, (int)piece, MPI_BYTE, from, GATHER_TAG, MPI_COMM_WORLD, &request);
        transport_wait(transport, &request, "a gather");
        bytes += piece;
        size -= piece;
    }
}

void transport_gather(struct transport *transport, const void *bytes, size_t size,
                      struct buffer *all, size_t *sizes)
{
    uint64_t own = size;
    uint64_t *every = memory_array((size_t)transport->size, sizeof *every);
    MPI_Request request;
    MPI_Igather(&own, 1, MPI_UINT64_T, every, 1, MPI_UINT64_T, 0, MPI_COMM_WORLD, &request);
    transport_wait(transport, &request, "a gather");
    if (transport->rank != 0) {
        send_pieces(transport, bytes, size);
    } else {
        buffer_append(all, bytes, size);
        sizes[0] = size;
        for (int from = 1; from < transport->size; from++) {
            sizes[from] = (size_t)every[from];
            receive_pieces(transport, from, buffer_extend(all, sizes[from]), sizes[from]);
        }
    }
    free(every);
}

bool transport_agree(struct transport *transport, bool succeeded, struct error *error)
{
    if (transport->lost) {
        return succeeded;
    }
    int failed = succeeded ? transport->size : transport->rank;
    int lowest;
    MPI_Request request;
    MPI_Iallreduce(&failed, &lowest, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD, &request);
    transport_wait(transport, &request, "an agreement");
    if (lowest == transport->size) {
        return true;
    }
    MPI_Ibcast(error, (int)sizeof *error, MPI_BYTE, lowest, MPI_COMM_WORLD, &request);
    transport_wait(transport, &request, "an agreement");
    return false;
}
