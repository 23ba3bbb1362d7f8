"""Fits the cosine series of the activations and prints src/mpc/coefficients.ts.

    python3 scripts/fit.py > src/mpc/coefficients.ts

Needs numpy. Lawson's iteration (weighted least squares) gives a near-minimax fit; the period is free, because a masked
value is multiplied by a public integer for nothing, so each function gets the period that suits it best.
"""

from math import erf

import numpy as np

verf = np.vectorize(erf)
ANGLE_BITS = 18  # the cosine table has 2^18 angles
INPUT_BITS = 14  # fractional bits of the argument


def lawson(basis, target, steps=400):
    """Coefficients of the smallest largest error found."""
    w, best = np.full(len(target), 1 / len(target)), (np.inf, None)
    for _ in range(steps):
        c = np.linalg.lstsq(basis * np.sqrt(w)[:, None], target * np.sqrt(w), rcond=None)[0]
        e = np.abs(basis @ c - target)
        if e.max() < best[0]:
            best = (e.max(), c)
        w = w * e
        w /= w.sum()
    return best


def even(func, reach, period, harmonics):
    x = np.cos(np.linspace(0, np.pi / 2, 1501)) * reach
    basis = np.stack([np.cos(2 * np.pi * j * x / period) for j in range(harmonics + 1)], 1)
    return lawson(basis, func(x))


def best_period(fit, reach, low, high):
    """Periods 2^(ANGLE_BITS + shift) / (factor 2^INPUT_BITS), 16 <= factor < 32: the one with the least error."""
    found = []
    for shift in range(2, 12):
        for factor in range(16, 32):
            period = 2.0 ** (ANGLE_BITS + shift - INPUT_BITS) / factor
            if low * reach <= period <= high * reach:
                found.append((*fit(period), factor, shift, period))
    return min(found, key=lambda row: row[0])


def gelu_half(v):
    return v * verf(v / 2**0.5) / 2


def gelu_new_half(v):
    return v * np.tanh((2 / np.pi) ** 0.5 * (v + 0.044715 * v**3)) / 2


def silu_half(v):
    return v / (1 + np.exp(-v)) - v / 2


def report(name, reach, error, coef, factor, shift, period):
    rows = ", ".join(f"{c:.8f}" for c in coef)
    print(f"/** Period {period:.3f}; largest error of the fit on [-{reach}, {reach}]: {error:.1e}. */")
    print(f"export const {name}: Series = {{")
    print(f"  reach: {reach},\n  angleBits: {ANGLE_BITS},\n  factor: {factor},\n  shift: {shift},")
    print(f"  coefficients: [{rows}],\n}};\n")


def power_row(name, exponent, harmonics=8, period=4):
    """x^exponent on [1/2, 1), smallest relative error."""
    x = 0.75 + 0.25 * np.cos(np.linspace(0, np.pi, 2001))
    basis = np.stack([np.cos(2 * np.pi * j * x / period) for j in range(harmonics + 1)], 1) / (x**exponent)[:, None]
    error, coef = lawson(basis, np.ones_like(x))
    print(f"/** x^({exponent}) on [1/2, 1), period {period}; largest relative error of the fit: {error:.1e}. */")
    print(f"export const {name}: readonly number[] = [\n  " + ",\n  ".join(f"{c:.12f}" for c in coef) + ",\n];\n")


def tanh_row(reach, harmonics=6):
    """tanh as a sine series of odd harmonics: sin(j a) = (-1)^((j - 1) / 2) cos(j (a - quarter)) for odd j."""
    x = np.sin(np.linspace(0, np.pi / 2, 1501)) * reach

    def fit(period):
        basis = np.stack([np.sin(2 * np.pi * (2 * i + 1) * x / period) for i in range(harmonics)], 1)
        return lawson(basis, np.tanh(x))

    error, coef, factor, shift, period = best_period(fit, reach, 2.2, 6)
    out = [0.0]
    for i, c in enumerate(coef):
        out += [c * (-1) ** i, 0.0]
    report("TANH", reach, error, out[:-1], factor, shift, period)


if __name__ == "__main__":
    print("// Made by scripts/fit.py; do not edit.\n")
    print(
        "/**\n * sum over j of coefficients[j] cos(j a), where x has 14 fractional bits and a = factor x / 2^shift in units of"
        "\n * 2 pi / 2^angleBits. Holds for |x| <= reach.\n */"
    )
    print("export type Series = { reach: number; angleBits: number; factor: number; shift: number; coefficients: readonly number[] };\n")
    print(f"export const INPUT_BITS = {INPUT_BITS};\n")
    for name, half, reach, harmonics in (
        ("GELU", gelu_half, 3.6, 5),
        ("GELU_NEW", gelu_new_half, 3.6, 5),
        ("SILU", silu_half, 11, 15),
    ):
        report(name, reach, *best_period(lambda p: even(half, reach, p, harmonics), reach, 2.1, 5))
    tanh_row(5, 8)
    power_row("RECIPROCAL", -1)
    power_row("RSQRT", -0.5)
