/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantiles of an axis: the weights of its cells, spread within them, put together on one mesh. */
#include "elementary.h"
#include "pooled_private.h"

#include <math.h>
#include <string.h>

enum {
    HALF = POOLED_SIDE / 2,
    PIECES = 4, /* equal parts of a cell, of even density each */
    MESH = 400,
};

/** Cells with less than this are not spread. */
static const double least_weight = 1e-6;

/** Neighbouring cells differ in ln density by no more than this, as far as spreading goes. */
static const double steepest = 20;

struct mesh {
    double lower;
    double upper;
    double step;
    double weight[MESH];
};

/** Neighbouring cells along an axis. */
struct row {
    size_t count;
    struct pooled_cell cell[POOLED_SIDE];
    double weight[POOLED_SIDE];
};

static void include(struct mesh *mesh, const struct pooled_cell *cell, double weight)
{
    if (weight >= least_weight) {
        mesh->lower = fmin(mesh->lower, cell->middle - cell->width / 2);
        mesh->upper = fmax(mesh->upper, cell->middle + cell->width / 2);
    }
}

/** Adds mass, spread evenly from one point to another, to the mesh. */
static void add_piece(struct mesh *mesh, double from, double to, double mass)
{
    double a = fmax((from - mesh->lower) / mesh->step, 0);
    double b = fmin((to - mesh->lower) / mesh->step, MESH);
    double per_cell = mass / (b - a);
    for (size_t k = (size_t)a; k < MESH && (double)k < b; k++) {
        double above = b < (double)(k + 1) ? b : (double)(k + 1);
        double below = a > (double)k ? a : (double)k;
        mesh->weight[k] += per_cell * (above - below);
    }
}

/** ln density of a cell less that of the one before it, by the distance of their middles. */
static double slope(const struct row *row, size_t i)
{
    const struct pooled_cell *a = &row->cell[i - 1];
    const struct pooled_cell *b = &row->cell[i];
    double ratio = log(row->weight[i] / b->measure) - log(row->weight[i - 1] / a->measure);
    return fmin(fmax(ratio, -steepest), steepest) / (b->middle - a->middle);
}

/** ln density in a cell: tilt x + bend x^2, x from its middle. */
static void shape_cell(const struct row *row, size_t i, double *tilt, double *bend)
{
    bool before = i > 0 && row->weight[i - 1] > 0;
    bool after = i + 1 < row->count && row->weight[i + 1] > 0;
    double down = before ? slope(row, i) : 0;
    double up = after ? slope(row, i + 1) : 0;
    *tilt = down + up;
    *bend = 0;
    if (before && after) {
        double below = row->cell[i].middle - row->cell[i - 1].middle;
        double above = row->cell[i + 1].middle - row->cell[i].middle;
        *tilt = (down * above + up * below) / (below + above);
        *bend = (up - down) / (below + above);
    }
}

/**
 * Spreads the weights of neighbouring cells over the mesh. Within a cell ln density is a parabola
 * through its neighbours' (at the ends a straight line).
 */
static void add_cells(struct mesh *mesh, const struct row *row)
{
    for (size_t i = 0; i < row->count; i++) {
        if (row->weight[i] < least_weight) {
            continue;
        }
        double tilt;
        double bend;
        shape_cell(row, i, &tilt, &bend);
        double piece = row->cell[i].width / PIECES;
        double density = row->weight[i] / row->cell[i].measure;
        double middle = row->cell[i].middle;
        for (size_t k = 0; k < PIECES; k++) {
            double x = piece * ((double)k + 0.5 - 0.5 * PIECES);
            add_piece(mesh, middle + x - piece / 2, middle + x + piece / 2,
                      piece * density * elementary_exp((tilt + bend * x) * x));
        }
    }
}

static void read_quantiles(const struct mesh *mesh, const double *probability, size_t quantiles,
                           double *quantile)
{
    double total = 0;
    for (size_t k = 0; k < MESH; k++) {
        total += mesh->weight[k];
    }
    double below = 0;
    size_t k = 0;
    for (size_t q = 0; q < quantiles; q++) {
        double target = probability[q] * total;
        while (k + 1 < MESH && below + mesh->weight[k] < target) {
            below += mesh->weight[k++];
        }
        double share = mesh->weight[k] > 0 ? fmin((target - below) / mesh->weight[k], 1) : 0;
        quantile[q] = mesh->lower + mesh->step * ((double)k + share);
    }
}

static void append(struct row *row, const struct pooled_cell *cell, double weight)
{
    row->cell[row->count] = *cell;
    row->weight[row->count++] = weight;
}

static double column_weight(const struct pooled_column *column)
{
    double sum = 0;
    for (int k = column->lower; k < column->upper; k++) {
        sum += column->weight[k + HALF];
    }
    return sum;
}

/** The cells of a column along A. */
static void column_row(const struct pooled_lattice *lattice, size_t index, struct row *row)
{
    const struct pooled_column *column = &lattice->column[index];
    row->count = 0;
    for (int k = column->lower; k < column->upper; k++) {
        struct pooled_cell cell = pooled_lattice_cell(lattice, column, k);
        append(row, &cell, column->weight[k + HALF]);
    }
}

/** The columns with one i along mu. */
static void slice_row(const struct pooled_lattice *lattice, size_t index, struct row *row)
{
    row->count = 0;
    for (size_t j = 0; j < POOLED_SIDE; j++) {
        int16_t at = lattice->at[index][j];
        if (at > 0) {
            const struct pooled_column *column = &lattice->column[at - 1];
            append(row, &column->immediacy, column_weight(column));
        }
    }
}

/** The slices along ln sigma. */
static void longevity_row(const struct pooled_lattice *lattice, size_t index, struct row *row)
{
    (void)index;
    row->count = 0;
    for (size_t i = 0; i < POOLED_SIDE; i++) {
        double weight = 0;
        const struct pooled_column *any = NULL;
        for (size_t j = 0; j < POOLED_SIDE; j++) {
            if (lattice->at[i][j] > 0) {
                any = &lattice->column[lattice->at[i][j] - 1];
                weight += column_weight(any);
            }
        }
        if (any != NULL) {
            append(row, &any->longevity, weight);
        }
    }
}

typedef void make_row(const struct pooled_lattice *lattice, size_t index, struct row *row);

static void axis_quantiles(const struct pooled_lattice *lattice, size_t rows, make_row *make,
                           const double *probability, size_t quantiles, double *quantile)
{
    struct mesh mesh = {.lower = HUGE_VAL, .upper = -HUGE_VAL};
    struct row row;
    for (size_t index = 0; index < rows; index++) {
        make(lattice, index, &row);
        for (size_t i = 0; i < row.count; i++) {
            include(&mesh, &row.cell[i], row.weight[i]);
        }
    }
    mesh.step = (mesh.upper - mesh.lower) / MESH;
    for (size_t index = 0; index < rows; index++) {
        make(lattice, index, &row);
        add_cells(&mesh, &row);
    }
    read_quantiles(&mesh, probability, quantiles, quantile);
}

void pooled_quantiles(const struct pooled_lattice *lattice, const double *probability,
                      size_t quantiles, double *quantile)
{
    axis_quantiles(lattice, lattice->columns, column_row, probability, quantiles,
                   quantile + GRID_ULTIMATE * quantiles);
    axis_quantiles(lattice, POOLED_SIDE, slice_row, probability, quantiles,
                   quantile + GRID_IMMEDIACY * quantiles);
    axis_quantiles(lattice, 1, longevity_row, probability, quantiles,
                   quantile + GRID_LONGEVITY * quantiles);
}
