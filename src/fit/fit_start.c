/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Starts for the descents. With (mu, sigma) fixed, ln(1 + c/m) = lambda Phi is linear in lambda,
 * so that a whole curve costs one distribution function and one exponential a point.
 */
#include "fit_internal.h"

#include <math.h>

enum { GRID_IMMEDIACY = 22, GRID_LONGEVITY = 10, GRID_MINIMA = 5, JUMPS = 3 };

static const double grid_longevity[GRID_LONGEVITY] = {0.08, 0.16, 0.3, 0.5, 0.8,
                                                      1.2,  1.8,  2.8, 4.5, 8.0};

/** The grid of mu reaches this far before the first and after the last age, in ln(age). */
static const double reach_before = 1.0, reach_after = 3.0;

/** A larger exponent lambda Phi cannot belong to a count. */
static const double largest_height = 600.0;

struct candidate {
    double cost;
    struct growth_parameters parameters;
};

/**
 * The weighted least-squares lambda of ln(1 + y/m) on Phi. The weights (1 + y/m)^2 turn errors of
 * the logarithm into errors of the count.
 */
static double closed_form_fitness(const struct fit_data *data,
                                  const struct fit_workspace *workspace)
{
    double product = 0.0, square = 0.0;
    for (size_t k = 0; k < data->count; k++) {
        const double rise = 1.0 + fmax(data->observed[k], 0.0) / data->scale;
        const double weight = rise * rise * (data->weight != NULL ? data->weight[k] : 1.0);
        const double phi = workspace->distribution[k];
        product += weight * phi * workspace->height[k];
        square += weight * phi * phi;
    }
    return square > 0.0 ? product / square : NAN;
}

static struct candidate evaluate(const struct fit_data *data, struct fit_workspace *workspace,
                                 const struct fit_objective *objective, double immediacy,
                                 double longevity)
{
    struct candidate candidate = {INFINITY, {NAN, immediacy, longevity}};
    for (size_t k = 0; k < data->count; k++) {
        const double z = (data->log_time[k] - immediacy) / longevity;
        workspace->distribution[k] = 0.5 * erfc(-z * sqrt(0.5));
    }
    const double fitness = closed_form_fitness(data, workspace);
    if (!(fitness > 0.0 && fitness <= FIT_FITNESS_LIMIT &&
          fitness * workspace->distribution[data->count - 1] < largest_height)) {
        return candidate;
    }
    candidate.parameters.fitness = fitness;
    double *curve = workspace->distribution;
    for (size_t k = 0; k < data->count; k++) {
        curve[k] = data->scale * expm1(fitness * curve[k]);
    }
    const double value = objective->start_cost(data, curve);
    candidate.cost = isfinite(value) ? value : INFINITY;
    return candidate;
}

/** Keeps the best FIT_START_MAX candidates, in order of cost; returns the new number. */
static size_t insert(struct candidate best[FIT_START_MAX], size_t count, size_t limit,
                     const struct candidate *candidate)
{
    if (!isfinite(candidate->cost) ||
        (count == limit && !(candidate->cost < best[count - 1].cost))) {
        return count;
    }
    size_t k = count < limit ? count : limit - 1;
    for (; k > 0 && candidate->cost < best[k - 1].cost; k--) {
        best[k] = best[k - 1];
    }
    best[k] = *candidate;
    return count < limit ? count + 1 : limit;
}

/** Whether no neighbour is lower; of equals the first counts. */
static bool is_local_minimum(struct candidate grid[GRID_IMMEDIACY][GRID_LONGEVITY], int i, int j)
{
    for (int a = i > 0 ? i - 1 : 0; a <= i + 1 && a < GRID_IMMEDIACY; a++) {
        for (int b = j > 0 ? j - 1 : 0; b <= j + 1 && b < GRID_LONGEVITY; b++) {
            const bool before = a < i || (a == i && b < j);
            if (grid[a][b].cost < grid[i][j].cost ||
                (before && grid[a][b].cost == grid[i][j].cost)) {
                return false;
            }
        }
    }
    return true;
}

