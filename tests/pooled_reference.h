/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The posterior of one series by the plainest quadrature, the midpoint rule on a regular mesh over
 * the box that holds the posterior, with ln p from the formula at every cell. The cells are halved
 * along every axis until the moments stand still; those that carry nothing, nor any around them,
 * are left out. Where the posterior keeps away from the bounds, the box is sheared along it.
 */
#ifndef GROWCAST_TESTS_POOLED_REFERENCE_H
#define GROWCAST_TESTS_POOLED_REFERENCE_H

#include "grid.h"
#include "hierarchy.h"
#include "memory.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/** Cells stand in blocks of so many along A; blocks are evaluated so many at a time. */
enum { POOLED_REFERENCE_BLOCK = 8, POOLED_REFERENCE_BATCH = 256 };

/** Bins of a marginal. */
enum { POOLED_REFERENCE_BINS = 1024 };

struct pooled_reference {
    double mean[GRID_AXES];
    double deviation[GRID_AXES];
    double moved; /* by the last halving: a mean in deviations or a deviation relative, at most */
    size_t nodes; /* cells an axis in the end */
    double lower[GRID_AXES];
    double width[GRID_AXES];                        /* of a bin */
    double share[GRID_AXES][POOLED_REFERENCE_BINS]; /* marginal posterior */
};

/** What the density is of; all borrowed. */
struct pooled_target {
    const struct hierarchy_model *model;
    const struct grid *bounds;
    const struct hierarchy_prior *prior;
    const double *mean;
    const struct hierarchy_series *series;
};

/** mu = mu' + shear[0] s and A = A' + shear[1] s + shear[2] mu, with primes in the box. */
struct pooled_frame_of_box {
    double shear[3];
    double lower[GRID_AXES];
    double upper[GRID_AXES];
};

/** Blocks of cells of a box, nodes an axis, and ln of the posterior up to a constant. */
struct pooled_mesh {
    bool skipped[GRID_DISPERSION_MAX]; /* r that have no part in the posterior */
    size_t nodes;
    struct pooled_frame_of_box box;
    size_t blocks;
    size_t *block; /* [blocks] (s nodes + mu) nodes / BLOCK + A / BLOCK */
    double *logs;  /* [blocks][BLOCK] less the largest */
};

/** Index of a cell of a mesh. */
static inline void pooled_mesh_index(const struct pooled_mesh *mesh, size_t cell,
                                     size_t index[GRID_AXES])
{
    size_t row = mesh->nodes / POOLED_REFERENCE_BLOCK;
    size_t block = mesh->block[cell / POOLED_REFERENCE_BLOCK];
    index[0] = block % row * POOLED_REFERENCE_BLOCK + cell % POOLED_REFERENCE_BLOCK;
    index[1] = block / row % mesh->nodes;
    index[2] = block / row / mesh->nodes;
}

static inline double pooled_mesh_step(const struct pooled_mesh *mesh, size_t axis)
{
    return (mesh->box.upper[axis] - mesh->box.lower[axis]) / (double)mesh->nodes;
}

/** theta at a place of the box, in cells from its lower corner. */
static inline void pooled_mesh_theta(const struct pooled_mesh *mesh, const double place[GRID_AXES],
                                     double theta[GRID_AXES])
{
    const double *shear = mesh->box.shear;
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        theta[axis] = mesh->box.lower[axis] + pooled_mesh_step(mesh, axis) * place[axis];
    }
    theta[1] += shear[0] * theta[2];
    theta[0] += shear[1] * theta[2] + shear[2] * theta[1];
}

/** theta in the middle of a cell. */
static inline void pooled_mesh_middle(const struct pooled_mesh *mesh, size_t cell,
                                      double theta[GRID_AXES])
{
    size_t index[GRID_AXES];
    pooled_mesh_index(mesh, cell, index);
    pooled_mesh_theta(
        mesh, (double[]){(double)index[0] + 0.5, (double)index[1] + 0.5, (double)index[2] + 0.5},
        theta);
}

