/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pooled.h"

#include "growth.h"
#include "hierarchy_table.h"
#include "memory.h"

#include <gsl/gsl_integration.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_spline.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct pooled_rule pooled_default_rule = {{12, 12, 14}, 5};

/** Passes over the nodes: two with intervals from the shape, one with every slice's own interval of
 *  mu, the rest with every column's own interval of A. */
enum { PASSES = 5 };

/**
 * The regressors of an axis: of ln sigma none, of mu (s, s^2), of A (s, u, s^2, s u, u^2), where s
 * and u are ln sigma and mu less their means, and the constant.
 */
enum { REGRESSORS = 6 };
static const size_t regressors[GRID_AXES] = {6, 3, 1};
/** Axes from the outermost integral to the innermost. */
static const size_t order[GRID_AXES] = {GRID_LONGEVITY, GRID_IMMEDIACY, GRID_ULTIMATE};

/** Where the posterior is: conditional means and deviations of the axes. */
struct shape {
    double centre[GRID_AXES];
    double slope[GRID_AXES][REGRESSORS];
    double spread[GRID_AXES]; /* standard deviation given the axes further out */
};

/**
 * Nodes and their posterior weights. A node of ln sigma is a slice, with its own interval of mu; a
 * node of mu in a slice is a column, with its own interval of A.
 */
struct cloud {
    struct grid grid;
    const struct pooled_rule *rule;
    gsl_integration_glfixed_table *table[GRID_AXES];
    gsl_spline *spline[GRID_AXES];
    double outer[2];                            /* interval of ln sigma */
    double (*slice)[2];                         /* [slices] intervals of mu */
    double (*column)[2];                        /* [columns] intervals of A */
    double log_dispersion[GRID_DISPERSION_MAX]; /* prior of the r that are kept */
    double *volume;                             /* [stride] of the cell around a node */
    double *weight;                             /* [stride] summed over r */
};

static void regress_on(const struct shape *shape, const double theta[GRID_AXES],
                       double x[REGRESSORS])
{
    double s = theta[GRID_LONGEVITY] - shape->centre[GRID_LONGEVITY];
    double u = theta[GRID_IMMEDIACY] - shape->centre[GRID_IMMEDIACY];
    memcpy(x, (double[REGRESSORS]){1, s, s * s, u, s * u, u * u}, REGRESSORS * sizeof *x);
}

static double predict(const struct shape *shape, size_t axis, const double theta[GRID_AXES])
{
    double x[REGRESSORS];
    double sum = 0;
    regress_on(shape, theta, x);
    for (size_t i = 0; i < regressors[axis]; i++) {
        sum += shape->slope[axis][i] * x[i];
    }
    return sum;
}

static void theta_of(const struct grid *grid, size_t cell, double theta[GRID_AXES])
{
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        theta[axis] = grid->coordinate[axis][cell];
    }
}

/** Weighted least squares of an axis on its regressors; a little ridge keeps it solvable. */
static void fit_axis(const struct grid *grid, const double *weight, size_t axis, double least,
                     struct shape *shape)
{
    const double ridge = 1e-9;
    size_t count = regressors[axis];
    double normal[REGRESSORS * REGRESSORS] = {0};
    double theta[GRID_AXES];
    double x[REGRESSORS];
    memset(shape->slope[axis], 0, sizeof shape->slope[axis]);
    for (size_t cell = 0; cell < grid->cells; cell++) {
        theta_of(grid, cell, theta);
        regress_on(shape, theta, x);
        for (size_t i = 0; weight[cell] > 0 && i < count; i++) {
            for (size_t j = 0; j < count; j++) {
                normal[i * count + j] += weight[cell] * x[i] * x[j];
            }
            shape->slope[axis][i] += weight[cell] * x[i] * theta[axis];
        }
    }
    for (size_t i = 0; i < count; i++) {
        normal[i * count + i] += ridge;
    }
    gsl_matrix_view matrix = gsl_matrix_view_array(normal, count, count);
    gsl_vector_view solution = gsl_vector_view_array(shape->slope[axis], count);
    (void)gsl_linalg_cholesky_decomp1(&matrix.matrix);
    (void)gsl_linalg_cholesky_svx(&matrix.matrix, &solution.vector);
    double square = 0;
    for (size_t cell = 0; cell < grid->cells; cell++) {
        theta_of(grid, cell, theta);
        double rest = theta[axis] - predict(shape, axis, theta);
        square += weight[cell] * rest * rest;
    }
    shape->spread[axis] = fmax(sqrt(square), least);
}

