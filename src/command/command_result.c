/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"
#include "log.h"

struct store_reader *command_result_open(const struct command_line *line, const char *path,
                                         struct error *error)
{
    struct store_reader *reader = store_read_open(path, error);
    if (reader != NULL && !store_read_sealed(reader)) {
        bool quiet = line->verbosity < 0;
        bool verbose = line->verbosity > 0;
        struct log log = log_make(stderr, true, quiet, verbose);
        log_warning(&log,
                    "%s has no checksum, since another program wrote or changed it: damage would "
                    "not be noticed",
                    path);
    }
    return reader;
}