static inline bool pooled_target_within(const struct grid *bounds, const double theta[GRID_AXES])
{
    bool within = true;
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        within = within && theta[axis] > bounds->lower[axis] && theta[axis] < bounds->upper[axis];
    }
    return within;
}

/** ln of the prior density of theta, up to a constant. */
static inline double pooled_target_prior(const struct pooled_target *target,
                                         const double theta[GRID_AXES])
{
    const double *v = target->prior->covariance;
    double p[6] = {v[3] * v[5] - v[4] * v[4], v[2] * v[4] - v[1] * v[5], v[1] * v[4] - v[2] * v[3],
                   v[0] * v[5] - v[2] * v[2], v[1] * v[2] - v[0] * v[4], v[0] * v[3] - v[1] * v[1]};
    double determinant = v[0] * p[0] + v[1] * p[1] + v[2] * p[2];
    double u[GRID_AXES];
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        u[axis] = theta[axis] - target->mean[axis];
    }
    double square = p[0] * u[0] * u[0] + p[3] * u[1] * u[1] + p[5] * u[2] * u[2] +
                    2 * (p[1] * u[0] * u[1] + p[2] * u[0] * u[2] + p[4] * u[1] * u[2]);
    return -square / determinant / 2;
}

/** ln of the posterior at a batch of cells, summed over r. sum: [nodes of grid], written: ln of the
 *  probabilities of r given the cell. probability: [dispersions of grid], prior. */
static inline void pooled_target_logs(const struct pooled_target *target, const struct grid *grid,
                                      const double *probability, double *sum, double *vector,
                                      double *step, double *logs)
{
    const struct hierarchy_series *series = target->series;
    memset(sum, 0, grid->nodes * sizeof *sum);
    for (size_t k = 1; k < series->count; k++) {
        hierarchy_mean(target->model, grid, series->age[k - 1], series->age[k],
                       series->observed[k - 1], step);
        hierarchy_increment_log_probability(target->model, grid, step,
                                            series->observed[k] - series->observed[k - 1], vector);
        for (size_t node = 0; node < grid->nodes; node++) {
            sum[node] += vector[node];
        }
    }
    for (size_t cell = 0; cell < grid->cells; cell++) {
        double theta[GRID_AXES] = {grid->coordinate[0][cell], grid->coordinate[1][cell],
                                   grid->coordinate[2][cell]};
        double largest = -HUGE_VAL;
        double total = 0;
        for (size_t r = 0; r < grid->dispersions; r++) {
            double *value = &sum[r * grid->stride + cell];
            *value += log(probability[r]);
            largest = fmax(largest, *value);
        }
        for (size_t r = 0; r < grid->dispersions; r++) {
            total += exp(sum[r * grid->stride + cell] - largest);
        }
        for (size_t r = 0; r < grid->dispersions; r++) {
            sum[r * grid->stride + cell] -= largest + log(total);
        }
        logs[cell] = pooled_target_within(target->bounds, theta)
                         ? largest + log(total) + pooled_target_prior(target, theta)
                         : -HUGE_VAL;
    }
}

