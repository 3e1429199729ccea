/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The points of a lattice that carry the posterior, found from neighbour to neighbour. */
#include "elementary.h"
#include "pooled_private.h"
#include "vector_clones.h"

#include <math.h>
#include <string.h>

enum { HALF = POOLED_SIDE / 2, BATCH = 4096 };

/** The shell of points whose part of a variance decides whether to go deeper, and that part. */
static const double shell = 2, much = 0.06;

/** Columns next to one: (i, j) less its own. */
static const int side[4][2] = {{-1, 0}, {1, 0}, {0, -1}, {0, 1}};

/** Deeper than this is not looked. */
static const double deepest = 16;

/**
 * By how much the bound at distance `inside` from the far edge of a cell changes its measure.
 *
 * Midpoint sums over whole cells from x on miss -h^2 f'(x) / 24 (Euler and Maclaurin); f' at the
 * edge x between the cut cell, of width w, and the first whole one is the difference of their
 * values by the distance of their middles, (h + w) / 2. So the one gains what the other loses.
 */
static double correction(double step, double inside)
{
    if (inside > 0 && inside <= step) {
        return step * step / (12 * (step + inside));
    }
    if (inside > step && inside <= 2 * step) {
        return -step * step / (12 * inside);
    }
    return 0;
}

/** The part of a cell that is within the bounds. */
static struct pooled_cell cell_of(const struct pooled_lattice *lattice, size_t axis, double middle)
{
    double step = lattice->frame.step[axis];
    double least = lattice->bounds->lower[axis];
    double most = lattice->bounds->upper[axis];
    if (middle - 1.5 * step > least && middle + 1.5 * step < most) {
        return (struct pooled_cell){middle, step, step};
    }
    double lower = middle - step / 2 > least ? middle - step / 2 : least;
    double upper = middle + step / 2 < most ? middle + step / 2 : most;
    double measure = upper - lower + correction(step, middle + step / 2 - least) +
                     correction(step, most - (middle - step / 2));
    return (struct pooled_cell){(lower + upper) / 2, upper - lower, measure};
}

struct pooled_cell pooled_lattice_cut(const struct pooled_lattice *lattice, double middle)
{
    return cell_of(lattice, GRID_ULTIMATE, middle);
}

static int16_t *index_at(struct pooled_lattice *lattice, int i, int j)
{
    return &lattice->at[i + HALF][j + HALF];
}

bool pooled_lattice_is_peak(const struct pooled_lattice *lattice, size_t index,
                            const double *height)
{
    int i = lattice->column[index].i + HALF;
    int j = lattice->column[index].j + HALF;
    bool peak = true;
    for (size_t n = 0; n < 4 && peak; n++) {
        int x = i + side[n][0];
        int y = j + side[n][1];
        bool within = x >= 0 && x < POOLED_SIDE && y >= 0 && y < POOLED_SIDE;
        int at = within ? lattice->at[x][y] : 0;
        peak = at == 0 || height[index] >= height[at - 1];
    }
    return peak;
}

/** The cells of A within the bounds. */
static void set_limits(const struct pooled_lattice *lattice, struct pooled_column *column)
{
    double step = lattice->frame.step[0];
    double below = floor((lattice->bounds->lower[0] - column->ultimate) / step) - 1;
    double above = ceil((lattice->bounds->upper[0] - column->ultimate) / step) + 2;
    column->least = (int)fmin(fmax(below, -HALF), HALF);
    column->most = (int)fmin(fmax(above, -HALF), HALF);
    while (column->least < column->most &&
           !(pooled_lattice_cell(lattice, column, column->least).width > 0)) {
        column->least++;
    }
    while (column->least < column->most &&
           !(pooled_lattice_cell(lattice, column, column->most - 1).width > 0)) {
        column->most--;
    }
}

/** Index of the column (i, j), which is made if it is new; -1 if there is none within the bounds or
 *  no room for it. */
