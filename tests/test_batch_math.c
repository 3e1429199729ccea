/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The vector functions of every instruction set that this machine has, against values that
 * tests/reference/batch_math.py computed with 120 digits.
 */
#include "../src/bootstrap/batch_kernel.h"
#include "batch_sets.h"
#include "tap.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

static const char *const table_path = "tests/reference/batch_math.txt";

struct function_test {
    const char *name; /* in the table */
    double relative;  /* allowed error, relative */
    double absolute;  /* and absolute: the last place of a denormal, or of a sum near 0 */
};

static const struct function_test function_tests[BATCH_FUNCTION_COUNT] = {
    [BATCH_EXP] = {"exp", 2.5e-16, 5e-324},
    [BATCH_EXP_BOUNDED] = {"exp", 2.5e-16, 0.0},
    [BATCH_LOG] = {"log", 4e-16, 0.0},
    [BATCH_LOG1P] = {"log1p", 4e-16, 0.0},
    [BATCH_MILLS] = {"mills", 1.4e-15, 0.0},
    [BATCH_NORMAL_DENSITY] = {"density", 6e-16, 5e-324},
    [BATCH_NORMAL_DISTRIBUTION] = {"distribution", 1.5e-15, 5e-324},
    [BATCH_LOG_GAMMA_RATIO] = {"log_gamma_ratio", 1e-15, 2e-15},
};

static double value_at(const struct batch_kernel *kernel, enum batch_function function, double x)
{
    double y;
    kernel->apply(function, 1, &x, &y);
    return y;
}

/* Whether a table's argument lies in the function's range. */
static bool in_range(enum batch_function function, double x)
{
    return function != BATCH_EXP_BOUNDED || (x >= -708.0 && x <= 709.0);
}

/* The largest error of a function over its part of the table, in units of what is allowed. */
static double worst_error(const struct batch_kernel *kernel, enum batch_function function,
                          FILE *table, size_t *count)
{
    const struct function_test *test = &function_tests[function];
    double worst = 0.0;
    char line[256];
    rewind(table);
    while (fgets(line, sizeof line, table) != NULL) {
        char name[32];
        char argument[64];
        char value[64];
        if (sscanf(line, "%31s %63s %63s", name, argument, value) != 3 ||
            strcmp(name, test->name) != 0) {
            continue;
        }
        double x = strtod(argument, NULL);
        double expected = strtod(value, NULL);
        if (!in_range(function, x)) {
            continue;
        }
        double y = value_at(kernel, function, x);
        double allowed = test->relative * fabs(expected) + test->absolute;
        double error = y == expected ? 0.0 : fabs(y - expected) / allowed;
        if (!(error <= worst)) {
            worst = error;
            printf("# %s(%.17g) = %.17g, expected %.17g\n", name, x, y, expected);
        }
        ++*count;
    }
    return worst;
}

static void test_tables(const struct batch_kernel *kernel, const char *set)
{
    FILE *table = fopen(table_path, "r");
    if (!tap_ok(table != NULL, "%s: %s can be read", set, table_path)) {
        return;
    }
    for (unsigned f = 0; f < BATCH_FUNCTION_COUNT; f++) {
        size_t count = 0;
        double worst = worst_error(kernel, (enum batch_function)f, table, &count);
        tap_ok(count > 100 && worst <= 1.0, "%s: %s within %g at %zu arguments (%.2f of it)", set,
               function_tests[f].name, function_tests[f].relative, count, worst);
    }
    (void)fclose(table);
}

static void check(const struct batch_kernel *kernel, const char *set, enum batch_function function,
                  double x, double expected)
{
    double y = value_at(kernel, function, x);
    bool same =
        (isnan(y) && isnan(expected)) || (y == expected && !signbit(y) == !signbit(expected));
    tap_ok(same, "%s: %s(%g) = %g", set, function_tests[function].name, x, expected);
}

