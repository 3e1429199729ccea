/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "table.h"

#include "table_cell.h"
#include "tap.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct table_column columns[] = {
    {"model", NULL, TABLE_TEXT, 0},
    {"count", NULL, TABLE_NUMBER, 3},
    {"impact_time", "month", TABLE_INTERVAL, 3},
    {"flags", NULL, TABLE_WORDS, 0},
};

static struct table *example(void)
{
    struct table *table = table_create("all models", columns, 4);
    table_add_text(table, "a/é");
    table_add_number(table, 123456);
    table_add_interval(table, 2.125, 1.0625, (double)INFINITY);
    table_add_text(table, "low_count step_like");
    table_add_text(table, "=1+1");
    table_add_number(table, (double)NAN);
    table_add_interval(table, 0.1, (double)NAN, (double)NAN);
    table_add_text(table, "");
    table_add_text(table, "模型, \"x\"");
    table_add_number(table, -0.5);
    table_add_interval(table, (double)NAN, (double)NAN, (double)NAN);
    table_add_text(table, NULL);
    return table;
}

/** What a table writes, owned by the caller. */
static char *written(const struct table *table, enum table_format format)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    bool done = table_write(&table, 1, format, file);
    (void)fclose(file);
    tap_ok(done, "the table is written");
    return text;
}

static void test_text(const struct table *table)
{
    /* Widths by the columns that a terminal takes: é 1, 模型 4. */
    static const char expected[] =
        "all models\n"
        "  model       count  impact time (month)     flags\n"
        "  a/é        123456  2.12 [1.06, unbounded)  low count, step like\n"
        "  =1+1            -  0.1                     \n"
        "  模型, \"x\"    -0.5  -                       -\n";
    char *text = written(table, TABLE_FORMAT_TEXT);
    tap_ok(strcmp(text, expected) == 0, "text is aligned, rounded and in words");
    free(text);
}

static void test_csv(const struct table *table)
{
    static const char expected[] =
        "model,count,impact_time,impact_time_low,impact_time_high,flags\r\n"
        "a/é,123456,2.125,1.0625,inf,low_count step_like\r\n"
        "'=1+1,,0.1,,,\r\n"
        "\"模型, \"\"x\"\"\",-0.5,,,,\r\n";
    char *text = written(table, TABLE_FORMAT_CSV);
    tap_ok(strcmp(text, expected) == 0, "CSV is quoted, exact, and no text is a formula");
    free(text);
}

static void test_json(const struct table *table)
{
    char *text = written(table, TABLE_FORMAT_JSON);
    json_t *root = json_loads(text, 0, NULL);
    json_t *expected =
        json_pack("{s:[{s:s,s:i,s:{s:f,s:f,s:s},s:[s,s]},{s:s,s:n,s:{s:f,s:n,s:n},s:[]},"
                  "{s:s,s:f,s:{s:n,s:n,s:n},s:[]}]}",
                  "all_models", "model", "a/é", "count", 123456, "impact_time", "value", 2.125,
                  "low", 1.0625, "high", "Infinity", "flags", "low_count", "step_like", "model",
                  "=1+1", "count", "impact_time", "value", 0.1, "low", "high", "flags", "model",
                  "模型, \"x\"", "count", -0.5, "impact_time", "value", "low", "high", "flags");
    tap_ok(root != NULL && expected != NULL && json_equal(root, expected),
           "JSON has the same cells with all digits");
    json_decref(root);
    json_decref(expected);
    free(text);
}

/** A text column with one cell. */
static struct table *one_cell(const char *content)
{
    static const struct table_column column = {"x", NULL, TABLE_TEXT, 0};
    struct table *table = table_create("t", &column, 1);
    table_add_text(table, content);
    return table;
}

static void test_hostile_text(void)
{
    /* ESC [, the one-character CSI U+009B, a newline, and a byte that is not UTF-8. */
    struct table *table = one_cell("\x1b[31m\xC2\x9B\n\xFF.");
    char *text = written(table, TABLE_FORMAT_TEXT);
    tap_ok(strcmp(text, "t\n  x\n  ?[31m\?\?\?\xEF\xBF\xBD.\n") == 0,
           "control characters and broken UTF-8 do not reach the terminal");
    free(text);
    char *json = written(table, TABLE_FORMAT_JSON);
    json_t *root = json_loads(json, 0, NULL);
    tap_ok(root != NULL, "and JSON stays JSON");
    json_decref(root);
    free(json);
    table_free(table);
}

static void test_width(void)
{
    tap_ok(table_text_width("abc") == 3, "ASCII: one column each");
    tap_ok(table_text_width("模型") == 4, "East Asian characters: two columns each");
    tap_ok(table_text_width("e\xCC\x81") == 1, "a combining accent: none");
    tap_ok(table_text_width("\xFF\xFE") == 2, "broken bytes: one each");
}

static void check_rounded(double value, int digits, const char *expected)
{
    char text[64];
    table_format_rounded(value, digits, text, sizeof text);
    tap_ok(strcmp(text, expected) == 0, "%.17g to %d digits is %s", value, digits, text);
}

static void test_numbers(void)
{
    check_rounded(1234.5678, 3, "1235");
    check_rounded(0.000123456, 3, "0.000123");
    check_rounded(47000000.4, 4, "47000000");
    check_rounded(-12.345, 4, "-12.35");
    check_rounded(0, 4, "0");
    check_rounded(3e20, 4, "3e+20");
    static const double values[] = {0.1, 1.0 / 3, 1e-310, 123456789.123456789, -2.5e300};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char text[64];
        table_format_exact(values[i], text, sizeof text);
        tap_ok(strtod(text, NULL) == values[i], "%s reads back as the same double", text);
    }
}

int main(void)
{
    struct table *table = example();
    test_text(table);
    test_csv(table);
    test_json(table);
    test_hostile_text();
    test_width();
    test_numbers();
    table_free(table);
    return tap_done();
}
