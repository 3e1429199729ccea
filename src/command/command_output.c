/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"

#include <string.h>
#include <sys/stat.h>

/* Whether both paths lead to the same file or folder, by whatever names. */
static bool same_file(const char *a, const char *b)
{
    struct stat left;
    struct stat right;
    return stat(a, &left) == 0 && stat(b, &right) == 0 && left.st_dev == right.st_dev &&
           left.st_ino == right.st_ino;
}

static bool check(const char *output, const char *input, struct error *error)
{
    return !same_file(output, input) ||
           error_set(error, ERROR_USAGE, "output %s is an input as well: it would be lost", output);
}

bool command_output_check(const struct command_line *line, const struct config *config,
                          struct error *error)
{
    if (line->output == NULL) {
        return true;
    }
    for (size_t i = 0; i < line->input_count; i++) {
        if (!check(line->output, line->input[i], error)) {
            return false;
        }
    }
    for (size_t i = 0; i < line->file_count; i++) {
        if (!check(line->output, line->file[i], error)) {
            return false;
        }
    }
    return check(line->output, config->input.exclude, error) &&
           check(line->output, config->input.organizations, error) &&
           check(line->output, config->simulate.parameters, error);
}