/** Fills logs of all blocks. share: [of the r that are not skipped], written: their posterior. */
static inline void pooled_mesh_evaluate(struct pooled_mesh *mesh,
                                        const struct pooled_target *target, double *share)
{
    enum { CELLS = POOLED_REFERENCE_BATCH * POOLED_REFERENCE_BLOCK };
    struct grid grid = {.shape = {POOLED_REFERENCE_BLOCK, 1, 1}};
    double probability[GRID_DISPERSION_MAX];
    for (size_t r = 0; r < target->bounds->dispersions; r++) {
        if (!mesh->skipped[r]) {
            probability[grid.dispersions] = target->prior->dispersion[r];
            grid.dispersion[grid.dispersions++] = target->bounds->dispersion[r];
        }
    }
    size_t nodes = CELLS * grid.dispersions;
    double *sum = memory_array(nodes, sizeof *sum);
    double *vector = memory_array(nodes, sizeof *vector);
    double *step = memory_array(CELLS, sizeof *step);
    double largest = -HUGE_VAL;
    double total = 0;
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        grid.coordinate[axis] = memory_array(CELLS, sizeof(double));
    }
    memset(share, 0, grid.dispersions * sizeof *share);
    free(mesh->logs);
    mesh->logs = memory_array(mesh->blocks * POOLED_REFERENCE_BLOCK, sizeof *mesh->logs);
    for (size_t first = 0; first < mesh->blocks; first += POOLED_REFERENCE_BATCH) {
        size_t rest = mesh->blocks - first;
        size_t count = rest < POOLED_REFERENCE_BATCH ? rest : POOLED_REFERENCE_BATCH;
        grid.cells = grid.stride = count * POOLED_REFERENCE_BLOCK;
        grid.nodes = grid.cells * grid.dispersions;
        for (size_t cell = 0; cell < grid.cells; cell++) {
            double theta[GRID_AXES];
            pooled_mesh_middle(mesh, first * POOLED_REFERENCE_BLOCK + cell, theta);
            for (size_t axis = 0; axis < GRID_AXES; axis++) {
                grid.coordinate[axis][cell] = theta[axis];
            }
        }
        double *logs = mesh->logs + first * POOLED_REFERENCE_BLOCK;
        pooled_target_logs(target, &grid, probability, sum, vector, step, logs);
        double before = largest;
        for (size_t cell = 0; cell < grid.cells; cell++) {
            largest = fmax(largest, logs[cell]);
        }
        double scale = largest > before ? exp(before - largest) : 1;
        total *= scale;
        for (size_t r = 0; r < grid.dispersions; r++) {
            share[r] *= scale;
            for (size_t cell = 0; cell < grid.cells; cell++) {
                double weight = exp(logs[cell] - largest + sum[r * grid.stride + cell]);
                share[r] += weight;
                total += weight;
            }
        }
    }
    for (size_t r = 0; r < grid.dispersions; r++) {
        share[r] /= total;
    }
    for (size_t i = 0; i < mesh->blocks * POOLED_REFERENCE_BLOCK; i++) {
        mesh->logs[i] -= largest;
    }
    free(sum);
    free(vector);
    free(step);
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        free(grid.coordinate[axis]);
    }
}

/** Skips, of the r that were not skipped, those with next to no share of the posterior. */
static inline void pooled_mesh_skip(struct pooled_mesh *mesh, const double *share, size_t r_count)
{
    for (size_t r = 0, i = 0; r < r_count; r++) {
        if (!mesh->skipped[r]) {
            mesh->skipped[r] = share[i++] < 1e-7;
        }
    }
}

/** All blocks of a box. */
static inline struct pooled_mesh pooled_mesh_whole(size_t nodes,
                                                   const struct pooled_frame_of_box *box)
{
    struct pooled_mesh mesh = {.nodes = nodes, .box = *box};
    mesh.blocks = nodes * nodes * nodes / POOLED_REFERENCE_BLOCK;
    mesh.block = memory_array(mesh.blocks, sizeof *mesh.block);
    for (size_t i = 0; i < mesh.blocks; i++) {
        mesh.block[i] = i;
    }
    return mesh;
}

static inline void pooled_mesh_free(struct pooled_mesh *mesh)
{
    free(mesh->block);
    free(mesh->logs);
    mesh->block = NULL;
    mesh->logs = NULL;
}

/** One of the 8 corners of the box of cells around a cell. */
static inline void pooled_mesh_corner(const size_t index[GRID_AXES], size_t corner,
                                      double place[GRID_AXES])
{
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        place[axis] = (double)index[axis] + (corner >> axis & 1 ? 2 : -1);
    }
}

