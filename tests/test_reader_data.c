/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The published data, read whole. Expected numbers were counted by Python's csv and datetime
 * modules from the same files: series, non-blank cells from release on, series without a count
 * above 0, series with a last count from 10 up, sums of all and of last counts. For the recovered
 * counts the recursion C(t) = S(t) + C(t - 30) ran in whole numbers.
 */
#include "reader_fixture.h"

#define FINETUNE "../shared/data/hf_2025-02-18/finetune"
#define DOWNLOAD "../shared/data/hf_2025-02-18/download"

struct totals {
    size_t points;
    size_t zero;
    size_t large;
    double sum;
    double last;
};

static struct totals add_up(const struct catalog *catalog)
{
    struct totals totals = {0};
    for (size_t i = 0; i < catalog->series_count; i++) {
        const struct series *series = &catalog->series[i];
        totals.points += series->count;
        totals.zero += series_all_zero(series) ? 1 : 0;
        totals.large += series_last_count(series) >= 10.0 ? 1 : 0;
        totals.last += series_last_count(series);
        for (size_t k = 0; k < series->count; k++) {
            totals.sum += series->observed[k];
        }
    }
    return totals;
}

static const struct series *find(const struct catalog *catalog, const char *name)
{
    for (size_t i = 0; i < catalog->series_count; i++) {
        if (strcmp(catalog->series[i].name, name) == 0) {
            return &catalog->series[i];
        }
    }
    return NULL;
}

static void test_finetune(struct fixture *fixture)
{
    bool good = fixture_read_path(fixture, FINETUNE);
    const struct catalog *catalog = &fixture->catalog;
    struct totals totals = add_up(catalog);
    tap_ok(good && catalog->series_count == 2947 && fixture->report.source_count == 17,
           "2947 series of 17 files");
    tap_ok(totals.points == 47026 && totals.sum == 1573439.0, "all 47026 counts");
    tap_ok(totals.zero == 1993 && totals.large == 416, "1993 all zero, 416 with 10 or more");
    tap_ok(catalog->organization_count == 17 && catalog->step == SERIES_STEP_MONTH,
           "17 organizations by month");
    tap_ok(fixture->report.ignored_columns.count == 7 && fixture->report.skipped_rows == 0 &&
               fixture->report.left_censored == 0 && fixture->report.warnings.count == 0,
           "7 columns unused, nothing skipped or to warn of");
    const struct series *llama = find(catalog, "meta-llama/Llama-2-7b-hf");
    tap_ok(llama != NULL && llama->count == 20 && llama->age[19] == 19.0 &&
               llama->observed[1] == 70.0 && llama->observed[19] == 4217.0 &&
               llama->release_date == 19551 &&
               strcmp(catalog->organization_name[llama->organization], "Meta") == 0,
           "Llama 2 7B as published, released on 2023-07-13");
    /* sha256sum */
    tap_ok(good && strcmp(fixture->report.source[0].name, "AMAZON.csv") == 0 &&
               strcmp(fixture->report.source[0].sha256,
                      "1f79e84593bcdb720c9fdbe435ba1b0d0eafde9871e98e413043fb8a89eb427b") == 0,
           "files are named and hashed");
}

static void test_published_downloads(struct fixture *fixture)
{
    bool good = fixture_read_path(fixture, DOWNLOAD);
    const struct catalog *catalog = &fixture->catalog;
    struct totals totals = add_up(catalog);
    tap_ok(good && catalog->series_count == 627 && catalog->step == SERIES_STEP_DAY,
           "627 series by day");
    tap_ok(totals.points == 82562 && totals.last == 16449099107.0 && totals.zero == 49,
           "as they stand");
    tap_ok(catalog->end_date == 20137, "up to 2025-02-18");
    tap_ok(fixture->report.early.series == 9 && fixture->report.early.points == 215 &&
               fixture->report.early.days == 60,
           "215 counts of 9 series stand before release, up to 60 days");
    tap_ok(fixture->report.warnings.count == 1 &&
               strstr(fixture->report.warnings.text[0], "trailing30-sum") != NULL,
           "they are recognised as the running sum that they are");
    static const char *const files[] = {"AMAZON", "CohereAI", "DeepSeek", "HuggingFace", "OpenAI"};
    size_t told = 0;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[128];
        (void)snprintf(path, sizeof path, DOWNLOAD "/%s.csv", files[i]);
        told += fixture_read_path(fixture, path) && fixture->report.warnings.count == 1 ? 1 : 0;
    }
    tap_ok(told == 5, "and so is each small file by itself: %zu of 5", told);
}

static void test_recovered_downloads(struct fixture *fixture)
{
    fixture->config.counter = COUNTER_TRAILING30_SUM;
    bool good = fixture_read_path(fixture, DOWNLOAD);
    const struct reader_counter_facts *facts = &fixture->report.counter;
    struct totals totals = add_up(&fixture->catalog);
    tap_ok(good && totals.points == 82562 && totals.last == 662768466.0,
           "recovered downloads are 25 times fewer");
    tap_ok(facts->series == 627 && facts->points == 82562 && facts->falls == 10324 &&
               facts->fall_total == 134195282.0 && facts->fall_largest == 9620502.0,
           "the days on which they fall, and by how much");
    const struct series *deepseek = find(&fixture->catalog, "deepseek-ai/DeepSeek-V3");
    tap_ok(deepseek != NULL && deepseek->count == 56 && series_last_count(deepseek) == 2129023.0 &&
               deepseek->flags == SERIES_REPAIRED,
           "DeepSeek-V3: 28.5 million published, 2.1 million recovered");
    tap_ok(fixture->report.warnings.count == 0, "nothing to warn of any more");
    fixture->config.counter = COUNTER_CUMULATIVE;
}

static void test_lists(struct fixture *fixture)
{
    (void)strcpy(fixture->config.organizations, "config/organizations.csv");
    (void)strcpy(fixture->config.exclude, "config/exclude-paper.txt");
    bool good = fixture_read_path(fixture, FINETUNE);
    tap_ok(good && fixture->catalog.series_count == 2947 && fixture->report.excluded == 0 &&
               fixture->catalog.organization_count == 17,
           "the lists in config/ agree with the published companies and exclusions");
    good = fixture_read_path(fixture, DOWNLOAD);
    const struct series *llama = find(&fixture->catalog, "meta-llama/Llama-3.1-8B-Instruct");
    tap_ok(good && llama != NULL &&
               strcmp(fixture->catalog.organization_name[llama->organization], "Meta") == 0,
           "and make namespaces such companies");
    good = fixture_read(fixture, "model,0-month\nopenai-community/gpt2-xl,1\n"
                                 "google-bert/bert-base-uncased,1\nallenai/scibert,1\n");
    tap_ok(good && fixture->catalog.series_count == 1 && fixture->report.excluded == 2,
           "GPT-2 and BERT are left out");
}

int main(void)
{
    struct fixture fixture;
    fixture_open(&fixture);
    if (access(FINETUNE, R_OK) == 0 && access(DOWNLOAD, R_OK) == 0) {
        test_finetune(&fixture);
        test_published_downloads(&fixture);
        test_recovered_downloads(&fixture);
        test_lists(&fixture);
    } else {
        tap_skip("the published data are not there");
    }
    fixture_close(&fixture);
    return tap_done();
}
