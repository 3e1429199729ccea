/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * What the files of the fit module and the gsl engine share: prepared data, coordinates in which
 * the costs are well scaled, starts, and the minimisers of the two costs from one start.
 */
#ifndef GROWCAST_FIT_INTERNAL_H
#define GROWCAST_FIT_INTERNAL_H

#include "fit.h"

#include <stdbool.h>
#include <stddef.h>

/** A problem ready for many evaluations of its cost. All arrays are borrowed. */
struct fit_data {
    size_t count;
    const double *time;     /**< [count] */
    const double *log_time; /**< [count] ln t, -infinity at t = 0 */
    const double *observed; /**< [count] cumulative counts */
    const double *weight;   /**< [count], or NULL for 1 */
    double scale;
};

/** The end of one descent. */
enum fit_descent_status {
    FIT_DESCENT_CONVERGED,
    FIT_DESCENT_RIDGE,  /**< converged on the limit lambda = FIT_FITNESS_LIMIT */
    FIT_DESCENT_FAILED, /**< iterations exhausted or no finite cost */
};

struct fit_descent {
    enum fit_descent_status status;
    struct growth_parameters parameters;
    double dispersion; /**< of the likelihood method; NaN for least squares */
    double cost;       /**< half the weighted sum of squares, or minus the log-likelihood */
};

/** The least-squares state of GSL, kept between problems of the same size. */
struct fit_solver;

struct fit_workspace {
    size_t max_points;
    const struct fit_scout *scout; /**< borrowed, or NULL */
    double *log_time;              /**< [max_points] */
    double *distribution;          /**< [max_points] Phi at the points, of one start */
    double *height;                /**< [max_points] ln(1 + y / m) */
    double *increment;             /**< [max_points] */
    double *mean;                  /**< [max_points] expected increments */
    double *mean_gradient;         /**< [max_points][3] their derivatives by the coordinates */
    struct fit_solver *solver;     /**< of least squares, see fit_least_squares.c */
    struct trust_region_workspace
        *reflective; /**< of the paper's protocol, see trust_region_reflective.h */
};

/** Fills workspace->log_time and returns the problem's data, which borrows from both. */
struct fit_data fit_data_of(const struct fit_problem *problem, struct fit_workspace *workspace);

/** The problem of data, for a scout. */
struct fit_problem fit_problem_of(const struct fit_data *data);

/* ---- Coordinates (fit_coordinates.c) ---- */

/**
 * Coordinates that straighten the valleys of both costs. With G(x) = ln(1 + c/m) =
 * lambda Phi((x - mu)/sigma), x = ln t, and a fixed pivot x0, the observed age where the curve has
 * done about 60% of its rise:
 *
 *     p = (ln G(x0), ln(G'(x0)/G(x0)), z0),   z0 = (x0 - mu)/sigma.
 *
 * The first two are what the data determine, height and slope; along the third, to minus infinity,
 * runs the ridge on which lambda and sigma grow together. With lambda or mu fixed two are left:
 *
 *     p = (z0, ln sigma)          lambda fixed
 *     p = (ln G(x0), ln sigma)    mu fixed
 */
enum fit_coordinates_kind {
    FIT_COORDINATES_FREE,
    FIT_COORDINATES_FITNESS_FIXED,
    FIT_COORDINATES_IMMEDIACY_FIXED,
};

struct fit_coordinates {
    enum fit_coordinates_kind kind;
    size_t count;     /**< 3 or 2 */
    double log_pivot; /**< x0 */
    double fixed;     /**< the value of what is fixed */
};

/** Coordinates with a pivot chosen for a curve that is near, and its position in them. */
struct fit_coordinates fit_coordinates_free(const struct growth_parameters *near,
                                            const struct fit_data *data, double position[3]);

/** Coordinates of curves with the given fitness, and the position of the one that agrees with
 *  near in height and slope at its pivot. */
struct fit_coordinates fit_coordinates_fitness_fixed(const struct growth_parameters *near,
                                                     const struct fit_data *data, double fitness,
                                                     double position[3]);

/** Coordinates of curves with the given immediacy, and the position of the one that agrees with
 *  near in sigma and in height at its pivot. */
struct fit_coordinates fit_coordinates_immediacy_fixed(const struct growth_parameters *near,
                                                       const struct fit_data *data,
                                                       double immediacy, double position[3]);

/** The parameters at a position and, unless NULL, their derivatives: chain[i][j] is the
 *  derivative of (lambda, mu, sigma)[i] by position[j]. */
