#!/usr/bin/env python3
"""Cost of the known attacks on primal LPN over GF(2) with regular noise, as log2 of bit operations.

    estimate_lpn.py                the sets that src/Mpc/ObliviousTransfer/Silent/LpnParameters.cs uses
    estimate_lpn.py N K T          another set: N samples, a secret of K bits, T blocks with one flipped sample each

Each attack is the usual non-asymptotic formula, optimised over its parameters; polynomial factors that the sources leave
out are left out, so costs err towards the attacker. Memory is free. The local structure of the code (ten ones a row) is
not exploited by any attack known for these sizes and densities, and by none here.

    gauss     Pooled Gauss: Esser, Kuebler, May, CRYPTO 2017; regular noise gives T parity checks for free, so the
              attack runs on (N - T, K - T): Liu, Wang, Yang, Yu, ePrint 2022/712
    dumer     information-set decoding of Stern and Dumer on the same reduced instance, as in ePrint 2022/712
    bjmm      the same by representations, depth 3: Becker, Joux, May, Meurer, EUROCRYPT 2012, in the non-asymptotic form
              of Hamdaoui, Sendrier, ePrint 2013/162, as used in ePrint 2022/712
    stat      statistical decoding: Debris-Alazard, Tillich, ISIT 2017, with the bound of ePrint 2022/712
    perm      regular information-set decoding by permutation:  Esser, Santini, ePrint 2023/1568, appendix A.1
    enum      the same by enumeration (one merge)
    repr      the same by representations, depth 2
    algebra   hybrid algebraic attack of degree 2 to 4: Briaud, Oygarden, EUROCRYPT 2023, costs as in ePrint 2022/712
    algebra2  the same with elimination shared between guesses: ePrint 2025/1476
    quadratic guessing until a quadratic system linearises: ePrint 2025/1284
"""
import sys
from math import ceil, comb, floor, inf, lgamma, log, log2

TABLE = [(174080, 1 << 15, 340), (870400, 1 << 16, 850), (2396160, 1 << 17, 1170),
         (6225920, 1 << 18, 1520), (15564800, 1 << 19, 1900)]
OMEGA = 2.8                                         # Strassen, and 5.64 operations a product step (ePrint 2025/1476)


def log2_binomial(n, k):
    if k < 0 or k > n:
        return -inf
    return (lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)) / log(2)


def log2_sum(*terms):
    top = max(terms)
    return top if top == -inf else top + log2(sum(2.0 ** (t - top) for t in terms))


def gauss(n, k, t):
    n, k = n - t, k - t
    return OMEGA * log2(min(k, n - k)) + log2_binomial(n, t) - log2_binomial(n - k, t)


