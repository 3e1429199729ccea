/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"

#include <string.h>

enum { WIDTH = 79, OPTION_INDENT = 30, NAME_SIZE = 96 };

/* Writes text wrapped at WIDTH columns; the cursor stands at column `column` and further lines
   start at column indent. A line break in text starts a new paragraph. */
static void write_wrapped(FILE *file, const char *text, size_t column, size_t indent)
{
    while (*text != '\0') {
        size_t word = strcspn(text, " \n");
        if (column > indent && column + word > WIDTH) {
            (void)fprintf(file, "\n%*s", (int)indent, "");
            column = indent;
        }
        (void)fprintf(file, "%.*s", (int)word, text);
        column += word;
        text += word;
        if (*text == '\n') {
            (void)fprintf(file, "\n\n%*s", (int)indent, "");
            column = indent;
            text++;
        } else if (*text == ' ') {
            text++;
            if (column + 1 + strcspn(text, " \n") <= WIDTH) {
                (void)fputc(' ', file);
                column++;
            } else {
                (void)fprintf(file, "\n%*s", (int)indent, "");
                column = indent;
            }
        }
    }
    (void)fputc('\n', file);
}

static void write_option(FILE *file, const struct command_option *option)
{
    char name[NAME_SIZE];
    char letter[] = {'-', option->letter, ',', '\0'};
    int length = snprintf(name, sizeof name, "  %3s --%s%s%s", option->letter != 0 ? letter : "",
                          option->name, option->argument != NULL ? " " : "",
                          option->argument != NULL ? option->argument : "");
    (void)fputs(name, file);
    size_t column = (size_t)length;
    if (column + 2 > OPTION_INDENT) {
        (void)fputc('\n', file);
        column = 0;
    }
    (void)fprintf(file, "%*s", (int)(OPTION_INDENT - column), "");
    write_wrapped(file, option->help, OPTION_INDENT, OPTION_INDENT);
}

static void write_common_options(FILE *file)
{
    (void)fputs("\nCommon options:\n", file);
    for (size_t i = 0; i < COMMAND_COMMON_COUNT; i++) {
        write_option(file, &command_common_options[i]);
    }
}

static void help_of_command(FILE *file, const struct command *command)
{
    (void)fprintf(file, "Usage: growcast %s [OPTION...] %s\n\n", command->name, command->usage);
    write_wrapped(file, command->description, 0, 0);
    if (command->options != NULL) {
        (void)fputs("\nOptions:\n", file);
        for (size_t i = 0; command->options[i].name != NULL; i++) {
            write_option(file, &command->options[i]);
        }
    }
    write_common_options(file);
}

static void help_of_program(FILE *file)
{
    (void)fputs("Usage: growcast COMMAND [OPTION...] [INPUT...]\n\n"
                "Fits, forecasts and aggregates the growth of open-weight AI models.\n\n"
                "Commands:\n",
                file);
    for (size_t i = 0; i < command_count; i++) {
        (void)fprintf(file, "  %-10s %s\n", command_table[i].name, command_table[i].summary);
    }
    write_common_options(file);
    (void)fputs("\n`growcast COMMAND --help` tells more about a command, `growcast config` about\n"
                "every setting. Exit codes: 0 done; 1 failed while running; 2 wrong usage or\n"
                "configuration, or an output that cannot be written or exists; 3 bad or missing\n"
                "input; 75 stopped early with everything finished saved: run with --resume.\n",
                file);
}

void command_help(FILE *file, const struct command *command)
{
    if (command != NULL) {
        help_of_command(file, command);
    } else {
        help_of_program(file);
    }
}

void command_version(FILE *file)
{
    (void)fputs("growcast " GROWCAST_VERSION "\n"
                "Licence GPL-3.0-or-later. There is no warranty.\n",
                file);
}