static int column_at(struct pooled_lattice *lattice, int i, int j)
{
    const struct pooled_frame *frame = &lattice->frame;
    bool indexed = i >= -HALF && i < HALF && j >= -HALF && j < HALF;
    int16_t *index = indexed ? index_at(lattice, i, j) : NULL;
    if (indexed && *index != 0) {
        return *index - 1;
    }
    struct pooled_cell s = cell_of(lattice, GRID_LONGEVITY, frame->centre[2] + frame->step[2] * i);
    struct pooled_cell mu =
        cell_of(lattice, GRID_IMMEDIACY,
                frame->centre[1] + frame->by_longevity[1] * (s.middle - frame->centre[2]) +
                    frame->step[1] * j);
    if (!(s.width > 0 && mu.width > 0)) {
        return -1;
    }
    if (!indexed || lattice->columns == POOLED_COLUMNS) {
        lattice->cramped = true;
        return -1;
    }
    struct pooled_column *column = &lattice->column[lattice->columns++];
    column->i = i;
    column->j = j;
    column->longevity = s;
    column->immediacy = mu;
    column->ultimate = frame->centre[0] + frame->by_longevity[0] * (s.middle - frame->centre[2]) +
                       frame->by_immediacy * (mu.middle - frame->centre[1]);
    column->lower = column->upper = column->known_lower = column->known_upper = 0;
    column->heavy_lower = column->heavy_upper = 0;
    set_limits(lattice, column);
    *index = (int16_t)lattice->columns;
    return *index - 1;
}

/** Adds the points lower ... upper - 1 of a column, and those between them and what it has, as far
 *  as they are in range and within the bounds. */
static void ask(struct pooled_lattice *lattice, int index, int lower, int upper)
{
    if (index < 0) {
        return;
    }
    struct pooled_column *column = &lattice->column[index];
    bool fresh = column->lower == column->upper;
    lattice->cramped =
        lattice->cramped ||
        (lower < -HALF && pooled_lattice_cell(lattice, column, -HALF - 1).width > 0) ||
        (upper > HALF && pooled_lattice_cell(lattice, column, HALF).width > 0);
    lower = lower > column->least ? lower : column->least;
    upper = upper < column->most ? upper : column->most;
    if (lower < upper) {
        column->lower = fresh || lower < column->lower ? lower : column->lower;
        column->upper = fresh || upper > column->upper ? upper : column->upper;
        if (fresh) {
            column->known_lower = column->known_upper = lower;
        }
    }
}

/** Points that were asked for. */
static size_t asked(const struct pooled_lattice *lattice)
{
    size_t points = 0;
    for (size_t c = 0; c < lattice->columns; c++) {
        const struct pooled_column *column = &lattice->column[c];
        points += (size_t)(column->known_lower - column->lower) +
                  (size_t)(column->upper - column->known_upper);
    }
    return points;
}

/** Appends A of the points lower ... upper - 1. */
static size_t add_points(const struct pooled_lattice *lattice, const struct pooled_column *column,
                         int lower, int upper, size_t points, double *ultimate)
{
    for (int k = lower; k < upper; k++) {
        ultimate[points++] = pooled_lattice_cell(lattice, column, k).middle;
    }
    return points;
}

/** Evaluates the points that were asked for, those of a column as a run. */
static void evaluate(struct pooled_lattice *lattice, struct pooled_density *density)
{
    struct pooled_run run[POOLED_COLUMNS];
    size_t runs = 0;
    double ultimate[BATCH];
    double log_density[BATCH];
    size_t points = 0;
    for (size_t c = 0; c < lattice->columns; c++) {
        const struct pooled_column *column = &lattice->column[c];
        size_t first = points;
        points = add_points(lattice, column, column->lower, column->known_lower, points, ultimate);
        points = add_points(lattice, column, column->known_upper, column->upper, points, ultimate);
        if (points > first) {
            run[runs++] = (struct pooled_run){column->immediacy.middle, column->longevity.middle,
                                              points - first};
        }
    }
    pooled_density_evaluate(density, runs, run, ultimate, log_density);
    const double *next = log_density;
    for (size_t c = 0; c < lattice->columns; c++) {
        struct pooled_column *column = &lattice->column[c];
        size_t below = (size_t)(column->known_lower - column->lower);
        size_t above = (size_t)(column->upper - column->known_upper);
        memcpy(&column->log_density[column->lower + HALF], next, below * sizeof *next);
        memcpy(&column->log_density[column->known_upper + HALF], next + below,
               above * sizeof *next);
        next += below + above;
        column->known_lower = column->lower;
        column->known_upper = column->upper;
    }
    lattice->points += points;
    for (size_t i = 0; i < points; i++) {
        lattice->top = lattice->top > log_density[i] ? lattice->top : log_density[i];
    }
}

