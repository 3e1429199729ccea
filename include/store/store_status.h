/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Turning a status of the NetCDF library into an error; shared by the files of the store. */
#ifndef GROWCAST_STORE_STATUS_H
#define GROWCAST_STORE_STATUS_H

#include "store.h"

/**
 * Sets an ERROR_RUN that says what could not be written to which file and why, and returns false.
 * errno must have been 0 before the call that failed with status: a failed write is reported with
 * the system's reason, e.g. "No space left on device".
 */
bool store_status_fail(const struct store *store, const char *what, int status,
                       struct error *error);

#endif
