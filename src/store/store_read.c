/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store_read.h"

#include "memory.h"
#include "store_checksum.h"

#include <errno.h>
#include <math.h>
#include <netcdf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct store_reader {
    int handle;
    char *path;
    bool sealed;
};

static bool fail(const struct store_reader *reader, const char *variable, const char *reason,
                 struct error *error)
{
    return error_set(error, ERROR_INPUT, "%s: variable %s %s", reader->path, variable, reason);
}

static bool check_complete(const struct store_reader *reader, struct error *error)
{
    char *status = NULL;
    struct error ignored;
    if (!store_read_text(reader, NULL, "run_status", &status, &ignored)) {
        return error_set(error, ERROR_INPUT,
                         "%s has no attribute run_status: it was not written by growcast, or not "
                         "to its end",
                         reader->path);
    }
    bool complete = strcmp(status, "complete") == 0;
    if (!complete) {
        (void)error_set(error, ERROR_INPUT, "%s is not complete: its run_status is \"%s\"",
                        reader->path, status);
    }
    free(status);
    return complete;
}

struct store_reader *store_read_open(const char *path, struct error *error)
{
    /* The library would take some names for addresses on the network. */
    struct stat status;
    if (stat(path, &status) != 0) {
        (void)error_set(error, ERROR_INPUT, "cannot read %s: %s", path, strerror(errno));
        return NULL;
    }
    if (!S_ISREG(status.st_mode)) {
        (void)error_set(error, ERROR_INPUT, "cannot read %s: not a plain file", path);
        return NULL;
    }
    bool sealed;
    if (!store_checksum_check(path, &sealed, error)) {
        return NULL;
    }
    int handle = 0;
    int result = nc_open(path, NC_NOWRITE, &handle);
    if (result != NC_NOERR) {
        (void)error_set(error, ERROR_INPUT, "cannot read %s as NetCDF: %s", path,
                        nc_strerror(result));
        return NULL;
    }
    struct store_reader *reader = memory_array(1, sizeof *reader);
    *reader =
        (struct store_reader){.handle = handle, .path = memory_string(path), .sealed = sealed};
    if (!check_complete(reader, error)) {
        store_read_close(reader);
        return NULL;
    }
    return reader;
}

void store_read_close(struct store_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    (void)nc_close(reader->handle);
    free(reader->path);
    free(reader);
}

bool store_read_sealed(const struct store_reader *reader)
{
    return reader->sealed;
}

bool store_read_has(const struct store_reader *reader, const char *variable)
{
    int identifier = 0;
    return nc_inq_varid(reader->handle, variable, &identifier) == NC_NOERR;
}

size_t store_read_size(const struct store_reader *reader, const char *dimension)
{
    int identifier = 0;
    size_t size = 0;
    if (nc_inq_dimid(reader->handle, dimension, &identifier) != NC_NOERR ||
        nc_inq_dimlen(reader->handle, identifier, &size) != NC_NOERR) {
        return 0;
    }
    return size;
}

bool store_read_text(const struct store_reader *reader, const char *variable, const char *attribute,
                     char **text, struct error *error)
{
    int identifier = NC_GLOBAL;
    nc_type type = NC_NAT;
    size_t length = 0;
    if (variable != NULL && nc_inq_varid(reader->handle, variable, &identifier) != NC_NOERR) {
        (void)fail(reader, variable, "is missing", error);
        return false;
    }
    const char *owner = variable == NULL ? "the file" : variable;
    if (nc_inq_att(reader->handle, identifier, attribute, &type, &length) != NC_NOERR) {
        (void)error_set(error, ERROR_INPUT, "%s: %s has no attribute %s", reader->path, owner,
                        attribute);
        return false;
    }
    *text = memory_array(length + 1, 1);
    if (type != NC_CHAR ||
        nc_get_att_text(reader->handle, identifier, attribute, *text) != NC_NOERR) {
        free(*text);
        *text = NULL;
        (void)error_set(error, ERROR_INPUT, "%s: attribute %s of %s is not text", reader->path,
                        attribute, owner);
        return false;
    }
    return true;
}

/** Finds a variable that has exactly these dimensions; *count is the number of its values. */
static bool find(const struct store_reader *reader, const char *variable, const char *dimensions,
                 int *identifier, size_t *count, struct error *error)
{
    if (nc_inq_varid(reader->handle, variable, identifier) != NC_NOERR) {
        return fail(reader, variable, "is missing", error);
    }
    int rank = 0;
    int dimension[NC_MAX_VAR_DIMS];
    if (nc_inq_var(reader->handle, *identifier, NULL, NULL, &rank, dimension, NULL) != NC_NOERR) {
        return fail(reader, variable, "cannot be read", error);
    }
    *count = 1;
    const char *rest = dimensions;
    for (int i = 0; i < rank; i++) {
        char name[NC_MAX_NAME + 1];
        size_t size = 0;
        size_t length = strcspn(rest, " ");
        if (nc_inq_dim(reader->handle, dimension[i], name, &size) != NC_NOERR ||
            strlen(name) != length || strncmp(name, rest, length) != 0 ||
            (size > 0 && *count > SIZE_MAX / size)) {
            rest = "other dimensions";
            break;
        }
        *count *= size;
        rest += length + strspn(rest + length, " ");
    }
    return *rest == '\0' ||
           error_set(error, ERROR_INPUT, "%s: variable %s does not have the dimensions (%s)",
                     reader->path, variable, dimensions);
}

static bool is_numeric(nc_type type)
{
    return type >= NC_BYTE && type <= NC_UINT64 && type != NC_CHAR;
}

