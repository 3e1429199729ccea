/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The elementary functions against extended precision, within the errors they promise. */
#include "elementary.h"

#include "tap.h"

#include <float.h>
#include <math.h>

enum { ARGUMENTS = 200000 };

static double worst_relative(double (*own)(double), long double (*exact)(long double), double from,
                             double to)
{
    double worst = 0;
    for (int i = 0; i <= ARGUMENTS; i++) {
        double x = from + (to - from) * i / ARGUMENTS;
        long double value = exact(x);
        if (value != 0) {
            worst = fmax(worst, (double)fabsl((own(x) - value) / value));
        }
    }
    return worst;
}

static double own_exp(double x)
{
    return elementary_exp(x);
}

static double own_expm1(double x)
{
    return elementary_expm1(x);
}

static double own_expm1_short(double x)
{
    return elementary_expm1_short(x);
}

static void test_exp(void)
{
    double worst =
        fmax(worst_relative(own_exp, expl, -700, 700), worst_relative(own_exp, expl, -1, 1));
    tap_ok(worst < 4e-16, "exp: relative error %.1e", worst);
    tap_ok(elementary_exp(-INFINITY) == elementary_exp(-700) && elementary_exp(-1e9) < 1e-303 &&
               elementary_exp(0) == 1,
           "exp of what is below -700");
    worst = fmax(worst_relative(own_expm1, expm1l, -1e-5, 1e-5),
                 worst_relative(own_expm1, expm1l, -40, 700));
    tap_ok(worst < 1e-15, "exp - 1: relative error %.1e", worst);
    worst = fmax(worst_relative(own_expm1_short, expm1l, -1e-5, 1e-5),
                 worst_relative(own_expm1_short, expm1l, -40, 700));
    tap_ok(worst < 1e-9, "exp - 1, short: relative error %.1e", worst);
    tap_ok(elementary_expm1(0) == 0 && elementary_expm1(1e-300) == 1e-300,
           "exp - 1 of nothing and of next to nothing");
}

static void test_log(void)
{
    double worst = 0;
    double worst_short = 0;
    for (int i = 0; i < ARGUMENTS; i++) {
        double x = ldexp(1 + (double)i / ARGUMENTS, i % 2040 - 1022);
        long double exact = logl(x);
        double bound = 4e-16 + 2e-16 * fabs((double)exact);
        worst = fmax(worst, (double)fabsl(elementary_log(x) - exact) / bound);
        worst_short = fmax(worst_short, (double)fabsl(elementary_log_short(x) - exact));
    }
    tap_ok(worst_short < 1e-9, "ln, short: error %.1e", worst_short);
    tap_ok(worst < 1, "ln: %.2f of the error it may have", worst);
    tap_ok(elementary_log(1) == 0 && fabs(elementary_log(DBL_MIN) - log(DBL_MIN)) < 1e-12,
           "ln of 1 and of the least normal number");
}

static void test_log_sum(void)
{
    double worst_unit = 0;
    double worst_sum = 0;
    for (int i = 0; i <= ARGUMENTS; i++) {
        double x = (double)i / ARGUMENTS;
        worst_unit = fmax(worst_unit, (double)fabsl(elementary_log1p_unit(x) - log1pl(x)));
        double a = 300 * sin(i);
        double b = a + 50 * cos(7.0 * i);
        long double exact = logl(expl(a) + expl(b));
        worst_sum =
            fmax(worst_sum, (double)fabsl(elementary_log_sum(a, b) - exact) / fmax(1, fabs(a)));
    }
    tap_ok(worst_unit < 4e-16, "ln(1 + x): error %.1e", worst_unit);
    tap_ok(worst_sum < 1e-15, "ln(e^a + e^b): error %.1e", worst_sum);
    tap_ok(elementary_log_sum(3, -2000) == 3 && elementary_log_sum(-2000, 3) == 3,
           "what is negligible changes nothing");
}

static void test_normal_tail(void)
{
    double worst = 0;
    for (int i = 0; i <= 37000; i++) {
        double a = 1e-3 * i;
        long double exact = 0.5L * erfcl((long double)a / sqrtl(2.0L));
        worst = fmax(worst, (double)fabsl(elementary_normal_tail(a) / exact - 1));
    }
    tap_ok(worst < 1e-13, "normal tail: relative error %.1e", worst);
    tap_ok(elementary_normal_tail(INFINITY) == elementary_normal_tail(37),
           "normal tail beyond its range");
}

int main(void)
{
    test_exp();
    test_log();
    test_log_sum();
    test_normal_tail();
    return tap_done();
}
