/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trust_region_step.h"

#include <float.h>
#include <math.h>

/** The length of the step may miss the trust region's radius by this share. */
static const double radius_accuracy = 0.01;

enum { MAX_RADIUS_ITERATIONS = 10 };

double trust_region_step_length(const double *vector, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += vector[i] * vector[i];
    }
    return sqrt(sum);
}

/** step = -V (S^2 + damping)^-1 S U'f. */
static void damped_step(const struct trust_region_workspace *w, size_t n, double damping,
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
static double excess_length(const struct trust_region_workspace *w, size_t n, double damping,
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

void trust_region_step_solve(struct trust_region_state *state)
{
    struct trust_region_workspace *w = state->workspace;
    const size_t m = state->problem->residuals, n = state->problem->parameters;
    const double threshold = DBL_EPSILON * (double)(m + n) * w->singular[0];
    const bool full_rank = w->singular[n - 1] > threshold;
    if (full_rank) {
        damped_step(w, n, 0.0, w->newton);
        if (trust_region_step_length(w->newton, n) <= state->radius) {
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
    const double length = trust_region_step_length(w->newton, n);
    for (size_t j = 0; length > 0.0 && j < n; j++) {
        w->newton[j] *= state->radius / length; /* never longer than the radius */
    }
    state->damping = damping;
}

/** The model's change of the cost for a scaled step. */
static double model_value(const struct trust_region_state *state, const double *step)
{
    const struct trust_region_workspace *w = state->workspace;
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
static double stride_to_bound(const struct trust_region_problem *problem, const double *from,
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

void trust_region_step_unscale(const struct trust_region_state *state, const double *scaled,
                               double *step)
{
    for (size_t j = 0; j < state->problem->parameters; j++) {
        step[j] = state->workspace->root[j] * scaled[j];
    }
}

/** The stride in [low, high] that minimises the model along direction from origin (scaled). */
static double best_stride(const struct trust_region_state *state, const double *origin,
                          const double *direction, double low, double high)
{
    const struct trust_region_workspace *w = state->workspace;
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
static double reflect(struct trust_region_state *state, const bool *hit, double stride,
                      double retreat)
{
    struct trust_region_workspace *w = state->workspace;
    const size_t n = state->problem->parameters;
    double *mirror = w->reflected;
    for (size_t j = 0; j < n; j++) {
        mirror[j] = (hit[j] ? -w->newton[j] : w->newton[j]);
        w->newton[j] *= stride;
    }
    trust_region_step_unscale(state, w->newton, w->direction);
    for (size_t j = 0; j < n; j++) {
        w->trial[j] = state->x[j] + w->direction[j];
    }
    trust_region_step_unscale(state, mirror, w->direction);
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
static double go_downhill(struct trust_region_state *state, double retreat)
{
    struct trust_region_workspace *w = state->workspace;
    const size_t n = state->problem->parameters;
    for (size_t j = 0; j < n; j++) {
        w->downhill[j] = -w->scaled_gradient[j];
    }
    trust_region_step_unscale(state, w->downhill, w->direction);
    const double to_bound = stride_to_bound(state->problem, state->x, w->direction, NULL);
    const double to_sphere = state->radius / trust_region_step_length(w->downhill, n);
    const double high = to_bound < to_sphere ? retreat * to_bound : to_sphere;
    const double length = best_stride(state, NULL, w->downhill, 0.0, high);
    for (size_t j = 0; j < n; j++) {
        w->downhill[j] *= length;
    }
    return model_value(state, w->downhill);
}

const double *trust_region_step_choose(struct trust_region_state *state, bool *hit, double *value)
{
    struct trust_region_workspace *w = state->workspace;
    const size_t n = state->problem->parameters;
    trust_region_step_unscale(state, w->newton, w->direction);
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