/** The shape of weighted nodes; weights sum to 1. least: [GRID_AXES], smallest spreads. */
static struct shape shape_of(const struct grid *grid, const double *weight,
                             const double least[GRID_AXES])
{
    struct shape shape = {0};
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        for (size_t cell = 0; cell < grid->cells; cell++) {
            shape.centre[axis] += weight[cell] * grid->coordinate[axis][cell];
        }
    }
    for (size_t i = 0; i < GRID_AXES; i++) {
        fit_axis(grid, weight, order[i], least[order[i]], &shape);
    }
    return shape;
}

/** Limits an interval to the grid's bounds; it never becomes empty. */
static void set_interval(const struct grid *bounds, size_t axis, double middle, double half,
                         double interval[2])
{
    double lower = bounds->lower[axis];
    double upper = bounds->upper[axis];
    middle = fmin(fmax(middle, lower - half / 2), upper + half / 2);
    interval[0] = fmax(middle - half, lower);
    interval[1] = fmin(middle + half, upper);
}

/** Dispersions that hold less than this of the posterior are left out. */
static const double least_dispersion = 1e-6;

/** Room for the rule, with those r that the posterior on the grid has not ruled out. */
static struct cloud cloud_create(const struct grid *bounds, const double *weight,
                                 const struct hierarchy_prior *prior,
                                 const struct pooled_rule *rule)
{
    struct cloud cloud = {.grid = *bounds, .rule = rule};
    struct grid *grid = &cloud.grid;
    memcpy(grid->shape, rule->nodes, sizeof grid->shape);
    grid->cells = rule->nodes[0] * rule->nodes[1] * rule->nodes[2];
    grid->stride = (grid->cells + 7) / 8 * 8;
    grid->dispersions = 0;
    for (size_t r = 0; r < bounds->dispersions; r++) {
        double sum = 0;
        for (size_t cell = 0; cell < bounds->stride; cell++) {
            sum += weight[r * bounds->stride + cell];
        }
        if (sum > least_dispersion) {
            cloud.log_dispersion[grid->dispersions] = log(prior->dispersion[r]);
            grid->dispersion[grid->dispersions++] = bounds->dispersion[r];
        }
    }
    grid->nodes = grid->stride * grid->dispersions;
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        grid->coordinate[axis] = memory_array(grid->stride, sizeof(double));
        cloud.table[axis] = gsl_integration_glfixed_table_alloc(rule->nodes[axis]);
        cloud.spline[axis] = gsl_spline_alloc(gsl_interp_cspline, rule->nodes[axis]);
    }
    size_t slices = rule->nodes[GRID_LONGEVITY];
    cloud.slice = memory_array(slices, sizeof *cloud.slice);
    cloud.column = memory_array(slices * rule->nodes[GRID_IMMEDIACY], sizeof *cloud.column);
    cloud.volume = memory_array(grid->stride, sizeof(double));
    cloud.weight = memory_array(grid->stride, sizeof(double));
    return cloud;
}

static void cloud_free(struct cloud *cloud)
{
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        free(cloud->grid.coordinate[axis]);
        gsl_integration_glfixed_table_free(cloud->table[axis]);
        gsl_spline_free(cloud->spline[axis]);
    }
    free(cloud->slice);
    free(cloud->column);
    free(cloud->volume);
    free(cloud->weight);
}

static double rule_point(const struct cloud *cloud, size_t axis, const double interval[2],
                         size_t index, double *width)
{
    double value;
    (void)gsl_integration_glfixed_point(interval[0], interval[1], index, &value, width,
                                        cloud->table[axis]);
    return value;
}

