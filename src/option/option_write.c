/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "memory.h"
#include "option.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_SIZE = 2048 };

/* Writes text as comment lines of at most 98 columns. */
static void write_comment(FILE *file, const char *text)
{
    enum { WIDTH = 96 };
    while (*text != '\0') {
        size_t length = strlen(text);
        if (length > WIDTH) {
            length = WIDTH;
            while (length > 0 && text[length] != ' ') {
                length--;
            }
            length = length == 0 ? WIDTH : length;
        }
        (void)fprintf(file, "# %.*s\n", (int)length, text);
        text += length;
        text += strspn(text, " ");
    }
}

static void write_documentation(FILE *file, const struct option_key *key)
{
    char allowed[TEXT_SIZE];
    char facts[2 * TEXT_SIZE];
    option_format_allowed(key, allowed, sizeof allowed);
    (void)snprintf(facts, sizeof facts, "%s%s%s; default: %s", allowed,
                   key->unit == NULL ? "" : "; unit: ", key->unit == NULL ? "" : key->unit,
                   key->initial[0] == '\0' ? "none" : key->initial);
    write_comment(file, key->help);
    write_comment(file, facts);
}

static void write_line(FILE *file, const struct option_key *key, const struct config *config)
{
    char value[TEXT_SIZE];
    option_format(key, config, value, sizeof value);
    (void)fprintf(file, "%s =%s%s\n", key->name, value[0] == '\0' ? "" : " ", value);
}

/* What is written: every key with its documentation, every key, or those that change results. */
enum extent { DOCUMENTED, EFFECTIVE, RECORDED };

static void write_sections(FILE *file, const struct config *config, enum extent extent)
{
    bool documented = extent == DOCUMENTED;
    const char *section = "";
    for (size_t i = 0; i < option_count; i++) {
        const struct option_key *key = &option_table[i];
        if (extent == RECORDED && key->execution) {
            continue;
        }
        if (strcmp(section, key->section) != 0) {
            section = key->section;
            (void)fprintf(file, "%s[%s]\n", i == 0 ? "" : "\n", section);
        } else if (documented) {
            (void)fputc('\n', file);
        }
        if (documented) {
            write_documentation(file, key);
        }
        write_line(file, key, config);
    }
}

static void write_sweep(FILE *file, const struct config_sweep *sweep)
{
    for (size_t i = 0; i < sweep->count; i++) {
        (void)fprintf(file, "%s%s = %s\n", i == 0 ? "\n[sweep]\n" : "", sweep->setting[i].name,
                      sweep->setting[i].values);
    }
}

void option_write_documented(FILE *file)
{
    struct config config;
    option_defaults(&config);
    (void)fputs(
        "# Every setting of growcast with its default, as written by `growcast config`.\n"
        "# Copy the lines you want to change into a file of your own and give it with -c.\n\n",
        file);
    write_sections(file, &config, DOCUMENTED);
}

void option_write_effective(const struct config *config, FILE *file)
{
    write_sections(file, config, EFFECTIVE);
    write_sweep(file, &config->sweep);
}

char *option_recorded_text(const struct config *config)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = memory_stream(&text, &size);
    write_sections(stream, config, RECORDED);
    write_sweep(stream, &config->sweep);
    (void)fclose(stream);
    return text;
}
