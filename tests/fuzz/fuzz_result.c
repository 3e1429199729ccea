/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libFuzzer harness of what growcast show and merge read: `make fuzz`. An input is a program that
 * changes the structure of a result which growcast wrote: its first byte chooses the result, the
 * second what to do with it; then come changes of CHANGE bytes, and text for them. The changed
 * result stays in memory (result_memory.h). With GROWCAST_FUZZ_LIBRARY set it is written and read
 * by the NetCDF library, which shows whether what was found, or not found, holds there as well. Raw
 * damage is not for this harness: show and merge find it by the checksum.
 *
 * GROWCAST_FUZZ_RESULTS is the folder of the results.
 */
#include "command.h"
#include "fuzz_file.h"
#include "memory.h"
#include "result_memory.h"
#include "show.h"
#include "show_backtest.h"
#include "show_sweep.h"
#include "store_checksum.h"
#include "store_sweep.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHANGE = 4, CHANGES_MAX = 8, NUMBERS = 16, TEXT_SIZE = 4096, ARGUMENTS_MAX = 16 };

/** What a change does to a variable, dimension or attribute. */
enum kind {
    DROP_VARIABLE,
    TYPE_OF_VARIABLE,
    DIMENSION_OF_VARIABLE,
    RANK_OF_VARIABLE,
    VALUE_OF_VARIABLE,
    NAME_OF_VARIABLE,
    SIZE_OF_DIMENSION,
    DROP_ATTRIBUTE,
    TYPE_OF_ATTRIBUTE,
    TEXT_OF_ATTRIBUTE,
    NAME_OF_DIMENSION,
    KIND_COUNT,
};

/* The parts are the halves of the sweep. */
enum { RUN, BACKTEST, SWEEP, PART, RESULTS, OTHER_PART = RESULTS, LOADED };

static const char *const names[LOADED] = {"run.nc", "backtest.nc", "sweep.nc", "part1.nc",
                                          "part2.nc"};
static struct result results[LOADED];
static char path[2][80]; /* of the changed result and of the other part */
static char merged[80];
static bool by_library;

/** A copy of a result under changes, and what it has of its own. */
struct copy {
    struct result result;
    const char *text; /* for changes */
    size_t owned;
    void *own[3 + 2 * CHANGES_MAX];
};

static const double strange[] = {
    0, -1, 0.5, 1, 1e9, -1e300, 1e300, 0x1p63, 1e-310, (double)NAN, (double)INFINITY, 4294967296.0};
static const char *const hostile[] = {
    "",        "=cmd()",   "<script>alert(1)</script>", "../../etc/passwd", "a\nb\r\n\"c\",d",
    "\x1b[2J", "\xff\xfe", "inf nan -1 1e999"};

static void remove_files(void)
{
    for (int i = 0; i < 2; i++) {
        (void)unlink(path[i]);
    }
    (void)unlink(merged);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    const char *folder = getenv("GROWCAST_FUZZ_RESULTS");
    by_library = getenv("GROWCAST_FUZZ_LIBRARY") != NULL;
    for (size_t i = 0; i < LOADED; i++) {
        char name[512];
        (void)snprintf(name, sizeof name, "%s/%s", folder != NULL ? folder : ".", names[i]);
        result_load(&results[i], name);
    }
    (void)atexit(remove_files);
    for (int i = 0; i < 2; i++) {
        (void)snprintf(path[i], sizeof path[i], "/dev/shm/growcast-fuzz-result-%ld-%d.nc",
                       (long)getpid(), i);
        /* Opening asks first whether it is a plain file with the right checksum. */
        struct error error;
        fuzz_write_file(path[i], names[i], strlen(names[i]));
        if (!store_checksum_append(path[i], &error)) {
            exit(EXIT_FAILURE);
        }
        result_in_memory[i].path = path[i];
    }
    (void)snprintf(merged, sizeof merged, "%s.merged", path[0]);
    if (by_library) {
        result_write(&results[OTHER_PART], path[1]);
    } else {
        result_in_memory[1].result = &results[OTHER_PART];
    }
    if (freopen("/dev/null", "w", stdout) == NULL) {
        exit(EXIT_FAILURE);
    }
    return 0;
}

/* Writing takes long and is not what is fuzzed here. */
bool __wrap_store_sweep_write(const char *name, const struct store_sweep *sweep,
                              struct error *error);
