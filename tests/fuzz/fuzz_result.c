/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libFuzzer harness of what growcast show and merge read: `make fuzz`. An input is a program that
 * changes the structure of a result which growcast wrote: its first byte chooses the result, the
 * second the table and format to show; then come changes of CHANGE bytes, and text for them. The
 * changed result is written with the NetCDF library, so that it is always a good file of that
 * library. Raw damage is not for this harness: show and merge find it by the checksum.
 *
 * GROWCAST_FUZZ_RESULTS is the folder of the results.
 */
#include "command.h"
#include "memory.h"

#include <math.h>
#include <netcdf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHANGE = 4, CHANGES_MAX = 8, RANK_MAX = 8, ATTRIBUTES_MAX = 8, TEXT_SIZE = 4096 };

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
    KIND_COUNT,
};

struct change {
    enum kind kind;
    unsigned target, a, b;
};

struct variable {
    int identifier;
    char name[NC_MAX_NAME + 1];
    nc_type type;
    int rank;
    int dimension[RANK_MAX];
    size_t count;
    double *number; /* [count], or */
    char **text;    /* [count] */
    int attributes;
    int attribute[ATTRIBUTES_MAX]; /* the numbers of those that are read */
};

/** A result as it is in memory; the file stays open for its attributes. */
struct result {
    int file;
    int dimensions, variables, attributes;
    char (*dimension_name)[NC_MAX_NAME + 1];
    size_t *dimension_size;
    struct variable *variable;
};

static const char *const names[] = {"run.nc", "backtest.nc", "sweep.nc", "part.nc"};
enum { RESULTS = sizeof names / sizeof names[0] };

static const double strange[] = {
    0, -1, 0.5, 1, 1e9, -1e300, 1e300, 0x1p63, 1e-310, (double)NAN, (double)INFINITY, 4294967296.0};
static const char *const hostile[] = {
    "",        "=cmd()",   "<script>alert(1)</script>", "../../etc/passwd", "a\nb\r\n\"c\",d",
    "\x1b[2J", "\xff\xfe", "inf nan -1 1e999"};

static struct result results[RESULTS];
static char path[64];
static char merged[80];

static void must(int status, const char *what)
{
    if (status != NC_NOERR) {
        (void)fprintf(stderr, "%s: %s\n", what, nc_strerror(status));
        exit(EXIT_FAILURE);
    }
}

/* Whether a variable is not one of the many that only figures read: these take time to write. */
static bool is_read(const struct variable *variable)
{
    static const char *const others[] = {"pooled_",   "density",     "_grid",    "_bin",
                                         "histogram", "prior",       "ultimate", "impact",
                                         "parameter", "fitted_count"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strstr(variable->name, others[i]) != NULL &&
            strcmp(variable->name, "organization_fitted_count") != 0) {
            return false;
        }
    }
    return true;
}

/* Returns whether the variable is wanted. */
static bool load_variable(const struct result *result, int identifier, struct variable *variable)
{
    variable->identifier = identifier;
    must(nc_inq_var(result->file, identifier, variable->name, &variable->type, &variable->rank,
                    variable->dimension, &variable->attributes),
         "variable");
    if (!is_read(variable)) {
        return false;
    }
    /* Most attributes are documentation, which takes time to write and which nobody reads. */
    int all = variable->attributes;
    variable->attributes = 0;
    for (int i = 0; i < all && variable->attributes < ATTRIBUTES_MAX; i++) {
        char name[NC_MAX_NAME + 1];
        must(nc_inq_attname(result->file, identifier, i, name), "attribute");
        if (name[0] == '_' || strncmp(name, "flag_", 5) == 0 || strcmp(name, "units") == 0) {
            variable->attribute[variable->attributes++] = i;
        }
    }
    variable->count = 1;
    for (int i = 0; i < variable->rank; i++) {
        variable->count *= result->dimension_size[variable->dimension[i]];
    }
    if (variable->type == NC_STRING) {
        variable->text = memory_array(variable->count, sizeof *variable->text);
        must(nc_get_var_string(result->file, identifier, variable->text), variable->name);
    } else {
        variable->number = memory_array(variable->count, sizeof *variable->number);
        must(nc_get_var_double(result->file, identifier, variable->number), variable->name);
    }
    return true;
}