/** Intervals from the shape of a posterior. */
static void follow_shape(const struct grid *bounds, const struct shape *shape, struct cloud *cloud)
{
    double reach = cloud->rule->reach;
    size_t columns = cloud->rule->nodes[GRID_IMMEDIACY];
    double theta[GRID_AXES] = {0};
    double width;
    set_interval(bounds, GRID_LONGEVITY, shape->centre[GRID_LONGEVITY],
                 reach * shape->spread[GRID_LONGEVITY], cloud->outer);
    for (size_t i = 0; i < cloud->rule->nodes[GRID_LONGEVITY]; i++) {
        theta[GRID_LONGEVITY] = rule_point(cloud, GRID_LONGEVITY, cloud->outer, i, &width);
        set_interval(bounds, GRID_IMMEDIACY, predict(shape, GRID_IMMEDIACY, theta),
                     reach * shape->spread[GRID_IMMEDIACY], cloud->slice[i]);
        for (size_t j = 0; j < columns; j++) {
            theta[GRID_IMMEDIACY] = rule_point(cloud, GRID_IMMEDIACY, cloud->slice[i], j, &width);
            set_interval(bounds, GRID_ULTIMATE, predict(shape, GRID_ULTIMATE, theta),
                         reach * shape->spread[GRID_ULTIMATE], cloud->column[i * columns + j]);
        }
    }
}

/**
 * Narrows an interval to where the weights of its nodes are, those of count cells from first on;
 * never by more than to three of the former spacings, since a sum over few nodes shows no less.
 */
static void follow_weights(const struct grid *bounds, struct cloud *cloud, size_t axis,
                           size_t first, size_t count, double interval[2])
{
    const double *coordinate = cloud->grid.coordinate[axis];
    double total = 0;
    double mean = 0;
    double square = 0;
    for (size_t cell = first; cell < first + count; cell++) {
        total += cloud->weight[cell];
        mean += cloud->weight[cell] * coordinate[cell];
    }
    if (!(total > 0)) {
        return;
    }
    mean /= total;
    for (size_t cell = first; cell < first + count; cell++) {
        double rest = coordinate[cell] - mean;
        square += cloud->weight[cell] * rest * rest;
    }
    double spacing = (interval[1] - interval[0]) / (double)cloud->rule->nodes[axis];
    double half = fmax(cloud->rule->reach * sqrt(square / total), 3 * spacing);
    set_interval(bounds, axis, mean, half, interval);
}

/** Narrows every slice's interval of mu. */
static void follow_slices(const struct grid *bounds, struct cloud *cloud)
{
    size_t cells = cloud->rule->nodes[GRID_ULTIMATE] * cloud->rule->nodes[GRID_IMMEDIACY];
    for (size_t i = 0; i < cloud->rule->nodes[GRID_LONGEVITY]; i++) {
        follow_weights(bounds, cloud, GRID_IMMEDIACY, i * cells, cells, cloud->slice[i]);
    }
}

/** Narrows every column's interval of A. */
static void follow_columns(const struct grid *bounds, struct cloud *cloud)
{
    size_t cells = cloud->rule->nodes[GRID_ULTIMATE];
    size_t columns = cloud->rule->nodes[GRID_IMMEDIACY] * cloud->rule->nodes[GRID_LONGEVITY];
    for (size_t j = 0; j < columns; j++) {
        follow_weights(bounds, cloud, GRID_ULTIMATE, j * cells, cells, cloud->column[j]);
    }
}

/** Places the nodes in the intervals. */
static void place(struct cloud *cloud)
{
    const size_t *nodes = cloud->rule->nodes;
    struct grid *grid = &cloud->grid;
    for (size_t cell = 0; cell < grid->stride; cell++) {
        size_t inside = cell < grid->cells ? cell : grid->cells - 1;
        size_t column = inside / nodes[GRID_ULTIMATE];
        size_t slice = column / nodes[GRID_IMMEDIACY];
        double width[GRID_AXES];
        grid->coordinate[GRID_ULTIMATE][cell] =
            rule_point(cloud, GRID_ULTIMATE, cloud->column[column], inside % nodes[GRID_ULTIMATE],
                       &width[GRID_ULTIMATE]);
        grid->coordinate[GRID_IMMEDIACY][cell] =
            rule_point(cloud, GRID_IMMEDIACY, cloud->slice[slice], column % nodes[GRID_IMMEDIACY],
                       &width[GRID_IMMEDIACY]);
        grid->coordinate[GRID_LONGEVITY][cell] =
            rule_point(cloud, GRID_LONGEVITY, cloud->outer, slice, &width[GRID_LONGEVITY]);
        cloud->volume[cell] = width[0] * width[1] * width[2];
    }
}

