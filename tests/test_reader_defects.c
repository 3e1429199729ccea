/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every defect gives one message that says where and what; none is read past in silence. */
#include "reader_fixture.h"

#include <unistd.h>

struct defect {
    const char *what;
    const char *text;
    const char *place; /* what follows the path, from its colon on */
    const char *reason;
};

#define WIDE  "model,0-month,1-month,2-month,created_at\n"
#define DATED "model,2024-07-02 00:00:00,2024-07-03 00:00:00,2024-07-04 00:00:00,created_at\n"

static const struct defect file_defects[] = {
    {"an empty file", "", ":1:1:", "empty file"},
    {"only a byte order mark", "\xef\xbb\xbf", ":1:1:", "empty file"},
    {"only blank lines", "\n\n\n", ":1:1:", "empty file"},
    {"a header only", WIDE, ":2:1:", "no rows after the header"},
    {"an unknown header", "name,a,b\nx,1,2\n", ":1:1:", "no column 'model'"},
    {"no counts", "model,a,b\nx,1,2\n", ":1:1:", "the header is none of"},
    {"a list of events", "base_model,model,created_at\nx,y,2024-01-01\n", ":1:1:", "collect"},
    {"a column twice", "model,0-month,1-month,0-month\nx,0,1,2\n",
     ":1:4: column '0-month':", "stands twice, first as column 2"},
    {"an unknown column twice", "model,0-month,a,a\nx,0,1,2\n", ":1:4: column 'a':", "twice"},
    {"an age twice", "model,0-month,00-month\nx,0,1\n", ":1:3: column '00-month':", "same age"},
    {"ages that fall", "model,1-month,0-month\nx,0,1\n",
     ":1:3: column '0-month':", "do not increase"},
    {"dates that fall", "model,2024-01-02,2024-01-01\nx,0,1\n",
     ":1:3: column '2024-01-01':", "do not increase"},
    {"a date twice", "model,2024-01-02,2024-01-02 12:00:00\nx,0,1\n", ":1:3:", "same age or date"},
    {"months and days", "model,0-month,1-day\nx,0,1\n", ":1:3: column '1-day':", "another unit"},
    {"ages and dates", "model,0-month,2024-01-01\nx,0,1\n", ":1:3:", "another unit or by date"},
    {"an unknown unit", "model,0-month,1-week\nx,0,1\n", ":1:3: column '1-week':", "neither"},
    {"a date that is none", "model,2024-02-29,2024-02-30\nx,0,1\n",
     ":1:3: column '2024-02-30':", "neither"},
    {"a huge age", "model,0-month,9999999999-month\nx,0,1\n", ":1:3:", "neither"},
    {"two organizations", "model,0-month,company,organization\nx,0,a,b\n",
     ":1:3:", "second column for the organization"},
    {"a header not in UTF-8", "model,0-month,\xff\nx,0,1\n", ":1:3:", "not valid UTF-8"},
    {"an open quote", WIDE "\"x,0,1,2,\nb,0,1,2,\n", ":2:1:", "never closed"},
    {"an open quote in a header", "model,\"0-month\n", ":1:2:", "never closed"},
    {"records of the Hub, line by line", "{\"id\": \"org/a\"}\n", ":1:1:", "growcast collect"},
    {"an array of records", "\xef\xbb\xbf[\n  {\"id\": \"org/a\"}\n]\n",
     ":1:1:", "growcast collect"},
    {"no records", "[]", ":1:1:", "JSON, not CSV"},
    {"a bracket in a header", "[model],date\n", ":1:1:", "no column 'model'"},
    {"a result", "\x89HDF\r\n\x1a\n", ":1:1:", "growcast show"},
    {"a compressed table", "\x1f\x8b\x08", ":1:1:", "compressed, not CSV"},
    {"a stray quote in a header", "model,0\"-month\nx,1\n", ":1:2:", "quote in the wrong place"},
};

