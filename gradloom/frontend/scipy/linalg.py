"""scipy.linalg on traced values: which function stands for which.

Arguments that promise something (`overwrite_a`, `check_finite`) or choose an algorithm
(`lapack_driver`, `driver`, `lwork`) change no result, and are taken as they come.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from gradloom.frontend.scipy import factors, lu, matrices, matrix_functions, systems

TABLE: Final[Mapping[str, Callable[..., Any]]] = {
    "block_diag": matrices.block_diag,
    "cho_factor": systems.cho_factor,
    "cho_solve": systems.cho_solve,
    "cholesky": systems.cholesky,
    "circulant": matrices.circulant,
    "companion": matrices.companion,
    "coshm": matrix_functions.coshm,
    "cosm": matrix_functions.cosm,
    "det": systems.det,
    "eig": factors.eig,
    "eigh": factors.eigh,
    "eigvals": factors.eigvals,
    "eigvalsh": factors.eigvalsh,
    "expm": matrix_functions.expm,
    "expm_frechet": matrix_functions.expm_frechet,
    "hankel": matrices.hankel,
    "inv": systems.inv,
    "khatri_rao": matrices.khatri_rao,
    "lstsq": systems.lstsq,
    "lu": lu.lu,
    "lu_factor": lu.lu_factor,
    "lu_solve": lu.lu_solve,
    "norm": matrices.norm,
    "pinv": systems.pinv,
    "polar": factors.polar,
    "qr": factors.qr,
    "sinhm": matrix_functions.sinhm,
    "sinm": matrix_functions.sinm,
    "solve": systems.solve,
    "solve_continuous_lyapunov": systems.solve_continuous_lyapunov,
    "solve_sylvester": systems.solve_sylvester,
    "solve_toeplitz": systems.solve_toeplitz,
    "solve_triangular": systems.solve_triangular,
    "sqrtm": matrix_functions.sqrtm,
    "svd": factors.svd,
    "svdvals": factors.svdvals,
    "toeplitz": matrices.toeplitz,
}
