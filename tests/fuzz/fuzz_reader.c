/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libFuzzer harness of the readers: `make fuzz`. The first byte of an input chooses counter and
 * policy for bad rows, and whether growcast show inspects the series; the second says which of the
 * three files that a run may name is fuzzed, and the layout; the rest is its bytes. Whatever they
 * are, reading must end with a catalog without defects or with one message.
 */
#include "fuzz_file.h"
#include "inspect.h"
#include "memory.h"
#include "option.h"
#include "reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT, ORGANIZATIONS, EXCLUSIONS, FILE_COUNT };

static const char usual_input[] = "model,0-day,1-day\na/x,0,1\nb/y,0,2\n";

static char path[FILE_COUNT][64];
static FILE *sink;

static void remove_files(void)
{
    for (int i = 0; i < FILE_COUNT; i++) {
        (void)unlink(path[i]);
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    for (int i = 0; i < FILE_COUNT; i++) {
        (void)snprintf(path[i], sizeof path[i], "/dev/shm/growcast-fuzz-%ld-%d", (long)getpid(), i);
    }
    (void)atexit(remove_files);
    sink = fopen("/dev/null", "w");
    return sink != NULL ? 0 : EXIT_FAILURE;
}

static void check(const struct catalog *catalog)
{
    for (size_t i = 0; i < catalog->series_count; i++) {
        const struct series *series = &catalog->series[i];
        if (series_defect(series) != NULL || series->organization >= catalog->organization_count) {
            abort();
        }
    }
}

static void read_only(const struct config_input *config)
{
    const char *input = path[INPUT];
    struct catalog catalog;
    struct reader_report report;
    struct error error = {0};
    if (reader_read(config, &input, 1, &catalog, &report, &error)) {
        check(&catalog);
        reader_report_write(&report, sink);
    } else if (error.kind == ERROR_NONE || error.message[0] == '\0' || catalog.series_count != 0) {
        abort();
    }
    catalog_free(&catalog);
    reader_report_free(&report);
}

static void inspect_all(const struct config_input *input)
{
    const struct show_selection selection = {.sort = SHOW_SORT_COUNT};
    struct config config;
    struct inspect inspect;
    struct error error = {0};
    option_defaults(&config);
    config.input = *input;
    if (!inspect_read(&config, path[INPUT], &inspect, &error)) {
        return;
    }
    for (int i = 0; i < INSPECT_TABLE_COUNT; i++) {
        struct table *table = inspect_table(&inspect, (enum inspect_table)i, &selection, &error);
        if (table == NULL ||
            !table_write((const struct table *const *)&table, 1, (enum table_format)i, sink)) {
            abort();
        }
        table_free(table);
    }
    inspect_free(&inspect);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    int fuzzed = data[1] % FILE_COUNT;
    struct config_input config = {
        .counter = (enum config_counter)(data[0] % 4),
        .on_bad_row = (data[0] & 4) != 0 ? ON_BAD_ROW_SKIP : ON_BAD_ROW_FAIL,
        .min_final = (data[0] & 8) != 0 ? 1.0 : 0.0,
        .observation_window = (data[0] & 16) != 0 ? 2 : 1000,
        .format = (enum config_input_format)(data[1] / FILE_COUNT % 4),
    };
    if (fuzzed == ORGANIZATIONS) {
        (void)strcpy(config.organizations, path[ORGANIZATIONS]);
    }
    if (fuzzed == EXCLUSIONS) {
        (void)strcpy(config.exclude, path[EXCLUSIONS]);
    }
    if (fuzzed != INPUT) {
        fuzz_write_file(path[INPUT], usual_input, strlen(usual_input));
    }
    fuzz_write_file(path[fuzzed], data + 2, size - 2);
    if ((data[0] & 32) != 0) {
        inspect_all(&config);
    } else {
        read_only(&config);
    }
    return 0;
}