/** ln prior of the cells' theta, up to a constant. */
static void add_prior(const struct cloud *cloud, const struct hierarchy_prior *prior,
                      const double *prior_mean, double *log_weight)
{
    const struct grid *grid = &cloud->grid;
    const double *v = prior->covariance;
    double matrix[9] = {v[0], v[1], v[2], v[1], v[3], v[4], v[2], v[4], v[5]};
    gsl_matrix_view view = gsl_matrix_view_array(matrix, 3, 3);
    (void)gsl_linalg_cholesky_decomp1(&view.matrix);
    (void)gsl_linalg_cholesky_invert(&view.matrix);
    for (size_t cell = 0; cell < grid->cells; cell++) {
        double square = 0;
        for (size_t i = 0; i < GRID_AXES; i++) {
            for (size_t j = 0; j < GRID_AXES; j++) {
                square += matrix[i * 3 + j] * (grid->coordinate[i][cell] - prior_mean[i]) *
                          (grid->coordinate[j][cell] - prior_mean[j]);
            }
        }
        for (size_t r = 0; r < grid->dispersions; r++) {
            log_weight[r * grid->stride + cell] = cloud->log_dispersion[r] - square / 2;
        }
    }
}

/** Adds ln p of all increments of the series, with weight 1, at the nodes. */
static void add_likelihood(const struct hierarchy_model *model, const struct grid *grid,
                           const struct hierarchy_series *series, double *log_weight)
{
    struct hierarchy_logarithms logarithms = hierarchy_logarithms_create(model, grid);
    double *mean = memory_array(grid->stride, sizeof *mean);
    double *scratch = memory_array(grid->stride, sizeof *scratch);
    double *vector = memory_array(grid->nodes, sizeof *vector);
    for (size_t k = 1; k < series->count; k++) {
        hierarchy_mean(model, grid, series->age[k - 1], series->age[k], series->observed[k - 1],
                       mean);
        hierarchy_logarithms_fill(model, grid, mean, &logarithms);
        hierarchy_log_probability(model, grid, &logarithms,
                                  series->observed[k] - series->observed[k - 1], scratch, vector);
        for (size_t node = 0; node < grid->nodes; node++) {
            log_weight[node] += vector[node];
        }
    }
    free(vector);
    free(scratch);
    free(mean);
    hierarchy_logarithms_free(&logarithms);
}

/** Posterior weights of the placed cells, summing to 1. */
static void weigh(const struct hierarchy_model *model, const struct hierarchy_prior *prior,
                  const double *prior_mean, const struct hierarchy_series *series,
                  struct cloud *cloud)
{
    const struct grid *grid = &cloud->grid;
    double *log_weight = memory_array(grid->nodes, sizeof *log_weight);
    add_prior(cloud, prior, prior_mean, log_weight);
    add_likelihood(model, grid, series, log_weight);
    double largest = -HUGE_VAL;
    for (size_t r = 0; r < grid->dispersions; r++) {
        for (size_t cell = 0; cell < grid->cells; cell++) {
            largest = fmax(largest, log_weight[r * grid->stride + cell]);
        }
    }
    double total = 0;
    for (size_t cell = 0; cell < grid->cells; cell++) {
        double sum = 0;
        for (size_t r = 0; r < grid->dispersions; r++) {
            sum += exp(log_weight[r * grid->stride + cell] - largest);
        }
        cloud->weight[cell] = sum * cloud->volume[cell];
        total += cloud->weight[cell];
    }
    for (size_t cell = 0; cell < grid->cells; cell++) {
        cloud->weight[cell] /= total;
    }
    free(log_weight);
}

static void moments_of(const struct cloud *cloud, struct pooled_posterior *posterior)
{
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        double mean = 0;
        double square = 0;
        const double *coordinate = cloud->grid.coordinate[axis];
        for (size_t cell = 0; cell < cloud->grid.cells; cell++) {
            mean += cloud->weight[cell] * coordinate[cell];
        }
        for (size_t cell = 0; cell < cloud->grid.cells; cell++) {
            double rest = coordinate[cell] - mean;
            square += cloud->weight[cell] * rest * rest;
        }
        posterior->mean[axis] = mean;
        posterior->deviation[axis] = sqrt(square);
    }
}

