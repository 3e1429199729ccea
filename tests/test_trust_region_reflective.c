/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The reflective trust region on problems of More, Garbow and Hillstrom (1981, doi
 * 10.1145/355934.355936) with their published minima, on two with a bound that is active, worked
 * out by hand, and on three solved by scipy (tests/reference/reflective.py prints the constants).
 */
#include "../src/fit/trust_region_reflective.h"
#include "tap.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { MAX_POINTS = 16, MAX_PARAMETERS = 4 };

static const struct trust_region_options tight = {1e-15, 1e-15, 1e-15, 10000};
static const double none[MAX_PARAMETERS] = {-INFINITY, -INFINITY, -INFINITY, -INFINITY};
static const double all[MAX_PARAMETERS] = {INFINITY, INFINITY, INFINITY, INFINITY};

/** Central differences suffice where a problem's Jacobian is tedious. */
struct function {
    size_t residuals, parameters;
    void (*values)(const double *x, double *residual);
};

static void evaluate(const double *x, void *context, double *residual, double *jacobian)
{
    const struct function *function = context;
    if (residual != NULL) {
        function->values(x, residual);
        return;
    }
    for (size_t j = 0; j < function->parameters; j++) {
        double moved[MAX_PARAMETERS], above[MAX_POINTS], below[MAX_POINTS];
        memcpy(moved, x, function->parameters * sizeof(double));
        const double step = 6e-6 * fmax(fabs(x[j]), 1e-3);
        moved[j] = x[j] + step;
        function->values(moved, above);
        moved[j] = x[j] - step;
        function->values(moved, below);
        for (size_t k = 0; k < function->residuals; k++) {
            jacobian[k * function->parameters + j] = (above[k] - below[k]) / (2.0 * step);
        }
    }
}

static void rosenbrock(const double *x, double *residual)
{
    residual[0] = 10.0 * (x[1] - x[0] * x[0]);
    residual[1] = 1.0 - x[0];
}

static void beale(const double *x, double *residual)
{
    residual[0] = 1.5 - x[0] * (1.0 - x[1]);
    residual[1] = 2.25 - x[0] * (1.0 - x[1] * x[1]);
    residual[2] = 2.625 - x[0] * (1.0 - x[1] * x[1] * x[1]);
}

static void bard(const double *x, double *residual)
{
    static const double y[15] = {0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39,
                                 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39};
    for (int k = 0; k < 15; k++) {
        const double u = k + 1.0, v = 15.0 - k, w = fmin(u, v);
        residual[k] = y[k] - (x[0] + u / (v * x[1] + w * x[2]));
    }
}

static void kowalik_osborne(const double *x, double *residual)
{
    static const double y[11] = {0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627,
                                 0.0456, 0.0342, 0.0323, 0.0235, 0.0246};
    static const double u[11] = {4.0,   2.0, 1.0,    0.5,    0.25,  0.167,
                                 0.125, 0.1, 0.0833, 0.0714, 0.0625};
    for (int k = 0; k < 11; k++) {
        residual[k] =
            y[k] - x[0] * (u[k] * u[k] + u[k] * x[1]) / (u[k] * u[k] + u[k] * x[2] + x[3]);
    }
}

/** The paper's protocol on deepseek-coder-1.3b-instruct; mu ends at its bound. */
static void growth(const double *x, double *residual)
{
    static const double y[16] = {0.0,  7.0,  9.0,  14.0, 18.0,  23.0,  43.0,  70.0,
                                 73.0, 76.0, 80.0, 88.0, 100.0, 118.0, 122.0, 136.0};
    for (int k = 0; k < 16; k++) {
        const double z = (log(k / 12.0) - x[1]) / x[2];
        residual[k] = exp(x[0] * 0.5 * erfc(-z * sqrt(0.5))) - 1.0 - y[k];
    }
}

static struct trust_region_result solve(const struct function *function, const double *lower,
                                        const double *upper,
                                        const struct trust_region_options *options, double *x)
{
    struct function context = *function;
    const struct trust_region_problem problem = {.residuals = function->residuals,
                                                 .parameters = function->parameters,
                                                 .lower = lower,
                                                 .upper = upper,
                                                 .evaluate = evaluate,
                                                 .context = &context};
    struct trust_region_workspace *workspace =
        trust_region_workspace_create(MAX_POINTS, MAX_PARAMETERS);
    struct trust_region_result result;
    trust_region_minimise(&problem, options, workspace, x, &result);
    trust_region_workspace_free(workspace);
    return result;
}

static void test_unbounded(void)
{
    static const struct {
        const char *name;
        struct function function;
        double start[MAX_PARAMETERS];
        double sum_of_squares; /* published */
    } cases[] = {
        {"Rosenbrock", {2, 2, rosenbrock}, {-1.2, 1.0}, 0.0},
        {"Beale", {3, 2, beale}, {1.0, 1.0}, 0.0},
        {"Bard", {15, 3, bard}, {1.0, 1.0, 1.0}, 8.21487e-3},
        {"Kowalik and Osborne", {11, 4, kowalik_osborne}, {0.25, 0.39, 0.415, 0.39}, 3.07505e-4},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        double x[MAX_PARAMETERS];
        memcpy(x, cases[k].start, sizeof x);
        const struct trust_region_result result = solve(&cases[k].function, none, all, &tight, x);
        const double error = fabs(2.0 * result.cost - cases[k].sum_of_squares);
        tap_ok(error <= 2e-6 * cases[k].sum_of_squares + 1e-20, "%s: sum of squares %.6g",
               cases[k].name, 2.0 * result.cost);
        tap_ok(result.status != TRUST_REGION_EVALUATIONS, "%s: %zu evaluations", cases[k].name,
               result.evaluations);
    }
}

