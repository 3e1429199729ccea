/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hierarchy.h"

#include "memory.h"
#include "random.h"

#include <ctype.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/** F: what every axis adds to V, so that V stays invertible. */
static const double least_variance = 1e-4;
/** Added to every count of r. */
static const double dispersion_count = 0.5;
/** Series without offset that stand beside an organization's own. */
static const double shrinkage = 5;
/** Series with fewer increments say too little to teach a prior. */
enum { LEAST_INCREMENTS = 3 };

/** Billions of parameters stated in the name: the last `<number>b` or `<number>m`; NaN: none. */
static double stated_size(const char *name)
{
    double size = NAN;
    const char *p = name;
    while (*p != '\0') {
        bool starts = isdigit((unsigned char)*p) &&
                      (p == name || !(isalnum((unsigned char)p[-1]) || p[-1] == '.'));
        if (!starts) {
            p++;
            continue;
        }
        size_t digits = strspn(p, "0123456789.");
        char unit = (char)tolower((unsigned char)p[digits]);
        bool ends = unit != '\0' && !isalnum((unsigned char)p[digits + 1]);
        if (ends && (unit == 'b' || unit == 'm')) {
            size = strtod(p, NULL) * (unit == 'b' ? 1 : 1e-3);
        }
        p += digits;
    }
    return size;
}

static bool contains(const char *name, const char *word)
{
    size_t length = strlen(word);
    for (; *name != '\0'; name++) {
        if (strncasecmp(name, word, length) == 0) {
            return true;
        }
    }
    return false;
}

static bool instruction_tuned(const char *name)
{
    static const char *const words[] = {"instruct", "chat", "-it", "tulu", "sft", "dpo"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (contains(name, words[i])) {
            return true;
        }
    }
    return false;
}

size_t hierarchy_covariates(enum config_covariates choice, const char *name, double age_months,
                            double covariate[HIERARCHY_COVARIATES_MAX])
{
    covariate[0] = 1;
    if (choice == COVARIATES_NONE) {
        return 1;
    }
    covariate[1] = (age_months - 10) / 10;
    if (choice == COVARIATES_COHORT) {
        return 2;
    }
    double size = stated_size(name);
    bool known = size > 0;
    covariate[2] = known ? 1 : 0;
    covariate[3] = known ? fmin(fmax(log(size), -4), 5) : 0;
    covariate[4] = instruction_tuned(name) ? 1 : 0;
    return 5;
}

struct hierarchy_prior hierarchy_prior_start(const struct grid *grid, size_t covariates)
{
    struct hierarchy_prior prior = {.covariates = covariates};
    for (size_t axis = 0, pair = 0; axis < GRID_AXES; axis++) {
        double width = grid->upper[axis] - grid->lower[axis];
        prior.coefficient[0][axis] = 0.5 * (grid->lower[axis] + grid->upper[axis]);
        prior.covariance[pair] = width > 0 ? width * width / 16 : 1;
        pair += GRID_AXES - axis;
    }
    for (size_t r = 0; r < grid->dispersions; r++) {
        prior.dispersion[r] = 1 / (double)grid->dispersions;
    }
    return prior;
}

void hierarchy_prior_mean(const struct hierarchy_prior *prior, const double *covariate,
                          double mean[GRID_AXES])
{
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        mean[axis] = 0;
        for (size_t i = 0; i < prior->covariates; i++) {
            mean[axis] += prior->coefficient[i][axis] * covariate[i];
        }
    }
}

/** A candidate with the key that orders the sample. */
struct candidate {
    uint64_t key;
    const char *name;
    size_t index;
};

static int compare_candidates(const void *left, const void *right)
{
    const struct candidate *a = left;
    const struct candidate *b = right;
    if (a->key != b->key) {
        return a->key < b->key ? -1 : 1;
    }
    return strcmp(a->name, b->name);
}

