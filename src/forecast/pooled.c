/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pooled.h"

#include "growth.h"
#include "memory.h"
#include "pooled_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct pooled_rule pooled_monthly_rule = {{1, 0.7, 0.9}, 7, 8000};
const struct pooled_rule pooled_daily_rule = {{0.9, 0.6, 0.8}, 7, 8000};

/** Lattices of one series, at most, not counting those that take too many points. */
enum { LATTICES_MAX = 12, STARTS_MAX = 384 };

/** Times that too many points make steps larger; the lattice that then fits is the last. */
enum { WIDENED_MOST = 2 };

/** Points of the first lattice, together at most STARTS_MAX. */
static const size_t first_points[GRID_AXES] = {9, 6, 3};

/** A lattice is fine enough when its steps are at most this times what its own moments ask for. */
static const double slack = 1.25;

/** From one lattice to the next a step shrinks to no less than this part of itself, since a sum
 * over few points shows no narrower width; too many points make all steps larger by this factor. */
static const double least_shrink = 0.25, growth = 1.5;

/** Points of at least this part of the heaviest are where the next lattice starts, and lesser peaks
 *  of the density that are not below exp(-peak_depth) of the top. */
static const double start_part = 0.1, peak_depth = 14;

struct pooled {
    struct hierarchy_model model;
    const struct grid *grid;
    struct pooled_rule rule;
    struct pooled_density *density;
    struct pooled_lattice *lattice;
    size_t starts;
    double start[STARTS_MAX][GRID_AXES];
};

/** Mean and covariance of theta, and its widths given the axes further out. */
struct moments {
    double mean[GRID_AXES];
    double covariance[GRID_AXES][GRID_AXES];
    double width[GRID_AXES];
};

struct pooled *pooled_create(const struct hierarchy_model *model, const struct grid *grid,
                             const struct pooled_rule *rule)
{
    struct pooled *pooled = memory_array(1, sizeof *pooled);
    pooled->model = *model;
    pooled->grid = grid;
    pooled->rule = *rule;
    pooled->density = pooled_density_create(model, grid);
    pooled->lattice = memory_array(1, sizeof *pooled->lattice);
    pooled->lattice->bounds = grid;
    return pooled;
}

void pooled_free(struct pooled *pooled)
{
    if (pooled != NULL) {
        pooled_density_free(pooled->density);
        free(pooled->lattice);
        free(pooled);
    }
}

/** Takes a weighted point into sums of first and second order about an origin. */
static void add_point(struct moments *sum, const double origin[GRID_AXES],
                      const double theta[GRID_AXES], double weight)
{
    for (size_t i = 0; i < GRID_AXES; i++) {
        double weighted = weight * (theta[i] - origin[i]);
        sum->mean[i] += weighted;
        for (size_t j = i; j < GRID_AXES; j++) {
            sum->covariance[i][j] += weighted * (theta[j] - origin[j]);
        }
    }
}

/** From sums about an origin to mean and covariance. */
static void centre(struct moments *sum, const double origin[GRID_AXES])
{
    for (size_t i = 0; i < GRID_AXES; i++) {
        for (size_t j = i; j < GRID_AXES; j++) {
            sum->covariance[i][j] -= sum->mean[i] * sum->mean[j];
            sum->covariance[j][i] = sum->covariance[i][j];
        }
    }
    for (size_t i = 0; i < GRID_AXES; i++) {
        sum->mean[i] += origin[i];
    }
}

/** Takes a point as a start. */
static void add_start(struct pooled *pooled, const struct pooled_column *column, int k)
{
    if (pooled->starts < STARTS_MAX) {
        double *start = pooled->start[pooled->starts++];
        start[0] = pooled_lattice_cell(pooled->lattice, column, k).middle;
        start[1] = column->immediacy.middle;
        start[2] = column->longevity.middle;
    }
}

/** The densest point of a column that has some. */
static int crest(const struct pooled_column *column)
{
    int best = column->lower;
    for (int k = column->lower + 1; k < column->upper; k++) {
        if (column->log_density[k + POOLED_SIDE / 2] >
            column->log_density[best + POOLED_SIDE / 2]) {
            best = k;
        }
    }
    return best;
}

