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

/** A cell's integral is no more than this times its middle's density times its width: a parabola
 *  through neighbours that are many widths of the density away says nothing. */
static const double most_times = 2;

/** A density with constant pieces, put together as the bends of its integral: `bend` holds second
 *  differences of the integral at the mesh's points, in units of its step. */
struct mesh {
    double lower;
    double upper;
    double step;
    double bend[MESH + 2];
};

/** Neighbouring cells along an axis. */
struct row {
    size_t count;
    struct pooled_cell cell[POOLED_SIDE];
    double weight[POOLED_SIDE];
    double log_density[POOLED_SIDE]; /* up to a constant */
};

static void include(struct mesh *mesh, const struct pooled_cell *cell, double weight)
{
    if (weight >= least_weight) {
        mesh->lower = fmin(mesh->lower, cell->middle - cell->width / 2);
        mesh->upper = fmax(mesh->upper, cell->middle + cell->width / 2);
    }
}

/** From x on the density is higher by rise. */
static void add_rise(struct mesh *mesh, double x, double rise)
{
    double place = fmin(fmax((x - mesh->lower) / mesh->step, 0), MESH);
    size_t next = (size_t)place + 1;
    double covered = (double)next - place;
    mesh->bend[next] += rise * covered;
    mesh->bend[next + (next <= MESH)] += rise * (1 - covered);
}

/** ln density of a cell less that of the one before it, by the distance of their middles. */
static double slope(const struct row *row, size_t i)
{
    double ratio = row->log_density[i] - row->log_density[i - 1];
    return fmin(fmax(ratio, -steepest), steepest) / (row->cell[i].middle - row->cell[i - 1].middle);
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

/** The densities of the PIECES of a cell. Returns the cell's integral. */
static double fill_pieces(const struct row *row, size_t i, double piece[PIECES])
{
    double tilt;
    double bend;
    shape_cell(row, i, &tilt, &bend);
    /* exp(tilt x + bend x^2) at x = -3, -1, 1, 3 eighths of the width, from two exponentials. */
    double eighth = row->cell[i].width / 8;
    double up = elementary_exp(tilt * eighth);
    double down = 1 / up;
    double inner = elementary_exp(bend * eighth * eighth);
    double square = inner * inner;
    double fourth = square * square;
    double outer = inner * (fourth * fourth);
    piece[0] = outer * (down * down * down);
    piece[1] = inner * down;
    piece[2] = inner * up;
    piece[3] = outer * (up * up * up);
    double mean = ((piece[0] + piece[3]) + (piece[1] + piece[2])) / PIECES;
    double kept = mean < most_times ? mean : most_times;
    double scale = row->weight[i] / row->cell[i].measure * kept / mean;
    for (size_t k = 0; k < PIECES; k++) {
        piece[k] *= scale;
    }
    return row->weight[i] / row->cell[i].measure * kept * row->cell[i].width;
}

/**
 * Spreads the weights of neighbouring cells over the mesh. Within a cell ln density is a parabola
 * through its neighbours' (at the ends a straight line), taken at the middles of PIECES; all cells
 * together keep their weight.
 */
static void add_cells(struct mesh *mesh, const struct row *row)
{
    double piece[POOLED_SIDE][PIECES] = {{0}};
    double weight = 0;
    double integral = 0;
    for (size_t i = 0; i < row->count; i++) {
        if (row->weight[i] >= least_weight) {
            weight += row->weight[i];
            integral += fill_pieces(row, i, piece[i]);
        }
    }
    double scale = weight / integral;
    for (size_t i = 0; i < row->count; i++) {
        double width = row->cell[i].width / PIECES;
        double edge = row->cell[i].middle - row->cell[i].width / 2;
        double before = 0;
        for (size_t k = 0; k < PIECES && row->weight[i] >= least_weight; k++) {
            add_rise(mesh, edge, scale * piece[i][k] - before);
            before = scale * piece[i][k];
            edge += width;
        }
        if (before > 0) {
            add_rise(mesh, edge, -before);
        }
    }
}

static void read_quantiles(const struct mesh *mesh, const double *probability, size_t quantiles,
                           double *quantile)
{
    double below[MESH + 1] = {0};
    double mass = 0;
    for (size_t k = 1; k <= MESH; k++) {
        mass += mesh->bend[k];
        below[k] = below[k - 1] + fmax(mass, 0);
    }
    size_t k = 0;
    for (size_t q = 0; q < quantiles; q++) {
        double target = probability[q] * below[MESH];
        while (k + 1 < MESH && below[k + 1] < target) {
            k++;
        }
        double rise = below[k + 1] - below[k];
        double share = rise > 0 ? fmin(fmax((target - below[k]) / rise, 0), 1) : 0;
        quantile[q] = mesh->lower + mesh->step * ((double)k + share);
    }
}

static void append(struct row *row, const struct pooled_cell *cell, double weight,
                   double log_density)
{
    row->cell[row->count] = *cell;
    row->weight[row->count] = weight;
    row->log_density[row->count++] = log_density;
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
        append(row, &cell, column->weight[k + HALF], column->log_density[k + HALF]);
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
            double weight = column_weight(column);
            append(row, &column->immediacy, weight, log(weight / column->immediacy.measure));
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
            append(row, &any->longevity, weight, log(weight / any->longevity.measure));
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
