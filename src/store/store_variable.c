/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store.h"

#include "memory.h"
#include "store_status.h"

#include <errno.h>
#include <math.h>
#include <netcdf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** What stands for a missing value; the defaults of the NetCDF library. */
static const double fill_real = NC_FILL_DOUBLE;
static const int64_t fill_count = NC_FILL_INT64;
static const int32_t fill_integer = NC_FILL_INT;
static const int8_t fill_category = NC_FILL_BYTE;

static nc_type file_type(enum store_type type)
{
    switch (type) {
    case STORE_REAL:
        return NC_DOUBLE;
    case STORE_COUNT:
        return NC_INT64;
    case STORE_INTEGER:
    case STORE_FLAGS:
        return NC_INT;
    case STORE_CATEGORY:
        return NC_BYTE;
    case STORE_TEXT:
        break;
    }
    return NC_STRING;
}

static const void *fill_value(enum store_type type)
{
    switch (type) {
    case STORE_REAL:
        return &fill_real;
    case STORE_COUNT:
        return &fill_count;
    case STORE_INTEGER:
    case STORE_FLAGS:
        return &fill_integer;
    case STORE_CATEGORY:
        return &fill_category;
    case STORE_TEXT:
        break;
    }
    return NULL;
}

/** The dimensions of a variable as the file has them. */
struct shape {
    int rank;
    int identifier[STORE_RANK_MAX];
    size_t size[STORE_RANK_MAX];
};

/** Looks up the dimensions of a variable; *absent when the file lacks one of them. */
static int shape_of(const struct store *store, const char *dimensions, struct shape *shape,
                    bool *absent)
{
    shape->rank = 0;
    *absent = false;
    const char *start = dimensions;
    while (*start != '\0') {
        size_t length = strcspn(start, " ");
        char name[NC_MAX_NAME + 1];
        if (length >= sizeof name || shape->rank == STORE_RANK_MAX) {
            return NC_EMAXDIMS;
        }
        memcpy(name, start, length);
        name[length] = '\0';
        int status = nc_inq_dimid(store->handle, name, &shape->identifier[shape->rank]);
        if (status == NC_EBADDIM) {
            *absent = true;
            return NC_NOERR;
        }
        if (status == NC_NOERR) {
            status = nc_inq_dimlen(store->handle, shape->identifier[shape->rank],
                                   &shape->size[shape->rank]);
        }
        if (status != NC_NOERR) {
            return status;
        }
        shape->rank++;
        start += length + strspn(start + length, " ");
    }
    return NC_NOERR;
}

static int text_attribute(const struct store *store, int variable, const char *name,
                          const char *text)
{
    return text == NULL ? NC_NOERR
                        : nc_put_att_text(store->handle, variable, name, strlen(text), text);
}

static int units_attribute(const struct store *store, int variable, const char *units)
{
    char text[64];
    if (strcmp(units, "@step") == 0) {
        return text_attribute(store, variable, "units", store->step_unit);
    }
    if (strcmp(units, "@time") == 0) {
        return text_attribute(store, variable, "units", store->time_unit);
    }
    if (strcmp(units, "@ln_time") == 0) {
        (void)snprintf(text, sizeof text, "ln(re 1 %s)", store->time_unit);
        return text_attribute(store, variable, "units", text);
    }
    return text_attribute(store, variable, "units", units[0] == '\0' ? "1" : units);
}

static int range_attributes(const struct store *store, int variable, nc_type type,
                            enum store_range range)
{
    static const double limits[][2] = {
        [STORE_NOT_NEGATIVE] = {0, 0}, [STORE_PROBABILITY] = {0, 1}, [STORE_CORRELATION] = {-1, 1}};
    switch (range) {
    case STORE_ANY:
        return NC_NOERR;
    case STORE_NOT_NEGATIVE:
        return nc_put_att_double(store->handle, variable, "valid_min", type, 1, limits[range]);
    case STORE_PROBABILITY:
    case STORE_CORRELATION:
        break;
    }
    return nc_put_att_double(store->handle, variable, "valid_range", type, 2, limits[range]);
}

