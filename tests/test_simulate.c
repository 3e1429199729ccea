/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calendar.h"
#include "memory.h"
#include "option.h"
#include "series.h"
#include "simulate.h"
#include "tap.h"

#include <gsl/gsl_errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/growcast-test-simulate-XXXXXX";

static void write_file(const char *text)
{
    FILE *file = fopen(path, "w");
    (void)fputs(text, file);
    (void)fclose(file);
}

static struct config table_config(const char *text)
{
    struct config config;
    option_defaults(&config);
    (void)strcpy(config.simulate.parameters, path);
    write_file(text);
    return config;
}

/* Reference values: mpmath, 40 digits, m expm1(lambda ncdf((ln t - mu) / sigma)), t = months / 12.
 */
static void test_curve(void)
{
    struct config config =
        table_config("model,fitness,immediacy,longevity,fitted,m,unit\n"
                     "Qwen/Qwen1.5-0.5B,21.2340,1.18e-15,3.9044,1,1,year\n"
                     "openai/whisper-small,294604.7393,90.9031,22.4477,1,1,year\n");
    config.simulate.noise = NOISE_NONE;
    config.simulate.release_window = 0;
    struct error error;
    struct simulate_model model;
    double count[37];
    struct simulate_ensemble *ensemble = simulate_ensemble_create(&config, &error);
    tap_ok(ensemble != NULL && simulate_ensemble_count(ensemble) == 2, "one series for each row");
    tap_ok(simulate_ensemble_draw(ensemble, 0, &model, count, &error), "the first is drawn");
    tap_ok(count[0] == 0 && model.length == 36, "36 months from 0");
    tap_close(count[1], 261.04704725053318177, 1e-13, "curve after 1 month");
    tap_close(count[12], 40821.962155099191344, 1e-13, "curve after 12 months");
    tap_ok(strcmp(model.organization, "Qwen") == 0, "the organization is the namespace");
    tap_ok(simulate_ensemble_draw(ensemble, 1, &model, count, &error), "a ridge row is drawn");
    tap_close(count[24], 5546.8289050945099751, 1e-11, "its curve after 24 months");
    simulate_ensemble_free(ensemble);
}

static void test_table(void)
{
    struct config config = table_config("longevity,extra,model,fitness,immediacy,fitted,company,"
                                        "dispersion,created_at\n"
                                        "0.5,x,a/b,2,-1,1,Company A,7,2024-01-05\n"
                                        "0.5,x,a/c,0.5,2,0,,,\n");
    config.simulate.models = 5;
    struct error error;
    struct simulate_model model;
    double count[37];
    struct simulate_ensemble *ensemble = simulate_ensemble_create(&config, &error);
    bool drawn = simulate_ensemble_draw(ensemble, 0, &model, count, &error);
    tap_ok(drawn && model.origin == SIMULATE_FROM_TABLE && model.parameters.fitness == 2 &&
               model.parameters.immediacy == -1 && model.parameters.longevity == 0.5 &&
               model.dispersion == 7 && model.scale == 30 && model.unit == TIME_UNIT_STEP,
           "columns are found by name, m and unit are the configuration's");
    tap_ok(strcmp(model.organization, "Company A") == 0, "the company is the organization");
    char date[CALENDAR_TEXT_SIZE];
    calendar_format(model.release_date, date);
    tap_ok(strcmp(date, "2024-01-05") == 0, "the release date is kept");
    drawn = simulate_ensemble_draw(ensemble, 1, &model, count, &error);
    tap_ok(drawn && model.origin == SIMULATE_FROM_POPULATION && model.parameters.fitness != 0.5 &&
               strcmp(model.name, "a/c") == 0 && model.unit == TIME_UNIT_MONTH,
           "a failed fit is replaced from the population");
    drawn = simulate_ensemble_draw(ensemble, 4, &model, count, &error);
    tap_ok(drawn && strcmp(model.name, "a/b#3") == 0, "rows are used again under new names");
    simulate_ensemble_free(ensemble);
}

static void rejects(const char *text, const char *part)
{
    struct config config = table_config(text);
    struct error error = {.kind = ERROR_NONE};
    struct simulate_ensemble *ensemble = simulate_ensemble_create(&config, &error);
    bool told = ensemble == NULL && error.kind == ERROR_INPUT && strstr(error.message, part) &&
                strncmp(error.message, path, strlen(path)) == 0;
    if (!tap_ok(told, "rejected: %s", part)) {
        printf("# %s\n", error.message);
    }
    simulate_ensemble_free(ensemble);
}

