/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trust_region_reflective.h"

#include "memory.h"

#include <assert.h>
#include <float.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/** A start nearer than this to a bound is moved inside by it (relative to the bound). */
static const double start_margin = 1e-10;

/** The length of the step may miss the trust region's radius by this share. */
static const double radius_accuracy = 0.01;

enum { MAX_RADIUS_ITERATIONS = 10 };

/** Vectors of one iteration, each of max_parameters or max_residuals (+ max_parameters). */
struct reflective_workspace {
    size_t max_residuals;
    size_t max_parameters;
    double *residual, *trial_residual;
    double *jacobian;        /**< [residuals][n] */
    double *scaled;          /**< [residuals][n], jacobian times root */
    double *left;            /**< [residuals + n][n], augmented matrix, then its left vectors */
    double *right;           /**< [n][n] */
    double *singular, *work; /**< [n] */
    double *projection;      /**< [n], left vectors times the residuals */
    double *gradient;        /**< [n] */
    double *root;            /**< [n], square root of v */
    double *scaled_gradient; /**< [n], in the scaled coordinates */
    double *diagonal;        /**< [n], of the model beside the squared Jacobian */
    double *newton;          /**< [n], step of the trust-region problem, scaled */
    double *reflected, *downhill; /**< [n], its rivals, scaled */
    double *direction;            /**< [n], in x */
    double *trial;                /**< [n] */
};

/** Where the search stands. */
struct state {
    const struct reflective_problem *problem;
    struct reflective_workspace *workspace;
    double *x;
    double cost;
    double optimality; /**< largest v_i |g_i| */
    double radius;     /**< of the trust region, in scaled coordinates */
    double damping;    /**< multiplier of the last trust-region problem */
};

