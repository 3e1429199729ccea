/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the files of the pooled posterior share. */
#ifndef GROWCAST_POOLED_PRIVATE_H
#define GROWCAST_POOLED_PRIVATE_H

#include "pooled.h"

#include <stdint.h>

/** The posterior density at any points. */
struct pooled_density;

/** See pooled_create(). */
struct pooled_density *pooled_density_create(const struct hierarchy_model *model,
                                             const struct grid *grid);
void pooled_density_free(struct pooled_density *density);

/** The series that the next evaluations are about. prior, mean and series are borrowed. */
void pooled_density_set(struct pooled_density *density, const struct hierarchy_prior *prior,
                        const double mean[GRID_AXES], const struct hierarchy_series *series);

/** A lattice begins: r that had no part in the one before may have one again. */
void pooled_density_restart(struct pooled_density *density);

/** Points with the same mu and ln sigma, one after the other. */
struct pooled_run {
    double immediacy;
    double log_longevity;
    size_t count;
};

/** ln of the posterior density, up to a constant, at the points of runs, none of more than
 *  POOLED_SIDE. ultimate: A of all points; log_density: as many, written. */
void pooled_density_evaluate(struct pooled_density *density, size_t runs,
                             const struct pooled_run *run, const double *ultimate,
                             double *log_density);

/**
 * A lattice that makes the posterior round: with its integers (i, j, k)
 *
 *     ln sigma = centre_2 + step_2 i,
 *     mu       = centre_1 + by_longevity_1 (ln sigma - centre_2) + step_1 j,
 *     A        = centre_0 + by_longevity_0 (ln sigma - centre_2) + by_immediacy (mu - centre_1)
 *                + step_0 k.
 */
struct pooled_frame {
    double centre[GRID_AXES];
    double step[GRID_AXES];
    double by_longevity[2]; /**< of A, of mu */
    double by_immediacy;    /**< of A */
};

enum {
    POOLED_SIDE = 64,      /**< points an axis, -32 ... 31 */
    POOLED_COLUMNS = 1024, /**< most columns */
};

/** What a cell of the lattice has of an axis: its part within the bounds of the grid. */
struct pooled_cell {
    double middle;
    double width;   /**< 0 or less: outside */
    double measure; /**< weight of the middle in a sum for an integral */
};

/** The points of one (i, j) that were looked at. */
struct pooled_column {
    int i;
    int j;
    struct pooled_cell longevity;
    struct pooled_cell immediacy;
    double ultimate; /**< A at k = 0 */
    int least;       /**< k of the first cell within the bounds */
    int most;        /**< k after the last */
    int lower;       /**< k of the first point */
    int upper;       /**< k after the last point; lower: none */
    int known_lower; /**< of them, those that were evaluated */
    int known_upper;
    int heavy_lower; /**< and those whose neighbours were asked for */
    int heavy_upper;
    double log_density[POOLED_SIDE]; /**< [k + POOLED_SIDE / 2] */
    double weight[POOLED_SIDE];      /**< posterior of the cell, once complete */
};

struct pooled_lattice {
    const struct grid *bounds;
    struct pooled_frame frame;
    double whole[2]; /**< between them A's cells are whole */
    size_t points;   /**< that were evaluated */
    bool cramped;    /**< whether points were wanted for which there is no index or column */
    size_t columns;
    struct pooled_column column[POOLED_COLUMNS];
    int16_t at[POOLED_SIDE][POOLED_SIDE]; /**< [i][j], each + SIDE / 2: index + 1 of its column */
    double top;                           /**< largest log density */
};

/** A's cell around `middle`, which may be cut by the bounds or stand next to one that is. */
struct pooled_cell pooled_lattice_cut(const struct pooled_lattice *lattice, double middle);

/** A's cell of a column. */
static inline struct pooled_cell pooled_lattice_cell(const struct pooled_lattice *lattice,
                                                     const struct pooled_column *column, int k)
{
    double step = lattice->frame.step[GRID_ULTIMATE];
    double middle = column->ultimate + step * k;
    return middle > lattice->whole[0] && middle < lattice->whole[1]
               ? (struct pooled_cell){middle, step, step}
               : pooled_lattice_cut(lattice, middle);
}

/** Whether none of the columns beside one is higher. height: [columns]. */
bool pooled_lattice_is_peak(const struct pooled_lattice *lattice, size_t index,
                            const double *height);

/**
 * Evaluates the points of a frame that are connected with a start and whose density is not below
 * exp(-depth) of the largest, and those around them; then weighs their cells. Goes deeper while the
 * outermost points have a part in a variance. start: [starts][GRID_AXES] values of theta. False,
 * with weights that mean nothing, if that takes more points than `most` or than can be indexed.
 */
bool pooled_lattice_fill(struct pooled_lattice *lattice, struct pooled_density *density,
                         const struct pooled_frame *frame, size_t starts,
                         const double (*start)[GRID_AXES], double depth, size_t most);

/** Quantiles of A, mu and ln sigma by interpolation between points. quantile:
 *  [GRID_AXES][quantiles], written, at probability [quantiles], increasing. */
void pooled_quantiles(const struct pooled_lattice *lattice, const double *probability,
                      size_t quantiles, double *quantile);

#endif