static void test_rejections(void)
{
    rejects("model,fitness,immediacy\na,1,1\n", ":1: the header has no column longevity");
    rejects("model,fitness,immediacy,longevity\n", "no row of parameters");
    rejects("", "no row of parameters");
    rejects("model,fitness,immediacy,longevity\na,1,1,1\nb,-1,1,1\n", ":3: fitness = \"-1\"");
    rejects("model,fitness,immediacy,longevity\na,1,1,0\n", ":2: longevity = \"0\"");
    rejects("model,fitness,immediacy,longevity\na,1,,1\n", ":2: immediacy = \"\"");
    rejects("model,fitness,immediacy,longevity\na,1,1x,1\n", ":2: immediacy = \"1x\"");
    rejects("model,fitness,immediacy,longevity\n,1,1,1\n", ":2: model = \"\"");
    rejects("model,fitness,immediacy,longevity,fitted\na,1,1,1,2\n", ":2: fitted = \"2\"");
    rejects("model,fitness,immediacy,longevity,unit\na,1,1,1,week\n", ":2: unit = \"week\"");
    rejects("model,fitness,immediacy,longevity,created_at\na,1,1,1,then\n", "created_at");

    struct config config = table_config("model,fitness,immediacy,longevity\nhuge,900,0,0.5\n");
    struct error error = {.kind = ERROR_NONE};
    struct simulate_model model;
    double count[37];
    struct simulate_ensemble *ensemble = simulate_ensemble_create(&config, &error);
    tap_ok(!simulate_ensemble_draw(ensemble, 0, &model, count, &error) && error.kind == ERROR_INPUT,
           "rejected: %s", error.message);
    simulate_ensemble_free(ensemble);
}

/* Mean and variance of the increment of month 12 over many rounds of one row, in units of their
   standard errors. M = c(12) - c(11) for lambda = 3, mu = 2, sigma = 1, m = 30 (mpmath). */
static void test_noise(enum config_noise noise, double dispersion)
{
    enum { ROUNDS = 20000 };
    const double mean = 21.179157268112415;
    struct config config = table_config("model,fitness,immediacy,longevity\na,3,2,1\n");
    config.simulate.noise = noise;
    config.simulate.dispersion = dispersion;
    config.simulate.models = ROUNDS;
    config.simulate.steps = 12;
    config.simulate.release_window = 0;
    struct error error;
    struct simulate_ensemble *ensemble = simulate_ensemble_create(&config, &error);
    double sum = 0;
    double squares = 0;
    bool whole = true;
    for (size_t i = 0; i < ROUNDS; i++) {
        struct simulate_model model;
        double count[13];
        (void)simulate_ensemble_draw(ensemble, i, &model, count, &error);
        double increment = count[12] - count[11];
        whole = whole && increment >= 0 && increment == floor(increment);
        sum += increment;
        squares += (increment - mean) * (increment - mean);
    }
    simulate_ensemble_free(ensemble);
    double r = noise == NOISE_POISSON ? INFINITY : dispersion;
    double variance = mean + mean * mean / r;
    /* Fourth central moment of the negative binomial: 3 v^2 + v (1 + 6 v / r). */
    double fourth = 3 * variance * variance + variance * (1 + 6 * variance / r);
    double mean_error = (sum / ROUNDS - mean) / sqrt(variance / ROUNDS);
    double variance_error =
        (squares / ROUNDS - variance) / sqrt((fourth - variance * variance) / ROUNDS);
    tap_ok(whole, "increments are counts");
    tap_ok(fabs(mean_error) < 4, "mean M, off by %.2f standard errors", mean_error);
    tap_ok(fabs(variance_error) < 4, "variance M + M^2/r, off by %.2f standard errors",
           variance_error);
}