static const struct defect row_defects[] = {
    {"too few fields", WIDE "x,0,1\n", ":2:4: column '2-month':", "3 fields, the header 5"},
    {"too many fields", WIDE "x,0,1,2,,5\n", ":2:6: the row", "6 fields, the header 5"},
    {"text for a count", WIDE "x,0,many,2,\n", ":2:3: column '1-month':", "'many' is not a number"},
    {"a number with a tail", WIDE "x,0,1x,2,\n", ":2:3:", "'1x' is not a number"},
    {"a thousands separator", WIDE "x,0,\"1,000\",2000,\n", ":2:3:", "'1,000' is not a number"},
    {"a decimal comma", WIDE "x,0,\"1,5\",2,\n", ":2:3:", "'1,5' is not a number"},
    {"a negative count", WIDE "x,0,-1,2,\n", ":2:3: column '1-month':", "'-1' is negative"},
    {"a decreasing count", WIDE "x,0,5,4,\n", ":2:4: column '2-month':", "below the cumulative"},
    {"NaN", WIDE "x,0,NaN,2,\n", ":2:3:", "'NaN' is not a number"},
    {"infinity", WIDE "x,0,inf,2,\n", ":2:3:", "'inf' is not a number"},
    {"hexadecimal", WIDE "x,0,0x10,20,\n", ":2:3:", "'0x10' is not a number"},
    {"an exponent without digits", WIDE "x,0,1e,2,\n", ":2:3:", "is not a number"},
    {"a lone point", WIDE "x,0,.,2,\n", ":2:3:", "is not a number"},
    {"a blank in quotes", WIDE "x,0,\" \",2,\n", ":2:3:", "is not a number"},
    {"overflow", WIDE "x,0,1e999,,\n", ":2:3:", "above 2^53"},
    {"2^53 + 1", WIDE "x,0,9007199254740993,,\n", ":2:3:", "above 2^53"},
    {"no name", WIDE ",0,1,2,\n", ":2:1: column 'model': is empty", ""},
    {"a name of blanks", WIDE "  ,0,1,2,\n", ":2:1: column 'model': is empty", ""},
    {"a name not in UTF-8", WIDE "a\xc3(,0,1,2,\n", ":2:1:", "'a\\xc3(' is not valid UTF-8"},
    {"an overlong name", WIDE "\xc0\xaf,0,1,2,\n", ":2:1:", "not valid UTF-8"},
    {"a surrogate", WIDE "\xed\xa0\x80,0,1,2,\n", ":2:1:", "not valid UTF-8"},
    {"a terminal's escape", WIDE "a\x1b[2J,0,1,2,\n", ":2:1:", "'a\\x1b[2J' has a control"},
    {"a model twice", WIDE "x,0,1,2,\ny,0,0,0,\nx,0,1,2,\n",
     ":4:1: column 'model':", "/input.csv:2"},
    {"no counts", WIDE "x,,,,\n", ":2:1:", "'x' has no counts"},
    {"a bad created_at", WIDE "x,0,1,2,yesterday\n",
     ":2:5: column 'created_at':", "'yesterday' is not a date"},
    {"a created_at that never was", WIDE "x,0,1,2,2023-02-29\n", ":2:5:", "is not a date"},
    {"a stray quote", WIDE "a\"b,0,1,2,\n", ":2:1:", "quote in the wrong place"},
    {"text behind a quote", WIDE "x,\"0\"1,1,2,\n", ":2:2:", "quote in the wrong place"},
    {"the line behind blank ones", WIDE "\n\ny,0,1,2,\n\nx,0,1,z,\n", ":6:4:", "'z'"},
    {"the line behind a field of lines", WIDE "\"a\nb\r\nc\",0,1,2,\nx,0,z,2,\n", ":5:3:", "'z'"},
    {"the line within a row of lines", WIDE "\"a\nb\",0,\"\n\",2,\n", ":3:3:", "is not a number"},
    {"the line in CRLF", "model,0-month\r\n\r\nx,z\r\n", ":3:2:", "'z'"},
    {"the line in CR", "model,0-month\r\ry,1\rx,z\r", ":4:2:", "'z'"},
    {"no line end at the end", WIDE "x,0,1,z,", ":2:4:", "'z'"},
    {"released after the last date", DATED "x,1,2,3,2024-07-05\n",
     ":2:1:", "no counts from its release on"},
    {"a decrease by date", DATED "x,3,2,3,\n", ":2:3: column '2024-07-03 00:00:00':", "below"},
    {"a bad count before release", DATED "x,z,2,3,2024-07-03\n", ":2:2:", "'z'"},
    {"eleven thousand years", "model,0000-01-01,9999-12-31\nx,0,1\n", ":2:1:", "1000000 steps"},
    {"a bad date", "model,date,count\nx,2024-13-01,1\n", ":2:2: column 'date':", "not a date"},
    {"a date twice in rows", "model,date,count\nx,2024-01-01,1\ny,2024-01-01,1\nx,2024-01-01,2\n",
     ":4:2: column 'date':", "this date before, on line 2"},
    {"rows that decrease", "model,date,count\nx,2024-01-02,1\nx,2024-01-01,2\n",
     ":2:3: column 'count':", "below the cumulative"},
    {"two metrics", "model,date,count,metric\nx,2024-01-01,1,likes\nx,2024-01-02,1,downloads\n",
     ":3:4: column 'metric':", "another metric than 'likes'"},
    {"two organizations of a model",
     "model,date,count,organization\nx,2024-01-01,1,a\nx,2024-01-02,1,b\n",
     ":3:4: column 'organization':", "another organization than 'a'"},
    {"two releases of a model",
     "model,date,count,created_at\nx,2024-01-02,1,2024-01-01\nx,2024-01-03,1,2024-01-02\n",
     ":3:4: column 'created_at':", "another date"},
    {"a blank count in rows", "model,date,count\nx,2024-01-02,\n", ":2:3:", "count is blank"},
};

