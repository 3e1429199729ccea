/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Results in memory for the harness of what reads them, and in place of the NetCDF library the
 * functions that store_read.c calls: writing a file of that library and opening it again takes a
 * thousand times as long as reading the result. The linker puts them in between (--wrap=NAME);
 * for files other than those in memory they call the library.
 */
#ifndef GROWCAST_FUZZ_RESULT_MEMORY_H
#define GROWCAST_FUZZ_RESULT_MEMORY_H

#include "memory.h"

#include <netcdf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RESULT_RANK_MAX = 8 };

struct result_attribute {
    const char *name; /* "": there is none */
    nc_type type;     /* NC_CHAR or NC_DOUBLE */
    size_t length;
    const char *text;     /* [length], or */
    const double *number; /* [length] */
};

struct result_variable {
    const char *name; /* "": there is none */
    nc_type type;
    int rank;
    int dimension[RESULT_RANK_MAX];
    /* Values by index, again from the first where the dimensions have more. */
    size_t count;
    const double *number;    /* [count], or */
    const char *const *text; /* [count] */
    int attributes;
    struct result_attribute *attribute;
};

struct result {
    int dimensions;
    const char **dimension_name;
    size_t *dimension_size;
    int variables;
    struct result_variable *variable;
    int attributes;
    struct result_attribute *attribute;
};

static void result_must(int status, const char *what)
{
    if (status != NC_NOERR) {
        (void)fprintf(stderr, "%s: %s\n", what, nc_strerror(status));
        exit(EXIT_FAILURE);
    }
}

/* ---- From and to files ---- */

static struct result_attribute *result_load_attributes(int file, int variable, int count)
{
    struct result_attribute *attributes = memory_array((size_t)count, sizeof *attributes);
    for (int i = 0; i < count; i++) {
        char name[NC_MAX_NAME + 1];
        struct result_attribute *attribute = &attributes[i];
        result_must(nc_inq_attname(file, variable, i, name), "attribute");
        result_must(nc_inq_att(file, variable, name, &attribute->type, &attribute->length), name);
        attribute->name = memory_string(name);
        if (attribute->type == NC_CHAR) {
            char *text = memory_array(attribute->length + 1, 1);
            result_must(nc_get_att_text(file, variable, name, text), name);
            attribute->text = text;
        } else {
            double *number = memory_array(attribute->length, sizeof *number);
            result_must(nc_get_att_double(file, variable, name, number), name);
            attribute->number = number;
            attribute->type = NC_DOUBLE;
        }
    }
    return attributes;
}

static void result_load_variable(const struct result *result, int file, int identifier,
                                 struct result_variable *variable)
{
    char name[NC_MAX_NAME + 1];
    result_must(nc_inq_var(file, identifier, name, &variable->type, &variable->rank,
                           variable->dimension, &variable->attributes),
                "variable");
    variable->name = memory_string(name);
    variable->attribute = result_load_attributes(file, identifier, variable->attributes);
    variable->count = 1;
    for (int i = 0; i < variable->rank; i++) {
        variable->count *= result->dimension_size[variable->dimension[i]];
    }
    if (variable->type == NC_STRING) {
        char **text = memory_array(variable->count, sizeof *text);
        result_must(nc_get_var_string(file, identifier, text), name);
        variable->text = (const char *const *)text;
    } else {
        double *number = memory_array(variable->count, sizeof *number);
        result_must(nc_get_var_double(file, identifier, number), name);
        variable->number = number;
    }
}

