/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the readers must accept, and read right. */
#include "calendar.h"
#include "reader_fixture.h"

static const struct series *only(const struct fixture *fixture)
{
    static const struct series none = {.name = (char *)"", .count = 0};
    return fixture->good && fixture->catalog.series_count == 1 ? fixture->catalog.series : &none;
}

/* True if the only series has these points. */
static bool has_points(const struct fixture *fixture, size_t count, const double *age,
                       const double *observed)
{
    const struct series *series = only(fixture);
    if (!fixture->good) {
        printf("# %s\n", fixture->error.message);
    }
    bool same = series->count == count;
    for (size_t i = 0; same && i < count; i++) {
        same = series->age[i] == age[i] && series->observed[i] == observed[i];
    }
    for (size_t i = 0; !same && i < series->count; i++) {
        printf("# age %.17g count %.17g\n", series->age[i], series->observed[i]);
    }
    return same;
}

#define POINTS(fixture, n, ages, counts)                                                           \
    has_points(fixture, n, (const double[])ages, (const double[])counts)
#define LIST(...)                                                                                  \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

static bool has_organization(const struct fixture *fixture, const char *name)
{
    return fixture->good &&
           strcmp(fixture->catalog.organization_name[only(fixture)->organization], name) == 0;
}

static void test_spelling(struct fixture *fixture)
{
    static const struct {
        const char *what;
        const char *text;
        const char *name;
    } spelling[] = {
        {"plain", "model,0-month,1-month\na/b,0,3\n", "a/b"},
        {"CRLF", "model,0-month,1-month\r\na/b,0,3\r\n", "a/b"},
        {"CR", "model,0-month,1-month\ra/b,0,3\r", "a/b"},
        {"no line end at the end", "model,0-month,1-month\na/b,0,3", "a/b"},
        {"a byte order mark", "\xef\xbb\xbfmodel,0-month,1-month\na/b,0,3\n", "a/b"},
        {"a byte order mark before a quote", "\xef\xbb\xbf\"model\",0-month,1-month\na/b,0,3\n",
         "a/b"},
        {"blank lines", "\n\nmodel,0-month,1-month\n\n \n\na/b,0,3\n\n\n", "a/b"},
        {"blanks around fields", " model , 0-month,1-month\n a/b , 0 ,\t3 \n", "a/b"},
        {"everything in quotes", "\"model\",\"0-month\",\"1-month\"\n\"a/b\",\"0\",\"3\"\n", "a/b"},
        {"a comma in a name", "model,0-month,1-month\n\"a,b\",0,3\n", "a,b"},
        {"quotes in a name", "model,0-month,1-month\n\"a \"\"b\"\"\",0,3\n", "a \"b\""},
        {"a line end in a name", "model,0-month,1-month\n\"a\nb\",0,3\n", "a\nb"},
        {"a name that begins with one", "model,0-month,1-month\n\"\na\",0,3\n", "\na"},
        {"UTF-8", "model,0-month,1-month\n\xe6\xa8\xa1\xe5\x9e\x8b/\xf0\x9f\xa4\x97,0,3\n",
         "\xe6\xa8\xa1\xe5\x9e\x8b/\xf0\x9f\xa4\x97"},
        {"the model in the last column", "0-month,1-month,model\n0,3,a/b\n", "a/b"},
        {"unknown columns between", "x,0-month,,model,1-month,y\n\"?\",0,\xff,a/b,3,\n", "a/b"},
    };
    for (size_t i = 0; i < sizeof spelling / sizeof *spelling; i++) {
        (void)fixture_read(fixture, spelling[i].text);
        tap_ok(POINTS(fixture, 2, LIST(0, 1), LIST(0, 3)) &&
                   strcmp(only(fixture)->name, spelling[i].name) == 0,
               "reads %s", spelling[i].what);
    }
    tap_ok(fixture->report.ignored_columns.count == 3 &&
               strcmp(fixture->report.ignored_columns.text[0], "x") == 0 &&
               strcmp(fixture->report.ignored_columns.text[1], "(no name)") == 0 &&
               strcmp(fixture->report.ignored_columns.text[2], "y") == 0,
           "unknown columns are listed");
}

