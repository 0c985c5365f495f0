"""What to do in place of a library's function that has no traced form."""

from __future__ import annotations

from typing import Final

_STEPS: Final = "write the steps of a Runge-Kutta method with gl.scan or a for loop"
_POINTS: Final = "sum over points of your own: scipy.integrate.fixed_quad, simpson or trapezoid"
_SOLVER: Final = (
    "solve it outside the trace, with gl.grad(f) as its jac=; a derivative of the solution is "
    "given by gl.custom_jvp"
)
_HINTS: Final = {
    **dict.fromkeys(("integrate.odeint", "integrate.solve_ivp", "integrate.solve_bvp"), _STEPS),
    **dict.fromkeys(("integrate.quad", "integrate.quad_vec", "integrate.dblquad"), _POINTS),
    **dict.fromkeys(("integrate.tplquad", "integrate.nquad", "integrate.cubature"), _POINTS),
    "interpolate.interp1d": "np.interp(x, xp, fp) has a traced form",
}
_BY_MODULE: Final = {"optimize": _SOLVER}
_ELSE: Final = (
    "compute it outside the trace, or give a function around it a derivative with gl.custom_jvp"
)


def hint(name: str) -> str:
    """One thing to do in place of `scipy.module.function`, or of another library's."""
    path = name.removeprefix("scipy.")
    return _HINTS.get(path) or _BY_MODULE.get(path.partition(".")[0], _ELSE)
