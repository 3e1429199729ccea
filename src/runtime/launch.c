/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "launch.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

bool launch_is_first(void)
{
    /* The innermost launcher first: mpirun in a batch job inherits SLURM_PROCID=0. */
    static const char *const rank_variables[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK",
                                                 "SLURM_PROCID"};
    for (size_t i = 0; i < sizeof rank_variables / sizeof rank_variables[0]; i++) {
        const char *rank = getenv(rank_variables[i]);
        if (rank != NULL) {
            return strcmp(rank, "0") == 0;
        }
    }
    return true;
}