/** The peaks among the columns' densest points, then the heavy points, as starts. */
static void choose_starts(struct pooled *pooled)
{
    const struct pooled_lattice *lattice = pooled->lattice;
    double peak[POOLED_COLUMNS];
    double heaviest = 0;
    for (size_t c = 0; c < lattice->columns; c++) {
        const struct pooled_column *column = &lattice->column[c];
        peak[c] = column->lower < column->upper
                      ? column->log_density[crest(column) + POOLED_SIDE / 2]
                      : -HUGE_VAL;
        for (int k = column->lower; k < column->upper; k++) {
            heaviest = fmax(heaviest, column->weight[k + POOLED_SIDE / 2]);
        }
    }
    pooled->starts = 0;
    for (size_t c = 0; c < lattice->columns; c++) {
        if (peak[c] > lattice->top - peak_depth && pooled_lattice_is_peak(lattice, c, peak)) {
            add_start(pooled, &lattice->column[c], crest(&lattice->column[c]));
        }
    }
    for (size_t c = 0; c < lattice->columns; c++) {
        const struct pooled_column *column = &lattice->column[c];
        for (int k = column->lower; k < column->upper; k++) {
            if (column->weight[k + POOLED_SIDE / 2] >= start_part * heaviest) {
                add_start(pooled, column, k);
            }
        }
    }
}

/** The first frame, and all its points as starts. */
static struct pooled_frame first_frame(struct pooled *pooled)
{
    const struct grid *grid = pooled->grid;
    struct pooled_frame frame = {{0}, {0}, {0}, 0};
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        double side = (double)first_points[axis];
        frame.step[axis] = (grid->upper[axis] - grid->lower[axis]) / side;
        frame.centre[axis] = grid->lower[axis] + frame.step[axis] * (floor(side / 2) + 0.5);
    }
    size_t points = first_points[0] * first_points[1] * first_points[2];
    for (pooled->starts = 0; pooled->starts < points; pooled->starts++) {
        size_t rest = pooled->starts;
        for (size_t axis = 0; axis < GRID_AXES; axis++) {
            double index = (double)(rest % first_points[axis]);
            rest /= first_points[axis];
            pooled->start[pooled->starts][axis] =
                grid->lower[axis] + frame.step[axis] * (index + 0.5);
        }
    }
    return frame;
}

/** Weight, mean and variance along one axis, from sums about 0. */
struct spread {
    double weight;
    double first;
    double second;
};

static void add_value(struct spread *spread, double value, double weight)
{
    spread->weight += weight;
    spread->first += weight * value;
    spread->second += weight * value * value;
}

/** The deviation, times the weight. */
static double weighted_deviation(const struct spread *spread)
{
    return sqrt(fmax(spread->weight * spread->second - spread->first * spread->first, 0));
}

/** The weight by the deviation, which is at least that within a cell of width step. */
static double weight_by_deviation(const struct spread *spread, double step)
{
    double deviation = step / sqrt(12);
    if (!(spread->weight > 0)) {
        return 0;
    }
    return spread->weight / fmax(weighted_deviation(spread) / spread->weight, deviation);
}

/**
 * The width of ln sigma: the geometric mean of its deviation and of the inverse root of the Fisher
 * information of its location, 4 int (d sqrt(p) / ds)^2 ds. These are the same for a normal
 * distribution, and the second is smaller where there are peaks within the first.
 */
static double longevity_width(const struct pooled_lattice *lattice, double deviation)
{
    double weight[POOLED_SIDE] = {0};
    struct pooled_cell cell[POOLED_SIDE] = {{0, 0, 0}};
    double information = 0;
    for (size_t c = 0; c < lattice->columns; c++) {
        const struct pooled_column *column = &lattice->column[c];
        const int i = column->i + POOLED_SIDE / 2;
        cell[i] = column->longevity;
        for (int k = column->lower; k < column->upper; k++) {
            weight[i] += column->weight[k + POOLED_SIDE / 2];
        }
    }
    for (size_t i = 1; i < POOLED_SIDE; i++) {
        if (cell[i - 1].measure > 0 && cell[i].measure > 0) {
            double rise =
                sqrt(weight[i] / cell[i].measure) - sqrt(weight[i - 1] / cell[i - 1].measure);
            information += 4 * rise * rise / (cell[i].middle - cell[i - 1].middle);
        }
    }
    return information > 0 ? sqrt(fmin(deviation, 1 / sqrt(information)) * deviation) : deviation;
}