bool __real_store_sweep_write(const char *name, const struct store_sweep *sweep,
                              struct error *error);
bool __wrap_store_sweep_write(const char *name, const struct store_sweep *sweep,
                              struct error *error)
{
    return !by_library || __real_store_sweep_write(name, sweep, error);
}

static const char *strange_text(const struct copy *copy, unsigned which)
{
    enum { COUNT = sizeof hostile / sizeof hostile[0] };
    return which % (COUNT + 1) < COUNT ? hostile[which % (COUNT + 1)] : copy->text;
}

static double strange_number(unsigned which)
{
    return strange[which % (sizeof strange / sizeof strange[0])];
}

/* An array that the copy may change in place of the one it shares with others. */
static void *own(struct copy *copy, const void *shared, size_t count, size_t size)
{
    void *array = memory_array(count, size);
    memcpy(array, shared, count * size);
    copy->own[copy->owned++] = array;
    return array;
}

static struct copy copy_of(const struct result *result, const char *text)
{
    struct copy copy = {.result = *result, .text = text};
    struct result *own_result = &copy.result;
    own_result->dimension_name = own(&copy, result->dimension_name, (size_t)result->dimensions,
                                     sizeof *result->dimension_name);
    own_result->dimension_size = own(&copy, result->dimension_size, (size_t)result->dimensions,
                                     sizeof *result->dimension_size);
    own_result->variable =
        own(&copy, result->variable, (size_t)result->variables, sizeof *result->variable);
    return copy;
}

static void free_copy(struct copy *copy)
{
    while (copy->owned > 0) {
        free(copy->own[--copy->owned]);
    }
}

static void change_value(struct copy *copy, struct result_variable *variable, unsigned a,
                         unsigned b)
{
    if (variable->count == 0) {
        return;
    }
    size_t place = a % variable->count;
    if (variable->text != NULL) {
        const char **text = own(copy, variable->text, variable->count, sizeof *text);
        text[place] = b == UINT8_MAX ? NULL : strange_text(copy, b);
        variable->text = text;
    } else {
        double *number = own(copy, variable->number, variable->count, sizeof *number);
        number[place] = strange_number(b);
        variable->number = number;
    }
}

static void change_variable(struct copy *copy, enum kind kind, unsigned target, unsigned a,
                            unsigned b)
{
    static const nc_type types[] = {NC_DOUBLE, NC_STRING, NC_INT, NC_BYTE, NC_CHAR, NC_UINT64};
    const struct result *result = &copy->result;
    struct result_variable *variable = &result->variable[target % (unsigned)result->variables];
    int dimension = (int)(b % (unsigned)result->dimensions);
    switch (kind) {
    case DROP_VARIABLE:
        variable->name = "";
        break;
    case TYPE_OF_VARIABLE:
        variable->type = types[a % (sizeof types / sizeof types[0])];
        break;
    case DIMENSION_OF_VARIABLE:
        variable->dimension[variable->rank > 0 ? a % (unsigned)variable->rank : 0] = dimension;
        break;
    case RANK_OF_VARIABLE:
        variable->rank = (int)(a % 4);
        variable->dimension[0] = dimension;
        break;
    case VALUE_OF_VARIABLE:
        change_value(copy, variable, a, b);
        break;
    default:
        variable->name = "renamed";
        break;
    }
}

/* The targets are the file, 0, and then each variable. */
static void change_attribute(struct copy *copy, enum kind kind, unsigned target, unsigned a,
                             unsigned b)
{
    struct result *result = &copy->result;
    target %= (unsigned)result->variables + 1;
    struct result_variable *variable = target > 0 ? &result->variable[target - 1] : NULL;
    struct result_attribute **shared = variable != NULL ? &variable->attribute : &result->attribute;
    int count = variable != NULL ? variable->attributes : result->attributes;
    if (count == 0) {
        return;
    }
    *shared = own(copy, *shared, (size_t)count, sizeof **shared);
    struct result_attribute *attribute = &(*shared)[a % (unsigned)count];
    if (kind == DROP_ATTRIBUTE) {
        attribute->name = "";
    } else if (kind == TEXT_OF_ATTRIBUTE) {
        attribute->type = NC_CHAR;
        attribute->text = strange_text(copy, b);
        attribute->length = strlen(attribute->text);
    } else {
        double number[NUMBERS];
        for (unsigned i = 0; i < NUMBERS; i++) {
            number[i] = strange_number(b + i);
        }
        attribute->type = NC_DOUBLE;
        attribute->number = own(copy, number, NUMBERS, sizeof *number);
        attribute->length = b % (NUMBERS + 1);
    }
}

