/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader_csv.h"

#include "memory.h"

#include <csv.h>
#include <errno.h>
#include <inttypes.h>
#include <nettle/base16.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 65536 };

struct reader_csv {
    const char *path;
    FILE *file;
    struct csv_parser parser;
    struct sha256_ctx sha256;
    uint64_t bytes;
    /* Bytes that were read but not parsed yet. */
    unsigned char block[BLOCK_SIZE];
    size_t block_position;
    size_t block_length;
    /* Where the next byte stands. */
    size_t line;
    bool after_carriage_return;
    bool at_end;
    /* The row that is being collected: its texts one behind the other, each with a NUL. */
    size_t row_line;
    size_t row_bytes;
    bool row_complete;
    char *text;
    size_t text_size;
    size_t text_capacity;
    size_t field_count;
    size_t field_capacity;
    size_t *field_offset;
    size_t line_capacity;
    size_t *field_line; /* of the fields so far and of the one that comes next */
    size_t pointer_capacity;
    const char **field;
};

static void begin_row(struct reader_csv *csv)
{
    csv->row_line = csv->line;
    csv->row_bytes = 0;
    csv->row_complete = false;
    csv->text_size = 0;
    csv->field_count = 0;
    csv->field_line[0] = csv->line;
}

static void begin_parser(struct reader_csv *csv)
{
    if (csv_init(&csv->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0) {
        memory_exhausted(1, sizeof csv->parser);
    }
}

struct reader_csv *reader_csv_open(const char *path, struct error *error)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        (void)error_set(error, ERROR_INPUT, "%s: cannot open: %s", path, strerror(errno));
        return NULL;
    }
    return reader_csv_take(file, path);
}

struct reader_csv *reader_csv_take(FILE *file, const char *path)
{
    struct reader_csv *csv = memory_array(1, sizeof *csv);
    csv->path = path;
    csv->file = file;
    csv->line = 1;
    csv->field_line = memory_reserve(NULL, &csv->line_capacity, 1, sizeof *csv->field_line);
    sha256_init(&csv->sha256);
    begin_parser(csv);
    begin_row(csv);
    return csv;
}

/* Called by libcsv at the end of a field. */
static void end_field(void *text, size_t length, void *context)
{
    struct reader_csv *csv = context;
    csv->text = memory_reserve(csv->text, &csv->text_capacity, csv->text_size + length, 1);
    memcpy(csv->text + csv->text_size, text, length);
    csv->text[csv->text_size + length] = '\0';

    csv->field_offset = memory_reserve(csv->field_offset, &csv->field_capacity, csv->field_count,
                                       sizeof *csv->field_offset);
    csv->field_line = memory_reserve(csv->field_line, &csv->line_capacity, csv->field_count + 1,
                                     sizeof *csv->field_line);
    csv->field_offset[csv->field_count] = csv->text_size;
    csv->field_line[csv->field_count + 1] = csv->line;
    csv->text_size += length + 1;
    csv->field_count++;
}

/* Called by libcsv at the end of a row. */
static void end_row(int terminator, void *context)
{
    (void)terminator;
    struct reader_csv *csv = context;
    csv->row_complete = true;
}

/* What a file is that begins like no table does; NULL if it may be one. */
static const char *other_kind(const unsigned char *start, size_t length)
{
    static const char netcdf[] = "a NetCDF file, not CSV (`growcast show` prints what is in it)";
    static const char packed[] = "compressed, not CSV (unpack it first)";
    static const struct {
        const char *start;
        const char *kind;
    } table[] = {
        {"\x89HDF", netcdf},          {"CDF\x01", netcdf},  {"CDF\x02", netcdf},
        {"CDF\x05", netcdf},          {"\x1f\x8b", packed}, {"PK\x03\x04", packed},
        {"\x28\xb5\x2f\xfd", packed},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        size_t size = strlen(table[i].start);
        if (length >= size && memcmp(start, table[i].start, size) == 0) {
            return table[i].kind;
        }
    }
    /* An object or an array, and in it a name, another one of them or its end. */
    static const char blanks[] = " \t\r\n";
    size_t position = 0;
    for (int depth = 0; depth < 2; depth++) {
        while (position < length && start[position] != '\0' &&
               strchr(blanks, start[position]) != NULL) {
            position++;
        }
        const char *expected = depth == 0 ? "{[" : "{[]}\"";
        if (position == length || start[position] == '\0' ||
            strchr(expected, start[position]) == NULL) {
            return NULL;
        }
        position++;
    }
    return "JSON, not CSV (`growcast collect` makes series of records of the Hub)";
}

static bool read_block(struct reader_csv *csv, struct error *error)
{
    bool first = csv->bytes == 0;
    csv->block_position = 0;
    csv->block_length = fread(csv->block, 1, sizeof csv->block, csv->file);
    if (ferror(csv->file)) {
        return error_set(error, ERROR_INPUT, "%s: cannot read: %s", csv->path, strerror(errno));
    }
    sha256_update(&csv->sha256, csv->block_length, csv->block);
    csv->bytes += csv->block_length;
    if (first && csv->block_length >= 3 && memcmp(csv->block, "\xef\xbb\xbf", 3) == 0) {
        csv->block_position = 3;
    }
    const char *kind = first ? other_kind(csv->block + csv->block_position,
                                          csv->block_length - csv->block_position)
                             : NULL;
    return kind == NULL || error_set(error, ERROR_INPUT, "%s:1:1: %s", csv->path, kind);
}