struct hierarchy_sample hierarchy_sample_choose(size_t count, const struct hierarchy_series *series,
                                                const char *const *name, double min_count,
                                                size_t limit, uint64_t seed)
{
    struct candidate *candidate = memory_array(count, sizeof *candidate);
    size_t eligible = 0;
    for (size_t i = 0; i < count; i++) {
        if (series[i].count > LEAST_INCREMENTS &&
            series[i].observed[series[i].count - 1] >= min_count) {
            struct random_stream stream =
                random_stream_open(seed, RANDOM_SAMPLE, random_name_hash(name[i]), 0);
            candidate[eligible++] = (struct candidate){random_bits(&stream), name[i], i};
        }
    }
    qsort(candidate, eligible, sizeof *candidate, compare_candidates);
    struct hierarchy_sample sample = {.count = eligible < limit ? eligible : limit};
    sample.index = memory_array(sample.count, sizeof *sample.index);
    for (size_t i = 0; i < sample.count; i++) {
        sample.index[i] = candidate[i].index;
    }
    free(candidate);
    return sample;
}

void hierarchy_sample_free(struct hierarchy_sample *sample)
{
    free(sample->index);
    *sample = (struct hierarchy_sample){0, NULL};
}

/** Sums over the members of one organization. */
struct group {
    double count;
    double covariate[HIERARCHY_COVARIATES_MAX];
    double mean[GRID_AXES];
};

static struct group *sum_groups(size_t count, const struct hierarchy_moments *moments,
                                const struct hierarchy_member *member, size_t covariates,
                                size_t organizations)
{
    struct group *group = memory_array(organizations, sizeof *group);
    for (size_t i = 0; organizations > 0 && i < count; i++) {
        struct group *own = &group[member[i].organization];
        own->count += 1;
        for (size_t k = 0; k < covariates; k++) {
            own->covariate[k] += member[i].covariate[k];
        }
        for (size_t axis = 0; axis < GRID_AXES; axis++) {
            own->mean[axis] += moments[i].mean[axis];
        }
    }
    return group;
}

/**
 * B: ridge regression of E theta on the covariates. With organizations their offsets are
 * eliminated first: offset = (sum of the organization's residuals) / (n + shrinkage).
 */
static void regress(size_t count, const struct hierarchy_moments *moments,
                    const struct hierarchy_member *member, size_t organizations,
                    const struct group *group, struct hierarchy_prior *prior)
{
    enum { SIDE = HIERARCHY_COVARIATES_MAX };
    size_t covariates = prior->covariates;
    double normal[SIDE * SIDE] = {0};
    double right[GRID_AXES][SIDE] = {{0}};
    for (size_t i = 0; i < covariates; i++) {
        normal[i * covariates + i] = i > 0 ? 1 : 0;
    }
    for (size_t i = 0; i < count + organizations; i++) {
        bool own = i < count;
        const double *x = own ? member[i].covariate : group[i - count].covariate;
        const double *e = own ? moments[i].mean : group[i - count].mean;
        double weight = own ? 1 : -1 / (group[i - count].count + shrinkage);
        for (size_t j = 0; j < covariates; j++) {
            for (size_t k = 0; k < covariates; k++) {
                normal[j * covariates + k] += weight * x[j] * x[k];
            }
            for (size_t axis = 0; axis < GRID_AXES; axis++) {
                right[axis][j] += weight * x[j] * e[axis];
            }
        }
    }
    gsl_matrix_view matrix = gsl_matrix_view_array(normal, covariates, covariates);
    (void)gsl_linalg_cholesky_decomp1(&matrix.matrix); /* x[0] = 1 and D: positive definite */
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        gsl_vector_view solution = gsl_vector_view_array(right[axis], covariates);
        (void)gsl_linalg_cholesky_svx(&matrix.matrix, &solution.vector);
        for (size_t j = 0; j < covariates; j++) {
            prior->coefficient[j][axis] = right[axis][j];
        }
    }
}

static void set_offsets(size_t organizations, const struct group *group,
                        const struct hierarchy_prior *prior, double *offset)
{
    for (size_t o = 0; o < organizations; o++) {
        double expected[GRID_AXES];
        hierarchy_prior_mean(prior, group[o].covariate, expected);
        for (size_t axis = 0; axis < GRID_AXES; axis++) {
            offset[o * GRID_AXES + axis] =
                (group[o].mean[axis] - expected[axis]) / (group[o].count + shrinkage);
        }
    }
}

