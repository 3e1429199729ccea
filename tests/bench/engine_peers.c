/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine_peers.h"

#include "memory.h"

#include <cminpack.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>
#include <stdlib.h>

enum { PARAMETERS = 3, ITERATIONS = 200 };

struct peer_workspace {
    enum peer peer;
    gsl_multifit_nlinear_workspace *gsl;
    double *values; /* lmder: residuals, Jacobian, and its own */
};

const char *peer_name(enum peer peer)
{
    static const char *const names[PEER_COUNT] = {"gsl_qr", "gsl_cholesky", "cminpack_lmder"};
    return names[peer];
}

struct peer_workspace *peer_create(enum peer peer, size_t count)
{
    struct peer_workspace *workspace = memory_array(1, sizeof *workspace);
    workspace->peer = peer;
    if (peer == PEER_LMDER) {
        workspace->values =
            memory_array(count * (PARAMETERS + 2) + 8 * PARAMETERS, sizeof *workspace->values);
        return workspace;
    }
    gsl_multifit_nlinear_parameters settings = gsl_multifit_nlinear_default_parameters();
    settings.solver =
        peer == PEER_GSL_QR ? gsl_multifit_nlinear_solver_qr : gsl_multifit_nlinear_solver_cholesky;
    workspace->gsl =
        gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &settings, count, PARAMETERS);
    return workspace;
}

void peer_free(struct peer_workspace *workspace)
{
    if (workspace->gsl != NULL) {
        gsl_multifit_nlinear_free(workspace->gsl);
    }
    free(workspace->values);
    free(workspace);
}

/* Residual at point k; row (or NULL) receives its derivatives. Only the standard library. */
static double residual(const struct peer_problem *problem, const double x[PARAMETERS], size_t k,
                       double row[PARAMETERS])
{
    double fitness = exp(x[0]);
    double longevity = exp(x[2]);
    double z = (problem->log_time[k] - x[1]) / longevity;
    double distribution = 0.5 * erfc(-z * M_SQRT1_2);
    double rise = fitness * distribution;
    if (row != NULL) {
        double density = isfinite(z) ? 0.5 * M_SQRT1_2 * M_2_SQRTPI * exp(-0.5 * z * z) : 0.0;
        double slope = problem->scale * exp(rise) * fitness;
        row[0] = slope * distribution;
        row[1] = -slope * density / longevity;
        row[2] = isfinite(z) ? -slope * density * z : 0.0;
    }
    double value = problem->scale * expm1(rise) - problem->observed[k];
    return isfinite(value) ? value : 1e150;
}

static int gsl_residuals(const gsl_vector *x, void *opaque, gsl_vector *f)
{
    const struct peer_problem *problem = opaque;
    for (size_t k = 0; k < problem->count; k++) {
        gsl_vector_set(f, k, residual(problem, x->data, k, NULL));
    }
    return GSL_SUCCESS;
}

static int gsl_jacobian(const gsl_vector *x, void *opaque, gsl_matrix *jacobian)
{
    const struct peer_problem *problem = opaque;
    for (size_t k = 0; k < problem->count; k++) {
        (void)residual(problem, x->data, k, jacobian->data + k * jacobian->tda);
    }
    return GSL_SUCCESS;
}

static double fit_gsl(struct peer_workspace *workspace, struct peer_problem *problem, double *x)
{
    gsl_multifit_nlinear_fdf fdf = {.f = gsl_residuals,
                                    .df = gsl_jacobian,
                                    .n = problem->count,
                                    .p = PARAMETERS,
                                    .params = problem};
    gsl_vector_view start = gsl_vector_view_array(x, PARAMETERS);
    gsl_multifit_nlinear_init(&start.vector, &fdf, workspace->gsl);
    double squares;
    gsl_blas_ddot(workspace->gsl->f, workspace->gsl->f, &squares);
    for (int i = 0; i < ITERATIONS; i++) {
        double before = squares;
        int status = gsl_multifit_nlinear_iterate(workspace->gsl);
        gsl_blas_ddot(workspace->gsl->f, workspace->gsl->f, &squares);
        if (status != GSL_SUCCESS || before - squares <= PEER_TOLERANCE * squares) {
            break;
        }
    }
    return 0.5 * squares;
}

static int lmder_function(void *opaque, int count, int parameters, const double *x, double *f,
                          double *jacobian, int leading, int flag)
{
    const struct peer_problem *problem = opaque;
    for (int k = 0; k < count; k++) {
        if (flag == 1) {
            f[k] = residual(problem, x, (size_t)k, NULL);
            continue;
        }
        double row[PARAMETERS];
        (void)residual(problem, x, (size_t)k, row);
        for (int i = 0; i < parameters; i++) {
            jacobian[k + i * leading] = row[i];
        }
    }
    return 0;
}

static double fit_lmder(struct peer_workspace *workspace, struct peer_problem *problem, double *x)
{
    int count = (int)problem->count;
    double *f = workspace->values;
    double *jacobian = f + count;
    double *scratch = jacobian + PARAMETERS * count;
    double *rest = scratch + count;
    int pivot[PARAMETERS];
    int evaluations;
    int jacobians;
    (void)lmder(lmder_function, problem, count, PARAMETERS, x, f, jacobian, count, PEER_TOLERANCE,
                0.0, 0.0, 10 * ITERATIONS, rest, 1, 100.0, 0, &evaluations, &jacobians, pivot,
                rest + PARAMETERS, rest + 2 * PARAMETERS, rest + 3 * PARAMETERS,
                rest + 4 * PARAMETERS, scratch);
    double squares = 0.0;
    for (int k = 0; k < count; k++) {
        squares += f[k] * f[k];
    }
    return 0.5 * squares;
}

double peer_fit(struct peer_workspace *workspace, struct peer_problem *problem)
{
    double x[PARAMETERS] = {log(problem->start->fitness), problem->start->immediacy,
                            log(problem->start->longevity)};
    return workspace->peer == PEER_LMDER ? fit_lmder(workspace, problem, x)
                                         : fit_gsl(workspace, problem, x);
}