struct growth_parameters fit_coordinates_parameters(const struct fit_coordinates *coordinates,
                                                    const double position[3], double chain[3][3]);

/* ---- Objectives and the search for their least value (fit_search.c) ---- */

enum { FIT_START_MAX = 8 };

/** A cost, how to rank starts by it, and how to go down it. */
struct fit_objective {
    enum config_fit_method method;
    /** What starts are ranked by, of a curve's values at the points: lower is better. */
    double (*start_cost)(const struct fit_data *data, const double *curve);
    /** A cost than which none is lower but by rounding. */
    double (*least_cost)(const struct fit_data *data);
    /** Goes down from start to a minimum with lambda <= FIT_FITNESS_LIMIT. dispersion: where r
     *  starts, NaN for none; ignored by least squares. */
    void (*descend)(const struct fit_data *data, struct fit_workspace *workspace,
                    const struct growth_parameters *start, double dispersion,
                    struct fit_descent *descent);
    /** The same with lambda fixed: a point of the profile. threshold: unless NaN, the descent may
     *  end as soon as it is known on which side of it the least cost lies. */
    void (*descend_fixed)(const struct fit_data *data, struct fit_workspace *workspace,
                          const struct growth_parameters *start, double fitness, double dispersion,
                          double threshold, struct fit_descent *descent);
    /** The derivative of the cost by lambda alone. */
    double (*slope)(const struct fit_data *data, const struct growth_parameters *parameters,
                    double dispersion);
};

/** Sum of weight (c(t) - y)^2 / 2. */
extern const struct fit_objective fit_squares;
/** The same within the paper's bound mu >= 0. */
extern const struct fit_objective fit_bounded_squares;
/** Minus the log-likelihood of the increments, over r too. */
extern const struct fit_objective fit_likelihood;

/** Fills starts, the best first, and returns how many: the local minima of the start cost on a
 *  grid of (mu, sigma) and at the series' largest jumps. 0 where no cost is finite. */
size_t fit_start_find(const struct fit_objective *objective, const struct fit_data *data,
                      struct fit_workspace *workspace,
                      struct growth_parameters starts[FIT_START_MAX]);

/** Goes down from a start. Where that passes the limit of lambda it goes on along the limit, and
 *  inside again if the cost falls that way; FIT_DESCENT_RIDGE where it ends on the limit. */
void fit_search_from(const struct fit_objective *objective, const struct fit_data *data,
                     struct fit_workspace *workspace, const struct growth_parameters *start,
                     double dispersion, struct fit_descent *descent);

/** The lowest of the descents from all starts, or the first that meets the data; cost is infinite
 *  where there is none. Where a scout has gone ahead, the descent from the lowest of its ends, if
 *  that confirms the cost there. */
void fit_search(const struct fit_objective *objective, const struct fit_data *data,
                struct fit_workspace *workspace, struct fit_descent *best);

/** Searches for the least cost of a problem; fills status, flags, parameters and dispersion. */
void fit_search_estimate(const struct fit_objective *objective, const struct fit_problem *problem,
                         struct fit_workspace *workspace, struct fit_estimate *estimate);

/** The least cost with lambda fixed within the paper's bounds, near the curve of start. */
double fit_paper_cost_fixed(const struct fit_data *data, struct fit_workspace *workspace,
                            const struct growth_parameters *start, double fitness);

struct fit_solver *fit_solver_create(void);
void fit_solver_free(struct fit_solver *solver);

/**
 * The most likely r in [FIT_DISPERSION_MINIMUM, infinity] given the increments' means, by
 * workspace->increment and ->mean; *cost is minus ln L there. ln L may have two maxima, one of them
 * at infinity. A finite guess leads to the better of its own and infinity; NaN, to the better of
 * that which moments suggest and infinity; infinity is left only if it is no maximum.
 */
double fit_dispersion_maximise(const struct fit_data *data, struct fit_workspace *workspace,
                               double guess, double *cost);

/* ---- The profile's verdict (fit_profile.c) ---- */

/** Whether the profile likelihood of lambda, at the confidence of config, has no upper bound. */
bool fit_profile_unbounded(const struct config_fit *config, const struct fit_problem *problem,
                           struct fit_workspace *workspace, const struct fit_estimate *estimate);

extern const struct fit_method fit_least_squares;
extern const struct fit_method fit_negative_binomial;
extern const struct fit_method fit_paper;

#endif