static void test_numbers(struct fixture *fixture)
{
    (void)fixture_read(fixture, "model,0-month,1-month,2-month,3-month,4-month,5-month,6-month\n"
                                "x,-0,+1,1.5,2e0,0.30000000000000004e1,3.0000000000000004,"
                                "9007199254740992\n");
    tap_ok(POINTS(fixture, 7, LIST(0, 1, 2, 3, 4, 5, 6),
                  LIST(0, 1, 1.5, 2, 3.0000000000000004, 3.0000000000000004, 9007199254740992.0)),
           "numbers with signs, fractions, exponents and 17 digits, and 2^53");
    tap_ok(!signbit(only(fixture)->observed[0]), "minus zero is zero");
    (void)fixture_read(fixture, "model,0-month,1-month,2-month\nx,1e-400,9007199254740991,"
                                "9007199254740992.0\n");
    tap_ok(POINTS(fixture, 3, LIST(0, 1, 2), LIST(0, 9007199254740991.0, 9007199254740992.0)),
           "2^53 - 1 is told from 2^53, and underflow is zero");
}

static void test_wide_age(struct fixture *fixture)
{
    (void)fixture_read(fixture, "model,0-month,1-month,2-month,3-month,4-month\nx,0,1,,4,\n");
    tap_ok(POINTS(fixture, 3, LIST(0, 1, 3), LIST(0, 1, 4)),
           "trailing blanks end a series, blanks inside are gaps");
    tap_ok(fixture->catalog.step == SERIES_STEP_MONTH, "0-month means months");
    tap_ok(only(fixture)->release_date == SERIES_NO_DATE, "no created_at, no release date");
    (void)fixture_read(fixture, "model,0-day,1-day\nx,0,1\n");
    tap_ok(fixture->good && fixture->catalog.step == SERIES_STEP_DAY, "0-day means days");
    (void)fixture_read(fixture, "model,1-month,2-month\nx,1,2\n");
    tap_ok(POINTS(fixture, 3, LIST(0, 1, 2), LIST(0, 1, 2)), "without a column, age 0 is implied");
    (void)fixture_read(fixture, "model,1-month,2-month\nx,,2\n");
    tap_ok(POINTS(fixture, 1, LIST(2), LIST(2)), "but not for a series seen later only");
    (void)fixture_read(fixture, "model,3-month,6-month\nx,1,2\n");
    tap_ok(POINTS(fixture, 2, LIST(3, 6), LIST(1, 2)), "nor where the columns begin later");
    (void)fixture_read(fixture, "model,0-month,created_at\nx,7,2024-01-31T23:30:00-01:00\n");
    tap_ok(POINTS(fixture, 1, LIST(0), LIST(7)), "a single point is a series");
    tap_ok(only(fixture)->release_date == 19754, "the release is the UTC date: 2024-02-01");
    tap_ok(fixture->catalog.end_date == 19754, "and here the end of the data");
    (void)fixture_read(fixture, "model,0-month,lambda_i\nx,7,not a number\n");
    tap_ok(fixture->good, "columns that are not used are not read");
}

static void test_censoring(struct fixture *fixture)
{
    (void)fixture_read(fixture, "model,0-month,created_at\n"
                                "a,1,2022-03-02T23:29:04.000Z\n"
                                "b,1,2022-03-02T23:29:05.000Z\n"
                                "c,1,2022-03-03 00:29:04+01:00\n"
                                "d,1,2020-01-01\n"
                                "e,1,\n");
    const struct series *series = fixture->catalog.series;
    tap_ok(fixture->good && series[0].flags == SERIES_LEFT_CENSORED && series[1].flags == 0 &&
               series[2].flags == SERIES_LEFT_CENSORED && series[3].flags == SERIES_LEFT_CENSORED &&
               series[4].flags == 0,
           "the Hub's earliest stamp and what is before it is left-censored");
    tap_ok(fixture->report.left_censored == 3, "and counted");
}

