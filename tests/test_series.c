/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "buffer.h"
#include "calendar.h"
#include "memory.h"
#include "series.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

enum { RELEASE = 19753 }; /* 2024-01-31 */

static double ages[] = {0, 1, 2, 5};
static double counts[] = {0, 3, 4, 10};

static struct series example(const char *name)
{
    return (struct series){(char *)name, 0, RELEASE, SERIES_REPAIRED, 4, ages, counts};
}

static bool same(const struct series *a, const struct series *b)
{
    return strcmp(a->name, b->name) == 0 && a->organization == b->organization &&
           a->release_date == b->release_date && a->flags == b->flags && a->count == b->count &&
           memcmp(a->age, b->age, a->count * sizeof(double)) == 0 &&
           memcmp(a->observed, b->observed, a->count * sizeof(double)) == 0;
}

static void test_facts(void)
{
    struct series series = example("a/b");
    tap_ok(series_last_count(&series) == 10.0, "the last count");
    tap_ok(series_largest_step_share(&series) == 0.3, "largest step: 3 of 10 beats 6 over 3 steps");
    tap_ok(!series_all_zero(&series), "not all zero");
    tap_ok(series_end_date(&series, SERIES_STEP_DAY) == RELEASE + 5, "ends 5 days after release");
    tap_ok(series_end_date(&series, SERIES_STEP_MONTH) ==
               calendar_days((struct calendar_date){2024, 6, 30}),
           "ends 5 months after release, at the month's end");
    series.release_date = SERIES_NO_DATE;
    tap_ok(series_end_date(&series, SERIES_STEP_DAY) == SERIES_NO_DATE, "no date, no end");

    double late_counts[] = {7, 8};
    double late_ages[] = {4, 5};
    struct series late = {(char *)"late", 0, SERIES_NO_DATE, 0, 2, late_ages, late_counts};
    tap_ok(series_largest_step_share(&late) == 0.125, "what came before the data is not a step");
    late_ages[0] = 0;
    late_ages[1] = 1;
    tap_ok(series_largest_step_share(&late) == 0.875, "a count at age 0 is");
    double zeros[] = {0, 0};
    late.observed = zeros;
    tap_ok(series_all_zero(&late) && series_largest_step_share(&late) == 0.0, "all zero");
}

