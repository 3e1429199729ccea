/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"
#include "log.h"

struct store_reader *command_result_open(const struct command_line *line, const char *path,
                                         struct error *error)
{
    struct store_reader *reader = store_read_open(path, error);
    if (reader != NULL && !store_read_sealed(reader)) {
        struct log log = log_make(stderr, true, line->verbosity<0, line->verbosity> 0);
        log_warning(&log,
                    "%s has no checksum, since another program wrote or changed it: damage would "
                    "not be noticed",
                    path);
    }
    return reader;
}
