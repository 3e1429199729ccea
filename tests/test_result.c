/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fit.h"
#include "result.h"
#include "tap.h"

#include <ctype.h>
#include <string.h>

static size_t meaning_count(const struct result_descriptor *descriptor)
{
    size_t count = 0;
    while (descriptor->meanings != NULL && descriptor->meanings[count] != NULL) {
        count++;
    }
    return count;
}

static bool is_identifier(const char *text)
{
    bool valid = *text != '\0';
    for (; *text != '\0'; text++) {
        valid = valid &&
                (islower((unsigned char)*text) || isdigit((unsigned char)*text) || *text == '_');
    }
    return valid;
}

static bool descriptor_is_complete(const struct result_descriptor *descriptor)
{
    const bool coded = descriptor->type == RESULT_FLAGS || descriptor->type == RESULT_CATEGORY;
    bool complete =
        descriptor->name != NULL && is_identifier(descriptor->name) && descriptor->units != NULL &&
        descriptor->long_name != NULL && descriptor->dimension < RESULT_DIMENSION_COUNT &&
        coded == (meaning_count(descriptor) > 0) && (!coded || descriptor->units[0] == '\0');
    for (size_t i = 0; complete && i < meaning_count(descriptor); i++) {
        complete = is_identifier(descriptor->meanings[i]);
    }
    return complete;
}

static void test_table(void)
{
    for (size_t i = 0; i < RESULT_FIELD_COUNT; i++) {
        bool unique = true;
        for (size_t j = 0; j < i; j++) {
            unique = unique && strcmp(result_table[i].name, result_table[j].name) != 0;
        }
        tap_ok(unique && descriptor_is_complete(&result_table[i]), "field %zu (%s) is described", i,
               result_table[i].name);
    }
    const char *const *status = result_table[RESULT_FIT_STATUS].meanings;
    tap_ok(meaning_count(&result_table[RESULT_FIT_STATUS]) == FIT_STATUS_COUNT,
           "every fit status has a meaning");
    tap_ok(strcmp(status[FIT_ALL_ZERO], "all_zero") == 0 &&
               strcmp(status[FIT_NUMERICAL_ERROR], "numerical_error") == 0,
           "statuses stand at their values");
    const char *const *flag = result_table[RESULT_FIT_FLAGS].meanings;
    tap_ok(1U << (meaning_count(&result_table[RESULT_FIT_FLAGS]) - 1) == FIT_GRID_EDGE &&
               strcmp(flag[8], "grid_edge") == 0 && strcmp(flag[3], "step_like") == 0,
           "flags stand at their bits");
}

static void test_layout(void)
{
    const struct result_layout layout = result_layout_make(7, 4, 3);
    size_t expected = 0;
    bool gapless = true;
    static const size_t extent[RESULT_DIMENSION_COUNT] = {1, 7, 4, 28, 12, 21};
    for (size_t i = 0; i < RESULT_FIELD_COUNT; i++) {
        gapless = gapless && layout.offset[i] == expected;
        expected += extent[result_table[i].dimension];
    }
    tap_ok(gapless && layout.length == expected, "fields follow each other without gaps");
    tap_ok(layout.offset[RESULT_IMMEDIACY_QUANTILE] - layout.offset[RESULT_FITNESS_QUANTILE] == 7,
           "a quantile field has one double a quantile");

    const struct result_layout none = result_layout_make(0, 0, 0);
    tap_ok(none.offset[RESULT_IMMEDIACY_QUANTILE] == none.offset[RESULT_FITNESS_QUANTILE],
           "a dimension of length 0 takes no room");

    double row[256] = {0};
    result_row_clear(&layout, row);
    bool missing = layout.length < 256;
    for (size_t i = 0; missing && i < layout.length; i++) {
        missing = isnan(row[i]);
    }
    tap_ok(missing && row[layout.length] == 0.0, "a cleared row is missing throughout");
}

int main(void)
{
    test_table();
    test_layout();
    return tap_done();
}