/** The density of one axis on a mesh. */
enum { MESH = 400 };
struct mesh {
    double lower;
    double step;
    double weight[MESH];
};

/** Intervals with less of the posterior than this do not show in quantiles. */
static const double least_interval = 1e-6;

/**
 * Adds what the nodes of one interval say of the density of an axis. Its logarithm, known at the
 * nodes, is interpolated by a cubic spline (beyond the outermost nodes by its tangent); the whole
 * keeps the nodes' weight.
 */
static void add_interval(const struct cloud *cloud, size_t axis, const double interval[2],
                         const double *weight, struct mesh *mesh)
{
    size_t count = cloud->rule->nodes[axis];
    double total = 0;
    double node[POOLED_NODES_MAX];
    double density[POOLED_NODES_MAX];
    for (size_t i = 0; i < count; i++) {
        double width;
        node[i] = rule_point(cloud, axis, interval, i, &width);
        density[i] = log(fmax(weight[i] / width, 1e-300));
        total += weight[i];
    }
    if (total < least_interval) {
        return;
    }
    (void)gsl_spline_init(cloud->spline[axis], node, density, count);
    double share[MESH];
    double sum = 0;
    for (size_t k = 0; k < MESH; k++) {
        double x = mesh->lower + mesh->step * ((double)k + 0.5);
        share[k] = 0;
        if (x >= interval[0] && x <= interval[1]) {
            double inside = fmin(fmax(x, node[0]), node[count - 1]);
            double logarithm = gsl_spline_eval(cloud->spline[axis], inside, NULL);
            if (x != inside) {
                logarithm +=
                    gsl_spline_eval_deriv(cloud->spline[axis], inside, NULL) * (x - inside);
            }
            share[k] = exp(logarithm);
            sum += share[k];
        }
    }
    for (size_t k = 0; sum > 0 && k < MESH; k++) {
        mesh->weight[k] += total * (share[k] / sum);
    }
}

/** Sums the weights of an axis' nodes in one interval: groups of `cells` cells from first on. */
static void sum_nodes(const struct cloud *cloud, size_t axis, size_t first, size_t cells,
                      double *weight)
{
    for (size_t i = 0; i < cloud->rule->nodes[axis]; i++) {
        weight[i] = 0;
        for (size_t cell = 0; cell < cells; cell++) {
            weight[i] += cloud->weight[first + i * cells + cell];
        }
    }
}

/** Quantiles of an axis, from the densities in its intervals, [intervals]. */
static void axis_quantiles(const struct cloud *cloud, size_t axis, size_t intervals,
                           double (*interval)[2], const double *probability, size_t quantiles,
                           double *quantile)
{
    size_t cells = cloud->grid.cells / intervals; /* of an interval */
    double node_weight[POOLED_NODES_MAX];
    double lower = HUGE_VAL;
    double upper = -HUGE_VAL;
    for (size_t i = 0; i < intervals; i++) {
        double weight = 0;
        for (size_t cell = i * cells; cell < (i + 1) * cells; cell++) {
            weight += cloud->weight[cell];
        }
        if (weight >= least_interval) {
            lower = fmin(lower, interval[i][0]);
            upper = fmax(upper, interval[i][1]);
        }
    }
    struct mesh mesh = {.lower = lower, .step = (upper - lower) / MESH};
    for (size_t i = 0; i < intervals; i++) {
        sum_nodes(cloud, axis, i * cells, cells / cloud->rule->nodes[axis], node_weight);
        add_interval(cloud, axis, interval[i], node_weight, &mesh);
    }
    double total = 0;
    for (size_t k = 0; k < MESH; k++) {
        total += mesh.weight[k];
    }
    double below = 0;
    size_t k = 0;
    for (size_t q = 0; q < quantiles; q++) {
        double target = probability[q] * total;
        while (k + 1 < MESH && below + mesh.weight[k] < target) {
            below += mesh.weight[k++];
        }
        double share = mesh.weight[k] > 0 ? fmin((target - below) / mesh.weight[k], 1) : 0;
        quantile[q] = mesh.lower + mesh.step * ((double)k + share);
    }
}

