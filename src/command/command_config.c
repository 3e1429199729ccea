/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"

bool command_config(const struct command_line *line, const struct config *config,
                    struct error *error)
{
    bool effective = command_line_own(line, "effective") != NULL;
    bool manual = command_line_own(line, "man") != NULL;
    if (effective && manual) {
        return error_set(error, ERROR_USAGE, "config: --effective and --man exclude each other");
    }
    if (manual) {
        command_manual(stdout);
    } else if (effective) {
        option_write_effective(config, stdout);
    } else {
        option_write_documented(stdout);
    }
    return true;
}