static void change(struct copy *copy, const uint8_t byte[CHANGE])
{
    static const size_t sizes[] = {NC_UNLIMITED, 1, 2, 3, 7, 100};
    enum kind kind = (enum kind)(byte[0] % KIND_COUNT);
    const struct result *result = &copy->result;
    unsigned dimension = byte[1] % (unsigned)result->dimensions;
    switch (kind) {
    case SIZE_OF_DIMENSION:
        result->dimension_size[dimension] = sizes[byte[2] % (sizeof sizes / sizeof sizes[0])];
        break;
    case NAME_OF_DIMENSION:
        result->dimension_name[dimension] = "renamed";
        break;
    case DROP_ATTRIBUTE:
    case TYPE_OF_ATTRIBUTE:
    case TEXT_OF_ATTRIBUTE:
        change_attribute(copy, kind, byte[1], byte[2], byte[3]);
        break;
    default:
        change_variable(copy, kind, byte[1], byte[2], byte[3]);
        break;
    }
}

/* Runs a command; it must succeed or say why not. */
static void run(int count, char *const *arguments)
{
    struct command_line line;
    struct config config;
    struct error error = {0};
    char note[512];
    if (!command_line_parse(count, arguments, &line, &error) ||
        !command_line_configure(&line, &config, note, sizeof note, &error)) {
        (void)fprintf(stderr, "%s\n", error.message);
        abort();
    }
    if (!line.command->run(&line, &config, &error) &&
        (error.kind == ERROR_NONE || error.message[0] == '\0')) {
        abort();
    }
    command_line_free(&line);
}

/* Which tables, in what order and format, is up to the byte. */
static void run_show(size_t which, unsigned byte)
{
    static const char *const formats[] = {"text", "csv", "json"};
    static const char *const fit_tables[] = {"run", "models", "organizations", NULL};
    const char *const *const tables[] = {[RUN] = fit_tables,
                                         [BACKTEST] = show_backtest_names,
                                         [SWEEP] = show_sweep_names,
                                         [PART] = show_sweep_names};
    const char *arguments[ARGUMENTS_MAX] = {"growcast", "show",     path[0],
                                            "--quiet",  "--format", formats[byte % 3]};
    int count = 6;
    const char *sort = show_sort_names[byte / 3 % (SHOW_SORT_NUMBER + 1)];
    if (which == RUN && sort != NULL) {
        arguments[count++] = "--sort";
        arguments[count++] = sort;
    }
    size_t table = 0;
    while (table < byte / 24 && tables[which][table] != NULL) {
        table++;
    }
    if (table > 0) {
        arguments[count++] = "--table";
        arguments[count++] = tables[which][table - 1];
    }
    run(count, (char *const *)arguments);
}

static void run_merge(bool changed_first)
{
    char *const arguments[] = {"growcast",
                               "merge",
                               path[changed_first ? 0 : 1],
                               path[changed_first ? 1 : 0],
                               "-o",
                               merged,
                               "--force",
                               "--quiet"};
    run((int)(sizeof arguments / sizeof arguments[0]), arguments);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    size_t which = data[0] % RESULTS;
    size_t end = 2;
    for (int i = 0; i < CHANGES_MAX && size - end >= CHANGE; i++) {
        end += CHANGE;
    }
    char text[TEXT_SIZE] = "";
    memcpy(text, data + end, size - end < TEXT_SIZE ? size - end : TEXT_SIZE - 1);
    struct copy copy = copy_of(&results[which], text);
    for (size_t at = 2; at < end; at += CHANGE) {
        change(&copy, data + at);
    }
    if (by_library) {
        result_write(&copy.result, path[0]);
    } else {
        result_in_memory[0].result = &copy.result;
    }
    if (which == PART && data[1] % 2 == 0) {
        run_merge(data[1] % 4 == 0);
    } else {
        run_show(which, data[1]);
    }
    free_copy(&copy);
    return 0;
}