def dumer(n, k, t):
    n, k = n - t, k - t
    best = inf
    for p in range(0, 26, 2):
        for ell in range(0, 200):
            half = (k + ell) // 2
            side = log2_binomial(half, p // 2)
            pairs = 2 * side - ell
            step = log2_sum(log2((n - k - ell) * n) - log2(log2(n - k - ell)), 1 + side, 1 + pairs) + log2(n)
            success = log2_binomial(n - k - ell, t - p) + 2 * side - log2_binomial(n, t)
            if success < 0:
                best = min(best, step - success)
    return best


def bjmm(n, k, t):
    n, k = n - t, k - t
    best = inf
    for ell in range(2, 200, 2):
        m = k + ell
        gaussian = log2((n - k - ell) * n) - log2(log2(n - k - ell))
        for p2 in (2, 4, 6, 8):
            side = log2_binomial(m // 2, p2 // 2)
            for e2 in range(p2):
                p1 = 2 * (p2 - e2)
                all1 = log2_binomial(m, p1)
                good2 = log2_binomial(p2, e2) + log2_binomial(m - p2, p2 - e2) - log2_binomial(m, p2)
                r2 = min(max(int(good2 + 4 * side - all1), 0), ell - 1)
                third = 2 * side - r2
                for e1 in range(p1):
                    p = 2 * (p1 - e1)
                    all0 = log2_binomial(m, p)
                    good1 = log2_binomial(p1, e1) + log2_binomial(m - p1, p1 - e1) - all1
                    r1 = min(max(int(good1 + 2 * all1 - all0) - r2, 0), ell - r2 - 1)
                    second = 2 * third - r1
                    first = 2 * min(good2 + second, all1 - r1 - r2) - ell + r1 + r2
                    found = min(good1 + first, all0 - ell)
                    step = log2(n) + log2_sum(gaussian, 3 + side, 2 + third, 1 + second, 1 + first)
                    success = log2_binomial(n - k - ell, t - p) + ell + found - log2_binomial(n, t)
                    if success < 0:
                        best = min(best, step - success)
    return best


def stat(n, k, t):
    n, k = n - t, k - t
    guessed = floor(gauss(n + t, k + t, t))         # the version that guesses as many bits as Pooled Gauss costs
    return min(log2(m + 1) + 2 * t * log2((n - t + 1) / (n - m - t)) for m in (k, k - guessed))


def perm(n, k, t):
    beta = n // t
    n, k = beta * t, k - (n - beta * t) - t
    return 2 * log2(n - k) + log2(n) - t * log2(1 - k / n)


def spread(t, p, fraction):
    """log2 of the chance that p of t blocks have their flip in the enumerated part and the others outside."""
    return (log2_binomial(floor(t / 2), round(p / 2)) + log2_binomial(ceil(t / 2), round(p / 2))
            + p * log2(fraction) + (t - p) * log2(1 - fraction))


def enum(n, k, t):
    beta = n // t
    n, k = beta * t, k - (n - beta * t) - t
    best = inf
    for p in range(0, 30, 2):
        guess = max(0.0, log2_binomial(round(t / 2), p // 2) + p / 2 * log2(k / t))
        for ell in range(ceil(guess * 0.5), round(guess * 1.5) + 2):
            v = (k + ell) / t
            if v >= beta:
                continue
            side = log2_binomial(round(t / 2), p // 2) + p / 2 * log2(v)
            step = log2(n) + max(2 * log2(n - k), 1 + side, 2 * side - ell)
            best = min(best, step - spread(t, p, v / beta))
    return best


def repr_(n, k, t):
    beta = n // t
    n, k = beta * t, k - (n - beta * t) - t
    best = inf
    for p in range(0, 40, 4):
        for extra in range(0, 32, 2):
            weight = p // 2 + extra
            guess = 2 * (log2_binomial(round(t / 2), weight / 2) + weight / 2 * log2(k))
            both = 2 * (log2_binomial(p / 2, p / 4) + log2_binomial(t / 2 - p / 2, extra / 2))
            for ell in range(floor(guess * 0.25), floor(guess * 0.75) + 2):
                v = (k + ell) / t
                if v >= beta:
                    continue
                side = log2_binomial(round(t / 2), weight / 2) + weight / 2 * log2(v)
                first = 2 * side - floor(both)
                second = 2 * first - (ell - floor(both))
                step = log2(n) + max(2 * log2(n - k), 2 + side, 1 + first, second)
                best = min(best, step - spread(t, p, v / beta))
    return best


def product(*factors, degree):
    result = [1] + [0] * degree
    for factor in factors:
        result = [sum(result[j] * factor[i - j] for j in range(i + 1)) for i in range(degree + 1)]
    return result


def power(base, exponent, degree):
    """Coefficients of (1 + base * z)^exponent; a negative exponent needs base 1."""
    if exponent >= 0:
        return [comb(exponent, i) * base ** i for i in range(degree + 1)]
    return [(-1) ** i * comb(-exponent + i - 1, i) for i in range(degree + 1)]


def sizes(n, k, t, f, mu, degree):
    """Monomials up to the degree, and how many of them the equations leave free, when in each of f blocks mu samples are
    guessed to be unflipped."""
    beta = n // t
    monomials = product(power(beta - mu - 1, f, degree), power(beta - 1, t - f, degree), degree=degree)
    free = product(monomials, power(1, -(n - k - 1), degree), degree=degree)
    return sum(monomials[1:]), sum(free[1:])


def least_guess(n, k, t, f, degree):
    """The least mu at which no monomial is left free, or None."""
    low, high = 0, min(n // t - 2, k // f if f else 0)
    if sizes(n, k, t, f, high, degree)[1] >= 1:
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if sizes(n, k, t, f, middle, degree)[1] < 1 else (middle + 1, high)
    return low


def guesses(f, mu, beta):
    return -f * log2(1 - mu / beta)


def strassen(size):
    return log2(5.64) + OMEGA * log2(max(size, 1))


def shared_elimination(n, k, t, f, mu, degree):
    """Eliminate once for a part of the guess, finish for each completion."""
    beta, best = n // t, inf
    parts = [(f, m) for m in range(0, mu + 1, max(1, mu // 40))] + [(g, mu) for g in range(1, f, max(1, f // 40))]
    for g, m in parts:
        monomials, free = sizes(n, k, t, g, m, degree)
        free = max(free, 1)
        rank = max(monomials - free, 2)
        first = max(0.0, min(strassen(monomials), log2(monomials) + 2 * log2(rank) - log2(log2(rank))))
        then = strassen(min(free, rank))
        best = min(best, log2_sum(first + guesses(g, m, beta), then + guesses(f, mu, beta)))
    return best


def algebraic(n, k, t, cost):
    best = inf
    for degree in (2, 3, 4):
        for f in {*range(0, t + 1, max(1, t // 40)), *range(max(0, t - 8), t + 1)}:
            mu = least_guess(n, k, t, f, degree)
            if mu is None:
                continue
            best = min(best, min(cost(f, m, degree) for m in range(mu, min(mu + 3, n // t - 1))))
    return best


def algebra(n, k, t):
    def cost(f, mu, degree):
        monomials = sizes(n, k, t, f, mu, degree)[0]
        return 2 * log2(monomials) + log2(3 * max(1, k + 1 - f * mu)) + guesses(f, mu, n // t)
    return algebraic(n, k, t, cost)


def algebra2(n, k, t):
    return algebraic(n, k, t, lambda f, mu, degree: shared_elimination(n, k, t, f, mu, degree))


def quadratic(n, k, t):
    """Guess u (in f blocks u + 1) unflipped samples in all but g blocks and the flip itself in g; what is left linearises."""
    beta = n // t
    n, k = beta * t, k - (n - beta * t)

    def remaining(u, g, f):
        unknown = k - t - (u + 1) * f - (t - f - g) * u
        equations = ((t - f - g) * (beta - u - 2) * (beta - u - 1) + f * (beta - u - 2) * (beta - u - 3)) / 2
        return unknown, unknown - (beta - 1) * g, (2 * max(equations, 0)) ** 0.5 - 2

    best = inf
    for g in range(0, 8):
        for u in range(0, min(beta - 2, k // t + 2)):   # more guesses than unknowns are never needed
            low, high = 0, t - g
            if remaining(u, g, high)[1] > remaining(u, g, high)[2]:
                continue
            while low < high:
                middle = (low + high) // 2
                _, v, limit = remaining(u, g, middle)
                low, high = (low, middle) if v <= limit else (middle + 1, high)
            for f in range(low, min(low + 3, t - g + 1)):
                unknown, v, _ = remaining(u, g, f)
                if v < 0 < unknown:                 # more was guessed than is unknown: a smaller g does the same
                    continue
                w = (beta - 1) * g
                chance = f * log2(1 - (u + 1) / beta) + (t - g - f) * log2(1 - u / beta)
                columns = n - k - (n - k) // (beta - 1) * (beta - u - 2)
                work = [log2(max(1, columns * (n - k) * (columns + max(unknown, 0))))]
                if unknown > 0 and v > 0:
                    work.append(4 * log2(v) + 2 * log2(unknown) - 3 - log2(log2(max(v * v / 2, 2))))
                    solve = 1.25 * (2 * v * v * w + v * w * w) + (2.5 * v) ** 3 / log2(max(2.5 * v, 2))
                    work.append(log2(max(solve, 1)) + g * log2(beta))
                best = min(best, log2_sum(*work) - chance)
    return best


ATTACKS = {"gauss": gauss, "dumer": dumer, "bjmm": bjmm, "stat": stat, "perm": perm, "enum": enum, "repr": repr_,
           "algebra": algebra, "algebra2": algebra2, "quadratic": quadratic}


def main():
    rows = [tuple(int(x) for x in sys.argv[1:4])] if len(sys.argv) == 4 else TABLE
    print(f"{'n':>9} {'k':>7} {'t':>5} " + " ".join(f"{name:>9}" for name in ATTACKS) + "   least")
    least = inf
    for row in rows:
        costs = [attack(*row) for attack in ATTACKS.values()]
        least = min(least, *costs)
        print(f"{row[0]:>9} {row[1]:>7} {row[2]:>5} " + " ".join(f"{c:>9.1f}" for c in costs) + f" {min(costs):>7.1f}", flush=True)
    return 0 if least >= 128 else 1


if __name__ == "__main__":
    sys.exit(main())