/** The box around the cells above -depth and one around each of them, in another shear. */
static inline void pooled_mesh_enclose(const struct pooled_mesh *mesh, double depth,
                                       const double shear[3], struct pooled_frame_of_box *box)
{
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        box->shear[axis] = shear[axis];
        box->lower[axis] = HUGE_VAL;
        box->upper[axis] = -HUGE_VAL;
    }
    for (size_t i = 0; i < mesh->blocks * POOLED_REFERENCE_BLOCK; i++) {
        size_t index[GRID_AXES];
        pooled_mesh_index(mesh, i, index);
        for (size_t n = 0; n < 8 && mesh->logs[i] > -depth; n++) {
            double place[GRID_AXES];
            double theta[GRID_AXES];
            pooled_mesh_corner(index, n, place);
            for (size_t axis = 0; axis < GRID_AXES; axis++) {
                place[axis] = fmin(fmax(place[axis], 0), (double)mesh->nodes);
            }
            pooled_mesh_theta(mesh, place, theta);
            theta[0] -= shear[1] * theta[2] + shear[2] * theta[1];
            theta[1] -= shear[0] * theta[2];
            for (size_t axis = 0; axis < GRID_AXES; axis++) {
                box->lower[axis] = fmin(box->lower[axis], theta[axis]);
                box->upper[axis] = fmax(box->upper[axis], theta[axis]);
            }
        }
    }
}

/** Whether a cell above -depth is next to the bounds. */
static inline bool pooled_mesh_leans(const struct pooled_mesh *mesh, double depth,
                                     const struct grid *bounds)
{
    for (size_t i = 0; i < mesh->blocks * POOLED_REFERENCE_BLOCK; i++) {
        size_t index[GRID_AXES];
        pooled_mesh_index(mesh, i, index);
        for (size_t n = 0; n < 8 && mesh->logs[i] > -depth; n++) {
            double place[GRID_AXES];
            double theta[GRID_AXES];
            pooled_mesh_corner(index, n, place);
            pooled_mesh_theta(mesh, place, theta);
            if (!pooled_target_within(bounds, theta)) {
                return true;
            }
        }
    }
    return false;
}

/** Regressions of mu on s, and of A on both. */
static inline void pooled_mesh_regress(const struct pooled_mesh *mesh, double shear[3])
{
    size_t cells = mesh->blocks * POOLED_REFERENCE_BLOCK;
    double total = 0;
    double mean[GRID_AXES] = {0};
    double v[GRID_AXES][GRID_AXES] = {{0}};
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < cells; i++) {
            double theta[GRID_AXES];
            double weight = exp(mesh->logs[i]);
            pooled_mesh_middle(mesh, i, theta);
            total += pass == 0 ? weight : 0;
            for (size_t a = 0; a < GRID_AXES; a++) {
                mean[a] += pass == 0 ? weight * theta[a] : 0;
                for (size_t b = 0; b < GRID_AXES && pass == 1; b++) {
                    v[a][b] += weight * (theta[a] - mean[a]) * (theta[b] - mean[b]) / total;
                }
            }
        }
        for (size_t a = 0; a < GRID_AXES && pass == 0; a++) {
            mean[a] /= total;
        }
    }
    double floor[GRID_AXES];
    for (size_t a = 0; a < GRID_AXES; a++) {
        floor[a] = pow(pooled_mesh_step(mesh, a), 2) / 12; /* the spread within cells */
    }
    double longevity = v[2][2] + floor[2];
    double immediacy = v[1][1] + floor[1] - v[1][2] * v[1][2] / longevity;
    shear[0] = v[1][2] / longevity;
    shear[2] = (v[0][1] - v[0][2] * v[1][2] / longevity) / immediacy;
    shear[1] = (v[0][2] - shear[2] * v[1][2]) / longevity;
}