static struct moments lattice_moments(const struct pooled_lattice *lattice)
{
    const double *origin = lattice->frame.centre;
    struct moments moments = {{0}, {{0}}, {0}};
    struct spread slice[POOLED_SIDE] = {{0}};
    double narrow[2] = {0}; /* harmonic means: where the posterior is narrow, steps must be small */
    for (size_t c = 0; c < lattice->columns; c++) {
        const struct pooled_column *column = &lattice->column[c];
        struct spread own = {0};
        for (int k = column->lower; k < column->upper; k++) {
            double theta[GRID_AXES] = {pooled_lattice_cell(lattice, column, k).middle,
                                       column->immediacy.middle, column->longevity.middle};
            double weight = column->weight[k + POOLED_SIDE / 2];
            add_point(&moments, origin, theta, weight);
            add_value(&own, theta[0] - origin[0], weight);
        }
        moments.width[0] += weighted_deviation(&own);
        narrow[0] += weight_by_deviation(&own, lattice->frame.step[0]);
        add_value(&slice[column->i + POOLED_SIDE / 2], column->immediacy.middle - origin[1],
                  own.weight);
    }
    for (size_t i = 0; i < POOLED_SIDE; i++) {
        moments.width[1] += weighted_deviation(&slice[i]);
        narrow[1] += weight_by_deviation(&slice[i], lattice->frame.step[1]);
    }
    centre(&moments, origin);
    moments.width[0] = sqrt(moments.width[0] / narrow[0]);
    moments.width[1] = sqrt(moments.width[1] / narrow[1]);
    moments.width[2] = longevity_width(lattice, sqrt(moments.covariance[2][2]));
    return moments;
}

/** Regressions, and steps in parts of the widths: step [GRID_AXES] times the widths, no smaller
 * than least. */
static struct pooled_frame frame_of(const struct moments *moments, const double step[GRID_AXES],
                                    const double least[GRID_AXES])
{
    const double(*v)[GRID_AXES] = moments->covariance;
    struct pooled_frame frame;
    memcpy(frame.centre, moments->mean, sizeof frame.centre);
    double longevity = fmax(v[2][2], least[2] * least[2]);
    frame.by_longevity[1] = v[1][2] / longevity;
    double immediacy = fmax(v[1][1] - v[1][2] * v[1][2] / longevity, least[1] * least[1]);
    double shared = v[0][1] - v[0][2] * v[1][2] / longevity;
    frame.by_immediacy = shared / immediacy;
    frame.by_longevity[0] = (v[0][2] - frame.by_immediacy * v[1][2]) / longevity;
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        frame.step[axis] = step[axis] * fmax(moments->width[axis], least[axis]);
    }
    return frame;
}

static void widen(struct pooled_frame *frame)
{
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        frame->step[axis] *= growth;
    }
}

static bool fine_enough(const struct pooled_frame *used, const struct pooled_frame *asked)
{
    bool fine = true;
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        fine = fine && used->step[axis] <= slack * asked->step[axis];
    }
    return fine;
}

/** Lays lattices until one is fine enough, or as fine as it gets. Returns its moments. */
static struct moments follow(struct pooled *pooled)
{
    struct pooled_lattice *lattice = pooled->lattice;
    const struct pooled_rule *rule = &pooled->rule;
    struct moments moments = {{0}, {{0}}, {0}};
    struct pooled_frame frame = first_frame(pooled);
    size_t widened = 0;
    bool fine = false;
    for (size_t i = 1; !fine; i++) {
        while (!pooled_lattice_fill(lattice, pooled->density, &frame, pooled->starts,
                                    (const double(*)[GRID_AXES])pooled->start, rule->depth,
                                    rule->most)) {
            widen(&frame);
            widened++;
        }
        moments = lattice_moments(lattice);
        choose_starts(pooled);
        double least[GRID_AXES];
        for (size_t axis = 0; axis < GRID_AXES; axis++) {
            least[axis] = least_shrink * frame.step[axis] / rule->step[axis];
        }
        struct pooled_frame asked = frame_of(&moments, rule->step, least);
        fine = i >= LATTICES_MAX || widened >= WIDENED_MOST || fine_enough(&frame, &asked);
        frame = asked;
    }
    return moments;
}

