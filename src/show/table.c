/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "table.h"

#include "memory.h"
#include "table_cell.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

struct table *table_create(const char *title, const struct table_column *columns, size_t count)
{
    struct table *table = memory_array(1, sizeof *table);
    table->title = memory_string(title);
    table->column_count = count;
    table->columns = memory_array(count, sizeof *columns);
    for (size_t j = 0; j < count; j++) {
        table->columns[j] = columns[j];
        table->columns[j].name = memory_string(columns[j].name);
        if (columns[j].unit != NULL) {
            table->columns[j].unit = table_clean_text(columns[j].unit);
        }
    }
    return table;
}

void table_free(struct table *table)
{
    if (table == NULL) {
        return;
    }
    for (size_t i = 0; i < table->cell_count; i++) {
        free(table->cells[i].text);
    }
    for (size_t j = 0; j < table->column_count; j++) {
        free((char *)table->columns[j].name);
        free((char *)table->columns[j].unit);
    }
    free(table->cells);
    free(table->columns);
    free(table->title);
    free(table);
}

static struct table_cell *next_cell(struct table *table)
{
    table->cells = memory_reserve(table->cells, &table->cell_capacity, table->cell_count,
                                  sizeof *table->cells);
    struct table_cell *cell = &table->cells[table->cell_count++];
    *cell = (struct table_cell){.number = {(double)NAN, (double)NAN, (double)NAN}};
    return cell;
}

/** The kind of the column that the next cell belongs to. */
static enum table_kind next_kind(const struct table *table)
{
    return table->columns[table->cell_count % table->column_count].kind;
}

void table_add_text(struct table *table, const char *text)
{
    assert(next_kind(table) == TABLE_TEXT || next_kind(table) == TABLE_WORDS);
    next_cell(table)->text = text == NULL ? NULL : table_clean_text(text);
}

void table_add_number(struct table *table, double value)
{
    assert(next_kind(table) == TABLE_NUMBER);
    next_cell(table)->number[0] = value;
}

void table_add_interval(struct table *table, double value, double low, double high)
{
    assert(next_kind(table) == TABLE_INTERVAL);
    struct table_cell *cell = next_cell(table);
    cell->number[0] = value;
    cell->number[1] = low;
    cell->number[2] = high;
}

bool table_write(const struct table *const *tables, size_t count, enum table_format format,
                 FILE *file)
{
    if (format == TABLE_FORMAT_JSON) {
        return table_write_json(tables, count, file) && ferror(file) == 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            (void)fputc('\n', file);
        }
        if (format == TABLE_FORMAT_CSV) {
            table_write_csv(tables[i], file);
        } else {
            table_write_text(tables[i], file);
        }
    }
    return ferror(file) == 0;
}