/** B' D B, plus what the offsets add to it: the penalty on the mean, [HIERARCHY_PAIRS]. */
static void penalty_of(const struct hierarchy_prior *prior, size_t organizations,
                       const double *offset, double *penalty)
{
    for (size_t j = 0, pair = 0; j < GRID_AXES; j++) {
        for (size_t k = j; k < GRID_AXES; k++, pair++) {
            penalty[pair] = 0;
            for (size_t i = 1; i < prior->covariates; i++) {
                penalty[pair] += prior->coefficient[i][j] * prior->coefficient[i][k];
            }
            for (size_t o = 0; o < organizations; o++) {
                penalty[pair] += shrinkage * offset[o * GRID_AXES + j] * offset[o * GRID_AXES + k];
            }
        }
    }
}

static void set_covariance(size_t count, const struct hierarchy_moments *moments,
                           const struct hierarchy_member *member, size_t organizations,
                           const double *offset, struct hierarchy_prior *prior)
{
    double sum[HIERARCHY_PAIRS];
    penalty_of(prior, organizations, offset, sum);
    for (size_t i = 0; i < count; i++) {
        double m[GRID_AXES];
        const double *e = moments[i].mean;
        hierarchy_prior_mean(prior, member[i].covariate, m);
        for (size_t axis = 0; organizations > 0 && axis < GRID_AXES; axis++) {
            m[axis] += offset[member[i].organization * GRID_AXES + axis];
        }
        for (size_t j = 0, pair = 0; j < GRID_AXES; j++) {
            for (size_t k = j; k < GRID_AXES; k++, pair++) {
                sum[pair] += moments[i].second[pair] - m[j] * e[k] - e[j] * m[k] + m[j] * m[k];
            }
        }
    }
    for (size_t j = 0, pair = 0; j < GRID_AXES; j++) {
        for (size_t k = j; k < GRID_AXES; k++, pair++) {
            prior->covariance[pair] = sum[pair] / (double)count + (j == k ? least_variance : 0);
        }
    }
}

static void set_dispersion(const struct grid *grid, size_t count,
                           const struct hierarchy_moments *moments, struct hierarchy_prior *prior)
{
    double total = (double)count + dispersion_count * (double)grid->dispersions;
    for (size_t r = 0; r < grid->dispersions; r++) {
        double sum = dispersion_count;
        for (size_t i = 0; i < count; i++) {
            sum += moments[i].dispersion[r];
        }
        prior->dispersion[r] = sum / total;
    }
}

/** J: the evidence of the series and the penalties, see the header. */
static double objective(const struct grid *grid, size_t count,
                        const struct hierarchy_moments *moments, size_t organizations,
                        const double *offset, const struct hierarchy_prior *prior)
{
    const double *v = prior->covariance;
    double matrix[9] = {v[0], v[1], v[2], v[1], v[3], v[4], v[2], v[4], v[5]};
    gsl_matrix_view view = gsl_matrix_view_array(matrix, 3, 3);
    (void)gsl_linalg_cholesky_decomp1(&view.matrix);
    (void)gsl_linalg_cholesky_invert(&view.matrix);
    double penalty[HIERARCHY_PAIRS];
    penalty_of(prior, organizations, offset, penalty);
    double least = (double)count * least_variance;
    double trace = matrix[0] * (penalty[0] + least) + matrix[4] * (penalty[3] + least) +
                   matrix[8] * (penalty[5] + least) +
                   2 * (matrix[1] * penalty[1] + matrix[2] * penalty[2] + matrix[5] * penalty[4]);
    double sum = -0.5 * trace;
    for (size_t r = 0; r < grid->dispersions; r++) {
        sum += dispersion_count * log(prior->dispersion[r]);
    }
    for (size_t i = 0; i < count; i++) {
        sum += moments[i].log_evidence;
    }
    return sum;
}

double hierarchy_maximise(const struct grid *grid, size_t count,
                          const struct hierarchy_moments *moments,
                          const struct hierarchy_member *member, size_t organizations,
                          double *offset, struct hierarchy_prior *prior)
{
    if (count == 0) {
        return 0; /* nothing to learn from: the prior stays as it is */
    }
    double value = objective(grid, count, moments, organizations, offset, prior);
    struct group *group = sum_groups(count, moments, member, prior->covariates, organizations);
    regress(count, moments, member, organizations, group, prior);
    set_offsets(organizations, group, prior, offset);
    free(group);
    set_covariance(count, moments, member, organizations, offset, prior);
    set_dispersion(grid, count, moments, prior);
    return value;
}
