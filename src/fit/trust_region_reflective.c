/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trust_region_reflective.h"

#include "memory.h"
#include "trust_region_step.h"

#include <assert.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/** A start nearer than this to a bound is moved inside by it (relative to the bound). */
static const double start_margin = 1e-10;

struct trust_region_workspace *trust_region_workspace_create(size_t max_residuals,
                                                             size_t max_parameters)
{
    struct trust_region_workspace *workspace = memory_array(1, sizeof *workspace);
    const size_t m = max_residuals, n = max_parameters;
    const struct {
        double **array;
        size_t count;
    } arrays[] = {
        {&workspace->residual, m},        {&workspace->trial_residual, m},
        {&workspace->jacobian, m * n},    {&workspace->scaled, m * n},
        {&workspace->left, (m + n) * n},  {&workspace->right, n * n},
        {&workspace->singular, n},        {&workspace->projection, n},
        {&workspace->gradient, n},        {&workspace->root, n},
        {&workspace->scaled_gradient, n}, {&workspace->diagonal, n},
        {&workspace->newton, n},          {&workspace->reflected, n},
        {&workspace->downhill, n},        {&workspace->direction, n},
        {&workspace->trial, n},
    };
    size_t total = 0;
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++) {
        total += arrays[k].count;
    }
    double *memory = memory_array(total, sizeof(double)); /* owned through ->residual */
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++) {
        *arrays[k].array = memory;
        memory += arrays[k].count;
    }
    workspace->max_residuals = m;
    workspace->max_parameters = n;
    return workspace;
}

void trust_region_workspace_free(struct trust_region_workspace *workspace)
{
    if (workspace != NULL) {
        free(workspace->residual);
        free(workspace);
    }
}

static double half_square(const double *vector, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += vector[i] * vector[i];
    }
    return 0.5 * sum;
}

/** Moves x off the bounds: by the least representable amount, or by a share of the bound. */
static void make_interior(const struct trust_region_problem *problem, double margin, double *x)
{
    for (size_t i = 0; i < problem->parameters; i++) {
        const double lower = problem->lower[i], upper = problem->upper[i];
        const double inside_lower =
            margin > 0.0 ? lower + margin * fmax(1.0, fabs(lower)) : nextafter(lower, upper);
        const double inside_upper =
            margin > 0.0 ? upper - margin * fmax(1.0, fabs(upper)) : nextafter(upper, lower);
        if (isfinite(lower) && x[i] < inside_lower) {
            x[i] = inside_lower;
        }
        if (isfinite(upper) && x[i] > inside_upper) {
            x[i] = inside_upper;
        }
        if (!(x[i] > lower && x[i] < upper)) {
            x[i] = 0.5 * (lower + upper);
        }
    }
}

/** Gradient, scaling and model at x, from the residuals there. */
static void linearise(struct trust_region_state *state)
{
    const struct trust_region_problem *problem = state->problem;
    struct trust_region_workspace *w = state->workspace;
    const size_t m = problem->residuals, n = problem->parameters;
    problem->evaluate(state->x, problem->context, NULL, w->jacobian);
    state->optimality = 0.0;
    for (size_t j = 0; j < n; j++) {
        double gradient = 0.0;
        for (size_t k = 0; k < m; k++) {
            gradient += w->jacobian[k * n + j] * w->residual[k];
        }
        double distance = 1.0;
        w->diagonal[j] = 0.0;
        if (gradient < 0.0 && isfinite(problem->upper[j])) {
            distance = problem->upper[j] - state->x[j];
            w->diagonal[j] = -gradient;
        } else if (gradient > 0.0 && isfinite(problem->lower[j])) {
            distance = state->x[j] - problem->lower[j];
            w->diagonal[j] = gradient;
        }
        w->gradient[j] = gradient;
        w->root[j] = sqrt(distance);
        w->scaled_gradient[j] = w->root[j] * gradient;
        state->optimality = fmax(state->optimality, distance * fabs(gradient));
        for (size_t k = 0; k < m; k++) {
            w->scaled[k * n + j] = w->jacobian[k * n + j] * w->root[j];
        }
    }
}

/** Singular values of the scaled Jacobian over the root of the diagonal; false if they fail. */
static bool decompose(struct trust_region_state *state)
{
    struct trust_region_workspace *w = state->workspace;
    const size_t m = state->problem->residuals, n = state->problem->parameters;
    memcpy(w->left, w->scaled, m * n * sizeof(double));
    memset(w->left + m * n, 0, n * n * sizeof(double));
    for (size_t j = 0; j < n; j++) {
        w->left[(m + j) * n + j] = sqrt(w->diagonal[j]);
    }
    gsl_matrix_view left = gsl_matrix_view_array(w->left, m + n, n);
    gsl_matrix_view right = gsl_matrix_view_array(w->right, n, n);
    gsl_vector_view singular = gsl_vector_view_array(w->singular, n);
    if (gsl_linalg_SV_decomp_jacobi(&left.matrix, &right.matrix, &singular.vector) != GSL_SUCCESS) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        w->projection[i] = 0.0;
        for (size_t k = 0; k < m; k++) {
            w->projection[i] += w->left[k * n + i] * w->residual[k];
        }
    }
    return true;
}