static void expect(struct fixture *fixture, const struct defect *defect, const char *text)
{
    char path[FIXTURE_PATH_SIZE];
    fixture_path(fixture, "input.csv", path);
    bool failed = !fixture_read(fixture, text);
    const char *message = fixture->error.message;
    size_t length = strlen(path);
    bool placed = strncmp(message, path, length) == 0 &&
                  strncmp(message + length, defect->place, strlen(defect->place)) == 0;
    tap_ok(failed && fixture->error.kind == ERROR_INPUT && placed &&
               strstr(message, defect->reason) != NULL && strchr(message, '\n') == NULL &&
               fixture->catalog.series == NULL && fixture->report.source == NULL,
           "%s: %s", defect->what, failed ? message : "no error");
}

/* Appends a good model in the format of the text, with names that no defect uses. */
static void append_good(const char *text, char *longer, size_t size)
{
    static const struct {
        const char *header;
        const char *row;
    } good[] = {
        {WIDE, "good,0,1,2,\n"},
        {DATED, "good,0,1,2,\n"},
        {"model,0-month\r", "good,0\n"},
        {"model,0000", "good,0,\n"},
        {"model,date,count\n", "good,2030-01-01,1\n"},
        {"model,date,count,metric", "good,2030-01-01,1,likes\n"},
        {"model,date,count,", "good,2030-01-01,1,\n"},
    };
    const char *row = "";
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (strncmp(text, good[i].header, strlen(good[i].header)) == 0) {
            row = good[i].row;
            break;
        }
    }
    bool open_line = text[strlen(text) - 1] != '\n' && text[strlen(text) - 1] != '\r';
    (void)snprintf(longer, size, "%s%s%s", text, open_line ? "\n" : "", row);
}

static void test_skip(struct fixture *fixture, const struct defect *defect)
{
    char longer[1024];
    append_good(defect->text, longer, sizeof longer);
    fixture->config.on_bad_row = ON_BAD_ROW_SKIP;
    bool good = fixture_read(fixture, longer);
    bool found = false;
    for (size_t i = 0; i < fixture->catalog.series_count; i++) {
        found = found || strcmp(fixture->catalog.series[i].name, "good") == 0;
    }
    tap_ok(good && found && fixture->report.skipped_rows == 1 &&
               fixture->report.skipped.count == 1 &&
               strstr(fixture->report.skipped.text[0], defect->reason) != NULL,
           "skipped and counted: %s (%s)", defect->what,
           good ? fixture->report.skipped.text[0] : fixture->error.message);
    fixture->config.on_bad_row = ON_BAD_ROW_FAIL;
}

