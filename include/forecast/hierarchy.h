/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Hierarchical negative-binomial inference of the growth curve.
 *
 * The increments d_k = y_k - y_(k-1) of a series are independent given its parameters, with mean
 *     M_k = max(c(t_k) - c(t_(k-1)), 1e-9)
 * of the growth curve c (growth.h) and
 *     p(d | M, r) = (1 - pi) NB(d; M, r) + pi NB(d; f M + g, s),
 * a mixture of ordinary steps and rare shocks (pi, f, g, s of config.h; without shocks pi = 0).
 * NB(d; M, r) has mean M and variance M + M^2 / r. Older increments count less:
 *     ln L = sum_k w_k ln p(d_k),  w_k = discount^(months from t_k to the last age).
 *
 * The parameters theta = (A, mu, ln sigma) have the prior N(B' x, V) over the covariates x of a
 * series and r is categorical. (B, V, r's probabilities) are learned from the other series by EM
 * (empirical Bayes) and the posterior is summed over the nodes of a grid; nothing is optimised.
 *
 * Order of use: hierarchy_likelihood_create, hierarchy_likelihood_block for the sample in blocks of
 * HIERARCHY_BLOCK series, hierarchy_expect and hierarchy_maximise in turn (EM), then for every
 * series hierarchy_likelihood_block and hierarchy_posterior_compute.
 */
#ifndef GROWCAST_HIERARCHY_H
#define GROWCAST_HIERARCHY_H

#include "config.h"
#include "grid.h"
#include "series.h"

#include <stddef.h>
#include <stdint.h>

enum {
    HIERARCHY_BLOCK = 64,         /**< most series whose likelihoods are computed together */
    HIERARCHY_COVARIATES_MAX = 5, /**< constant, cohort, size known, ln size, instruct */
    HIERARCHY_PAIRS = 6,          /**< entries of a symmetric 3 x 3: 00 01 02 11 12 22 */
};

/** What the mean M_k of an increment is. */
enum hierarchy_curve {
    HIERARCHY_GROWTH,     /**< c(t_k) - c(t_(k-1)) */
    HIERARCHY_REINFORCED, /**< (y_(k-1) + m) (exp(lambda (Phi_k - Phi_(k-1))) - 1) */
    HIERARCHY_CONSTANT,   /**< exp(A) a step */
};

/** The distribution of an increment given its node. A plain value. */
struct hierarchy_model {
    enum hierarchy_curve curve;
    double scale;             /**< m, in counts */
    double step_months;       /**< months a step: 1, or 1 / 30.4375 for daily series */
    double shock_probability; /**< 0: no shocks */
    double shock_factor;
    double shock_offset;
    double shock_dispersion;
};

/** The configured model of the growth curve for series of a step. */
struct hierarchy_model hierarchy_model_make(const struct config_hierarchy *config, double scale,
                                            enum series_step step);

/** A series as far as it is known at an origin. Arrays are borrowed. */
struct hierarchy_series {
    size_t count;           /**< points; increments are one fewer */
    const double *age;      /**< [count] in steps, increasing */
    const double *observed; /**< [count] cumulative counts, never decreasing */
};

/** Tables and scratch memory to evaluate likelihoods on a grid. */
struct hierarchy_likelihood;

/** Tables for ages 1 ... max_age in steps. grid is borrowed and must outlive it; caller owns. */
struct hierarchy_likelihood *hierarchy_likelihood_create(const struct hierarchy_model *model,
                                                         const struct grid *grid, size_t max_age);
void hierarchy_likelihood_free(struct hierarchy_likelihood *likelihood);

/**
 * ln L of up to HIERARCHY_BLOCK series at all nodes.
 *
 * discount: weight of an increment a month older, in (0, 1]. log_likelihood: [count][grid->nodes],
 * written. A row does not depend, to the last bit, on its place in the block or on the other
 * series. A series without increments has likelihood 1.
 */
void hierarchy_likelihood_block(struct hierarchy_likelihood *likelihood, double discount,
                                size_t count, const struct hierarchy_series *series,
                                double *log_likelihood);

/**
 * ln p(d | M, r) for means at all cells: the plain building block, and the reference of the tables.
 * mean: [grid->stride]; log_probability: [grid->nodes], written.
 */
void hierarchy_increment_log_probability(const struct hierarchy_model *model,
                                         const struct grid *grid, const double *mean,
                                         double increment, double *log_probability);

/**
 * Means of the increment between two ages (steps) at all cells, [grid->stride], written; previous
 * is the count at `from` (used by the reinforced curve only).
 */
void hierarchy_mean(const struct hierarchy_model *model, const struct grid *grid, double from,
                    double to, double previous, double *mean);

/**
 * The covariates x of a series: 1; (age in months - 10) / 10, its release cohort; and, read from
 * the name, whether it states a size (the last `<number>b` or `<number>m`), ln(billions of
 * parameters) clipped to [-4, 5], whether it is an instruction-tuned model (instruct, chat, -it,
 * tulu, sft, dpo). Returns their number, which depends on `choice` only.
 */
size_t hierarchy_covariates(enum config_covariates choice, const char *name, double age_months,
                            double covariate[HIERARCHY_COVARIATES_MAX]);

/** What is learned from all series: theta ~ N(B' x, V), r categorical. A plain value. */
struct hierarchy_prior {
    size_t covariates;
    double coefficient[HIERARCHY_COVARIATES_MAX][GRID_AXES]; /**< B */
    double covariance[HIERARCHY_PAIRS];                      /**< V */
    double dispersion[GRID_DISPERSION_MAX];                  /**< probabilities of the grid's r */
    double dormant; /**< share of series that never gain anything (forecaster.h) */
};

/** The wide prior from which EM starts, and the one of hierarchy.pool = none. */
struct hierarchy_prior hierarchy_prior_start(const struct grid *grid, size_t covariates);

/** A prior laid out on a grid, ready for many series. */
struct hierarchy_field;

struct hierarchy_field *hierarchy_field_create(const struct grid *grid);
void hierarchy_field_free(struct hierarchy_field *field);

/** Lays `prior` out. */
void hierarchy_field_set(struct hierarchy_field *field, const struct hierarchy_prior *prior);

/** Posterior moments of one series. Plain doubles, to be sent as they are. */
struct hierarchy_moments {
    double log_evidence;                    /**< ln of the sum of prior times likelihood */
    double mean[GRID_AXES];                 /**< E theta */
    double second[HIERARCHY_PAIRS];         /**< E theta theta' */
    double dispersion[GRID_DISPERSION_MAX]; /**< probabilities of r */
};

/**
 * The posterior of one series on the grid.
 *
 * log_likelihood: [grid->nodes]. mean: [GRID_AXES], the prior mean B' x plus what pooling adds.
 * weight: [grid->nodes], written: the posterior probabilities of the nodes. Nodes that weigh less
 * than 1e-16 of the heaviest are given 0. Returns the moments.
 */
struct hierarchy_moments hierarchy_posterior_compute(struct hierarchy_field *field,
                                                     const double mean[GRID_AXES],
                                                     const double *log_likelihood, double *weight);

/** The largest ln L of every cell over r: peak [grid->stride], written, log_likelihood:
 *  [grid->nodes]. */
void hierarchy_peak(const struct grid *grid, const double *log_likelihood, double *peak);

/**
 * The E step: the moments that hierarchy_posterior_compute() returns, to the same bits. peak:
 * hierarchy_peak() of log_likelihood. Cells whose peak says that they carry no weight are not
 * looked at, so that a series costs less when it is asked about again and again.
 */
struct hierarchy_moments hierarchy_expect(struct hierarchy_field *field,
                                          const double mean[GRID_AXES],
                                          const double *log_likelihood, const double *peak);

/** B' x. */
void hierarchy_prior_mean(const struct hierarchy_prior *prior, const double *covariate,
                          double mean[GRID_AXES]);

/** The series that teach a prior, in an order that does not depend on the input's. */
struct hierarchy_sample {
    size_t count;
    size_t *index; /**< [count] into the candidates, owned */
};

/**
 * Chooses from `count` candidates those with at least 3 increments and a last count of at least
 * min_count; above `limit` a fixed random sample of them, by a hash of (seed, name).
 */
struct hierarchy_sample hierarchy_sample_choose(size_t count, const struct hierarchy_series *series,
                                                const char *const *name, double min_count,
                                                size_t limit, uint64_t seed);
void hierarchy_sample_free(struct hierarchy_sample *sample);

/** A series of the sample as EM sees it. */
struct hierarchy_member {
    double covariate[HIERARCHY_COVARIATES_MAX];
    size_t organization;
};

/**
 * The M step, and the value of what EM increases before it.
 *
 * moments, member: [count], in sample order. offset: [organizations][GRID_AXES], what each
 * organization adds to the mean, updated when organizations > 0 (hierarchy.pool = organization);
 * an organization's offset is shrunk to 0 as if five series without offset stood beside its own.
 *
 * B = (X'X + D)^-1 X' E[theta] with D = diag(0, 1, 1, ...),
 * V = (sum_i E[(theta_i - B'x_i)(theta_i - B'x_i)'] + B' D B) / n + F, F = 1e-4 I
 * p_r = (sum_i P(r_i = r) + 1/2) / (n + R/2),
 * which maximises the expected complete log-likelihood of the penalised objective J =
 * sum_i ln sum_j N(theta_j; B'x_i, V) p_r(j) L_ij dtheta
 *         - tr(V^-1 (B' D B + n F)) / 2 + sum_r ln(p_r) / 2.
 * So J never falls. Returns J of the prior that produced `moments`.
 */
double hierarchy_maximise(const struct grid *grid, size_t count,
                          const struct hierarchy_moments *moments,
                          const struct hierarchy_member *member, size_t organizations,
                          double *offset, struct hierarchy_prior *prior);

#endif