/* Moments of the population against the numbers in simulate.h. */
static void test_population(void)
{
    enum { MODELS = 20000, STEPS = 3 };
    struct config config;
    option_defaults(&config);
    config.simulate.models = MODELS;
    config.simulate.steps = STEPS;
    config.simulate.release_window = 2;
    config.simulate.organizations = 4;
    config.simulate.noise = NOISE_POISSON;
    struct error error;
    struct simulate_ensemble *ensemble = simulate_ensemble_create(&config, &error);
    double sum[3] = {0};
    double product[3][3] = {{0}};
    size_t first_organization = 0;
    size_t of_length[STEPS + 1] = {0};
    for (size_t i = 0; i < MODELS; i++) {
        struct simulate_model model;
        double count[STEPS + 1];
        (void)simulate_ensemble_draw(ensemble, i, &model, count, &error);
        double theta[3] = {log(growth_ultimate(model.parameters.fitness, model.scale)),
                           model.parameters.immediacy, log(model.parameters.longevity)};
        for (size_t j = 0; j < 3; j++) {
            sum[j] += theta[j];
            for (size_t k = 0; k < 3; k++) {
                product[j][k] += theta[j] * theta[k];
            }
        }
        first_organization += strcmp(model.organization, "simulated-001") == 0;
        of_length[model.length]++;
    }
    simulate_ensemble_free(ensemble);
    const double mean[3] = {4.6, 2.15, 0.51};
    const double deviation[3] = {2.6, 1.6, 0.47};
    double covariance[3][3];
    for (size_t j = 0; j < 3; j++) {
        for (size_t k = 0; k < 3; k++) {
            covariance[j][k] = product[j][k] / MODELS - sum[j] / MODELS * (sum[k] / MODELS);
        }
        double off = (sum[j] / MODELS - mean[j]) / (deviation[j] / sqrt(MODELS));
        tap_ok(fabs(off) < 4, "mean %zu, off by %.2f standard errors", j, off);
        tap_ok(fabs(sqrt(covariance[j][j]) / deviation[j] - 1) < 0.025, "deviation %zu", j);
    }
    double scale = sqrt(covariance[0][0] * covariance[1][1]);
    tap_ok(fabs(covariance[0][1] / scale - 0.22) < 0.03, "correlation of ultimate and mu");
    scale = sqrt(covariance[0][0] * covariance[2][2]);
    tap_ok(fabs(covariance[0][2] / scale + 0.09) < 0.03, "correlation of ultimate and sigma");
    scale = sqrt(covariance[1][1] * covariance[2][2]);
    tap_ok(fabs(covariance[1][2] / scale + 0.40) < 0.03, "correlation of mu and sigma");
    /* 1 / (1 + 1/2 + 1/3 + 1/4) = 0.48; four standard errors are 0.0141. */
    tap_ok(fabs((double)first_organization / MODELS - 0.48) < 0.0141, "the largest has 12/25");
    tap_ok(of_length[0] == 0 && of_length[1] > 6400 && of_length[2] > 6400 && of_length[3] > 6400,
           "lengths 1, 2 and 3 are equally frequent");
}

/* Exactly model.length whole months lie between release and the common end. */
static void test_dates(void)
{
    struct config config;
    option_defaults(&config);
    struct error error;
    struct simulate_ensemble *ensemble = simulate_ensemble_create(&config, &error);
    const int32_t end = calendar_days((struct calendar_date){2026, 2, 18});
    size_t wrong = 0;
    for (size_t i = 0; i < 1000; i++) {
        struct simulate_model model;
        double count[37];
        (void)simulate_ensemble_draw(ensemble, i, &model, count, &error);
        wrong += calendar_whole_months(model.release_date, end) != (int32_t)model.length;
    }
    tap_ok(simulate_ensemble_count(ensemble) == 1000 && wrong == 0, "dates agree with lengths");
    simulate_ensemble_free(ensemble);
}

static void test_streams(void)
{
    struct config config;
    option_defaults(&config);
    config.simulate.models = 3;
    struct error error;
    struct simulate_model model[2];
    double count[2][37] = {{0}};
    struct simulate_ensemble *small = simulate_ensemble_create(&config, &error);
    (void)simulate_ensemble_draw(small, 2, &model[0], count[0], &error);
    simulate_ensemble_free(small);
    config.simulate.models = 1000000;
    struct simulate_ensemble *large = simulate_ensemble_create(&config, &error);
    (void)simulate_ensemble_draw(large, 99, &model[1], count[1], &error);
    (void)simulate_ensemble_draw(large, 2, &model[1], count[1], &error);
    simulate_ensemble_free(large);
    tap_ok(memcmp(&model[0], &model[1], sizeof model[0]) == 0 &&
               memcmp(count[0], count[1], sizeof count[0]) == 0,
           "a model does not depend on the others");
    config.run.seed = 2;
    struct simulate_ensemble *other = simulate_ensemble_create(&config, &error);
    (void)simulate_ensemble_draw(other, 2, &model[1], count[1], &error);
    simulate_ensemble_free(other);
    tap_ok(model[0].parameters.fitness != model[1].parameters.fitness, "but on the seed");
}

int main(void)
{
    (void)gsl_set_error_handler_off();
    int descriptor = mkstemp(path);
    if (descriptor < 0) {
        return 1;
    }
    (void)close(descriptor);
    test_curve();
    test_table();
    test_rejections();
    test_noise(NOISE_POISSON, 1);
    test_noise(NOISE_NEGATIVE_BINOMIAL, 1.3);
    test_noise(NOISE_NEGATIVE_BINOMIAL, 0.25);
    test_population();
    test_dates();
    test_streams();
    (void)unlink(path);
    return tap_done();
}
