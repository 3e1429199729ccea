/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libFuzzer harness of what growcast collect reads: `make fuzz`. The first byte of an input chooses
 * records as JSON, an event list, a file of renamings or the headers of an answer, and with the
 * second the settings of what is counted; the rest is its bytes. Of JSON, byte 30 separates
 * snapshots of different days. Whatever they are, reading must end with records or with one
 * message, and records must give series or a message.
 */
#include "collect.h"
#include "collect_series.h"
#include "collect_web.h"
#include "fuzz_file.h"
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { JSON, EVENTS, RENAMINGS, HEADERS, KIND_COUNT };

enum { SKIP = 4, ALL_MODELS = 8, RECOVER = 16, FRACTIONAL = 32, LISTS = 64, DROP_CENSORED = 128 };

enum { SNAPSHOTS = 3, SEPARATOR = 30 };

static const char *const day[SNAPSHOTS] = {"2024-07-02", "2024-08-01", "2024-08-31"};
static char path[SNAPSHOTS][64];
static struct reader_mapping lists; /* of organizations and exclusions */

static void remove_files(void)
{
    for (int i = 0; i < SNAPSHOTS; i++) {
        (void)unlink(path[i]);
    }
    reader_mapping_free(&lists);
}

static void make_lists(void)
{
    static const char organizations[] = "namespace,organization\nu,\"Users, all\"\n";
    static const char exclusions[] = "# excluded\norg/b*\n";
    struct config_input config = {0};
    struct reader_report report = {0};
    struct error error;
    (void)strcpy(config.organizations, path[0]);
    (void)strcpy(config.exclude, path[1]);
    fuzz_write_file(path[0], organizations, strlen(organizations));
    fuzz_write_file(path[1], exclusions, strlen(exclusions));
    if (!reader_mapping_read(&lists, &config, &report, &error)) {
        exit(EXIT_FAILURE);
    }
    reader_report_free(&report);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    for (int i = 0; i < SNAPSHOTS; i++) {
        (void)snprintf(path[i], sizeof path[i], "/dev/shm/growcast-fuzz-%ld-%s", (long)getpid(),
                       day[i]);
    }
    (void)atexit(remove_files);
    make_lists();
    return 0;
}

static void take_headers(const char *bytes, size_t size)
{
    struct collect_headers headers = {.retry_after = -1, .remaining = -1, .reset = -1};
    while (size > 0) {
        const char *end = memchr(bytes, '\n', size);
        size_t length = end != NULL ? (size_t)(end - bytes) : size;
        collect_headers_take(&headers, bytes, length, 0);
        length += end != NULL ? 1 : 0;
        bytes += length;
        size -= length;
    }
    if (headers.retry_after < -1 || headers.remaining < -1 || headers.reset < -1) {
        abort();
    }
}

static bool take_json(struct collect *collect, const struct config_input *input,
                      const uint8_t *data, size_t size, struct error *error)
{
    const char *const paths[SNAPSHOTS] = {path[0], path[1], path[2]};
    size_t count = 0;
    while (count < SNAPSHOTS) {
        const uint8_t *end = size > 0 ? memchr(data, SEPARATOR, size) : NULL;
        bool last = end == NULL || count + 1 == SNAPSHOTS;
        size_t length = last ? size : (size_t)(end - data);
        fuzz_write_file(path[count++], data, length);
        if (last) {
            break;
        }
        data += length + 1;
        size -= length + 1;
    }
    return collect_read(collect, input, paths, count, error);
}

static bool take_in(struct collect *collect, int kind, const struct config_input *input,
                    const uint8_t *data, size_t size, struct error *error)
{
    if (kind == JSON) {
        return take_json(collect, input, data, size, error);
    }
    fuzz_write_file(path[0], data, size);
    if (kind == EVENTS) {
        return collect_read_events(collect, fopen(path[0], "rb"), path[0], input->on_bad_row,
                                   error);
    }
    (void)collect_model_index(collect, "a/old");
    (void)collect_model_index(collect, "a/new");
    return collect_rename(collect, path[0], error);
}

static void write_out(const struct collect *collect, const struct config *config,
                      const struct reader_mapping *mapping)
{
    struct collect_written written;
    struct error error = {0};
    char *text = NULL;
    size_t size = 0;
    FILE *file = memory_stream(&text, &size);
    bool good = collect_write(collect, config, mapping, file, &written, &error);
    (void)fclose(file);
    free(text);
    if (good ? written.series == 0 : error.message[0] == '\0') {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    int kind = data[0] % KIND_COUNT;
    if (kind == HEADERS) {
        take_headers((const char *)data + 2, size - 2);
        return 0;
    }
    /* By months, and until a fixed day: a table of all days of ten thousand years is no defect. */
    struct config config = {
        .input = {.on_bad_row = (data[0] & SKIP) != 0 ? ON_BAD_ROW_SKIP : ON_BAD_ROW_FAIL,
                  .counter = (data[0] & RECOVER) != 0 ? COUNTER_TRAILING30 : COUNTER_CUMULATIVE},
        .collect = {.count = (enum config_collect_count)(data[1] % 3),
                    .relation = (enum config_collect_relation)(data[1] / 3 % 5),
                    .depth = 1 + data[1] / 15 % 3,
                    .until = "2026-01-01",
                    .undated = (enum config_collect_undated)(data[1] >> 7),
                    .fractional = (data[0] & FRACTIONAL) != 0,
                    .left_censored = (data[0] & DROP_CENSORED) != 0 ? COLLECT_LEFT_CENSORED_DROP
                                                                    : COLLECT_LEFT_CENSORED_KEEP,
                    .all_models = (data[0] & ALL_MODELS) != 0}};
    const struct reader_mapping none = {0};
    struct collect collect = {.count = config.collect.count, .relations = COLLECT_ALL};
    struct error error = {0};
    if (take_in(&collect, kind, &config.input, data + 2, size - 2, &error)) {
        write_out(&collect, &config, (data[0] & LISTS) != 0 ? &lists : &none);
    } else if (error.kind == ERROR_NONE || error.message[0] == '\0') {
        abort();
    }
    collect_free(&collect);
    return 0;
}