static void load(struct result *result, const char *name)
{
    must(nc_open(name, NC_NOWRITE, &result->file), name);
    must(nc_inq(result->file, &result->dimensions, &result->variables, &result->attributes, NULL),
         name);
    result->dimension_name =
        memory_array((size_t)result->dimensions, sizeof *result->dimension_name);
    result->dimension_size =
        memory_array((size_t)result->dimensions, sizeof *result->dimension_size);
    for (int i = 0; i < result->dimensions; i++) {
        must(nc_inq_dim(result->file, i, result->dimension_name[i], &result->dimension_size[i]),
             name);
    }
    result->variable = memory_array((size_t)result->variables, sizeof *result->variable);
    int all = result->variables;
    result->variables = 0;
    for (int i = 0; i < all; i++) {
        bool wanted = load_variable(result, i, &result->variable[result->variables]);
        result->variables += wanted ? 1 : 0;
    }
}

static void remove_files(void)
{
    (void)unlink(path);
    (void)unlink(merged);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    /* The library's cache for each variable is far larger than these files. */
    must(nc_set_chunk_cache(1 << 14, 7, 0.75F), "cache");
    const char *folder = getenv("GROWCAST_FUZZ_RESULTS");
    for (size_t i = 0; i < RESULTS; i++) {
        char name[512];
        (void)snprintf(name, sizeof name, "%s/%s", folder != NULL ? folder : ".", names[i]);
        load(&results[i], name);
    }
    (void)snprintf(path, sizeof path, "/dev/shm/growcast-fuzz-result-%ld.nc", (long)getpid());
    (void)snprintf(merged, sizeof merged, "%s.merged", path);
    (void)atexit(remove_files);
    if (freopen("/dev/null", "w", stdout) == NULL) {
        exit(EXIT_FAILURE);
    }
    return 0;
}

/** The result that is being written, with the changes to it. */
struct writer {
    const struct result *result;
    int file;
    size_t count;
    struct change change[CHANGES_MAX];
    char text[TEXT_SIZE];
    size_t *size;    /* of each dimension, as changed */
    int *dimension;  /* its identifier */
    int *identifier; /* of each variable, or -1 */
};

/* The change of that kind to a target, or NULL. */
static const struct change *find(const struct writer *writer, enum kind kind, int target, int count)
{
    for (size_t i = 0; i < writer->count; i++) {
        if (writer->change[i].kind == kind &&
            (int)(writer->change[i].target % (unsigned)count) == target) {
            return &writer->change[i];
        }
    }
    return NULL;
}

static const char *strange_text(const struct writer *writer, unsigned which)
{
    enum { COUNT = sizeof hostile / sizeof hostile[0] };
    return which % (COUNT + 1) < COUNT ? hostile[which % (COUNT + 1)] : writer->text;
}

static double strange_number(unsigned which)
{
    return strange[which % (sizeof strange / sizeof strange[0])];
}

/* An attribute of a variable (or of the file: NC_GLOBAL), changed or copied; number: among those
   that are read. The targets of changes are the file, 0, and then each variable. */
