/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The points of a lattice that carry the posterior, found from neighbour to neighbour. */
#include "pooled_private.h"

#include <math.h>
#include <string.h>

enum { HALF = POOLED_SIDE / 2, BATCH = 4096 };

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
    double lower = middle - step / 2 > least ? middle - step / 2 : least;
    double upper = middle + step / 2 < most ? middle + step / 2 : most;
    double measure = upper - lower + correction(step, middle + step / 2 - least) +
                     correction(step, most - (middle - step / 2));
    return (struct pooled_cell){(lower + upper) / 2, upper - lower, measure};
}

struct pooled_cell pooled_lattice_cell(const struct pooled_lattice *lattice,
                                       const struct pooled_column *column, int k)
{
    const struct pooled_frame *frame = &lattice->frame;
    double middle =
        frame->centre[0] + frame->by_longevity[0] * (column->longevity.middle - frame->centre[2]) +
        frame->by_immediacy * (column->immediacy.middle - frame->centre[1]) + frame->step[0] * k;
    return cell_of(lattice, GRID_ULTIMATE, middle);
}

static int16_t *index_at(struct pooled_lattice *lattice, int i, int j)
{
    return &lattice->at[i + HALF][j + HALF];
}

/** Index of the column (i, j), which is made if it is new; -1 if it is out of bounds or range. */
static int column_at(struct pooled_lattice *lattice, int i, int j)
{
    const struct pooled_frame *frame = &lattice->frame;
    if (i < -HALF || i >= HALF || j < -HALF || j >= HALF) {
        return -1;
    }
    int16_t *index = index_at(lattice, i, j);
    if (*index != 0) {
        return *index - 1;
    }
    struct pooled_cell s = cell_of(lattice, GRID_LONGEVITY, frame->centre[2] + frame->step[2] * i);
    struct pooled_cell mu =
        cell_of(lattice, GRID_IMMEDIACY,
                frame->centre[1] + frame->by_longevity[1] * (s.middle - frame->centre[2]) +
                    frame->step[1] * j);
    if (!(s.width > 0 && mu.width > 0) || lattice->columns == POOLED_COLUMNS) {
        return -1;
    }
    struct pooled_column *column = &lattice->column[lattice->columns++];
    column->i = i;
    column->j = j;
    column->longevity = s;
    column->immediacy = mu;
    column->lower = column->upper = column->known_lower = column->known_upper = 0;
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
    lower = lower > -HALF ? lower : -HALF;
    upper = upper < HALF ? upper : HALF;
    while (lower < upper && !(pooled_lattice_cell(lattice, column, lower).width > 0)) {
        lower++;
    }
    while (lower < upper && !(pooled_lattice_cell(lattice, column, upper - 1).width > 0)) {
        upper--;
    }
    if (lower < upper) {
        column->lower = fresh || lower < column->lower ? lower : column->lower;
        column->upper = fresh || upper > column->upper ? upper : column->upper;
        if (fresh) {
            column->known_lower = column->known_upper = lower;
        }
    }
}

/** Points that were asked for, a run of them; the points go on where *next stands. */
struct todo {
    struct pooled_lattice *lattice;
    size_t runs;
    size_t points;
    struct pooled_run run[2 * POOLED_COLUMNS];
    double *target[2 * POOLED_COLUMNS];
    double ultimate[BATCH];
};

/** Adds a run of points; false if there is no room for them. */
static bool add_run(struct todo *todo, struct pooled_column *column, int lower, int upper)
{
    if (lower == upper) {
        return true;
    }
    size_t count = (size_t)(upper - lower);
    if (todo->points + count > BATCH) {
        return false;
    }
    todo->target[todo->runs] = &column->log_density[lower + HALF];
    todo->run[todo->runs++] =
        (struct pooled_run){column->immediacy.middle, column->longevity.middle, count};
    for (int k = lower; k < upper; k++) {
        todo->ultimate[todo->points++] = pooled_lattice_cell(todo->lattice, column, k).middle;
    }
    return true;
}