/** The halves of the blocks with a cell above -depth and of those around them. */
static inline struct pooled_mesh pooled_mesh_halve(const struct pooled_mesh *mesh, double depth)
{
    size_t row = mesh->nodes / POOLED_REFERENCE_BLOCK;
    bool *keep = memory_array(row * mesh->nodes * mesh->nodes, sizeof *keep);
    size_t kept = 0;
    for (size_t i = 0; i < mesh->blocks; i++) {
        size_t index[GRID_AXES];
        double largest = -HUGE_VAL;
        for (size_t k = 0; k < POOLED_REFERENCE_BLOCK; k++) {
            largest = fmax(largest, mesh->logs[i * POOLED_REFERENCE_BLOCK + k]);
        }
        pooled_mesh_index(mesh, i * POOLED_REFERENCE_BLOCK, index);
        size_t a = index[0] / POOLED_REFERENCE_BLOCK;
        for (size_t n = 0; n < 27 && largest > -depth; n++) {
            size_t x = a + n % 3 - 1; /* below 0: beyond every size */
            size_t y = index[1] + n / 3 % 3 - 1;
            size_t z = index[2] + n / 9 - 1;
            if (x < row && y < mesh->nodes && z < mesh->nodes) {
                bool *flag = &keep[(z * mesh->nodes + y) * row + x];
                kept += !*flag;
                *flag = true;
            }
        }
    }
    struct pooled_mesh fine = {.nodes = 2 * mesh->nodes, .box = mesh->box};
    memcpy(fine.skipped, mesh->skipped, sizeof fine.skipped);
    fine.block = memory_array(8 * kept, sizeof *fine.block);
    for (size_t i = 0; i < row * mesh->nodes * mesh->nodes; i++) {
        for (size_t n = 0; n < 8 && keep[i]; n++) {
            size_t x = i % row * 2 + n % 2;
            size_t y = i / row % mesh->nodes * 2 + n / 2 % 2;
            size_t z = i / row / mesh->nodes * 2 + n / 4;
            fine.block[fine.blocks++] = (z * fine.nodes + y) * 2 * row + x;
        }
    }
    free(keep);
    return fine;
}

/** Moments and marginals of a mesh in place of those there were. */
static inline void pooled_reference_take(struct pooled_reference *reference,
                                         const struct pooled_mesh *mesh)
{
    size_t cells = mesh->blocks * POOLED_REFERENCE_BLOCK;
    struct pooled_reference old = *reference;
    double total = 0;
    double lower[GRID_AXES] = {HUGE_VAL, HUGE_VAL, HUGE_VAL};
    double upper[GRID_AXES] = {-HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
    memset(reference, 0, sizeof *reference);
    reference->nodes = mesh->nodes;
    for (size_t i = 0; i < cells; i++) {
        double weight = exp(mesh->logs[i]);
        double theta[GRID_AXES];
        pooled_mesh_middle(mesh, i, theta);
        total += weight;
        for (size_t axis = 0; axis < GRID_AXES; axis++) {
            double half = pooled_mesh_step(mesh, axis) / 2;
            reference->mean[axis] += weight * theta[axis];
            lower[axis] = weight > 1e-7 ? fmin(lower[axis], theta[axis] - half) : lower[axis];
            upper[axis] = weight > 1e-7 ? fmax(upper[axis], theta[axis] + half) : upper[axis];
        }
    }
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        reference->mean[axis] /= total;
        reference->lower[axis] = lower[axis];
        reference->width[axis] = (upper[axis] - lower[axis]) / POOLED_REFERENCE_BINS;
    }
    for (size_t i = 0; i < cells; i++) {
        double weight = exp(mesh->logs[i]) / total;
        double theta[GRID_AXES];
        pooled_mesh_middle(mesh, i, theta);
        for (size_t axis = 0; axis < GRID_AXES; axis++) {
            double rest = theta[axis] - reference->mean[axis];
            reference->deviation[axis] += weight * rest * rest;
            double half = pooled_mesh_step(mesh, axis) / 2 / reference->width[axis];
            double place = (theta[axis] - reference->lower[axis]) / reference->width[axis];
            double least = fmin(fmax(place - half, 0), POOLED_REFERENCE_BINS - 1);
            double most = fmin(fmax(place + half, least), POOLED_REFERENCE_BINS);
            for (size_t bin = (size_t)least; (double)bin < most && weight > 0; bin++) {
                double part = fmin(most, (double)bin + 1) - fmax(least, (double)bin);
                reference->share[axis][bin] += weight * part / (most - least);
            }
        }
    }
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        double deviation = sqrt(reference->deviation[axis]);
        reference->deviation[axis] = deviation;
        reference->moved =
            fmax(reference->moved, fabs(reference->mean[axis] - old.mean[axis]) / deviation);
        reference->moved = fmax(reference->moved, fabs(old.deviation[axis] / deviation - 1));
    }
}