/** Loads a file, to stay until the harness ends. */
static void result_load(struct result *result, const char *path)
{
    int file;
    result_must(nc_open(path, NC_NOWRITE, &file), path);
    result_must(nc_inq(file, &result->dimensions, &result->variables, &result->attributes, NULL),
                path);
    size_t dimensions = (size_t)result->dimensions;
    result->dimension_name = memory_array(dimensions, sizeof *result->dimension_name);
    result->dimension_size = memory_array(dimensions, sizeof *result->dimension_size);
    for (int i = 0; i < result->dimensions; i++) {
        char name[NC_MAX_NAME + 1];
        result_must(nc_inq_dim(file, i, name, &result->dimension_size[i]), path);
        result->dimension_name[i] = memory_string(name);
    }
    result->variable = memory_array((size_t)result->variables, sizeof *result->variable);
    for (int i = 0; i < result->variables; i++) {
        result_load_variable(result, file, i, &result->variable[i]);
    }
    result->attribute = result_load_attributes(file, NC_GLOBAL, result->attributes);
    result_must(nc_close(file), path);
}

/* What the library itself refuses, such as a fill value of another type, stays away. */
static void result_write_attributes(int file, int variable, int count,
                                    const struct result_attribute *attribute)
{
    for (int i = 0; i < count; i++) {
        if (attribute[i].type == NC_CHAR) {
            (void)nc_put_att_text(file, variable, attribute[i].name, attribute[i].length,
                                  attribute[i].text);
        } else {
            (void)nc_put_att_double(file, variable, attribute[i].name, NC_DOUBLE,
                                    attribute[i].length, attribute[i].number);
        }
    }
}

static size_t result_count(const struct result *result, const struct result_variable *variable)
{
    size_t count = 1;
    for (int i = 0; i < variable->rank; i++) {
        count *= result->dimension_size[variable->dimension[i]];
    }
    return count;
}

static void result_write_values(const struct result *result, int file, int identifier,
                                const struct result_variable *variable)
{
    size_t start[RESULT_RANK_MAX] = {0};
    size_t extent[RESULT_RANK_MAX];
    size_t count = result_count(result, variable);
    for (int i = 0; i < variable->rank; i++) {
        extent[i] = result->dimension_size[variable->dimension[i]];
    }
    if (count == 0 || variable->count == 0 || variable->type == NC_CHAR) {
        return;
    }
    if (variable->type == NC_STRING) {
        const char **text = memory_array(count, sizeof *text);
        for (size_t i = 0; i < count; i++) {
            text[i] = variable->text != NULL ? variable->text[i % variable->count] : "1";
        }
        (void)nc_put_vara_string(file, identifier, start, extent, text);
        free(text);
        return;
    }
    double *number = memory_array(count, sizeof *number);
    for (size_t i = 0; i < count; i++) {
        number[i] = variable->number != NULL ? variable->number[i % variable->count] : (double)i;
    }
    (void)nc_put_vara_double(file, identifier, start, extent, number);
    free(number);
}

/** Writes a result as a file of the library. */
static void result_write(const struct result *result, const char *path)
{
    int file;
    int filling;
    int *dimension = memory_array((size_t)result->dimensions, sizeof *dimension);
    int *identifier = memory_array((size_t)result->variables, sizeof *identifier);
    result_must(nc_create(path, NC_NETCDF4 | NC_CLOBBER, &file), path);
    result_must(nc_set_fill(file, NC_NOFILL, &filling), path);
    for (int i = 0; i < result->dimensions; i++) {
        result_must(
            nc_def_dim(file, result->dimension_name[i], result->dimension_size[i], &dimension[i]),
            path);
    }
    for (int i = 0; i < result->variables; i++) {
        const struct result_variable *variable = &result->variable[i];
        int own[RESULT_RANK_MAX];
        for (int k = 0; k < variable->rank; k++) {
            own[k] = dimension[variable->dimension[k]];
        }
        if (nc_def_var(file, variable->name, variable->type, variable->rank, own, &identifier[i]) !=
            NC_NOERR) {
            identifier[i] = -1;
            continue;
        }
        result_write_attributes(file, identifier[i], variable->attributes, variable->attribute);
    }
    result_write_attributes(file, NC_GLOBAL, result->attributes, result->attribute);
    result_must(nc_enddef(file), path);
    for (int i = 0; i < result->variables; i++) {
        if (identifier[i] >= 0) {
            result_write_values(result, file, identifier[i], &result->variable[i]);
        }
    }
    result_must(nc_close(file), path);
    free(dimension);
    free(identifier);
}

