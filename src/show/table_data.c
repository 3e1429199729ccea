/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "memory.h"
#include "table_cell.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void table_format_exact(double value, char *text, size_t size)
{
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, size, "%.*g", digits, value);
        if (strtod(text, NULL) == value) {
            return;
        }
    }
}

static void write_csv_text(const char *text, FILE *file)
{
    bool formula = text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
    bool quoted = strpbrk(text, ",\"\r\n") != NULL;
    (void)fputs(quoted ? "\"" : "", file);
    (void)fputs(formula ? "'" : "", file);
    for (; *text != '\0'; text++) {
        (void)fputs(*text == '"' ? "\"" : "", file);
        (void)fputc(*text, file);
    }
    (void)fputs(quoted ? "\"" : "", file);
}

/** An empty field for a missing number. */
static void write_csv_number(double value, FILE *file)
{
    char text[64] = "";
    if (!isnan(value)) {
        table_format_exact(value, text, sizeof text);
    }
    (void)fputs(text, file);
}

static void write_csv_header(const struct table *table, FILE *file)
{
    for (size_t j = 0; j < table->column_count; j++) {
        const char *name = table->columns[j].name;
        (void)fputs(j == 0 ? "" : ",", file);
        write_csv_text(name, file);
        if (table->columns[j].kind == TABLE_INTERVAL) {
            (void)fprintf(file, ",%s_low,%s_high", name, name);
        }
    }
    (void)fputs("\r\n", file);
}

void table_write_csv(const struct table *table, FILE *file)
{
    write_csv_header(table, file);
    for (size_t i = 0; i < table->cell_count; i++) {
        size_t j = i % table->column_count;
        const struct table_cell *cell = &table->cells[i];
        (void)fputs(j == 0 ? "" : ",", file);
        switch (table->columns[j].kind) {
        case TABLE_TEXT:
        case TABLE_WORDS:
            write_csv_text(cell->text == NULL ? "" : cell->text, file);
            break;
        case TABLE_NUMBER:
            write_csv_number(cell->number[0], file);
            break;
        case TABLE_INTERVAL:
            for (size_t k = 0; k < 3; k++) {
                (void)fputs(k == 0 ? "" : ",", file);
                write_csv_number(cell->number[k], file);
            }
            break;
        }
        (void)fputs(j + 1 == table->column_count ? "\r\n" : "", file);
    }
}

/** JSON has no infinity; the word is what JavaScript's Number() and Python's float() read. */
static json_t *json_of_number(double value)
{
    if (isnan(value)) {
        return json_null();
    }
    if (isinf(value)) {
        return json_string(value > 0 ? "Infinity" : "-Infinity");
    }
    return value == floor(value) && fabs(value) <= 0x1p53 ? json_integer((json_int_t)value)
                                                          : json_real(value);
}

static json_t *json_of_words(const char *words)
{
    json_t *array = json_array();
    while (*words != '\0') {
        size_t length = strcspn(words, " ");
        (void)json_array_append_new(array, json_stringn(words, length));
        words += length + strspn(words + length, " ");
    }
    return array;
}

static json_t *json_of_cell(const struct table_column *column, const struct table_cell *cell)
{
    switch (column->kind) {
    case TABLE_TEXT:
        return cell->text == NULL ? json_null() : json_string(cell->text);
    case TABLE_WORDS:
        return json_of_words(cell->text == NULL ? "" : cell->text);
    case TABLE_NUMBER:
        return json_of_number(cell->number[0]);
    case TABLE_INTERVAL:
        break;
    }
    json_t *object = json_object();
    (void)json_object_set_new(object, "value", json_of_number(cell->number[0]));
    (void)json_object_set_new(object, "low", json_of_number(cell->number[1]));
    (void)json_object_set_new(object, "high", json_of_number(cell->number[2]));
    return object;
}

static json_t *json_of_table(const struct table *table)
{
    json_t *rows = json_array();
    json_t *row = NULL;
    for (size_t i = 0; i < table->cell_count; i++) {
        size_t j = i % table->column_count;
        if (j == 0) {
            row = json_object();
            (void)json_array_append_new(rows, row);
        }
        (void)json_object_set_new(row, table->columns[j].name,
                                  json_of_cell(&table->columns[j], &table->cells[i]));
    }
    return rows;
}

bool table_write_json(const struct table *const *tables, size_t count, FILE *file)
{
    json_t *root = json_object();
    for (size_t i = 0; i < count; i++) {
        char *name = memory_string(tables[i]->title);
        table_replace_character(name, ' ', '_');
        (void)json_object_set_new(root, name, json_of_table(tables[i]));
        free(name);
    }
    bool done = json_dumpf(root, file, JSON_INDENT(1)) == 0;
    (void)fputc('\n', file);
    json_decref(root);
    return done;
}