static void test_special_values(const struct batch_kernel *kernel, const char *set)
{
    static const double huge = 1e300;
    check(kernel, set, BATCH_EXP, INFINITY, INFINITY);
    check(kernel, set, BATCH_EXP, huge, INFINITY);
    check(kernel, set, BATCH_EXP, 709.79, INFINITY);
    check(kernel, set, BATCH_EXP, -INFINITY, 0.0);
    check(kernel, set, BATCH_EXP, -745.14, 0.0);
    check(kernel, set, BATCH_EXP, -745.13, 4.9406564584124654e-324);
    check(kernel, set, BATCH_EXP, 0.0, 1.0);
    check(kernel, set, BATCH_EXP, -0.0, 1.0);
    check(kernel, set, BATCH_EXP, DBL_TRUE_MIN, 1.0);
    check(kernel, set, BATCH_EXP, NAN, NAN);
    check(kernel, set, BATCH_LOG, 0.0, -INFINITY);
    check(kernel, set, BATCH_LOG, -0.0, -INFINITY);
    check(kernel, set, BATCH_LOG, 1.0, 0.0);
    check(kernel, set, BATCH_LOG, INFINITY, INFINITY);
    check(kernel, set, BATCH_LOG, -1.0, NAN);
    check(kernel, set, BATCH_LOG, -INFINITY, NAN);
    check(kernel, set, BATCH_LOG, NAN, NAN);
    check(kernel, set, BATCH_LOG1P, 0.0, 0.0);
    check(kernel, set, BATCH_LOG1P, INFINITY, INFINITY);
    check(kernel, set, BATCH_LOG1P, NAN, NAN);
    check(kernel, set, BATCH_NORMAL_DENSITY, INFINITY, 0.0);
    check(kernel, set, BATCH_NORMAL_DENSITY, -INFINITY, 0.0);
    check(kernel, set, BATCH_NORMAL_DENSITY, NAN, NAN);
    check(kernel, set, BATCH_NORMAL_DISTRIBUTION, -INFINITY, 0.0);
    check(kernel, set, BATCH_NORMAL_DISTRIBUTION, INFINITY, 1.0);
    check(kernel, set, BATCH_NORMAL_DISTRIBUTION, -39.0, 0.0);
    check(kernel, set, BATCH_NORMAL_DISTRIBUTION, NAN, NAN);
}

/* A value does not depend on the lane it is computed in. */
static void test_lanes(const struct batch_kernel *kernel, const char *set)
{
    enum { COUNT = 67 };
    double x[COUNT];
    double y[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        x[i] = 0.001 + 0.37 * (double)i;
    }
    bool same = true;
    for (unsigned f = 0; f < BATCH_FUNCTION_COUNT; f++) {
        kernel->apply((enum batch_function)f, COUNT, x, y);
        for (size_t i = 0; i < COUNT; i++) {
            same &= y[i] == value_at(kernel, (enum batch_function)f, x[i]);
        }
    }
    tap_ok(same, "%s: the same bits in every lane", set);
}

int main(void)
{
    for (int set = 0; set < INSTRUCTION_SET_COUNT; set++) {
        const char *name = instruction_set_name((enum instruction_set)set);
        const struct batch_kernel *kernel = batch_sets_kernel((enum instruction_set)set);
        if (kernel == NULL) {
            tap_skip("%s: not on this machine", name);
            continue;
        }
        test_tables(kernel, name);
        test_special_values(kernel, name);
        test_lanes(kernel, name);
    }
    enum instruction_set parsed = INSTRUCTION_SET_BASELINE;
    tap_ok(instruction_set_parse("avx2", &parsed) && parsed == INSTRUCTION_SET_AVX2,
           "a set is read from its word");
    tap_ok(!instruction_set_parse("avx1024", &parsed) && parsed == INSTRUCTION_SET_AVX2,
           "an unknown word leaves the set untouched");
    return tap_done();
}
