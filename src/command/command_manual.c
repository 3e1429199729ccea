/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"

#include <string.h>

enum { ALLOWED_SIZE = 512 };

/* How a character is written so that roff prints it as it stands, or NULL: itself. */
static const char *escape_of(char character)
{
    switch (character) {
    case '\\':
        return "\\e";
    case '-':
        return "\\-";
    case '~':
        return "\\(ti";
    case '^':
        return "\\(ha";
    case '\n':
        return "\n.PP\n";
    default:
        return NULL;
    }
}

/* Writes text for roff in lines of moderate length, none of which starts a request. */
static void write_text(FILE *file, const char *text)
{
    enum { WIDTH = 60 };
    size_t column = 0;
    for (; *text != '\0'; text++) {
        if (*text == ' ' && column > WIDTH) {
            (void)fputc('\n', file);
            column = 0;
            continue;
        }
        if (column == 0 && (*text == '.' || *text == '\'')) {
            (void)fputs("\\&", file);
        }
        const char *escape = escape_of(*text);
        if (escape != NULL) {
            (void)fputs(escape, file);
        } else {
            (void)fputc(*text, file);
        }
        column = *text == '\n' ? 0 : column + 1;
    }
}

static void write_options(FILE *file, const struct command_option *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct command_option *option = &options[i];
        (void)fputs(".TP\n", file);
        if (option->letter != 0) {
            (void)fprintf(file, "\\fB\\-%c\\fR, ", option->letter);
        }
        (void)fputs("\\fB\\-\\-", file);
        write_text(file, option->name);
        (void)fputs("\\fR", file);
        if (option->argument != NULL) {
            (void)fprintf(file, " \\fI%s\\fR", option->argument);
        }
        (void)fputc('\n', file);
        write_text(file, option->help);
        (void)fputc('\n', file);
    }
}

static void write_command(FILE *file, const struct command *command)
{
    (void)fprintf(file, ".SS %s\n\\fBgrowcast %s\\fR ", command->name, command->name);
    write_text(file, command->usage);
    (void)fputs("\n.PP\n", file);
    write_text(file, command->description);
    (void)fputc('\n', file);
    if (command->options != NULL) {
        size_t count = 0;
        while (command->options[count].name != NULL) {
            count++;
        }
        write_options(file, command->options, count);
    }
}

static void write_key(FILE *file, const struct option_key *key)
{
    char allowed[ALLOWED_SIZE];
    option_format_allowed(key, allowed, sizeof allowed);
    (void)fputs(".TP\n\\fB", file);
    write_text(file, key->name);
    (void)fputs("\\fR = ", file);
    write_text(file, key->initial[0] == '\0' ? "(none)" : key->initial);
    (void)fputc('\n', file);
    write_text(file, key->help);
    (void)fputs("\n.br\n", file);
    write_text(file, allowed);
    if (key->unit != NULL) {
        (void)fprintf(file, "; unit: %s", key->unit);
    }
    (void)fputs(".\n", file);
}

static void write_keys(FILE *file)
{
    const char *section = "";
    for (size_t i = 0; i < option_count; i++) {
        const struct option_key *key = &option_table[i];
        if (strcmp(section, key->section) != 0) {
            section = key->section;
            (void)fprintf(file, ".SS [%s]\n", section);
        }
        write_key(file, key);
    }
}

static const char beginning[] =
    ".TH GROWCAST 1 \"" GROWCAST_DATE "\" \"growcast " GROWCAST_VERSION "\" \"User commands\"\n"
    ".SH NAME\n"
    "growcast \\- growth curves and forecasts of open\\-weight AI models\n"
    ".SH SYNOPSIS\n"
    "\\fBgrowcast\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR...] [\\fIINPUT\\fR...]\n"
    ".SH DESCRIPTION\n"
    "Fits the growth curve\n"
    "c(t) = m (exp(lambda Phi((ln t \\- mu) / sigma)) \\- 1)\n"
    "to the cumulative counts of many models at once, with bootstrap\n"
    "uncertainty, forecasts and aggregates by organization.\n"
    "Runs alone, under \\fBmpirun\\fR or under \\fBsrun\\fR, with the same result bits.\n";

static const char ending[] =
    ".SH EXIT STATUS\n"
    ".TP\n\\fB0\\fR\nDone.\n"
    ".TP\n\\fB1\\fR\nFailed while running.\n"
    ".TP\n\\fB2\\fR\nWrong usage or configuration, or an output that cannot be written\n"
    "or already exists.\n"
    ".TP\n\\fB3\\fR\nBad, missing or unreadable input.\n"
    ".TP\n\\fB75\\fR\nStopped early with everything finished saved: run again with "
    "\\fB\\-\\-resume\\fR.\n"
    ".SH REFERENCES\n"
    "Wang, Song and Barabasi (2013), doi 10.1126/science.1237825.\n"
    "Bhandari, Chen and Gao (2025), arXiv 2502.15987.\n";

void command_manual(FILE *file)
{
    (void)fputs(beginning, file);
    (void)fputs(".SH COMMANDS\n", file);
    for (size_t i = 0; i < command_count; i++) {
        write_command(file, &command_table[i]);
    }
    (void)fputs(".SH COMMON OPTIONS\n", file);
    write_options(file, command_common_options, COMMAND_COMMON_COUNT);
    (void)fputs(".SH CONFIGURATION\n"
                "INI files given with \\fB\\-c\\fR, and settings given with \\fB\\-s\\fR\n"
                "\\fIsection.key\\fR=\\fIvalue\\fR. A comment starts with # or ;.\n"
                "Each key stands here with its default.\n",
                file);
    write_keys(file);
    (void)fputs(ending, file);
}