/* ---- In place of the library ---- */

enum { RESULT_FILES = 2, RESULT_HANDLE = 0x7f000000 };

/** What opening these paths gives. */
static struct {
    const char *path;
    const struct result *result;
} result_in_memory[RESULT_FILES];

/* The functions of the library, by name, type of the result and parameters. */
#define RESULT_WRAP(name, ...)                                                                     \
    int __real_##name(__VA_ARGS__);                                                                \
    int __wrap_##name(__VA_ARGS__);                                                                \
    int __wrap_##name(__VA_ARGS__)

static const struct result *result_of(int file)
{
    return file >= RESULT_HANDLE && file < RESULT_HANDLE + RESULT_FILES
               ? result_in_memory[file - RESULT_HANDLE].result
               : NULL;
}

static const struct result_attribute *result_attribute_of(const struct result *result, int variable,
                                                          const char *name)
{
    const struct result_variable *owner =
        variable == NC_GLOBAL ? NULL : &result->variable[variable];
    int count = owner == NULL ? result->attributes : owner->attributes;
    const struct result_attribute *attribute = owner == NULL ? result->attribute : owner->attribute;
    for (int i = 0; i < count; i++) {
        if (strcmp(attribute[i].name, name) == 0) {
            return &attribute[i];
        }
    }
    return NULL;
}

RESULT_WRAP(nc_open, const char *path, int mode, int *file)
{
    for (int i = 0; i < RESULT_FILES; i++) {
        if (result_in_memory[i].result != NULL && strcmp(path, result_in_memory[i].path) == 0) {
            *file = RESULT_HANDLE + i;
            return NC_NOERR;
        }
    }
    return __real_nc_open(path, mode, file);
}

RESULT_WRAP(nc_close, int file)
{
    return result_of(file) != NULL ? NC_NOERR : __real_nc_close(file);
}

RESULT_WRAP(nc_inq_dimid, int file, const char *name, int *dimension)
{
    const struct result *result = result_of(file);
    if (result == NULL) {
        return __real_nc_inq_dimid(file, name, dimension);
    }
    for (int i = 0; i < result->dimensions; i++) {
        if (strcmp(result->dimension_name[i], name) == 0) {
            *dimension = i;
            return NC_NOERR;
        }
    }
    return NC_EBADDIM;
}

RESULT_WRAP(nc_inq_dim, int file, int dimension, char *name, size_t *size)
{
    const struct result *result = result_of(file);
    if (result == NULL) {
        return __real_nc_inq_dim(file, dimension, name, size);
    }
    if (name != NULL) {
        (void)strcpy(name, result->dimension_name[dimension]);
    }
    *size = result->dimension_size[dimension];
    return NC_NOERR;
}

RESULT_WRAP(nc_inq_dimlen, int file, int dimension, size_t *size)
{
    return result_of(file) != NULL ? __wrap_nc_inq_dim(file, dimension, NULL, size)
                                   : __real_nc_inq_dimlen(file, dimension, size);
}

RESULT_WRAP(nc_inq_varid, int file, const char *name, int *variable)
{
    const struct result *result = result_of(file);
    if (result == NULL) {
        return __real_nc_inq_varid(file, name, variable);
    }
    for (int i = 0; i < result->variables; i++) {
        if (strcmp(result->variable[i].name, name) == 0) {
            *variable = i;
            return NC_NOERR;
        }
    }
    return NC_ENOTVAR;
}