/** Takes back what was asked for and not evaluated. */
static void forget(struct pooled_lattice *lattice)
{
    for (size_t c = 0; c < lattice->columns; c++) {
        struct pooled_column *column = &lattice->column[c];
        column->lower = column->known_lower;
        column->upper = column->known_upper;
    }
}

/** Asks for what stands next to the points of a column that carry weight, if these are others than
 *  when it was asked last. */
static void spread(struct pooled_lattice *lattice, size_t index, double least)
{
    struct pooled_column *column = &lattice->column[index];
    int lower = column->known_lower;
    int upper = column->known_upper;
    while (lower < upper && column->log_density[lower + HALF] < least) {
        lower++;
    }
    while (lower < upper && column->log_density[upper - 1 + HALF] < least) {
        upper--;
    }
    if (lower == upper || (lower == column->heavy_lower && upper == column->heavy_upper)) {
        return;
    }
    column->heavy_lower = lower;
    column->heavy_upper = upper;
    ask(lattice, (int)index, lower - 1, upper + 1);
    /* Columns further out are shorter: the inner half of this one, and they grow from there. */
    int less = (upper - lower) / 4;
    for (size_t n = 0; n < 4; n++) {
        ask(lattice, column_at(lattice, column->i + side[n][0], column->j + side[n][1]),
            lower + less, upper - less);
    }
}

/** The integers of the point nearest to theta. */
static void nearest(const struct pooled_frame *frame, const double theta[GRID_AXES],
                    double point[GRID_AXES])
{
    double s = theta[2] - frame->centre[2];
    double mu = theta[1] - frame->centre[1];
    point[2] = round(s / frame->step[2]);
    point[1] = round((mu - frame->by_longevity[1] * s) / frame->step[1]);
    point[0] = round(
        (theta[0] - frame->centre[0] - frame->by_longevity[0] * s - frame->by_immediacy * mu) /
        frame->step[0]);
}

static void ask_start(struct pooled_lattice *lattice, const double theta[GRID_AXES])
{
    double point[GRID_AXES];
    nearest(&lattice->frame, theta, point);
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        if (!(fabs(point[axis]) < HALF)) {
            return;
        }
    }
    ask(lattice, column_at(lattice, (int)point[2], (int)point[1]), (int)point[0] - 1,
        (int)point[0] + 2);
}

/** weight = volume exp(log density - top); returns their sum. */
VECTOR_CLONES static double exponentiate_column(size_t count, const double *restrict log_density,
                                                double top, double volume, double *restrict weight)
{
    for (size_t i = 0; i < count; i++) {
        weight[i] = volume * elementary_exp(log_density[i] - top);
    }
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += weight[i];
    }
    return sum;
}

/** Weights of a column, of a sum that is not 1 yet, which is returned. */
static double weigh_column(const struct pooled_lattice *lattice, struct pooled_column *column)
{
    double step = lattice->frame.step[GRID_ULTIMATE];
    double area = column->longevity.measure * column->immediacy.measure;
    double sum = exponentiate_column((size_t)(column->upper - column->lower),
                                     &column->log_density[column->lower + HALF], lattice->top,
                                     area * step, &column->weight[column->lower + HALF]);
    for (int k = column->lower; k < column->upper; k++) {
        double measure = pooled_lattice_cell(lattice, column, k).measure;
        if (measure < step || measure > step) {
            double whole = column->weight[k + HALF];
            column->weight[k + HALF] = whole * (measure / step);
            sum += column->weight[k + HALF] - whole;
        }
    }
    return sum;
}