static void test_bytes(struct fixture *fixture)
{
    char path[FIXTURE_PATH_SIZE];
    fixture_path(fixture, "input.csv", path);
    static const char nul[] = "model,0-month,1-month\nx,0,1\ny,0,\0001\n";
    fixture_write(fixture, "input.csv", nul, sizeof nul - 1);
    (void)fixture_read_path(fixture, path);
    tap_ok(strstr(fixture->error.message, "input.csv:3:3: NUL byte") != NULL, "a NUL byte: %s",
           fixture->error.message);
    static const char wide[] = "\xff\xfem\0o\0d\0e\0l\0";
    fixture_write(fixture, "input.csv", wide, sizeof wide - 1);
    (void)fixture_read_path(fixture, path);
    tap_ok(strstr(fixture->error.message, "UTF-16") != NULL, "UTF-16: %s", fixture->error.message);

    size_t length = 3000000;
    char *text = memory_array(length, 1);
    memset(text, 'a', length);
    static const char start[] = WIDE "x,0,1,2,\n";
    memcpy(text, start, sizeof start - 1);
    fixture_write(fixture, "input.csv", text, length);
    (void)fixture_read_path(fixture, path);
    tap_ok(strstr(fixture->error.message, "input.csv:3:1: row longer than 1 MiB") != NULL,
           "a line of 3 MB: %s", fixture->error.message);
    for (size_t i = sizeof start + 50; i < length; i += 100) {
        text[i] = '\n';
    }
    text[sizeof start - 1] = '"';
    fixture_write(fixture, "input.csv", text, length);
    (void)fixture_read_path(fixture, path);
    tap_ok(strstr(fixture->error.message, "input.csv:3:1: row longer than 1 MiB") != NULL,
           "an open quote before 3 MB of lines: %s", fixture->error.message);
    memset(text, ',', length);
    memcpy(text, WIDE, sizeof WIDE - 1);
    text[sizeof WIDE + 1000000] = '\n';
    fixture_write(fixture, "input.csv", text, sizeof WIDE + 1000001);
    (void)fixture_read_path(fixture, path);
    tap_ok(strstr(fixture->error.message, "input.csv:2:6: the row has 1000002 fields") != NULL,
           "a million fields: %s", fixture->error.message);
    free(text);
}

static void test_places(struct fixture *fixture)
{
    char path[FIXTURE_PATH_SIZE];
    fixture_path(fixture, "missing.csv", path);
    (void)fixture_read_path(fixture, path);
    tap_ok(fixture->error.kind == ERROR_INPUT &&
               strstr(fixture->error.message, "missing.csv: cannot open: No such file") != NULL,
           "a missing file: %s", fixture->error.message);
    fixture_remove(fixture, "input.csv");
    (void)fixture_read_path(fixture, fixture->folder);
    tap_ok(fixture->error.kind == ERROR_INPUT &&
               strstr(fixture->error.message, "no *.csv files") != NULL,
           "a folder without series: %s", fixture->error.message);
    if (geteuid() == 0) {
        tap_skip("an unreadable file: root reads everything");
    } else {
        fixture_write(fixture, "input.csv", WIDE, sizeof WIDE - 1);
        fixture_path(fixture, "input.csv", path);
        (void)chmod(path, 0);
        (void)fixture_read_path(fixture, path);
        tap_ok(strstr(fixture->error.message, "Permission denied") != NULL, "an unreadable file");
        (void)chmod(path, 0600);
    }
}

/* Two files of a folder. */
static void test_files(struct fixture *fixture)
{
    static const char other[] = WIDE "y,0,1,2,\nx,0,1,2,\n";
    fixture_write(fixture, "b.csv", other, sizeof other - 1);
    static const char first[] = WIDE "x,0,1,2,\n";
    fixture_write(fixture, "a.csv", first, sizeof first - 1);
    (void)fixture_read_path(fixture, fixture->folder);
    tap_ok(strstr(fixture->error.message, "b.csv:3:1:") != NULL &&
               strstr(fixture->error.message, "a.csv:2") != NULL,
           "a model in two files names both places: %s", fixture->error.message);
    static const char daily[] = DATED "z,0,1,2,\n";
    fixture_write(fixture, "b.csv", daily, sizeof daily - 1);
    (void)fixture_read_path(fixture, fixture->folder);
    tap_ok(strstr(fixture->error.message, "b.csv:1:1: steps are days here but months in") != NULL,
           "files of different steps: %s", fixture->error.message);
    static const char broken[] = "model,0-month\n";
    fixture_write(fixture, "b.csv", broken, sizeof broken - 1);
    fixture->config.on_bad_row = ON_BAD_ROW_SKIP;
    (void)fixture_read_path(fixture, fixture->folder);
    tap_ok(strstr(fixture->error.message, "b.csv:2:1: no rows") != NULL,
           "a defect of a file stays one when rows are skipped: %s", fixture->error.message);
    fixture->config.on_bad_row = ON_BAD_ROW_FAIL;
    fixture_remove(fixture, "a.csv");
    fixture_remove(fixture, "b.csv");
}