static void test_organizations(struct fixture *fixture)
{
    (void)fixture_read(fixture, "model,0-month\nmeta-llama/Llama/3,1\n");
    tap_ok(has_organization(fixture, "meta-llama"), "the part of the name before the slash");
    (void)fixture_read(fixture, "model,0-month\ngpt2,1\n");
    tap_ok(has_organization(fixture, "gpt2"), "the whole name without a slash");
    (void)fixture_read(fixture, "model,0-month\n/gpt2,1\n");
    tap_ok(has_organization(fixture, "/gpt2"), "or with nothing before it");
    (void)fixture_read(fixture, "model,0-month,company\na/b,1,\"C, Inc.\"\n");
    tap_ok(has_organization(fixture, "C, Inc."), "the column company");
    (void)fixture_read(fixture, "model,0-month,organization\na/b,1,\n");
    tap_ok(has_organization(fixture, "a"), "a blank cell leaves it to the name");

    static const char mapping[] = "namespace,organization\r\nmeta-llama,Meta\r\n"
                                  "\"facebook\",Meta\r\n\"C, Inc.\",C\r\n";
    fixture_write(fixture, "map", mapping, sizeof mapping - 1);
    fixture_path(fixture, "map", fixture->config.organizations);
    (void)fixture_read(fixture, "model,0-month,company\nmeta-llama/a,1,\nfacebook/b,1,\n"
                                "x/c,1,\"C, Inc.\"\nx/d,1,\n");
    const struct catalog *catalog = &fixture->catalog;
    tap_ok(fixture->good && catalog->organization_count == 3 &&
               strcmp(catalog->organization_name[0], "C") == 0 &&
               strcmp(catalog->organization_name[1], "Meta") == 0 &&
               strcmp(catalog->organization_name[2], "x") == 0 &&
               catalog->series[0].organization == 1 && catalog->series[1].organization == 1 &&
               catalog->series[2].organization == 0 && catalog->series[3].organization == 2,
           "a mapping file merges namespaces and renames organizations");
    tap_ok(fixture->report.source_count == 2 &&
               fixture->report.source[0].format == READER_ORGANIZATIONS &&
               strlen(fixture->report.source[0].sha256) == 64,
           "and is recorded as a source");
    fixture->config.organizations[0] = '\0';
    fixture_remove(fixture, "map");
}

static void test_exclusion(struct fixture *fixture)
{
    static const char list[] = "# a comment, \"quoted\n\n  exact/name  \r\nopenai-community/gpt2*\n"
                               "*/bert-[bl]a*\nodd[name\n";
    fixture_write(fixture, "list", list, sizeof list - 1);
    fixture_path(fixture, "list", fixture->config.exclude);
    (void)fixture_read(fixture, "model,0-month\nexact/name,1\nexact/name2,1\n"
                                "openai-community/gpt2,not read\nopenai-community/gpt2-xl,1\n"
                                "google-bert/bert-base,1\ngoogle/bert-tiny,1\nodd[name,1\n");
    tap_ok(fixture->good && fixture->catalog.series_count == 2 &&
               strcmp(fixture->catalog.series[0].name, "exact/name2") == 0 &&
               strcmp(fixture->catalog.series[1].name, "google/bert-tiny") == 0,
           "names and patterns exclude");
    tap_ok(fixture->report.excluded == 5, "excluded models are counted");
    (void)fixture_read(fixture, "model,date,count\nexact/name,2024-01-01,1\n"
                                "exact/name,2024-01-02,1\nx,2024-01-01,1\n");
    tap_ok(fixture->report.excluded == 1, "once a model, not once a row");
    fixture->config.exclude[0] = '\0';
    fixture_remove(fixture, "list");
    fixture->config.min_final = 2.0;
    (void)fixture_read(fixture, "model,0-month\na,1\nb,2\nc,1.9\n");
    tap_ok(strcmp(only(fixture)->name, "b") == 0 && fixture->report.below_minimum == 2,
           "input.min_final leaves out the smaller ones and counts them");
    fixture->config.min_final = 0.0;
}

static void test_window(struct fixture *fixture)
{
    fixture->config.observation_window = 2;
    fixture->config.min_final = 4.0;
    (void)fixture_read(fixture, "model,0-month,1-month,2-month,3-month\na,1,2,3,4\nb,,,,5\n"
                                "c,4,,,\nd,1,2,3,\n");
    const struct catalog *catalog = &fixture->catalog;
    tap_ok(fixture->good && catalog->series_count == 2 && fixture->report.beyond_window == 1 &&
               strcmp(catalog->series[0].name, "a") == 0 && catalog->series[0].count == 3 &&
               series_last_count(&catalog->series[0]) == 3 && catalog->series[1].count == 1,
           "input.observation_window cuts series at an age, after input.min_final");
    fixture->config.observation_window = 1000;
    (void)fixture_read(fixture, "model,date,count,created_at\na,2024-01-05,1,2024-01-01\n"
                                "a,2024-01-09,7,2024-01-01\n");
    tap_ok(fixture->good && catalog->series[0].count == 2, "a longer one changes nothing");
    fixture->config.min_final = 0.0;
}