/** All published quantities are increasing functions of one axis. */
static void all_quantiles(const struct pooled_lattice *lattice, double scale,
                          const double *probability, size_t quantiles, double *quantile)
{
    double *axis = memory_array(GRID_AXES * quantiles, sizeof *axis);
    pooled_quantiles(lattice, probability, quantiles, axis);
    for (size_t q = 0; q < quantiles; q++) {
        double ultimate = exp(axis[GRID_ULTIMATE * quantiles + q]);
        double immediacy = axis[GRID_IMMEDIACY * quantiles + q];
        quantile[POOLED_FITNESS * quantiles + q] = growth_fitness_of_ultimate(ultimate, scale);
        quantile[POOLED_IMMEDIACY * quantiles + q] = immediacy;
        quantile[POOLED_LONGEVITY * quantiles + q] = exp(axis[GRID_LONGEVITY * quantiles + q]);
        quantile[POOLED_ULTIMATE_COUNT * quantiles + q] = ultimate;
        quantile[POOLED_IMPACT_TIME * quantiles + q] = exp(immediacy);
    }
    free(axis);
}

/** Weight within half a spacing of the grid from its bounds, and within the next half. */
struct ends {
    double near[2];
    double next[2];
};

static void add_ends(struct ends *ends, const struct grid *grid, size_t axis,
                     const struct pooled_cell *cell, double weight)
{
    double lower = grid->lower[axis];
    double upper = grid->upper[axis];
    double length = (upper - lower) / (double)(grid->shape[axis] - 1) / 2;
    double distance[2] = {cell->middle - cell->width / 2 - lower,
                          upper - cell->middle - cell->width / 2};
    for (size_t end = 0; end < 2; end++) {
        if (distance[end] < 2 * length) {
            double first = fmin(fmax((length - distance[end]) / cell->width, 0), 1);
            double both = fmin(fmax((2 * length - distance[end]) / cell->width, 0), 1);
            ends->near[end] += weight * first;
            ends->next[end] += weight * (both - first);
        }
    }
}

/** Whether the posterior piles up at an end of some axis. */
static bool piles_up(const struct pooled *pooled)
{
    const double much = 0.05;
    const struct grid *grid = pooled->grid;
    const struct pooled_lattice *lattice = pooled->lattice;
    struct ends ends[GRID_AXES] = {0};
    for (size_t c = 0; c < lattice->columns; c++) {
        const struct pooled_column *column = &lattice->column[c];
        double all = 0;
        for (int k = column->lower; k < column->upper; k++) {
            struct pooled_cell cell = pooled_lattice_cell(lattice, column, k);
            double weight = column->weight[k + POOLED_SIDE / 2];
            add_ends(&ends[GRID_ULTIMATE], grid, GRID_ULTIMATE, &cell, weight);
            all += weight;
        }
        add_ends(&ends[GRID_IMMEDIACY], grid, GRID_IMMEDIACY, &column->immediacy, all);
        add_ends(&ends[GRID_LONGEVITY], grid, GRID_LONGEVITY, &column->longevity, all);
    }
    bool piled = false;
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        for (size_t end = 0; end < 2; end++) {
            double near = ends[axis].near[end];
            piled = piled || (near > much && near > ends[axis].next[end]);
        }
    }
    return piled;
}

struct pooled_posterior pooled_compute(struct pooled *pooled, const struct hierarchy_prior *prior,
                                       const double *prior_mean,
                                       const struct hierarchy_series *series,
                                       const double *probability, size_t quantiles,
                                       double *quantile)
{
    pooled_density_set(pooled->density, prior, prior_mean, series);
    struct moments moments = follow(pooled);
    struct pooled_posterior posterior = {.at_edge = piles_up(pooled)};
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        posterior.mean[axis] = moments.mean[axis];
        posterior.deviation[axis] = sqrt(moments.covariance[axis][axis]);
    }
    all_quantiles(pooled->lattice, pooled->model.scale, probability, quantiles, quantile);
    return posterior;
}