static void put_attribute(struct writer *writer, int from, int to, int number)
{
    char name[NC_MAX_NAME + 1];
    const struct result *result = writer->result;
    bool global = to == NC_GLOBAL;
    int target = global ? 0 : from + 1;
    int all = global ? result->attributes : result->variable[from].attributes;
    int source = global ? NC_GLOBAL : result->variable[from].identifier;
    must(nc_inq_attname(result->file, source,
                        global ? number : result->variable[from].attribute[number], name),
         "attribute");
    const struct change *change[3];
    const enum kind kinds[3] = {DROP_ATTRIBUTE, TYPE_OF_ATTRIBUTE, TEXT_OF_ATTRIBUTE};
    for (int i = 0; i < 3; i++) {
        change[i] = find(writer, kinds[i], target, result->variables + 1);
        if (change[i] != NULL && (int)(change[i]->a % (unsigned)all) != number) {
            change[i] = NULL;
        }
    }
    double values[16];
    for (unsigned i = 0; i < 16; i++) {
        values[i] = strange_number(change[1] != NULL ? change[1]->b + i : i);
    }
    if (change[0] != NULL) {
        return;
    }
    /* What the library itself refuses, such as a fill value of another type, stays away. */
    if (change[1] != NULL) {
        (void)nc_put_att_double(writer->file, to, name, NC_DOUBLE, change[1]->b % 17, values);
    } else if (change[2] != NULL) {
        const char *text = strange_text(writer, change[2]->b);
        (void)nc_put_att_text(writer->file, to, name, strlen(text), text);
    } else {
        (void)nc_copy_att(result->file, source, name, writer->file, to);
    }
}

static void define_dimensions(struct writer *writer)
{
    static const size_t sizes[] = {NC_UNLIMITED, 1, 2, 3, 7, 100};
    for (int i = 0; i < writer->result->dimensions; i++) {
        const struct change *change =
            find(writer, SIZE_OF_DIMENSION, i, writer->result->dimensions);
        writer->size[i] = writer->result->dimension_size[i];
        if (change != NULL) {
            writer->size[i] = sizes[change->a % (sizeof sizes / sizeof sizes[0])];
        }
        must(nc_def_dim(writer->file, writer->result->dimension_name[i], writer->size[i],
                        &writer->dimension[i]),
             "dimension");
    }
}

static void define_variable(struct writer *writer, int number)
{
    static const nc_type types[] = {NC_DOUBLE, NC_STRING, NC_INT, NC_BYTE, NC_CHAR, NC_UINT64};
    const struct result *result = writer->result;
    const struct variable *variable = &result->variable[number];
    writer->identifier[number] = -1;
    if (find(writer, DROP_VARIABLE, number, result->variables) != NULL) {
        return;
    }
    const struct change *type = find(writer, TYPE_OF_VARIABLE, number, result->variables);
    const struct change *shape = find(writer, DIMENSION_OF_VARIABLE, number, result->variables);
    const struct change *rank = find(writer, RANK_OF_VARIABLE, number, result->variables);
    const struct change *name = find(writer, NAME_OF_VARIABLE, number, result->variables);
    int dimension[RANK_MAX] = {0};
    int ranks = variable->rank;
    memcpy(dimension, variable->dimension, sizeof dimension);
    if (shape != NULL && ranks > 0) {
        dimension[shape->a % (unsigned)ranks] = (int)(shape->b % (unsigned)result->dimensions);
    }
    if (rank != NULL) {
        ranks = (int)(rank->a % 4);
        dimension[0] = (int)(rank->b % (unsigned)result->dimensions);
    }
    for (int i = 0; i < ranks; i++) {
        dimension[i] = writer->dimension[dimension[i]];
    }
    if (nc_def_var(writer->file, name != NULL ? "renamed" : variable->name,
                   type != NULL ? types[type->a % (sizeof types / sizeof types[0])]
                                : variable->type,
                   ranks, dimension, &writer->identifier[number]) != NC_NOERR) {
        writer->identifier[number] = -1;
        return;
    }
    for (int i = 0; i < variable->attributes; i++) {
        put_attribute(writer, number, writer->identifier[number], i);
    }
}