static void test_wide_date(struct fixture *fixture)
{
    (void)fixture_read(fixture, "model,2024-07-02 00:00:00,2024-07-03 00:00:00,"
                                "2024-07-04 00:00:00,2024-07-05 00:00:00,created_at\n"
                                "x,5,6,7,9,2024-07-03 23:59:59+00:00\n");
    tap_ok(POINTS(fixture, 3, LIST(0, 1, 2), LIST(6, 7, 9)) &&
               fixture->catalog.step == SERIES_STEP_DAY,
           "age 0 is created_at's date");
    tap_ok(fixture->report.early.series == 1 && fixture->report.early.points == 1 &&
               fixture->report.early.days == 1,
           "what is before is reported");
    tap_ok(fixture->catalog.end_date == 19909, "ends on the last date, 2024-07-05");
    (void)fixture_read(fixture, "model,2024-07-02,2024-07-03,2024-07-04\nx,,6,7\n");
    tap_ok(POINTS(fixture, 2, LIST(0, 1), LIST(6, 7)) && only(fixture)->release_date == 19907,
           "without created_at a series begins at its first count");
    (void)fixture_read(fixture, "model,2024-07-02,2024-07-09,2024-07-16,created_at\n"
                                "x,0,6,7,2024-07-01\n");
    tap_ok(POINTS(fixture, 3, LIST(1, 8, 15), LIST(0, 6, 7)), "weekly dates count days");
    (void)fixture_read(fixture, "model,2024-01-31,2024-02-29,2024-03-31,2024-04-30,created_at\n"
                                "x,0,6,7,8,2024-01-15\n");
    tap_ok(POINTS(fixture, 4, LIST(0, 1, 2, 3), LIST(0, 6, 7, 8)) &&
               fixture->catalog.step == SERIES_STEP_MONTH,
           "month ends count months");
    (void)fixture_read(fixture, "model,2023-02-01,2023-03-01,2023-05-01,created_at\n"
                                "x,0,6,7,2022-12-31T10:00:00Z\n");
    tap_ok(POINTS(fixture, 3, LIST(1, 2, 4), LIST(0, 6, 7)), "first of months, with a gap");
    (void)fixture_read(fixture, "model,2023-02-28,2023-03-28,2023-04-28,created_at\n"
                                "x,0,6,7,2023-01-31\n");
    tap_ok(POINTS(fixture, 3, LIST(1, 2, 3), LIST(0, 6, 7)), "ages stay apart for any day");
    (void)fixture_read(fixture, "model,2024-01-01,2024-01-29,2024-02-26,2024-03-25\nx,0,1,2,3\n");
    tap_ok(POINTS(fixture, 4, LIST(0, 28, 56, 84), LIST(0, 1, 2, 3)), "four weeks are no month");
    (void)fixture_read(fixture, "model,2024-01-01,created_at\nx,5,2024-01-01\n");
    tap_ok(POINTS(fixture, 1, LIST(0), LIST(5)) && fixture->catalog.step == SERIES_STEP_DAY,
           "a single date counts days");
}

static void test_long(struct fixture *fixture)
{
    (void)fixture_read(fixture, "count,date,model,metric,created_at,organization,extra\n"
                                "7,2024-07-05,b/x,n,,,?\n"
                                "1,2024-07-03,a/y,n,2024-07-01T08:00:00Z,,?\n"
                                "3,2024-07-04,b/x,n,2024-07-03,Beta,?\n"
                                "2,2024-07-04,b/z,n,,,?\n"
                                "1,2024-07-02,b/x,n,,,?\n");
    const struct series *series = fixture->catalog.series;
    tap_ok(fixture->good && fixture->catalog.series_count == 3 &&
               strcmp(series[0].name, "b/x") == 0 && strcmp(series[1].name, "a/y") == 0 &&
               strcmp(series[2].name, "b/z") == 0,
           "rows in any order make series in order of appearance");
    tap_ok(fixture->good && series[0].count == 2 && series[0].age[0] == 1.0 &&
               series[0].observed[0] == 3.0 && series[0].age[1] == 2.0 &&
               series[0].observed[1] == 7.0,
           "ages count from created_at, which one row gives");
    tap_ok(fixture->good && series[1].age[0] == 2.0 && series[2].age[0] == 0.0 &&
               series[2].release_date == 19908,
           "a model without created_at begins at its first date");
    tap_ok(fixture->good &&
               strcmp(fixture->catalog.organization_name[series[0].organization], "Beta") == 0,
           "the organization may stand in one row");
    tap_ok(fixture->report.early.points == 1, "a count before release is reported");
    (void)fixture_read(fixture, "model,date,count\nx,2024-03-01,5\nx,2024-01-01,0\n"
                                "x,2024-02-01,2\n");
    tap_ok(POINTS(fixture, 3, LIST(0, 1, 2), LIST(0, 2, 5)) &&
               fixture->catalog.step == SERIES_STEP_MONTH,
           "dates a month apart count months");
    fixture->config.counter = COUNTER_INCREMENT;
    (void)fixture_read(fixture, "model,date,count\nx,2024-01-01,5\nx,2024-01-15,0\n"
                                "x,2024-01-08,2\n");
    tap_ok(POINTS(fixture, 3, LIST(0, 7, 14), LIST(5, 7, 7)), "increments by week add up");
    fixture->config.counter = COUNTER_CUMULATIVE;
}