struct reflective_workspace *reflective_workspace_create(size_t max_residuals,
                                                         size_t max_parameters)
{
    struct reflective_workspace *workspace = memory_array(1, sizeof *workspace);
    const size_t m = max_residuals, n = max_parameters;
    const struct {
        double **array;
        size_t count;
    } arrays[] = {
        {&workspace->residual, m},       {&workspace->trial_residual, m},
        {&workspace->jacobian, m * n},   {&workspace->scaled, m * n},
        {&workspace->left, (m + n) * n}, {&workspace->right, n * n},
        {&workspace->singular, n},       {&workspace->work, n},
        {&workspace->projection, n},     {&workspace->gradient, n},
        {&workspace->root, n},           {&workspace->scaled_gradient, n},
        {&workspace->diagonal, n},       {&workspace->newton, n},
        {&workspace->reflected, n},      {&workspace->downhill, n},
        {&workspace->direction, n},      {&workspace->trial, n},
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

void reflective_workspace_free(struct reflective_workspace *workspace)
{
    if (workspace != NULL) {
        free(workspace->residual);
        free(workspace);
    }
}

static double norm(const double *vector, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += vector[i] * vector[i];
    }
    return sqrt(sum);
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
static void make_interior(const struct reflective_problem *problem, double margin, double *x)
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
static void linearise(struct state *state)
{
    const struct reflective_problem *problem = state->problem;
    struct reflective_workspace *w = state->workspace;
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
static bool decompose(struct state *state)
{
    struct reflective_workspace *w = state->workspace;
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

/** step = -V (S^2 + damping)^-1 S U'f. */
static void damped_step(const struct reflective_workspace *w, size_t n, double damping,
                        double *step)
{
    for (size_t j = 0; j < n; j++) {
        step[j] = 0.0;
    }
    for (size_t i = 0; i < n; i++) {
        const double s = w->singular[i];
        const double factor = s > 0.0 ? -w->projection[i] * s / (s * s + damping) : 0.0;
        for (size_t j = 0; j < n; j++) {
            step[j] += factor * w->right[j * n + i];
        }
    }
}

/** |step(damping)| - radius and its derivative by the damping. */
static double excess_length(const struct reflective_workspace *w, size_t n, double damping,
                            double radius, double *slope)
{
    double square = 0.0, cubic = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double s = w->singular[i];
        const double denominator = s * s + damping;
        const double part = denominator > 0.0 ? s * w->projection[i] / denominator : 0.0;
        square += part * part;
        cubic += denominator > 0.0 ? part * part / denominator : 0.0;
    }
    const double length = sqrt(square);
    *slope = -cubic / length;
    return length - radius;
}

/**
 * Solves the trust-region problem in the scaled coordinates, after More (1978): the Gauss-Newton
 * step if it is short enough, else the damped step whose length is the radius.
 */
static void trust_region_step(struct state *state)
{
    struct reflective_workspace *w = state->workspace;
    const size_t m = state->problem->residuals, n = state->problem->parameters;
    const double threshold = DBL_EPSILON * (double)(m + n) * w->singular[0];
    const bool full_rank = w->singular[n - 1] > threshold;
    if (full_rank) {
        damped_step(w, n, 0.0, w->newton);
        if (norm(w->newton, n) <= state->radius) {
            state->damping = 0.0;
            return;
        }
    }
    double slope;
    double upper = 0.0;
    for (size_t i = 0; i < n; i++) {
        upper += w->singular[i] * w->singular[i] * w->projection[i] * w->projection[i];
    }
    upper = sqrt(upper) / state->radius;
    double lower = 0.0;
    if (full_rank) {
        const double excess = excess_length(w, n, 0.0, state->radius, &slope);
        lower = -excess / slope;
    }
    double damping = state->damping;
    if (!full_rank && damping == 0.0) {
        damping = fmax(0.001 * upper, sqrt(lower * upper));
    }
    for (int iteration = 0; iteration < MAX_RADIUS_ITERATIONS; iteration++) {
        if (damping < lower || damping > upper) {
            damping = fmax(0.001 * upper, sqrt(lower * upper));
        }
        const double excess = excess_length(w, n, damping, state->radius, &slope);
        if (excess < 0.0) {
            upper = damping;
        }
        const double ratio = excess / slope;
        lower = fmax(lower, damping - ratio);
        damping -= (excess + state->radius) * ratio / state->radius;
        if (fabs(excess) < radius_accuracy * state->radius) {
            break;
        }
    }
    damped_step(w, n, damping, w->newton);
    const double length = norm(w->newton, n);
    for (size_t j = 0; length > 0.0 && j < n; j++) {
        w->newton[j] *= state->radius / length; /* never longer than the radius */
    }
    state->damping = damping;
}

/** The model's change of the cost for a scaled step. */
static double model_value(const struct state *state, const double *step)
{
    const struct reflective_workspace *w = state->workspace;
    const size_t m = state->problem->residuals, n = state->problem->parameters;
    double value = 0.0;
    for (size_t k = 0; k < m; k++) {
        double row = 0.0;
        for (size_t j = 0; j < n; j++) {
            row += w->scaled[k * n + j] * step[j];
        }
        value += 0.5 * row * row;
    }
    for (size_t j = 0; j < n; j++) {
        value += step[j] * (w->scaled_gradient[j] + 0.5 * w->diagonal[j] * step[j]);
    }
    return value;
}

/** Fraction of direction that leads from `from` to the first bound; marks[j] where it is met. */
static double stride_to_bound(const struct reflective_problem *problem, const double *from,
                              const double *direction, bool *marks)
{
    double least = INFINITY;
    for (int pass = 0; pass < (marks != NULL ? 2 : 1); pass++) {
        for (size_t j = 0; j < problem->parameters; j++) {
            const double to_lower = (problem->lower[j] - from[j]) / direction[j];
            const double to_upper = (problem->upper[j] - from[j]) / direction[j];
            const double stride = direction[j] == 0.0 ? INFINITY : fmax(to_lower, to_upper);
            if (pass == 0) {
                least = fmin(least, stride);
            } else {
                marks[j] = stride == least && direction[j] != 0.0;
            }
        }
    }
    return least;
}

static void unscale(const struct state *state, const double *scaled, double *step)
{
    for (size_t j = 0; j < state->problem->parameters; j++) {
        step[j] = state->workspace->root[j] * scaled[j];
    }
}

/** The stride in [low, high] that minimises the model along direction from origin (scaled). */
static double best_stride(const struct state *state, const double *origin, const double *direction,
                          double low, double high)
{
    const struct reflective_workspace *w = state->workspace;
    const size_t m = state->problem->residuals, n = state->problem->parameters;
    double quadratic = 0.0, linear = 0.0;
    for (size_t k = 0; k < m; k++) {
        double along = 0.0, at_origin = 0.0;
        for (size_t j = 0; j < n; j++) {
            along += w->scaled[k * n + j] * direction[j];
            at_origin += w->scaled[k * n + j] * (origin != NULL ? origin[j] : 0.0);
        }
        quadratic += 0.5 * along * along;
        linear += along * at_origin;
    }
    for (size_t j = 0; j < n; j++) {
        const double start = origin != NULL ? origin[j] : 0.0;
        quadratic += 0.5 * w->diagonal[j] * direction[j] * direction[j];
        linear += direction[j] * (w->scaled_gradient[j] + w->diagonal[j] * start);
    }
    double best = low;
    double best_value = low * (quadratic * low + linear);
    const double candidates[] = {high, quadratic != 0.0 ? -0.5 * linear / quadratic : low};
    for (size_t k = 0; k < 2; k++) {
        const double stride = candidates[k];
        const double value = stride * (quadratic * stride + linear);
        if (stride >= low && stride <= high && value < best_value) {
            best = stride;
            best_value = value;
        }
    }
    return best;
}

/** The farther intersection of origin + stride direction with the trust region's sphere. */
static double stride_to_sphere(const double *origin, const double *direction, double radius,
                               size_t n)
{
    double a = 0.0, b = 0.0, c = -radius * radius;
    for (size_t j = 0; j < n; j++) {
        a += direction[j] * direction[j];
        b += origin[j] * direction[j];
        c += origin[j] * origin[j];
    }
    const double root = sqrt(fmax(b * b - a * c, 0.0));
    const double q = -(b + copysign(root, b));
    return fmax(q / a, c / q);
}

/** The trust-region step up to its first bound, continued in the mirror of that bound; its model
 *  value, infinite where there is no room. w->newton has been cut at the bound. */
static double reflect(struct state *state, const bool *hit, double stride, double retreat)
{
    struct reflective_workspace *w = state->workspace;
    const size_t n = state->problem->parameters;
    double *mirror = w->reflected;
    for (size_t j = 0; j < n; j++) {
        mirror[j] = (hit[j] ? -w->newton[j] : w->newton[j]);
        w->newton[j] *= stride;
    }
    unscale(state, w->newton, w->direction);
    for (size_t j = 0; j < n; j++) {
        w->trial[j] = state->x[j] + w->direction[j];
    }
    unscale(state, mirror, w->direction);
    const double to_bound = stride_to_bound(state->problem, w->trial, w->direction, NULL);
    const double to_sphere = stride_to_sphere(w->newton, mirror, state->radius, n);
    const double farthest = fmin(to_bound, to_sphere);
    if (!(farthest > 0.0)) {
        return INFINITY;
    }
    const double low = (1.0 - retreat) * stride / farthest;
    const double high = farthest == to_bound ? retreat * to_bound : to_sphere;
    if (!(low <= high)) {
        return INFINITY;
    }
    const double length = best_stride(state, w->newton, mirror, low, high);
    for (size_t j = 0; j < n; j++) {
        mirror[j] = w->newton[j] + length * mirror[j];
    }
    return model_value(state, mirror);
}

/** The best step down the scaled gradient; its model value. */
static double go_downhill(struct state *state, double retreat)
{
    struct reflective_workspace *w = state->workspace;
    const size_t n = state->problem->parameters;
    for (size_t j = 0; j < n; j++) {
        w->downhill[j] = -w->scaled_gradient[j];
    }
    unscale(state, w->downhill, w->direction);
    const double to_bound = stride_to_bound(state->problem, state->x, w->direction, NULL);
    const double to_sphere = state->radius / norm(w->downhill, n);
    const double high = to_bound < to_sphere ? retreat * to_bound : to_sphere;
    const double length = best_stride(state, NULL, w->downhill, 0.0, high);
    for (size_t j = 0; j < n; j++) {
        w->downhill[j] *= length;
    }
    return model_value(state, w->downhill);
}

/** Chooses among the three steps; returns the scaled step, *value the model's change of cost. */
static const double *choose_step(struct state *state, bool *hit, double *value)
{
    struct reflective_workspace *w = state->workspace;
    const size_t n = state->problem->parameters;
    unscale(state, w->newton, w->direction);
    const double stride = stride_to_bound(state->problem, state->x, w->direction, hit);
    if (stride > 1.0) {
        *value = model_value(state, w->newton);
        return w->newton;
    }
    const double retreat = fmax(0.995, 1.0 - state->optimality);
    const double reflected = reflect(state, hit, stride, retreat);
    for (size_t j = 0; j < n; j++) {
        w->newton[j] *= retreat;
    }
    const double cut = model_value(state, w->newton);
    const double downhill = go_downhill(state, retreat);
    *value = fmin(cut, fmin(reflected, downhill));
    return *value == cut ? w->newton : *value == reflected ? w->reflected : w->downhill;
}

/** One step of the search. */
struct outcome {
    bool accepted;
    bool finite;
    double reduction; /**< of the cost, actual */
    double ratio;     /**< actual to predicted */
    double length;    /**< in x */
};

static struct outcome try_step(struct state *state, bool *hit)
{
    struct reflective_workspace *w = state->workspace;
    const size_t m = state->problem->residuals, n = state->problem->parameters;
    trust_region_step(state);
    double predicted;
    const double *step = choose_step(state, hit, &predicted);
    unscale(state, step, w->direction);
    for (size_t j = 0; j < n; j++) {
        w->trial[j] = state->x[j] + w->direction[j];
    }
    make_interior(state->problem, 0.0, w->trial);
    state->problem->evaluate(w->trial, state->problem->context, w->trial_residual, NULL);
    const double cost = half_square(w->trial_residual, m);
    const double scaled_length = norm(step, n);
    struct outcome outcome = {.length = norm(w->direction, n), .finite = isfinite(cost)};
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

static double first_radius(const struct state *state)
{
    double sum = 0.0;
    for (size_t j = 0; j < state->problem->parameters; j++) {
        const double scaled = state->x[j] / state->workspace->root[j];
        sum += scaled * scaled;
    }
    return sum > 0.0 ? sqrt(sum) : 1.0;
}

/** Iterates until a stopping rule holds. */
static enum reflective_status search(struct state *state, const struct reflective_options *options,
                                     bool *hit, size_t *evaluations)
{
    const size_t n = state->problem->parameters;
    linearise(state);
    state->radius = first_radius(state);
    for (;;) {
        if (state->optimality < options->gradient_tolerance) {
            return REFLECTIVE_GRADIENT;
        }
        if (*evaluations >= options->max_evaluations || !decompose(state)) {
            return REFLECTIVE_EVALUATIONS;
        }
        struct outcome outcome = {.accepted = false};
        while (!outcome.accepted && *evaluations < options->max_evaluations) {
            const double cost = state->cost;
            const double length = norm(state->x, n);
            outcome = try_step(state, hit);
            (*evaluations)++;
            if (!outcome.finite) {
                continue;
            }
            if (outcome.reduction < options->cost_tolerance * cost && outcome.ratio > 0.25) {
                return REFLECTIVE_COST;
            }
            if (outcome.length < options->step_tolerance * (options->step_tolerance + length)) {
                return REFLECTIVE_STEP;
            }
        }
        if (outcome.accepted) {
            linearise(state);
        }
    }
}

void reflective_minimise(const struct reflective_problem *problem,
                         const struct reflective_options *options,
                         struct reflective_workspace *workspace, double *x,
                         struct reflective_result *result)
{
    enum { MOST_PARAMETERS = 16 };
    assert(problem->residuals <= workspace->max_residuals);
    assert(problem->parameters <= workspace->max_parameters);
    assert(problem->parameters <= MOST_PARAMETERS);
    bool hit[MOST_PARAMETERS];
    struct state state = {.problem = problem, .workspace = workspace, .x = x};
    make_interior(problem, start_margin, x);
    problem->evaluate(x, problem->context, workspace->residual, NULL);
    state.cost = half_square(workspace->residual, problem->residuals);
    result->evaluations = 1;
    result->status = isfinite(state.cost) ? search(&state, options, hit, &result->evaluations)
                                          : REFLECTIVE_NOT_FINITE;
    result->cost = state.cost;
}