/** All published quantities are increasing functions of one axis. */
static void all_quantiles(const struct cloud *cloud, double scale, const double *probability,
                          size_t quantiles, double *quantile)
{
    double *ultimate = quantile + POOLED_ULTIMATE_COUNT * quantiles;
    double *immediacy = quantile + POOLED_IMMEDIACY * quantiles;
    double *longevity = quantile + POOLED_LONGEVITY * quantiles;
    double outer[2] = {cloud->outer[0], cloud->outer[1]};
    size_t slices = cloud->rule->nodes[GRID_LONGEVITY];
    size_t columns = slices * cloud->rule->nodes[GRID_IMMEDIACY];
    axis_quantiles(cloud, GRID_ULTIMATE, columns, cloud->column, probability, quantiles, ultimate);
    axis_quantiles(cloud, GRID_IMMEDIACY, slices, cloud->slice, probability, quantiles, immediacy);
    axis_quantiles(cloud, GRID_LONGEVITY, 1, &outer, probability, quantiles, longevity);
    for (size_t q = 0; q < quantiles; q++) {
        ultimate[q] = exp(ultimate[q]);
        longevity[q] = exp(longevity[q]);
        quantile[POOLED_FITNESS * quantiles + q] = growth_fitness_of_ultimate(ultimate[q], scale);
        quantile[POOLED_IMPACT_TIME * quantiles + q] = exp(immediacy[q]);
    }
}

/** Whether the weights, [stride] summed over r, pile up at an end of some axis. */
static bool piles_up(const struct grid *grid, const double *weight)
{
    const double much = 0.1;
    size_t repeat = 1;
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        size_t nodes = grid->shape[axis];
        double end[4] = {0}; /* first, second, last but one, last */
        for (size_t cell = 0; cell < grid->cells; cell++) {
            size_t index = cell / repeat % nodes;
            end[0] += index == 0 ? weight[cell] : 0;
            end[1] += index == 1 ? weight[cell] : 0;
            end[2] += index + 2 == nodes ? weight[cell] : 0;
            end[3] += index + 1 == nodes ? weight[cell] : 0;
        }
        if (nodes > 1 &&
            ((end[0] > much && end[0] > end[1]) || (end[3] > much && end[3] > end[2]))) {
            return true;
        }
        repeat *= nodes;
    }
    return false;
}

struct pooled_posterior pooled_compute(const struct hierarchy_model *model, const struct grid *grid,
                                       const struct hierarchy_prior *prior,
                                       const double *prior_mean,
                                       const struct hierarchy_series *series, const double *weight,
                                       const struct pooled_rule *rule, const double *probability,
                                       size_t quantiles, double *quantile)
{
    double *collapsed = memory_array(grid->stride, sizeof *collapsed);
    for (size_t node = 0; node < grid->nodes; node++) {
        collapsed[node % grid->stride] += weight[node];
    }
    double least[GRID_AXES];
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        least[axis] = (grid->upper[axis] - grid->lower[axis]) / (double)(grid->shape[axis] - 1) / 3;
    }
    struct shape shape = shape_of(grid, collapsed, least);
    struct cloud cloud = cloud_create(grid, weight, prior, rule);
    for (size_t pass = 0; pass < PASSES; pass++) {
        switch (pass) {
        case 0:
        case 1:
            follow_shape(grid, &shape, &cloud);
            break;
        case 2:
            follow_slices(grid, &cloud);
            break;
        default:
            follow_columns(grid, &cloud);
            break;
        }
        place(&cloud);
        weigh(model, prior, prior_mean, series, &cloud);
        if (pass == 0) {
            shape = shape_of(&cloud.grid, cloud.weight, (double[GRID_AXES]){1e-6, 1e-6, 1e-6});
        }
    }
    struct pooled_posterior after;
    moments_of(&cloud, &after);
    after.at_edge = piles_up(grid, collapsed);
    all_quantiles(&cloud, model->scale, probability, quantiles, quantile);
    cloud_free(&cloud);
    free(collapsed);
    return after;
}
