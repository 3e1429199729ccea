/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * A checksum behind the contents of an output file, so that damage is noticed before the file is
 * opened: the NetCDF and HDF5 libraries crash on some damaged files.
 *
 * The last STORE_CHECKSUM_SIZE bytes are "growcast sha256 ", the SHA-256 of all bytes before in
 * hexadecimal and a newline. HDF5 knows from its superblock where its data end and ignores what
 * follows; a program that changes the file, or writes its contents anew, leaves the line out.
 */
#ifndef GROWCAST_STORE_CHECKSUM_H
#define GROWCAST_STORE_CHECKSUM_H

#include "error.h"

#include <stdbool.h>

enum { STORE_CHECKSUM_SIZE = 16 + 64 + 1 };

/** Appends the checksum to a closed file. ERROR_RUN with what the system said. */
bool store_checksum_append(const char *path, struct error *error);

/** Compares a file with its checksum; *present says whether it has one, without which nothing is
 *  compared. ERROR_INPUT if they differ or the file cannot be read. */
bool store_checksum_check(const char *path, bool *present, struct error *error);

#endif