/* Values in the order of the original, again from its beginning where there are more now. */
static void put_values(struct writer *writer, int number)
{
    const struct variable *variable = &writer->result->variable[number];
    int identifier = writer->identifier[number];
    nc_type type;
    int rank;
    int dimension[NC_MAX_VAR_DIMS];
    size_t start[RANK_MAX] = {0};
    size_t extent[RANK_MAX];
    size_t count = 1;
    must(nc_inq_var(writer->file, identifier, NULL, &type, &rank, dimension, NULL), "values");
    for (int i = 0; i < rank; i++) {
        extent[i] = writer->size[dimension[i]];
        count *= extent[i];
    }
    if (count == 0 || count > 1000000 || variable->count == 0) {
        return;
    }
    const struct change *change =
        find(writer, VALUE_OF_VARIABLE, number, writer->result->variables);
    size_t place = change != NULL ? change->a % count : count;
    if (type == NC_STRING) {
        const char **texts = memory_array(count, sizeof *texts);
        for (size_t i = 0; i < count; i++) {
            texts[i] = variable->text != NULL ? variable->text[i % variable->count] : "1";
            texts[i] = i == place ? strange_text(writer, change->b) : texts[i];
        }
        (void)nc_put_vara_string(writer->file, identifier, start, extent, texts);
        free(texts);
    } else if (type != NC_CHAR) {
        double *numbers = memory_array(count, sizeof *numbers);
        for (size_t i = 0; i < count; i++) {
            numbers[i] =
                variable->number != NULL ? variable->number[i % variable->count] : (double)i;
            numbers[i] = i == place ? strange_number(change->b) : numbers[i];
        }
        (void)nc_put_vara_double(writer->file, identifier, start, extent, numbers);
        free(numbers);
    }
}

static void write_changed(struct writer *writer)
{
    const struct result *result = writer->result;
    int filling;
    writer->size = memory_array((size_t)result->dimensions, sizeof *writer->size);
    writer->dimension = memory_array((size_t)result->dimensions, sizeof *writer->dimension);
    writer->identifier = memory_array((size_t)result->variables, sizeof *writer->identifier);
    must(nc_create(path, NC_NETCDF4 | NC_CLOBBER, &writer->file), "create");
    must(nc_set_fill(writer->file, NC_NOFILL, &filling), "fill");
    define_dimensions(writer);
    for (int i = 0; i < result->variables; i++) {
        define_variable(writer, i);
    }
    for (int i = 0; i < result->attributes; i++) {
        put_attribute(writer, NC_GLOBAL, NC_GLOBAL, i);
    }
    must(nc_enddef(writer->file), "definitions");
    for (int i = 0; i < result->variables; i++) {
        if (writer->identifier[i] >= 0) {
            put_values(writer, i);
        }
    }
    must(nc_close(writer->file), "close");
    free(writer->size);
    free(writer->dimension);
    free(writer->identifier);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *const formats[] = {"text", "csv", "json"};
    if (size < 2) {
        return 0;
    }
    struct writer *writer = memory_array(1, sizeof *writer);
    size_t which = data[0] % RESULTS;
    writer->result = &results[which];
    size_t at = 2;
    for (; writer->count < CHANGES_MAX && size - at >= CHANGE; at += CHANGE) {
        writer->change[writer->count++] = (struct change){(enum kind)(data[at] % KIND_COUNT),
                                                          data[at + 1], data[at + 2], data[at + 3]};
    }
    size_t left = size - at < TEXT_SIZE ? size - at : TEXT_SIZE - 1;
    memcpy(writer->text, data + at, left);
    write_changed(writer);
    free(writer);
    char *const show[] = {"growcast", "show", path, "--quiet", "--format", formats[data[1] % 3]};
    char *const merge[] = {"growcast", "merge", path, "-o", merged, "--force", "--quiet"};
    if (which == 3 && data[1] % 2 == 0) {
        run((int)(sizeof merge / sizeof merge[0]), merge);
    } else {
        run((int)(sizeof show / sizeof show[0]), show);
    }
    return 0;
}