/** Rosenbrock's function with x1 <= 1/2: then x2 = x1^2 and the cost is (1 - 1/2)^2 / 2. */
static void test_active_bounds(void)
{
    const struct function function = {2, 2, rosenbrock};
    const double upper[] = {0.5, INFINITY};
    double x[] = {-1.2, 1.0};
    struct trust_region_result result = solve(&function, none, upper, &tight, x);
    tap_close(result.cost, 0.125, 1e-9, "Rosenbrock, x1 <= 0.5: cost");
    tap_ok(x[0] < 0.5 && 0.5 - x[0] < 1e-8, "x1 is inside, at its bound");
    tap_close(x[1], 0.25, 1e-6, "x2 = x1^2");

    /* x2 >= 1.5 (Hock and Schittkowski 1981, problem 2): x1 is a root of 200 x^3 - 299 x - 1,
     * 1.22437075 or the local minimum -1.22102624. */
    const double lower[] = {-INFINITY, 1.5};
    double start[] = {-2.0, 1.6};
    result = solve(&function, lower, all, &tight, start);
    const double right = 1.2243707487, left = -1.2210262413;
    tap_ok(fabs(start[0] - right) < 1e-6 || fabs(start[0] - left) < 1e-6,
           "Hock-Schittkowski 2: x1 = %.9f", start[0]);
    tap_ok(start[1] > 1.5 && start[1] - 1.5 < 1e-8, "x2 is inside, at its bound");
}

static void test_scipy(void)
{
    static const struct {
        const char *name;
        struct function function;
        double start[MAX_PARAMETERS], lower[MAX_PARAMETERS], upper[MAX_PARAMETERS];
        double x[MAX_PARAMETERS];
        double cost;
    } cases[] = {
        {"Kowalik-Osborne, x1 <= 0.19",
         {11, 4, kowalik_osborne},
         {0.15, 0.39, 0.415, 0.39},
         {0.0, 0.2, 0.0, 0.0},
         {0.19, 1.0, 1.0, 1.0},
         {0.19, 0.22087083000946775, 0.11780577394080798, 0.14993714951712567},
         0.00015539070094179288},
        {"Kowalik-Osborne, x3 <= 0.1",
         {11, 4, kowalik_osborne},
         {0.15, 0.39, 0.05, 0.39},
         {0.0, 0.0, 0.0, 0.0},
         {1.0, 1.0, 0.1, 1.0},
         {0.19171679964073332, 0.17440379999705835, 0.1, 0.13085071266164455},
         0.00015575686655388342},
        {"growth curve",
         {16, 3, growth},
         {0.5, 2.0, 0.5},
         {0.0, 0.0, 0.0},
         {INFINITY, INFINITY, INFINITY},
         {9.29640273954301, 0.0, 3.007800445122303},
         370.2771666666315},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        double x[MAX_PARAMETERS];
        memcpy(x, cases[k].start, sizeof x);
        const struct trust_region_result result =
            solve(&cases[k].function, cases[k].lower, cases[k].upper, &tight, x);
        tap_ok(result.cost <= cases[k].cost * (1.0 + 1e-9), "%s: cost %.12g, scipy's %.12g",
               cases[k].name, result.cost, cases[k].cost);
        double error = 0.0;
        for (size_t j = 0; j < cases[k].function.parameters; j++) {
            error = fmax(error, fabs(x[j] - cases[k].x[j]));
        }
        tap_ok(error < 2e-5, "%s: parameters within %.1e of scipy's", cases[k].name, error);
    }
}

static void not_finite(const double *x, double *residual)
{
    residual[0] = residual[1] = INFINITY * x[0];
}

static void flat(const double *x, double *residual)
{
    residual[0] = 3.0 + 0.0 * x[0];
    residual[1] = 4.0;
}

static void test_endings(void)
{
    const struct trust_region_options three = {1e-15, 1e-15, 1e-15, 3};
    double x[] = {-1.2, 1.0};
    struct trust_region_result result =
        solve(&(struct function){2, 2, rosenbrock}, none, all, &three, x);
    tap_ok(result.status == TRUST_REGION_EVALUATIONS && result.evaluations == 3,
           "stops when its evaluations are spent");
    tap_ok(result.cost < 0.5 * 24.2, "having lowered the cost");

    double stay[] = {0.7, 0.3};
    result = solve(&(struct function){2, 2, flat}, none, all, &tight, stay);
    tap_ok(result.status == TRUST_REGION_GRADIENT && result.evaluations == 1,
           "returns at once without a gradient");
    tap_ok(stay[0] == 0.7 && stay[1] == 0.3, "with the start untouched");
    tap_close(result.cost, 12.5, 0.0, "and its cost");

    double bad[] = {1.0, 1.0};
    result = solve(&(struct function){2, 2, not_finite}, none, all, &tight, bad);
    tap_ok(result.status == TRUST_REGION_NOT_FINITE, "says when the start has no finite cost");

    const double lower[] = {2.0, 2.0}, upper[] = {3.0, 5.0};
    double edge[] = {2.0, 5.0};
    result = solve(&(struct function){2, 2, rosenbrock}, lower, upper, &tight, edge);
    tap_ok(edge[0] > 2.0 && edge[0] < 3.0 && edge[1] > 2.0 && edge[1] < 5.0,
           "a start on the bounds ends inside them");
    tap_close(edge[1], 4.0, 0.01, "at their best point");
}

int main(void)
{
    (void)gsl_set_error_handler_off();
    test_unbounded();
    test_active_bounds();
    test_scipy();
    test_endings();
    return tap_done();
}