/** Posterior of all cells, adding up to 1. */
static void weigh(struct pooled_lattice *lattice)
{
    double total = 0;
    for (size_t c = 0; c < lattice->columns; c++) {
        total += weigh_column(lattice, &lattice->column[c]);
    }
    double scale = 1 / total;
    for (size_t c = 0; c < lattice->columns; c++) {
        struct pooled_column *column = &lattice->column[c];
        for (int k = column->lower; k < column->upper; k++) {
            column->weight[k + HALF] *= scale;
        }
    }
}

/** Asks for what stands next to all points that are not below exp(-depth) of the top. */
static void spread_all(struct pooled_lattice *lattice, double depth)
{
    for (size_t c = 0, columns = lattice->columns; c < columns; c++) {
        spread(lattice, c, lattice->top - depth);
    }
}

/** Evaluates what was asked for and what is connected with it and not below exp(-depth) of the top;
 *  false if that is too much. */
static bool grow(struct pooled_lattice *lattice, struct pooled_density *density, double depth,
                 size_t most)
{
    for (size_t points = asked(lattice); points > 0; points = asked(lattice)) {
        if (lattice->cramped || points > BATCH || lattice->points + points > most) {
            forget(lattice);
            return false;
        }
        evaluate(lattice, density);
        spread_all(lattice, depth);
    }
    return !lattice->cramped;
}

/** The largest part of a variance that points between depth - shell and depth have. */
static double outer_part(const struct pooled_lattice *lattice, double depth)
{
    double sum[GRID_AXES] = {0};
    double square[GRID_AXES] = {0};
    double outer[3][GRID_AXES] = {{0}};
    for (size_t c = 0; c < lattice->columns; c++) {
        const struct pooled_column *column = &lattice->column[c];
        double x[GRID_AXES] = {0, column->immediacy.middle - lattice->frame.centre[1],
                               column->longevity.middle - lattice->frame.centre[2]};
        for (int k = column->lower; k < column->upper; k++) {
            double weight = column->weight[k + HALF];
            bool out = column->log_density[k + HALF] < lattice->top - depth + shell;
            x[0] = pooled_lattice_cell(lattice, column, k).middle - lattice->frame.centre[0];
            for (size_t axis = 0; axis < GRID_AXES; axis++) {
                double first = weight * x[axis];
                double second = first * x[axis];
                sum[axis] += first;
                square[axis] += second;
                outer[0][axis] += out ? weight : 0;
                outer[1][axis] += out ? first : 0;
                outer[2][axis] += out ? second : 0;
            }
        }
    }
    double largest = 0;
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        double mean = sum[axis];
        double around = outer[2][axis] - 2 * mean * outer[1][axis] + mean * mean * outer[0][axis];
        largest = fmax(largest, around / (square[axis] - mean * mean));
    }
    return largest;
}

bool pooled_lattice_fill(struct pooled_lattice *lattice, struct pooled_density *density,
                         const struct pooled_frame *frame, size_t starts,
                         const double (*start)[GRID_AXES], double depth, size_t most)
{
    lattice->frame = *frame;
    lattice->whole[0] = lattice->bounds->lower[GRID_ULTIMATE] + 1.5 * frame->step[GRID_ULTIMATE];
    lattice->whole[1] = lattice->bounds->upper[GRID_ULTIMATE] - 1.5 * frame->step[GRID_ULTIMATE];
    lattice->points = 0;
    lattice->cramped = false;
    lattice->columns = 0;
    lattice->top = -HUGE_VAL;
    memset(lattice->at, 0, sizeof lattice->at);
    pooled_density_restart(density);
    for (size_t i = 0; i < starts; i++) {
        ask_start(lattice, start[i]);
    }
    bool filled = grow(lattice, density, depth, most) && lattice->columns > 0;
    bool deeper = filled;
    while (deeper) {
        weigh(lattice);
        deeper = depth < deepest && outer_part(lattice, depth) > much;
        depth += shell;
        if (deeper) {
            spread_all(lattice, depth);
            if (!grow(lattice, density, depth, most)) {
                deeper = false; /* as deep as it gets */
                weigh(lattice);
            }
        }
    }
    return filled;
}