/** Evaluates the points that were asked for; false if they are more than may be. */
static bool evaluate(struct pooled_lattice *lattice, struct pooled_density *density, size_t most,
                     bool *any)
{
    struct todo todo;
    todo.lattice = lattice;
    todo.runs = 0;
    todo.points = 0;
    for (size_t c = 0; c < lattice->columns; c++) {
        struct pooled_column *column = &lattice->column[c];
        if (!add_run(&todo, column, column->lower, column->known_lower) ||
            !add_run(&todo, column, column->known_upper, column->upper)) {
            return false;
        }
        column->known_lower = column->lower;
        column->known_upper = column->upper;
    }
    *any = todo.points > 0;
    lattice->points += todo.points;
    if (!*any || lattice->points > most) {
        return !*any;
    }
    double log_density[BATCH];
    pooled_density_evaluate(density, todo.runs, todo.run, todo.ultimate, log_density);
    const double *next = log_density;
    for (size_t i = 0; i < todo.runs; i++) {
        memcpy(todo.target[i], next, todo.run[i].count * sizeof *next);
        next += todo.run[i].count;
    }
    for (size_t i = 0; i < todo.points; i++) {
        lattice->top = lattice->top > log_density[i] ? lattice->top : log_density[i];
    }
    return true;
}

/** Asks for what stands next to the points of a column that carry weight. */
static void spread(struct pooled_lattice *lattice, size_t index, double least)
{
    static const int side[4][2] = {{-1, 0}, {1, 0}, {0, -1}, {0, 1}};
    const struct pooled_column *column = &lattice->column[index];
    int lower = column->known_lower;
    int upper = column->known_upper;
    while (lower < upper && column->log_density[lower + HALF] < least) {
        lower++;
    }
    while (lower < upper && column->log_density[upper - 1 + HALF] < least) {
        upper--;
    }
    if (lower == upper) {
        return;
    }
    int i = column->i;
    int j = column->j;
    ask(lattice, (int)index, lower - 1, upper + 1);
    for (size_t n = 0; n < 4; n++) {
        ask(lattice, column_at(lattice, i + side[n][0], j + side[n][1]), lower, upper);
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

/** Posterior of all cells, adding up to 1. */
static void weigh(struct pooled_lattice *lattice)
{
    double total = 0;
    for (size_t c = 0; c < lattice->columns; c++) {
        struct pooled_column *column = &lattice->column[c];
        double area = column->longevity.measure * column->immediacy.measure;
        for (int k = column->lower; k < column->upper; k++) {
            double volume = area * pooled_lattice_cell(lattice, column, k).measure;
            double weight = volume * exp(column->log_density[k + HALF] - lattice->top);
            column->weight[k + HALF] = weight;
            total += weight;
        }
    }
    for (size_t c = 0; c < lattice->columns; c++) {
        struct pooled_column *column = &lattice->column[c];
        for (int k = column->lower; k < column->upper; k++) {
            column->weight[k + HALF] /= total;
        }
    }
}

bool pooled_lattice_fill(struct pooled_lattice *lattice, struct pooled_density *density,
                         const struct pooled_frame *frame, size_t starts,
                         const double (*start)[GRID_AXES], double depth, size_t most)
{
    lattice->frame = *frame;
    lattice->points = 0;
    lattice->columns = 0;
    lattice->top = -HUGE_VAL;
    memset(lattice->at, 0, sizeof lattice->at);
    for (size_t i = 0; i < starts; i++) {
        ask_start(lattice, start[i]);
    }
    bool any = true;
    while (any) {
        if (!evaluate(lattice, density, most, &any)) {
            return false;
        }
        size_t columns = any ? lattice->columns : 0;
        for (size_t c = 0; c < columns; c++) {
            spread(lattice, c, lattice->top - depth);
        }
    }
    weigh(lattice);
    return lattice->columns > 0;
}