/* Length of the rest of the current line within the block, its end included. */
static size_t line_length(const struct reader_csv *csv)
{
    const unsigned char *start = csv->block + csv->block_position;
    size_t rest = csv->block_length - csv->block_position;
    const unsigned char *feed = memchr(start, '\n', rest);
    size_t length = feed != NULL ? (size_t)(feed - start) + 1 : rest;
    const unsigned char *carriage = memchr(start, '\r', length);
    return carriage != NULL ? (size_t)(carriage - start) + 1 : length;
}

/* Moves behind bytes that were parsed; CR and the LF behind it end one line. Returns whether the
 * bytes end with the end of a line. */
static bool advance(struct reader_csv *csv, size_t length)
{
    unsigned char last = csv->block[csv->block_position + length - 1];
    bool ended = last == '\n' || last == '\r';
    bool second_half = last == '\n' && length == 1 && csv->after_carriage_return;
    csv->line += ended && !second_half ? 1 : 0;
    csv->after_carriage_return = last == '\r';
    csv->block_position += length;
    return ended;
}

static bool fail_here(const struct reader_csv *csv, size_t line, struct error *error,
                      const char *reason)
{
    return error_set(error, ERROR_INPUT, "%s:%zu:%zu: %s", csv->path, line, csv->field_count + 1,
                     reason);
}

/* Gives up a row that libcsv could not parse and goes on with the next line. */
static enum reader_csv_result drop_row(struct reader_csv *csv, struct error *error)
{
    (void)fail_here(csv, csv->line, error, "a quote in the wrong place");
    csv_free(&csv->parser);
    begin_parser(csv);
    bool ended = false;
    while (!ended) {
        if (csv->block_position == csv->block_length) {
            if (!read_block(csv, error)) {
                return READER_CSV_FAILED;
            }
            if (csv->block_length == 0) {
                break;
            }
        }
        ended = advance(csv, line_length(csv));
    }
    begin_row(csv);
    return READER_CSV_BAD_ROW;
}

/* Parses up to the end of the current line or of the block. */
static enum reader_csv_result parse_line(struct reader_csv *csv, struct error *error)
{
    const unsigned char *start = csv->block + csv->block_position;
    size_t length = line_length(csv);
    const unsigned char *nul = memchr(start, '\0', length);
    size_t readable = nul != NULL ? (size_t)(nul - start) : length;
    csv->row_bytes += readable;
    if (csv->row_bytes > READER_ROW_MAX) {
        (void)fail_here(csv, csv->row_line, error, "row longer than 1 MiB (an open quote?)");
        return READER_CSV_FAILED;
    }
    if (csv_parse(&csv->parser, start, readable, end_field, end_row, csv) != readable) {
        if (csv_error(&csv->parser) != CSV_EPARSE) {
            memory_exhausted(csv->row_bytes, 1);
        }
        return drop_row(csv, error);
    }
    if (nul != NULL) {
        (void)fail_here(csv, csv->line, error,
                        "NUL byte: not a CSV file, or one in UTF-16 or compressed");
        return READER_CSV_FAILED;
    }
    bool ended = advance(csv, length);
    if (ended && csv->field_count == 0 && !csv->parser.quoted) {
        begin_row(csv); /* The line was blank. */
    }
    return READER_CSV_ROW;
}

static enum reader_csv_result finish(struct reader_csv *csv, struct error *error)
{
    csv->at_end = true;
    if (csv_fini(&csv->parser, end_field, end_row, csv) == 0) {
        return READER_CSV_ROW;
    }
    if (csv_error(&csv->parser) != CSV_EPARSE) {
        memory_exhausted(csv->row_bytes, 1);
    }
    (void)fail_here(csv, csv->field_line[csv->field_count], error, "a quote that is never closed");
    return READER_CSV_FAILED;
}

enum reader_csv_result reader_csv_next(struct reader_csv *csv, struct reader_row *row,
                                       struct error *error)
{
    begin_row(csv);
    while (!csv->row_complete && !csv->at_end) {
        if (csv->block_position == csv->block_length && !read_block(csv, error)) {
            return READER_CSV_FAILED;
        }
        enum reader_csv_result result =
            csv->block_length == 0 ? finish(csv, error) : parse_line(csv, error);
        if (result != READER_CSV_ROW) {
            return result;
        }
    }
    if (!csv->row_complete) {
        return READER_CSV_END;
    }
    csv->field =
        memory_reserve(csv->field, &csv->pointer_capacity, csv->field_count, sizeof *csv->field);
    for (size_t i = 0; i < csv->field_count; i++) {
        csv->field[i] = csv->text + csv->field_offset[i];
    }
    *row = (struct reader_row){csv->row_line, csv->field_count, csv->field, csv->field_line};
    return READER_CSV_ROW;
}

size_t reader_csv_line(const struct reader_csv *csv)
{
    return csv->line;
}

void reader_csv_digest(struct reader_csv *csv, uint64_t *bytes, char sha256[READER_SHA256_SIZE])
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_digest(&csv->sha256, sizeof digest, digest);
    base16_encode_update(sha256, sizeof digest, digest);
    sha256[READER_SHA256_SIZE - 1] = '\0';
    *bytes = csv->bytes;
}

void reader_csv_close(struct reader_csv *csv)
{
    if (csv == NULL) {
        return;
    }
    csv_free(&csv->parser);
    (void)fclose(csv->file);
    free(csv->text);
    free(csv->field_offset);
    free(csv->field_line);
    free(csv->field);
    free(csv);
}