static void test_files(struct fixture *fixture)
{
    static const char second[] = "model,date,count\nb,2024-01-01,1\nb,2024-01-02,1\n";
    static const char first[] = "model,0-day,extra\na,0,?\n";
    static const char unread[] = "nothing\n";
    fixture_remove(fixture, "input.csv");
    fixture_write(fixture, "10.csv", first, sizeof first - 1);
    fixture_write(fixture, "9.csv", second, sizeof second - 1);
    fixture_write(fixture, ".hidden.csv", unread, sizeof unread - 1);
    fixture_write(fixture, "notes.txt", unread, sizeof unread - 1);
    (void)fixture_read_path(fixture, fixture->folder);
    const struct reader_source *source = fixture->report.source;
    tap_ok(fixture->good && fixture->catalog.series_count == 2 &&
               strcmp(fixture->catalog.series[0].name, "a") == 0,
           "a folder's *.csv are read in the order of their names");
    tap_ok(fixture->good && fixture->report.source_count == 2 &&
               source[0].format == READER_WIDE_AGE && source[1].format == READER_LONG &&
               source[0].series == 1 && source[0].bytes == sizeof first - 1 &&
               strcmp(source[0].name, "10.csv") == 0 &&
               strncmp(source[0].path, fixture->folder, strlen(fixture->folder)) == 0,
           "files of different formats and one step are recorded");
    /* printf 'model,0-day,extra\na,0,?\n' | sha256sum */
    tap_ok(fixture->good &&
               strcmp(source[0].sha256,
                      "f06510b420838b4ebc254ec68c05eed98f23759d9771f5fb1c54bdb8a8757717") == 0,
           "with their SHA-256");
    fixture_remove(fixture, "10.csv");
    fixture_remove(fixture, "9.csv");
    fixture_remove(fixture, ".hidden.csv");
    fixture_remove(fixture, "notes.txt");
}

static void test_report(struct fixture *fixture)
{
    fixture->config.on_bad_row = ON_BAD_ROW_SKIP;
    (void)fixture_read(fixture, "model,0-month,odd,created_at\na,1,?,2022-01-01\nb,z,?,\n");
    char text[2048] = "";
    FILE *stream = fmemopen(text, sizeof text, "w");
    reader_report_write(&fixture->report, stream);
    (void)fclose(stream);
    tap_ok(strstr(text, "columns not used: 'odd'\n") != NULL &&
               strstr(text, "true age unknown: 1\n") != NULL &&
               strstr(text, "input.csv:3:2: column '0-month': count 'z' is not a number\n") !=
                   NULL &&
               strstr(text, "rows skipped: 1\n") != NULL,
           "the report in words");
    fixture->config.on_bad_row = ON_BAD_ROW_FAIL;
}

int main(void)
{
    struct fixture fixture;
    fixture_open(&fixture);
    test_spelling(&fixture);
    test_numbers(&fixture);
    test_wide_age(&fixture);
    test_censoring(&fixture);
    test_organizations(&fixture);
    test_exclusion(&fixture);
    test_window(&fixture);
    test_wide_date(&fixture);
    test_long(&fixture);
    test_files(&fixture);
    test_report(&fixture);
    fixture_close(&fixture);
    return tap_done();
}
