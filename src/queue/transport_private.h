/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the files of the transport share; not for others. */
#ifndef GROWCAST_TRANSPORT_PRIVATE_H
#define GROWCAST_TRANSPORT_PRIVATE_H

#include "transport.h"

#include <mpi.h>

struct transport {
    int rank;
    int size;
    char library[MPI_MAX_LIBRARY_VERSION_STRING];
    char *hosts; /* [size][MPI_MAX_PROCESSOR_NAME] */
    double patience;
    bool lost;
    bool launched;
};

/* Waits for request; `what` names the step in the message when rank 0 runs out of patience. */
void transport_wait(const struct transport *transport, MPI_Request *request, const char *what);

#endif