/** One step of the search. */
struct outcome {
    bool accepted;
    bool finite;
    double reduction; /**< of the cost, actual */
    double ratio;     /**< actual to predicted */
    double length;    /**< in x */
};

static struct outcome try_step(struct trust_region_state *state, bool *hit)
{
    struct trust_region_workspace *w = state->workspace;
    const size_t m = state->problem->residuals, n = state->problem->parameters;
    trust_region_step_solve(state);
    double predicted;
    const double *step = trust_region_step_choose(state, hit, &predicted);
    trust_region_step_unscale(state, step, w->direction);
    for (size_t j = 0; j < n; j++) {
        w->trial[j] = state->x[j] + w->direction[j];
    }
    make_interior(state->problem, 0.0, w->trial);
    state->problem->evaluate(w->trial, state->problem->context, w->trial_residual, NULL);
    const double cost = half_square(w->trial_residual, m);
    const double scaled_length = trust_region_step_length(step, n);
    struct outcome outcome = {.length = trust_region_step_length(w->direction, n),
                              .finite = isfinite(cost)};
    if (!outcome.finite) {
        state->radius = 0.25 * scaled_length;
        return outcome;
    }
    outcome.reduction = state->cost - cost;
    const bool is_null = predicted == 0.0 && outcome.reduction == 0.0;
    outcome.ratio = predicted < 0.0 ? outcome.reduction / -predicted : (is_null ? 1.0 : 0.0);
    outcome.accepted = outcome.reduction > 0.0;
    const double before = state->radius;
    if (outcome.ratio < 0.25) {
        state->radius = 0.25 * scaled_length;
    } else if (outcome.ratio > 0.75 && scaled_length > 0.95 * before) {
        state->radius *= 2.0;
    }
    state->damping *= before / state->radius;
    if (outcome.accepted) {
        memcpy(state->x, w->trial, n * sizeof(double));
        memcpy(w->residual, w->trial_residual, m * sizeof(double));
        state->cost = cost;
    }
    return outcome;
}

static double first_radius(const struct trust_region_state *state)
{
    double sum = 0.0;
    for (size_t j = 0; j < state->problem->parameters; j++) {
        const double scaled = state->x[j] / state->workspace->root[j];
        sum += scaled * scaled;
    }
    return sum > 0.0 ? sqrt(sum) : 1.0;
}

/** Iterates until a stopping rule holds. */
static enum trust_region_status search(struct trust_region_state *state,
                                       const struct trust_region_options *options, bool *hit,
                                       size_t *evaluations)
{
    const size_t n = state->problem->parameters;
    linearise(state);
    state->radius = first_radius(state);
    for (;;) {
        if (state->optimality < options->gradient_tolerance) {
            return TRUST_REGION_GRADIENT;
        }
        if (*evaluations >= options->max_evaluations || !decompose(state)) {
            return TRUST_REGION_EVALUATIONS;
        }
        struct outcome outcome = {.accepted = false};
        while (!outcome.accepted && *evaluations < options->max_evaluations) {
            const double cost = state->cost;
            const double length = trust_region_step_length(state->x, n);
            outcome = try_step(state, hit);
            (*evaluations)++;
            if (!outcome.finite) {
                continue;
            }
            if (outcome.reduction < options->cost_tolerance * cost && outcome.ratio > 0.25) {
                return TRUST_REGION_COST;
            }
            if (outcome.length < options->step_tolerance * (options->step_tolerance + length)) {
                return TRUST_REGION_STEP;
            }
        }
        if (outcome.accepted) {
            linearise(state);
        }
    }
}

void trust_region_minimise(const struct trust_region_problem *problem,
                           const struct trust_region_options *options,
                           struct trust_region_workspace *workspace, double *x,
                           struct trust_region_result *result)
{
    enum { MOST_PARAMETERS = 16 };
    assert(problem->residuals <= workspace->max_residuals);
    assert(problem->parameters <= workspace->max_parameters);
    assert(problem->parameters <= MOST_PARAMETERS);
    bool hit[MOST_PARAMETERS];
    struct trust_region_state state = {.problem = problem, .workspace = workspace, .x = x};
    make_interior(problem, start_margin, x);
    problem->evaluate(x, problem->context, workspace->residual, NULL);
    state.cost = half_square(workspace->residual, problem->residuals);
    result->evaluations = 1;
    result->status = isfinite(state.cost) ? search(&state, options, hit, &result->evaluations)
                                          : TRUST_REGION_NOT_FINITE;
    result->cost = state.cost;
}