/** flag_values or flag_masks, and flag_meanings. */
static int meaning_attributes(const struct store *store, int variable,
                              const struct store_variable *description)
{
    size_t count = 0;
    size_t size = 1;
    while (description->meanings[count] != NULL) {
        size += strlen(description->meanings[count]) + 1;
        count++;
    }
    bool masks = description->type == STORE_FLAGS;
    int *codes = memory_array(count, sizeof *codes);
    char *words = memory_array(size, 1);
    for (size_t i = 0; i < count; i++) {
        codes[i] = masks ? 1 << i : (int)i;
        (void)strcat(words, i == 0 ? "" : " ");
        (void)strcat(words, description->meanings[i]);
    }
    int status = nc_put_att_int(store->handle, variable, masks ? "flag_masks" : "flag_values",
                                file_type(description->type), count, codes);
    if (status == NC_NOERR) {
        status = text_attribute(store, variable, "flag_meanings", words);
    }
    free(codes);
    free(words);
    return status;
}

static int describe(const struct store *store, int variable,
                    const struct store_variable *description)
{
    const struct {
        const char *name;
        const char *text;
    } texts[] = {
        {"long_name", description->long_name},
        {"standard_name", description->standard_name},
        {"comment", description->comment},
        {"coordinates", description->coordinates},
        {"cell_methods", description->cell_methods},
        {"ancillary_variables", description->ancillary},
        {"bounds", description->bounds},
        {"calendar", strstr(description->units, " since ") != NULL ? "standard" : NULL},
    };
    int status = NC_NOERR;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && status == NC_NOERR; i++) {
        status = text_attribute(store, variable, texts[i].name, texts[i].text);
        if (i == 0 && status == NC_NOERR) {
            status = units_attribute(store, variable, description->units);
        }
    }
    if (status == NC_NOERR && description->type != STORE_TEXT) {
        status =
            range_attributes(store, variable, file_type(description->type), description->range);
    }
    if (status == NC_NOERR && description->meanings != NULL) {
        status = meaning_attributes(store, variable, description);
    }
    return status;
}

/** How the values are laid out: whole and plain, or in compressed slabs of the first dimension. */
static int arrange(const struct store *store, int variable,
                   const struct store_variable *description, const struct shape *shape)
{
    if (description->type == STORE_TEXT) {
        return NC_NOERR;
    }
    int status = NC_NOERR;
    if (!description->required) {
        status = nc_def_var_fill(store->handle, variable, NC_FILL, fill_value(description->type));
    }
    if (status != NC_NOERR || !description->compress || shape->rank == 0) {
        return status;
    }
    size_t chunk[STORE_RANK_MAX];
    memcpy(chunk, shape->size, sizeof chunk);
    if (chunk[0] > STORE_SLAB) {
        chunk[0] = STORE_SLAB;
    }
    status = nc_def_var_chunking(store->handle, variable, NC_CHUNKED, chunk);
    if (status == NC_NOERR) {
        status = nc_def_var_deflate(store->handle, variable, 1, 1, 1);
    }
    if (status != NC_NOERR) {
        return status;
    }
    /* Chunks are written whole and once: room for one, or the library keeps all until the end. It
       takes more room than it is told to have if a chunk does not fit. */
    size_t bytes = sizeof(double);
    for (int i = 0; i < shape->rank; i++) {
        bytes *= chunk[i];
    }
    return nc_set_var_chunk_cache(store->handle, variable, bytes, 1, 1.0F);
}

bool store_define(struct store *store, const struct store_variable *variable, struct error *error)
{
    struct shape shape = {0};
    bool absent = false;
    int identifier = 0;
    errno = 0;
    int status = shape_of(store, variable->dimensions, &shape, &absent);
    if (status == NC_NOERR && absent) {
        return true;
    }
    if (status == NC_NOERR) {
        status = nc_def_var(store->handle, variable->name, file_type(variable->type), shape.rank,
                            shape.identifier, &identifier);
    }
    if (status == NC_NOERR) {
        status = arrange(store, identifier, variable, &shape);
    }
    if (status == NC_NOERR) {
        status = describe(store, identifier, variable);
    }
    return status == NC_NOERR || store_status_fail(store, variable->name, status, error);
}

