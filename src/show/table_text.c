/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wcwidth() belongs to the X/Open part of POSIX. */
#define _XOPEN_SOURCE 700 /* NOLINT(bugprone-reserved-identifier) */

#include "memory.h"
#include "table_cell.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

void table_replace_character(char *text, char from, char to)
{
    for (; *text != '\0'; text++) {
        if (*text == from) {
            *text = to;
        }
    }
}

/** Reads characters as UTF-8 in the calling thread, whatever the user's locale is. */
static locale_t enter_utf8(locale_t *previous)
{
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    *previous = utf8 == (locale_t)0 ? (locale_t)0 : uselocale(utf8);
    return utf8;
}

static void leave_utf8(locale_t utf8, locale_t previous)
{
    if (utf8 != (locale_t)0) {
        (void)uselocale(previous);
        freelocale(utf8);
    }
}

/** Length in bytes of the character at text, which is stored to *character; 0 when invalid. */
static size_t decode(const char *text, wchar_t *character)
{
    mbstate_t state;
    memset(&state, 0, sizeof state);
    size_t length = mbrtowc(character, text, strlen(text), &state);
    return length == (size_t)-1 || length == (size_t)-2 ? 0 : length;
}

/** ASCII, as nearly all texts are, reads the same everywhere, and making a locale takes long. */
static bool is_ascii(const char *text)
{
    while (*text != '\0' && (unsigned char)*text < 0x80) {
        text++;
    }
    return *text == '\0';
}

char *table_clean_text(const char *text)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    if (is_ascii(text)) {
        return memory_string(text);
    }
    const size_t size = sizeof replacement - 1;
    char *clean = memory_array(size * strlen(text) + 1, 1);
    size_t length = 0;
    locale_t previous = (locale_t)0;
    locale_t utf8 = enter_utf8(&previous);
    while (*text != '\0') {
        wchar_t character = 0;
        size_t bytes = decode(text, &character);
        memcpy(clean + length, bytes > 0 ? text : replacement, bytes > 0 ? bytes : size);
        length += bytes > 0 ? bytes : size;
        text += bytes > 0 ? bytes : 1;
    }
    leave_utf8(utf8, previous);
    return clean;
}

size_t table_text_width(const char *text)
{
    if (is_ascii(text)) {
        return strlen(text);
    }
    size_t width = 0;
    locale_t previous = (locale_t)0;
    locale_t utf8 = enter_utf8(&previous);
    while (*text != '\0') {
        wchar_t character = 0;
        size_t bytes = decode(text, &character);
        int columns = bytes > 0 ? wcwidth(character) : 1;
        width += columns < 0 ? 1 : (size_t)columns;
        text += bytes > 0 ? bytes : 1;
    }
    leave_utf8(utf8, previous);
    return width;
}

void table_format_rounded(double value, int digits, char *text, size_t size)
{
    if (isnan(value)) {
        (void)snprintf(text, size, "-");
    } else if (isinf(value)) {
        (void)snprintf(text, size, value > 0 ? "unbounded" : "-unbounded");
    } else if (fabs(value) >= pow(10, digits - 1) && fabs(value) < 1e15) {
        (void)snprintf(text, size, "%.0f", value);
    } else {
        (void)snprintf(text, size, "%.*g", digits, value);
    }
}

static void format_interval(const double number[3], int digits, char *text, size_t size)
{
    char value[64];
    char low[64];
    char high[64];
    table_format_rounded(number[0], digits, value, sizeof value);
    if (isnan(number[1]) && isnan(number[2])) {
        (void)snprintf(text, size, "%s", value);
        return;
    }
    table_format_rounded(number[1], digits, low, sizeof low);
    table_format_rounded(number[2], digits, high, sizeof high);
    (void)snprintf(text, size, "%s [%s, %s%c", value, low, high, isinf(number[2]) ? ')' : ']');
}

/** "low_count step_like" as "low count, step like"; text has room for twice the words. */
static void format_words(const char *words, char *text)
{
    char *start = text;
    for (; *words != '\0'; words++) {
        if (*words == ' ') {
            *text++ = ',';
        }
        *text++ = *words;
    }
    *text = '\0';
    table_replace_character(start, '_', ' ');
}

/** Replaces the characters that could steer a terminal: U+0000 to U+001F and U+007F to U+009F. */
static void hide_controls(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c != '\0'; c++) {
        if (*c < ' ' || *c == 0x7F) {
            *c = '?';
        } else if (c[0] == 0xC2 && c[1] < 0xA0) {
            c[0] = '?';
            c[1] = '?';
        }
    }
}

/** A cell as people read it, owned by the caller. */
static char *cell_text(const struct table_column *column, const struct table_cell *cell)
{
    const char *source = cell->text == NULL ? "-" : cell->text;
    size_t size = 256 + 2 * strlen(source);
    char *text = memory_array(size, 1);
    switch (column->kind) {
    case TABLE_TEXT:
        (void)snprintf(text, size, "%s", source);
        break;
    case TABLE_WORDS:
        format_words(source, text);
        break;
    case TABLE_NUMBER:
        table_format_rounded(cell->number[0], column->digits, text, size);
        break;
    case TABLE_INTERVAL:
        format_interval(cell->number, column->digits, text, size);
        break;
    }
    hide_controls(text);
    return text;
}

/** The heading of a column, owned by the caller. */
static char *heading_text(const struct table_column *column)
{
    size_t size = strlen(column->name) + (column->unit == NULL ? 0 : strlen(column->unit)) + 4;
    char *text = memory_array(size, 1);
    (void)snprintf(text, size, "%s", column->name);
    table_replace_character(text, '_', ' ');
    if (column->unit != NULL) {
        size_t length = strlen(text);
        (void)snprintf(text + length, size - length, " (%s)", column->unit);
    }
    return text;
}

static void write_padded(const char *text, size_t width, bool right, bool last, FILE *file)
{
    size_t own = table_text_width(text);
    int padding = (int)(width > own ? width - own : 0);
    (void)fprintf(file, "%*s%s%*s", right ? padding : 0, "", text, right || last ? 0 : padding, "");
}

void table_write_text(const struct table *table, FILE *file)
{
    size_t columns = table->column_count;
    size_t rows = table->cell_count / columns + 1;
    char **texts = memory_array(rows * columns, sizeof *texts);
    size_t *widths = memory_array(columns, sizeof *widths);
    for (size_t i = 0; i < rows * columns; i++) {
        const struct table_column *column = &table->columns[i % columns];
        texts[i] =
            i < columns ? heading_text(column) : cell_text(column, &table->cells[i - columns]);
        size_t width = table_text_width(texts[i]);
        widths[i % columns] = width > widths[i % columns] ? width : widths[i % columns];
    }
    (void)fprintf(file, "%s\n", table->title);
    for (size_t i = 0; i < rows * columns; i++) {
        size_t j = i % columns;
        enum table_kind kind = table->columns[j].kind;
        (void)fputs("  ", file);
        write_padded(texts[i], widths[j], kind == TABLE_NUMBER, j + 1 == columns, file);
        if (j + 1 == columns) {
            (void)fputc('\n', file);
        }
        free(texts[i]);
    }
    free(texts);
    free(widths);
}
