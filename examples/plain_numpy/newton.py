"""Newton's method for the positive root of x^3 = a, up to a tolerance.

A `for` with `break` on a computed step and an `else` for the case of no convergence.
"""

DIFFERENTIABLE = (0,)


def program(a):
    x = 1.0
    for _ in range(50):
        step = (x**3 - a) / (3 * x**2)
        x = x - step
        if abs(step) < 1e-12:
            break
    else:
        raise RuntimeError("no convergence")
    return x


def inputs():
    return (5.3,)


def check(result):
    assert abs(result**3 - 5.3) < 1e-9
