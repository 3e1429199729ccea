/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A task farm as it is usually written, to compare the coordinator with: rank 0 sends one item to
 * whoever asks, waits for any answer, and works nothing itself.
 *
 *     mpirun -n RANKS farm ITEMS ROW
 *
 * An item is its number, its result a row of ROW doubles, its work nothing. Prints results/s.
 */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORK = 1, END = 2 };

static void serve(int row_length, double *row)
{
    for (;;) {
        long item;
        MPI_Status status;
        MPI_Recv(&item, 1, MPI_LONG, 0, MPI_ANY_TAG, MPI_COMM_WORLD, &status);
        if (status.MPI_TAG == END) {
            return;
        }
        row[0] = (double)item;
        MPI_Send(row, row_length, MPI_DOUBLE, 0, WORK, MPI_COMM_WORLD);
    }
}

static void coordinate(long items, int ranks, int row_length, double *row)
{
    long sent = 0;
    int working = 0;
    for (int rank = 1; rank < ranks && sent < items; rank++, sent++, working++) {
        MPI_Send(&sent, 1, MPI_LONG, rank, WORK, MPI_COMM_WORLD);
    }
    while (working > 0) {
        MPI_Status status;
        MPI_Recv(row, row_length, MPI_DOUBLE, MPI_ANY_SOURCE, WORK, MPI_COMM_WORLD, &status);
        if (sent < items) {
            MPI_Send(&sent, 1, MPI_LONG, status.MPI_SOURCE, WORK, MPI_COMM_WORLD);
            sent++;
        } else {
            working--;
        }
    }
    for (int rank = 1; rank < ranks; rank++) {
        MPI_Send(&sent, 1, MPI_LONG, rank, END, MPI_COMM_WORLD);
    }
}

int main(int argc, char **argv)
{
    int rank;
    int ranks;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    long items = argc == 3 ? strtol(argv[1], NULL, 10) : 0;
    int row_length = argc == 3 ? (int)strtol(argv[2], NULL, 10) : 1;
    double *row = calloc((size_t)row_length, sizeof *row);
    MPI_Barrier(MPI_COMM_WORLD);
    double begin = MPI_Wtime();
    if (row == NULL || row_length < 1) {
        MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
    } else if (rank == 0) {
        coordinate(items, ranks, row_length, row);
        printf("%.0f\n", (double)items / (MPI_Wtime() - begin));
    } else {
        serve(row_length, row);
    }
    free(row);
    MPI_Finalize();
    return EXIT_SUCCESS;
}
