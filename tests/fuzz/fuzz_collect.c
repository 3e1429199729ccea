/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libFuzzer harness of what growcast collect reads: `make fuzz`. The first byte of an input chooses
 * records as JSON, an event list, a file of renamings or the headers of an answer, and the policy
 * for bad records; the second the settings of what is counted; the rest is its bytes. Whatever they
 * are, reading must end with records or with one message, and records must give series or a
 * message.
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

static char path[64];

static void remove_file(void)
{
    (void)unlink(path);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    (void)snprintf(path, sizeof path, "/dev/shm/growcast-fuzz-collect-%ld", (long)getpid());
    (void)atexit(remove_file);
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

static bool take_in(struct collect *collect, int kind, enum config_on_bad_row on_bad_row,
                    struct error *error)
{
    enum { DAY = 20000 };
    if (kind == EVENTS) {
        return collect_read_events(collect, path, on_bad_row, error);
    }
    if (kind == RENAMINGS) {
        (void)collect_model_index(collect, "a/old");
        (void)collect_model_index(collect, "a/new");
        return collect_rename(collect, path, error);
    }
    FILE *file = fopen(path, "rb");
    bool good = collect_read_json(collect, file, path, DAY, on_bad_row, error);
    (void)fclose(file);
    return good;
}

static void write_out(const struct collect *collect, const struct config *config)
{
    const struct reader_mapping mapping = {0};
    struct collect_written written;
    struct error error = {0};
    char *text = NULL;
    size_t size = 0;
    FILE *file = memory_stream(&text, &size);
    bool good = collect_write(collect, config, &mapping, file, &written, &error);
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
    struct config config = {.collect = {
                                .count = (enum config_collect_count)(data[1] % 3),
                                .relation = (enum config_collect_relation)(data[1] / 3 % 5),
                                .depth = 1 + data[1] / 15 % 3,
                                .until = "2026-01-01",
                                .undated = (enum config_collect_undated)(data[1] >> 7),
                                .all_models = (data[0] & 8) != 0,
                            }};
    struct collect collect = {.count = config.collect.count, .relations = COLLECT_ALL};
    struct error error = {0};
    fuzz_write_file(path, data + 2, size - 2);
    if (take_in(&collect, kind, (data[0] & 4) != 0 ? ON_BAD_ROW_SKIP : ON_BAD_ROW_FAIL, &error)) {
        write_out(&collect, &config);
    } else if (error.kind == ERROR_NONE || error.message[0] == '\0') {
        abort();
    }
    collect_free(&collect);
    return 0;
}
