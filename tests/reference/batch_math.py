#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Approximations and reference values of src/bootstrap/batch_math.h, by mpmath.

    batch_math.py coefficients            the constants of src/bootstrap/batch_math.h, with their errors
    batch_math.py table > batch_math.txt  reference values for tests/test_batch_math.c
"""
import sys

import mpmath as mp

mp.mp.dps = 120


def mills(a):
    """Phi(-a) / phi(a): by erfc where that is quick, else by its continued fraction."""
    if a < 20:
        return mp.sqrt(mp.pi / 2) * mp.exp(a * a / 2) * mp.erfc(a / mp.sqrt(2))
    tail = mp.mpf(0)
    for k in range(400, 0, -1):
        tail = k / (a + tail)
    return 1 / (a + tail)


def chebyshev(count):
    return [mp.cos(mp.pi * (2 * i + 1) / (2 * count)) for i in range(count)]


def polynomial(function, low, high, degree):
    """Near-minimax polynomial: interpolation at Chebyshev nodes."""
    nodes = [(low + high) / 2 + (high - low) / 2 * x for x in chebyshev(degree + 1)]
    matrix = mp.matrix([[x**j for j in range(degree + 1)] for x in nodes])
    solution = mp.lu_solve(matrix, mp.matrix([function(x) for x in nodes]))
    return [solution[j] for j in range(degree + 1)]


def rational(function, degree, middle, rounds=16):
    """P/Q of degrees (degree, degree + 1) on [0, inf), Q(0) = 1, minimising the largest relative
    error: linearised least squares (Loeb) whose weights grow where the error is large (Lawson)."""
    below = degree + 1
    count = 4 * (degree + below + 2)
    nodes = [middle * (1 + x) / (1 - x) for x in chebyshev(count)]
    values = [function(x) for x in nodes]
    loeb = [mp.mpf(1)] * count
    lawson = [mp.mpf(1)] * count
    for step in range(rounds):
        rows, right = [], []
        for x, f, u, v in zip(nodes, values, loeb, lawson):
            scale = u * v / f
            rows.append([scale * x**j for j in range(degree + 1)]
                        + [-scale * f * x**j for j in range(1, below + 1)])
            right.append(scale * f)
        matrix = mp.matrix(rows)
        solution = mp.lu_solve(matrix.T * matrix, matrix.T * mp.matrix(right))
        above = [solution[j] for j in range(degree + 1)]
        under = [mp.mpf(1)] + [solution[degree + j] for j in range(1, below + 1)]
        loeb = [1 / mp.polyval(under[::-1], x) for x in nodes]
        error = [abs(mp.polyval(above[::-1], x) * u / f - 1)
                 for x, f, u in zip(nodes, values, loeb)]
        if step >= 2:
            lawson = [w * mp.sqrt(e / max(error) + mp.mpf(10)**-3)
                      for w, e in zip(lawson, error)]
            lawson = [w / max(lawson) for w in lawson]
    return above, under, max(error)


def show(name, coefficients):
    print(f"static const double {name}[] = {{")
    for value in coefficients:
        print(f"    {float(value).hex()}, /* {mp.nstr(value, 17)} */")
    print("};")


def coefficients():
    above, under, error = rational(mills, 9, 3)
    print(f"/* relative error {mp.nstr(error, 2)} */")
    show("mills_numerator", above)
    show("mills_denominator", under)
    half = mp.log(2) / 2 * mp.mpf("1.0001")
    # exp(r) = 1 + r + r^2 q(r)
    show("exp_tail", polynomial(lambda r: (mp.expm1(r) - r) / r**2 if r else mp.mpf(1) / 2,
                                -half, half, 9))
    # ln f = 2 s + s^3 q(s^2), s = (f - 1) / (f + 1)
    top = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1))**2 * mp.mpf("1.0001")
    show("log_tail", polynomial(
        lambda y: (2 * mp.atanh(mp.sqrt(y)) / mp.sqrt(y) - 2) / y if y else mp.mpf(2) / 3,
        mp.mpf(0), top, 6))
    high = mp.mpf(int(mp.log(2) * 2**32)) / 2**32
    show("ln2_high_low", [high, mp.log(2) - high])


def grid(low, high, count):
    """Arguments that are doubles, evenly spread and shifted off round numbers."""
    step = (high - low) / (count - 1)
    return [low + step * i for i in range(count - 1)] + [high]


def emit(function, x, value):
    print(f"{function} {x.hex()} {mp.nstr(value, 25, min_fixed=1, max_fixed=0)}")


def table():
    print("# function argument(hexadecimal) value, by tests/reference/batch_math.py table")
    for x in grid(-745.2, 709.7, 401) + grid(-1.0, 1.0, 201) + grid(-745.0, -707.0, 101):
        emit("exp", x, mp.exp(mp.mpf(x)))
    exponents = [2.0**k * (1 + f) for k in range(-1074, 1024, 17) for f in (0.0, 0.3, 0.7)]
    near_one = [1 + s * 2.0**-k for k in range(1, 53) for s in (1, -1)]
    for x in [v for v in exponents if v > 0] + near_one + grid(0.5, 2.0, 151):
        emit("log", x, mp.log(mp.mpf(x)))
    for x in [2.0**k * (1 + f) for k in range(-1070, 1000, 23) for f in (0.0, 0.41)]:
        emit("log1p", x, mp.log1p(mp.mpf(x)))
    for x in grid(0.0, 60.0, 401) + [2.0**k for k in range(-40, 100, 3)]:
        emit("mills", x, mills(mp.mpf(x)))
    for z in grid(-38.4, 8.4, 937) + grid(-1.0, 1.0, 201) + [-2.0**-k for k in range(1, 60, 4)]:
        zm = mp.mpf(z)
        emit("density", z, mp.npdf(zm))
        emit("distribution", z, mp.ncdf(zm) if z > -15 else mp.npdf(zm) * mills(-zm))
    for x in [2.0**k * (1 + f) for k in range(-30, 40) for f in (0.0, 0.37, 0.81)]:
        xm = mp.mpf(x)
        emit("log_gamma_ratio", x, mp.loggamma(xm + mp.mpf(1) / 2) - mp.loggamma(xm))


if __name__ == "__main__":
    {"coefficients": coefficients, "table": table}[sys.argv[1]]()