/** Scores the grid, by the scout if there is one. */
static void fill_grid(const struct fit_data *data, struct fit_workspace *workspace,
                      const struct fit_objective *objective, double low, double step,
                      struct candidate grid[GRID_IMMEDIACY][GRID_LONGEVITY])
{
    if (workspace->scout == NULL) {
        for (int i = 0; i < GRID_IMMEDIACY; i++) {
            for (int j = 0; j < GRID_LONGEVITY; j++) {
                grid[i][j] =
                    evaluate(data, workspace, objective, low + i * step, grid_longevity[j]);
            }
        }
        return;
    }
    enum { NODES = GRID_IMMEDIACY * GRID_LONGEVITY };
    const struct fit_problem problem = fit_problem_of(data);
    double immediacy[NODES], longevity[NODES], fitness[NODES], cost[NODES];
    for (int node = 0; node < NODES; node++) {
        const int row = node / GRID_LONGEVITY;
        immediacy[node] = low + row * step;
        longevity[node] = grid_longevity[node % GRID_LONGEVITY];
    }
    workspace->scout->score(workspace->scout->context, objective->method, &problem, NODES,
                            immediacy, longevity, fitness, cost);
    for (int node = 0; node < NODES; node++) {
        grid[node / GRID_LONGEVITY][node % GRID_LONGEVITY] =
            (struct candidate){cost[node], {fitness[node], immediacy[node], longevity[node]}};
    }
}

static size_t grid_minima(const struct fit_data *data, struct fit_workspace *workspace,
                          const struct fit_objective *objective, double first, double last,
                          struct candidate best[FIT_START_MAX])
{
    struct candidate grid[GRID_IMMEDIACY][GRID_LONGEVITY];
    const double low = first - reach_before;
    fill_grid(data, workspace, objective, low, (last + reach_after - low) / (GRID_IMMEDIACY - 1),
              grid);
    size_t count = 0;
    for (int i = 0; i < GRID_IMMEDIACY; i++) {
        for (int j = 0; j < GRID_LONGEVITY; j++) {
            if (is_local_minimum(grid, i, j)) {
                count = insert(best, count, GRID_MINIMA, &grid[i][j]);
            }
        }
    }
    return count;
}

/** Where the series jumps a curve may be a step: one candidate at each of the largest jumps. */
static size_t jumps(const struct fit_data *data, struct fit_workspace *workspace,
                    const struct fit_objective *objective, size_t count,
                    struct candidate best[FIT_START_MAX])
{
    double previous = INFINITY;
    for (int n = 0; n < JUMPS; n++) {
        size_t at = 0;
        double largest = 0.0;
        for (size_t k = 1; k < data->count; k++) {
            const double jump = data->observed[k] - data->observed[k - 1];
            if (jump > largest && jump < previous && isfinite(data->log_time[k - 1])) {
                largest = jump;
                at = k;
            }
        }
        if (at == 0) {
            break;
        }
        previous = largest;
        const double width = data->log_time[at] - data->log_time[at - 1];
        const struct candidate candidate =
            evaluate(data, workspace, objective, data->log_time[at] - 0.5 * width, 0.25 * width);
        count = insert(best, count, FIT_START_MAX, &candidate);
    }
    return count;
}

size_t fit_start_find(const struct fit_objective *objective, const struct fit_data *data,
                      struct fit_workspace *workspace,
                      struct growth_parameters starts[FIT_START_MAX])
{
    size_t first = 0;
    while (first < data->count && !isfinite(data->log_time[first])) {
        first++;
    }
    if (first == data->count) {
        return 0;
    }
    for (size_t k = 0; k < data->count; k++) {
        workspace->height[k] = log1p(fmax(data->observed[k], 0.0) / data->scale);
    }
    struct candidate best[FIT_START_MAX];
    size_t count = grid_minima(data, workspace, objective, data->log_time[first],
                               data->log_time[data->count - 1], best);
    count = jumps(data, workspace, objective, count, best);
    for (size_t k = 0; k < count; k++) {
        starts[k] = best[k].parameters;
    }
    return count;
}