RESULT_WRAP(nc_inq_var, int file, int variable, char *name, nc_type *type, int *rank,
            int *dimension, int *attributes)
{
    const struct result *result = result_of(file);
    if (result == NULL) {
        return __real_nc_inq_var(file, variable, name, type, rank, dimension, attributes);
    }
    const struct result_variable *found = &result->variable[variable];
    if (type != NULL) {
        *type = found->type;
    }
    if (rank != NULL) {
        *rank = found->rank;
    }
    if (dimension != NULL) {
        memcpy(dimension, found->dimension, (size_t)found->rank * sizeof *dimension);
    }
    return NC_NOERR;
}

RESULT_WRAP(nc_inq_vartype, int file, int variable, nc_type *type)
{
    return result_of(file) != NULL ? __wrap_nc_inq_var(file, variable, NULL, type, NULL, NULL, NULL)
                                   : __real_nc_inq_vartype(file, variable, type);
}

RESULT_WRAP(nc_get_var_double, int file, int variable, double *values)
{
    const struct result *result = result_of(file);
    if (result == NULL) {
        return __real_nc_get_var_double(file, variable, values);
    }
    const struct result_variable *found = &result->variable[variable];
    if (found->type == NC_STRING || found->type == NC_CHAR) {
        return NC_ECHAR;
    }
    size_t count = result_count(result, found);
    for (size_t i = 0; i < count; i++) {
        values[i] =
            found->number != NULL && found->count > 0 ? found->number[i % found->count] : (double)i;
    }
    return NC_NOERR;
}

RESULT_WRAP(nc_get_var_string, int file, int variable, char **values)
{
    const struct result *result = result_of(file);
    if (result == NULL) {
        return __real_nc_get_var_string(file, variable, values);
    }
    const struct result_variable *found = &result->variable[variable];
    if (found->type != NC_STRING) {
        return NC_ECHAR;
    }
    size_t count = result_count(result, found);
    for (size_t i = 0; i < count; i++) {
        const char *text = "1";
        if (found->text != NULL && found->count > 0) {
            text = found->text[i % found->count];
        }
        values[i] = text != NULL ? memory_string(text) : NULL;
    }
    return NC_NOERR;
}

RESULT_WRAP(nc_inq_att, int file, int variable, const char *name, nc_type *type, size_t *length)
{
    const struct result *result = result_of(file);
    if (result == NULL) {
        return __real_nc_inq_att(file, variable, name, type, length);
    }
    const struct result_attribute *attribute = result_attribute_of(result, variable, name);
    if (attribute == NULL) {
        return NC_ENOTATT;
    }
    if (type != NULL) {
        *type = attribute->type;
    }
    *length = attribute->length;
    return NC_NOERR;
}

RESULT_WRAP(nc_inq_attlen, int file, int variable, const char *name, size_t *length)
{
    return result_of(file) != NULL ? __wrap_nc_inq_att(file, variable, name, NULL, length)
                                   : __real_nc_inq_attlen(file, variable, name, length);
}

RESULT_WRAP(nc_get_att_text, int file, int variable, const char *name, char *text)
{
    const struct result *result = result_of(file);
    if (result == NULL) {
        return __real_nc_get_att_text(file, variable, name, text);
    }
    const struct result_attribute *attribute = result_attribute_of(result, variable, name);
    if (attribute == NULL || attribute->type != NC_CHAR) {
        return attribute == NULL ? NC_ENOTATT : NC_ECHAR;
    }
    memcpy(text, attribute->text, attribute->length);
    return NC_NOERR;
}

RESULT_WRAP(nc_get_att_double, int file, int variable, const char *name, double *number)
{
    const struct result *result = result_of(file);
    if (result == NULL) {
        return __real_nc_get_att_double(file, variable, name, number);
    }
    const struct result_attribute *attribute = result_attribute_of(result, variable, name);
    if (attribute == NULL || attribute->type != NC_DOUBLE) {
        return attribute == NULL ? NC_ENOTATT : NC_ECHAR;
    }
    memcpy(number, attribute->number, attribute->length * sizeof *number);
    return NC_NOERR;
}

#endif