/** Finds a variable and its shape, defining it when it is new; *absent when it is left out. */
static bool find(struct store *store, const struct store_variable *variable, int *identifier,
                 struct shape *shape, bool *absent, struct error *error)
{
    errno = 0;
    int status = shape_of(store, variable->dimensions, shape, absent);
    if (status != NC_NOERR) {
        return store_status_fail(store, variable->name, status, error);
    }
    if (*absent) {
        return true;
    }
    if (nc_inq_varid(store->handle, variable->name, identifier) == NC_NOERR) {
        return true;
    }
    if (!store_define(store, variable, error)) {
        return false;
    }
    status = nc_inq_varid(store->handle, variable->name, identifier);
    return status == NC_NOERR || store_status_fail(store, variable->name, status, error);
}

/** Whether a value that is not missing is an integer in [low, high]. */
static bool is_integer(double value, double low, double high)
{
    return value >= low && value <= high && value == floor(value);
}

/** Stores one value, NaN as the fill value, as the file's type; false when it does not fit. */
static bool encode(enum store_type type, double value, void *target, size_t index)
{
    bool missing = isnan(value);
    bool fits = true;
    switch (type) {
    case STORE_REAL:
        ((double *)target)[index] = missing ? fill_real : value;
        break;
    case STORE_COUNT:
        fits = missing || is_integer(value, -0x1p53, 0x1p53);
        ((int64_t *)target)[index] = missing || !fits ? fill_count : (int64_t)value;
        break;
    case STORE_INTEGER:
    case STORE_FLAGS:
        fits = missing || is_integer(value, -INT32_MAX, INT32_MAX);
        ((int32_t *)target)[index] = missing || !fits ? fill_integer : (int32_t)value;
        break;
    case STORE_CATEGORY:
        fits = missing || is_integer(value, 0, INT8_MAX);
        ((int8_t *)target)[index] = fill_category;
        if (!missing && fits) {
            ((int8_t *)target)[index] = (int8_t)value;
        }
        break;
    case STORE_TEXT:
        return false;
    }
    return fits;
}

/** The values as the file's type, owned by the caller; NULL with an error when one is impossible.
 */
static void *encode_all(const struct store *store, const struct store_variable *variable,
                        size_t count, const double *values, struct error *error)
{
    void *target = memory_array(count, sizeof(double));
    for (size_t i = 0; i < count; i++) {
        double value = values == NULL ? (double)NAN : values[i];
        if (!encode(variable->type, value, target, i) || (variable->required && isnan(value))) {
            (void)error_set(error, ERROR_RUN, "cannot write %s to %s: element %zu is %.17g",
                            variable->name, store->path, i, value);
            free(target);
            return NULL;
        }
    }
    return target;
}

static bool put(struct store *store, const struct store_variable *variable, const size_t *first,
                const size_t *count, const double *values, struct error *error)
{
    struct shape shape = {0};
    bool absent = false;
    int identifier = 0;
    if (!find(store, variable, &identifier, &shape, &absent, error)) {
        return false;
    }
    if (absent) {
        return true;
    }
    size_t start[STORE_RANK_MAX] = {0};
    size_t total = 1;
    if (first != NULL && shape.rank > 0) {
        start[0] = *first;
        shape.size[0] = *count;
    }
    for (int i = 0; i < shape.rank; i++) {
        total *= shape.size[i];
    }
    void *encoded = encode_all(store, variable, total, values, error);
    if (encoded == NULL) {
        return false;
    }
    errno = 0;
    int status = nc_put_vara(store->handle, identifier, start, shape.size, encoded);
    free(encoded);
    return status == NC_NOERR || store_status_fail(store, variable->name, status, error);
}

bool store_put(struct store *store, const struct store_variable *variable, const double *values,
               struct error *error)
{
    return put(store, variable, NULL, NULL, values, error);
}

bool store_put_slab(struct store *store, const struct store_variable *variable, size_t first,
                    size_t count, const double *values, struct error *error)
{
    return put(store, variable, &first, &count, values, error);
}

bool store_put_text(struct store *store, const struct store_variable *variable,
                    const char *const *values, struct error *error)
{
    struct shape shape = {0};
    bool absent = false;
    int identifier = 0;
    if (!find(store, variable, &identifier, &shape, &absent, error)) {
        return false;
    }
    if (absent) {
        return true;
    }
    errno = 0;
    /* The library takes pointers to non-const strings, which it only reads. */
    int status = nc_put_var_string(store->handle, identifier, (const char **)values);
    return status == NC_NOERR || store_status_fail(store, variable->name, status, error);
}
