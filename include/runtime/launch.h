/* SPDX-License-Identifier: GPL-3.0-or-later */
/** How this process was started: alone, or as one of several by mpirun or srun. */
#ifndef GROWCAST_LAUNCH_H
#define GROWCAST_LAUNCH_H

#include <stdbool.h>

/**
 * True for a process started alone and for rank 0 of several, told by the launcher's environment
 * variables, without MPI. Commands that do not compute, and messages about the command line, come
 * from this process only.
 */
bool launch_is_first(void);

#endif