/** The box that holds the posterior, sheared along it unless it leans on the bounds. */
static inline struct pooled_frame_of_box pooled_reference_box(const struct pooled_target *target)
{
    enum { FIRST = 32, NODES = 16, SEARCHES = 7 };
    /* How far below the top a cell is kept: generously while cells are far apart. */
    static const double depth[SEARCHES] = {400, 200, 100, 60, 40, 25, 20};
    static const double upright[3] = {0};
    struct pooled_frame_of_box box = {{0}, {0}, {0}};
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        box.lower[axis] = target->bounds->lower[axis];
        box.upper[axis] = target->bounds->upper[axis];
    }
    bool leans = true;
    for (size_t i = 0; i < SEARCHES; i++) {
        double shear[3];
        double share[GRID_DISPERSION_MAX];
        struct pooled_mesh mesh = pooled_mesh_whole(i > 0 ? NODES : FIRST, &box);
        pooled_mesh_evaluate(&mesh, target, share);
        pooled_mesh_regress(&mesh, shear);
        leans = leans && pooled_mesh_leans(&mesh, depth[i], target->bounds);
        pooled_mesh_enclose(&mesh, depth[i], leans ? upright : shear, &box);
        pooled_mesh_free(&mesh);
    }
    return box;
}

/**
 * The posterior of a series, all increments with weight 1, refined until a halving moves no mean by
 * `tolerance` deviations and no deviation by that part of it, or until there are 384 cells an axis
 * or too many (`moved` then says by how much it still moved).
 */
static inline struct pooled_reference
pooled_reference_make(const struct hierarchy_model *model, const struct grid *bounds,
                      const struct hierarchy_prior *prior, const double *mean,
                      const struct hierarchy_series *series, double tolerance)
{
    enum { FIRST = 24, MOST = 384, BLOCKS_MOST = 1 << 17 };
    struct pooled_target target = {model, bounds, prior, mean, series};
    struct pooled_frame_of_box box = pooled_reference_box(&target);
    struct pooled_reference reference = {.nodes = 0};
    struct pooled_mesh mesh = pooled_mesh_whole(FIRST, &box);
    double depth = 60;
    for (;;) {
        double share[GRID_DISPERSION_MAX];
        pooled_mesh_evaluate(&mesh, &target, share);
        pooled_mesh_skip(&mesh, share, bounds->dispersions);
        pooled_reference_take(&reference, &mesh);
        if (reference.moved < tolerance || 2 * mesh.nodes > MOST) {
            break;
        }
        struct pooled_mesh fine = pooled_mesh_halve(&mesh, depth);
        depth = fmax(depth / 1.6, 20);
        pooled_mesh_free(&mesh);
        mesh = fine;
        if (mesh.blocks > BLOCKS_MOST) {
            break;
        }
    }
    pooled_mesh_free(&mesh);
    return reference;
}

/** The posterior below x on one axis, a bin's own in the share of it that is below. */
static inline double pooled_reference_below(const struct pooled_reference *reference, size_t axis,
                                            double x)
{
    double share = 0;
    for (size_t i = 0; i < POOLED_REFERENCE_BINS; i++) {
        double part = (x - reference->lower[axis]) / reference->width[axis] - (double)i;
        share += reference->share[axis][i] * fmin(fmax(part, 0), 1);
    }
    return share;
}

#endif