bool store_read_numbers(const struct store_reader *reader, const char *variable,
                        const char *dimensions, double **values, struct error *error)
{
    int identifier = 0;
    size_t count = 0;
    nc_type type = NC_NAT;
    if (!find(reader, variable, dimensions, &identifier, &count, error)) {
        return false;
    }
    if (nc_inq_vartype(reader->handle, identifier, &type) != NC_NOERR || !is_numeric(type)) {
        return fail(reader, variable, "does not hold numbers", error);
    }
    *values = memory_array(count, sizeof **values);
    int status = nc_get_var_double(reader->handle, identifier, *values);
    if (status != NC_NOERR) {
        free(*values);
        *values = NULL;
        return fail(reader, variable, nc_strerror(status), error);
    }
    double fill = 0;
    size_t length = 0;
    if (nc_inq_attlen(reader->handle, identifier, "_FillValue", &length) == NC_NOERR &&
        length == 1 &&
        nc_get_att_double(reader->handle, identifier, "_FillValue", &fill) == NC_NOERR) {
        for (size_t i = 0; i < count; i++) {
            (*values)[i] = (*values)[i] == fill ? (double)NAN : (*values)[i];
        }
    }
    return true;
}

bool store_read_names(const struct store_reader *reader, const char *variable,
                      const char *dimension, char ***names, struct error *error)
{
    int identifier = 0;
    size_t count = 0;
    nc_type type = NC_NAT;
    if (!find(reader, variable, dimension, &identifier, &count, error)) {
        return false;
    }
    if (nc_inq_vartype(reader->handle, identifier, &type) != NC_NOERR || type != NC_STRING) {
        return fail(reader, variable, "does not hold text", error);
    }
    *names = memory_array(count, sizeof **names);
    int status = nc_get_var_string(reader->handle, identifier, *names);
    if (status != NC_NOERR) {
        free(*names);
        *names = NULL;
        return fail(reader, variable, nc_strerror(status), error);
    }
    for (size_t i = 0; i < count; i++) {
        if ((*names)[i] == NULL) {
            store_read_free_names(reader, dimension, *names);
            *names = NULL;
            return fail(reader, variable, "lacks a text", error);
        }
    }
    return true;
}

void store_read_free_names(const struct store_reader *reader, const char *dimension, char **names)
{
    if (names != NULL) {
        (void)nc_free_string(store_read_size(reader, dimension), names);
        free(names);
    }
}

/** Splits text at blanks in place; the caller frees the array, whose element 0 is text. */
static char **split(char *text, size_t *count)
{
    size_t capacity = 0;
    char **words = memory_reserve(NULL, &capacity, 0, sizeof *words);
    words[0] = text;
    *count = 0;
    for (char *word = text; *word != '\0';) {
        size_t length = strcspn(word, " ");
        words = memory_reserve(words, &capacity, *count, sizeof *words);
        words[(*count)++] = word;
        char *next = word + length + strspn(word + length, " ");
        word[length] = '\0';
        word = next;
    }
    return words;
}

bool store_read_flags(const struct store_reader *reader, const char *variable,
                      struct store_flags *flags, struct error *error)
{
    int identifier = 0;
    size_t length = 0;
    char *meanings = NULL;
    *flags = (struct store_flags){0};
    if (!store_read_text(reader, variable, "flag_meanings", &meanings, error)) {
        return false;
    }
    flags->word = split(meanings, &flags->count);
    flags->code = memory_array(flags->count, sizeof *flags->code);
    (void)nc_inq_varid(reader->handle, variable, &identifier);
    flags->masks = nc_inq_attlen(reader->handle, identifier, "flag_masks", &length) == NC_NOERR;
    const char *codes = flags->masks ? "flag_masks" : "flag_values";
    if (nc_inq_attlen(reader->handle, identifier, codes, &length) != NC_NOERR ||
        length != flags->count ||
        nc_get_att_double(reader->handle, identifier, codes, flags->code) != NC_NOERR) {
        store_read_free_flags(flags);
        return fail(reader, variable, "has no usable flag_values or flag_masks", error);
    }
    return true;
}

void store_read_free_flags(struct store_flags *flags)
{
    if (flags->word != NULL) {
        free(flags->word[0]);
    }
    free(flags->word);
    free(flags->code);
    *flags = (struct store_flags){0};
}

/** Whether a code of a mask has bits in common with a value; neither is to be trusted. */
static bool has_bits(double value, double code)
{
    return code >= 1 && code < 0x1p53 && value >= 1 && value < 0x1p53 &&
           ((uint64_t)value & (uint64_t)code) != 0;
}

char *store_read_words(const struct store_flags *flags, double value)
{
    if (isnan(value)) {
        return NULL;
    }
    size_t size = 64;
    for (size_t i = 0; i < flags->count; i++) {
        size += strlen(flags->word[i]) + 1;
    }
    char *words = memory_array(size, 1);
    double rest = value;
    bool found = false;
    for (size_t i = 0; i < flags->count; i++) {
        bool applies = flags->masks ? has_bits(value, flags->code[i]) : flags->code[i] == value;
        if (applies) {
            (void)strcat(words, found ? " " : "");
            (void)strcat(words, flags->word[i]);
            rest -= flags->code[i];
            found = true;
        }
    }
    if (flags->masks ? rest != 0 : !found) {
        (void)snprintf(words + strlen(words), 64, "%s%g", found ? " " : "",
                       flags->masks ? rest : value);
    }
    return words;
}