static void test_settings(struct fixture *fixture)
{
    fixture->config.format = INPUT_FORMAT_LONG;
    (void)fixture_read(fixture, WIDE "x,0,1,2,\n");
    tap_ok(strstr(fixture->error.message, "not model,date,count, as input.format") != NULL,
           "another format than demanded: %s", fixture->error.message);
    fixture->config.format = INPUT_FORMAT_AUTO;
    fixture->config.counter = COUNTER_TRAILING30;
    (void)fixture_read(fixture, WIDE "x,0,1,2,\n");
    tap_ok(strstr(fixture->error.message, "need daily counts") != NULL,
           "a 30-day counter by month: %s", fixture->error.message);
    fixture->config.counter = COUNTER_INCREMENT;
    (void)fixture_read(fixture, WIDE "x,0,,2,\n");
    tap_ok(strstr(fixture->error.message, "input.csv:2:4:") != NULL &&
               strstr(fixture->error.message, "follows a gap") != NULL,
           "a gap in increments: %s", fixture->error.message);
    (void)fixture_read(fixture, WIDE "x,0,9007199254740992,1,\n");
    tap_ok(strstr(fixture->error.message, "above 2^53") != NULL, "a sum above 2^53: %s",
           fixture->error.message);
    fixture->config.counter = COUNTER_CUMULATIVE;
    fixture->config.min_final = 100.0;
    (void)fixture_read(fixture, WIDE "x,0,1,2,\ny,0,1,1,\n");
    tap_ok(fixture->error.kind == ERROR_INPUT &&
               strstr(fixture->error.message, "2 series below input.min_final") != NULL,
           "no series left: %s", fixture->error.message);
    fixture->config.min_final = 0.0;
}

static void test_mapping_files(struct fixture *fixture)
{
    static const struct {
        const char *text;
        const char *message;
    } bad[] = {
        {"", "input.csv:1:1: empty file"},
        {"from,to\n", "input.csv:1:1: column 'from': the header must be"},
        {"namespace,organization\na\n", "input.csv:2:1: 1 fields instead"},
        {"namespace,organization\na,\n", "input.csv:2:2: column 'organization': is empty"},
        {"namespace,organization\na,b\na,c\n", "input.csv:3:1: column 'namespace': 'a' stands"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        fixture_path(fixture, "input.csv", fixture->config.organizations);
        (void)fixture_read(fixture, bad[i].text);
        tap_ok(fixture->error.kind == ERROR_USAGE &&
                   strstr(fixture->error.message, bad[i].message) != NULL,
               "a bad mapping file: %s", fixture->error.message);
    }
    fixture_path(fixture, "missing.csv", fixture->config.organizations);
    (void)fixture_read(fixture, WIDE "x,0,1,2,\n");
    tap_ok(fixture->error.kind == ERROR_USAGE, "a missing mapping file: %s",
           fixture->error.message);
    fixture->config.organizations[0] = '\0';
    fixture_path(fixture, "missing.txt", fixture->config.exclude);
    (void)fixture_read(fixture, WIDE "x,0,1,2,\n");
    tap_ok(fixture->error.kind == ERROR_USAGE, "a missing exclusion list: %s",
           fixture->error.message);
    fixture_path(fixture, "input.csv", fixture->config.exclude);
    (void)fixture_read(fixture, "# one\n\xff\n");
    tap_ok(fixture->error.kind == ERROR_USAGE &&
               strstr(fixture->error.message, "input.csv:2:1: is not valid UTF-8") != NULL,
           "a bad exclusion list: %s", fixture->error.message);
    fixture->config.exclude[0] = '\0';
}

int main(void)
{
    struct fixture fixture;
    fixture_open(&fixture);
    for (size_t i = 0; i < sizeof file_defects / sizeof *file_defects; i++) {
        expect(&fixture, &file_defects[i], file_defects[i].text);
    }
    for (size_t i = 0; i < sizeof row_defects / sizeof *row_defects; i++) {
        expect(&fixture, &row_defects[i], row_defects[i].text);
        test_skip(&fixture, &row_defects[i]);
    }
    test_bytes(&fixture);
    test_places(&fixture);
    test_files(&fixture);
    test_settings(&fixture);
    test_mapping_files(&fixture);
    fixture_close(&fixture);
    return tap_done();
}