static void test_defects(void)
{
    struct series series = example("a/b");
    tap_ok(series_defect(&series) == NULL, "a good series");
    static const struct {
        double age[2];
        double observed[2];
        const char *reason;
    } bad[] = {
        {{0, 0}, {1, 1}, "increase"},       {{1, 0}, {1, 1}, "increase"},
        {{-1, 0}, {1, 1}, "whole number"},  {{0, 0.5}, {1, 1}, "whole number"},
        {{0, NAN}, {1, 1}, "whole number"}, {{0, 2e6}, {1, 1}, "whole number"},
        {{0, 1}, {2, 1}, "decrease"},       {{0, 1}, {-1, 1}, "count"},
        {{0, 1}, {1, NAN}, "count"},        {{0, 1}, {1, INFINITY}, "count"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double age[] = {bad[i].age[0], bad[i].age[1]};
        double observed[] = {bad[i].observed[0], bad[i].observed[1]};
        struct series wrong = {(char *)"x", 0, 0, 0, 2, age, observed};
        const char *defect = series_defect(&wrong);
        tap_ok(defect != NULL && strstr(defect, bad[i].reason) != NULL, "defect %zu: %s", i,
               defect != NULL ? defect : "none");
    }
    series.count = 0;
    tap_ok(series_defect(&series) != NULL, "no points is a defect");
}

static void test_message(void)
{
    struct series first = example("meta-llama/Llama-2-7b");
    struct series second = example("\xe6\xa8\xa1\xe5\x9e\x8b, \"quoted\"");
    second.organization = 123456789;
    second.release_date = SERIES_NO_DATE;
    second.count = 1;
    size_t first_size = series_packed_size(&first);
    size_t size = first_size + series_packed_size(&second);
    /* One byte off, so that alignment cannot help. */
    unsigned char *bytes = memory_array(size + 1, 1);
    series_pack(&first, bytes + 1);
    series_pack(&second, bytes + 1 + first_size);

    struct series copy = {0};
    size_t used = series_unpack(bytes + 1, size, &copy);
    tap_ok(used == first_size && same(&copy, &first), "a series survives packing");
    series_free(&copy);
    used = series_unpack(bytes + 1 + first_size, size - first_size, &copy);
    tap_ok(used == size - first_size && same(&copy, &second), "and so does the one behind it");
    series_free(&copy);

    size_t accepted = 0;
    for (size_t cut = 0; cut < first_size; cut++) {
        /* A block of its own, so that a sanitizer sees any byte read beyond it. */
        unsigned char *part = memory_array(cut, 1);
        memcpy(part, bytes + 1, cut);
        accepted += series_unpack(part, cut, &copy) != 0;
        free(part);
    }
    tap_ok(accepted == 0, "no cut message is taken for a series");
    memset(bytes, 0xff, size);
    tap_ok(series_unpack(bytes, size, &copy) == 0, "huge lengths are refused");
    free(bytes);
}

static void test_catalog(void)
{
    struct catalog catalog = {0};
    struct series series = example("z/1");
    static const char *const organizations[] = {"zeta", "unused", "alpha", "zeta", "Beta"};
    static const char *const names[] = {"z/1", "u/1", "a/1", "z/2", "b/1"};
    for (size_t i = 0; i < 5; i++) {
        series.name = (char *)names[i];
        series.organization = catalog_organization(&catalog, organizations[i]);
        series.count = i == 1 ? 1 : 4;
        (void)catalog_append(&catalog, &series);
    }
    tap_ok(catalog.organization_count == 4, "an organization is added once");
    tap_ok(catalog_drop_small(&catalog, 0.5) == 1 && catalog.series_count == 4,
           "a series below the minimum is dropped");
    catalog.step = SERIES_STEP_DAY;
    catalog_finish(&catalog);
    tap_ok(catalog.organization_count == 3 && strcmp(catalog.organization_name[0], "Beta") == 0 &&
               strcmp(catalog.organization_name[1], "alpha") == 0 &&
               strcmp(catalog.organization_name[2], "zeta") == 0,
           "organizations are sorted, those without series are gone");
    tap_ok(catalog.series[0].organization == 2 && catalog.series[1].organization == 1 &&
               catalog.series[2].organization == 2 && catalog.series[3].organization == 0,
           "series follow their organization");
    tap_ok(strcmp(catalog.series[1].name, "a/1") == 0 && strcmp(catalog.series[2].name, "z/2") == 0,
           "series keep their order");
    tap_ok(catalog.series[0].age != ages && catalog.series[0].observed[3] == 10.0,
           "the catalog owns copies");
    tap_ok(catalog_organization(&catalog, "alpha") == 1, "an organization is found after sorting");
    tap_ok(catalog.end_date == RELEASE + 5, "the end date is the last over all series");
    catalog_free(&catalog);
    tap_ok(catalog.series == NULL && catalog.series_count == 0, "a freed catalog is empty");
    catalog_finish(&catalog);
    tap_ok(catalog.end_date == SERIES_NO_DATE, "an empty catalog has no end date");
    catalog_free(&catalog);
}

static void test_dictionary(void)
{
    struct dictionary dictionary = {0};
    tap_ok(dictionary_find(&dictionary, "a") == DICTIONARY_NONE, "nothing in an empty dictionary");
    tap_ok(dictionary_add(&dictionary, "a", 7) == 7 && dictionary_add(&dictionary, "a", 8) == 7,
           "a name keeps its first number");
    tap_ok(dictionary_add(&dictionary, "", 9) == 9 && dictionary_find(&dictionary, "") == 9,
           "an empty name is a name");
    dictionary_free(&dictionary);
    tap_ok(dictionary_find(&dictionary, "a") == DICTIONARY_NONE, "freed is empty");
}

static void test_catalog_message(void)
{
    struct catalog catalog = {.step = SERIES_STEP_DAY};
    struct series series = example("z/1");
    static const char *const organizations[] = {"zeta", "alpha", "zeta"};
    for (size_t i = 0; i < 3; i++) {
        series.organization = catalog_organization(&catalog, organizations[i]);
        (void)catalog_append(&catalog, &series);
    }
    catalog_finish(&catalog);
    struct buffer buffer = {0};
    catalog_pack(&catalog, &buffer);
    struct catalog copy;
    tap_ok(catalog_unpack(&buffer, &copy) && copy.step == SERIES_STEP_DAY &&
               copy.end_date == RELEASE + 5 && copy.series_count == 3 &&
               copy.organization_count == 2 &&
               dictionary_find(&copy.organization_index, "zeta") == 1,
           "a catalog survives packing");
    bool all_same = copy.series_count == 3;
    for (size_t i = 0; i < copy.series_count; i++) {
        all_same = all_same && same(&copy.series[i], &catalog.series[i]);
    }
    tap_ok(all_same, "and so do its series");
    catalog_free(&copy);
    size_t accepted = 0;
    size_t whole = buffer.size;
    for (buffer.size = 0; buffer.size < whole; buffer.size++) {
        accepted += catalog_unpack(&buffer, &copy);
    }
    tap_ok(accepted == 0, "no cut message is taken for a catalog");
    buffer_free(&buffer);
    catalog_free(&catalog);
}

int main(void)
{
    test_facts();
    test_defects();
    test_message();
    test_catalog();
    test_catalog_message();
    test_dictionary();
    return tap_done();
}
