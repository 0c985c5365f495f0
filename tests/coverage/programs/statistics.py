"""Sample programs of sums, means, orders, sets and counts."""

from __future__ import annotations

from typing import Final


def _extremes(names: str) -> dict[str, tuple[str, ...]]:
    return {
        name: (
            f"np.{name}(x)",
            f"np.{name}(x, axis=1)",
            f"np.{name}(r, axis=(0, 2), keepdims=True)",
            f"np.{name}(x, axis=0, initial=0.2, where=b)",
            f"np.{name}(i, axis=-1)",
            f"np.{name}(x, axis=0, out=np.zeros(4))",
            f"np.{name}([v, w])",
        )
        for name in names.split()
    }


def _totals(names: str, a: str = "x") -> dict[str, tuple[str, ...]]:
    return {
        name: (
            f"np.{name}({a})",
            f"np.{name}({a}, axis=1)",
            f"np.{name}(r, axis=(0, -1), keepdims=True)",
            f"np.{name}({a}, axis=0, dtype=np.float32)",
            f"np.{name}({a}, where=b, initial=1.5)",
            f"np.{name}({a}, 0, out=np.zeros(4))",
            f"np.{name}(i, 1)",
            f"np.{name}(b, axis=0)",
            f"np.{name}([v, w], axis=0)",
        )
        for name in names.split()
    }


def _running(names: str, a: str = "x") -> dict[str, tuple[str, ...]]:
    return {
        name: (
            f"np.{name}({a})",
            f"np.{name}({a}, axis=1)",
            f"np.{name}({a}, axis=0, dtype=np.float32)",
            f"np.{name}({a}, axis=-1, out=np.zeros((3, 4)))",
            f"np.{name}(i, axis=0)",
            f"np.{name}(b)",
        )
        for name in names.split()
    }


def _moments(names: str, a: str = "x") -> dict[str, tuple[str, ...]]:
    return {
        name: (
            f"np.{name}({a})",
            f"np.{name}({a}, axis=1, keepdims=True)",
            f"np.{name}(r, axis=(0, 2))",
            f"np.{name}({a}, axis=0, where=b)",
            f"np.{name}({a}, 0, dtype=np.float32)",
            f"np.{name}({a}, axis=0, out=np.zeros(4))",
            f"np.{name}(i)",
            f"np.{name}([v, w], axis=0)",
        )
        for name in names.split()
    }


def _ranks(names: str, q: str, a: str = "x") -> dict[str, tuple[str, ...]]:
    kinds = (
        "inverted_cdf averaged_inverted_cdf closest_observation interpolated_inverted_cdf hazen "
        "weibull linear median_unbiased normal_unbiased lower higher midpoint nearest"
    )
    return {
        name: (
            f"np.{name}({a}, {q})",
            f"np.{name}({a}, [{q}, {q} / 2], axis=0)",
            f"np.{name}(r, {q}, axis=(0, 2), keepdims=True)",
            f"np.{name}({a}, {q}, axis=1, out=np.zeros(3))",
            *(f"np.{name}({a}, {q}, axis=1, method='{kind}')" for kind in kinds.split()),
            f"np.{name}({a}, {q}, axis=1, weights=p, method='inverted_cdf')",
        )
        for name in names.split()
    }


PROGRAMS: Final[dict[str, tuple[str, ...]]] = {
    **_totals("sum prod"),
    **_totals("nansum nanprod", "h"),
    **_extremes("max min amax amin"),
    **{
        n: (
            f"np.{n}(h)",
            f"np.{n}(h, axis=1)",
            f"np.{n}(h, 0, keepdims=True)",
            f"np.{n}(h, axis=0, initial=0.1, where=b)",
        )
        for n in ("nanmax", "nanmin")
    },
    **_moments("mean"),
    **_moments("nanmean", "h"),
    **{
        n: (
            *programs,
            f"np.{n}({a}, ddof=1)",
            f"np.{n}({a}, axis=0, correction=1)",
            f"np.{n}({a}, axis=1, mean=np.full((3, 1), 0.1), ddof=1)",
        )
        for ns, a in (("std var", "x"), ("nanstd nanvar", "h"))
        for n, programs in _moments(ns, a).items()
    },
    **_running("cumsum cumprod"),
    **_running("nancumsum nancumprod", "h"),
    **{
        n: (
            f"np.{n}(v)",
            f"np.{n}(x, axis=1)",
            f"np.{n}(x, axis=0, include_initial=True)",
            f"np.{n}(x, axis=0, dtype=np.float32)",
        )
        for n in ("cumulative_sum", "cumulative_prod")
    },
    "all": (
        "np.all(b)",
        "np.all(b, axis=0)",
        "np.all(x > -1, axis=(0, 1), keepdims=True)",
        "np.all(b, axis=1, where=x > 0)",
        "np.all(i)",
    ),
    "any": (
        "np.any(b)",
        "np.any(b, axis=0)",
        "np.any(x > 1, axis=1, keepdims=True)",
        "np.any(b, axis=1, where=x > 0)",
        "np.any(i, out=np.array(False))",
    ),
    "ptp": ("np.ptp(x)", "np.ptp(x, axis=1)", "np.ptp(x, 0, keepdims=True)"),
    "median": (
        "np.median(x)",
        "np.median(x, axis=0)",
        "np.median(g)",
        "np.median(r, axis=(0, 1), keepdims=True)",
        "np.median(i, axis=1)",
        "np.median(x, axis=0, overwrite_input=True)",
    ),
    "nanmedian": (
        "np.nanmedian(h)",
        "np.nanmedian(h, axis=1)",
        "np.nanmedian(h, axis=0, keepdims=True)",
    ),
    **_ranks("quantile", "0.3"),
    **_ranks("nanquantile", "0.3", "h"),
    **_ranks("percentile", "30.0"),
    **_ranks("nanpercentile", "30.0", "h"),
    "average": (
        "np.average(x)",
        "np.average(x, axis=1, weights=q[0])",
        "np.average(x, weights=p, axis=0, returned=True)",
        "np.average(x, axis=(0, 1), keepdims=True)",
        "np.average(i, axis=0)",
    ),
    "cov": (
        "np.cov(x)",
        "np.cov(x, y)",
        "np.cov(x, rowvar=False, bias=True)",
        "np.cov(x, ddof=0)",
        "np.cov(x, fweights=[1, 2, 1, 3])",
        "np.cov(x, aweights=p[0])",
        "np.cov(v, w)",
        "np.cov(z)",
        "np.cov(x, dtype=np.float32)",
    ),
    "corrcoef": ("np.corrcoef(x)", "np.corrcoef(v, w)", "np.corrcoef(x, rowvar=False)"),
    "correlate": (
        "np.correlate(g, u)",
        "np.correlate(g, u, 'full')",
        "np.correlate(g, u, mode='same')",
        "np.correlate(c, v, 'full')",
    ),
    "convolve": (
        "np.convolve(g, u)",
        "np.convolve(g, u, 'same')",
        "np.convolve(u, g, mode='valid')",
        "np.convolve(c, v)",
    ),
    **{
        n: (
            f"np.{n}(x)",
            f"np.{n}(x, axis=1)",
            f"np.{n}(x, axis=0, keepdims=True)",
            f"np.{n}(i, 0)",
            f"np.{n}([v, w], axis=1)",
        )
        for n in ("argmax", "argmin")
    },
    **{
        n: (f"np.{n}(h)", f"np.{n}(h, axis=1)", f"np.{n}(h, axis=0, keepdims=True)")
        for n in ("nanargmax", "nanargmin")
    },
    # order
    "sort": (
        "np.sort(x)",
        "np.sort(x, axis=0)",
        "np.sort(x, axis=None)",
        "np.sort(i, kind='stable')",
        "np.sort(g, stable=True)",
        "np.sort(z, axis=1)",
        "np.sort([v, w])",
    ),
    "argsort": (
        "np.argsort(x)",
        "np.argsort(x, axis=0)",
        "np.argsort(e, kind='stable')",
        "np.argsort(x, axis=None, kind='stable')",
        "np.argsort(e, stable=True)",
    ),
    "partition": (
        "np.partition(g, 3)[3]",
        "np.partition(x, 1, axis=1)[:, 1]",
        "np.partition(g, (1, 4))[[1, 4]]",
        "np.partition(x, 2, axis=None)[2]",
    ),
    "argpartition": ("g[np.argpartition(g, 3)[3]]", "np.argpartition(x, 0, axis=1)[:, 0]"),
    "lexsort": ("np.lexsort((v, n))", "np.lexsort(x)", "np.lexsort((n, v), axis=0)"),
    "sort_complex": ("np.sort_complex(c)", "np.sort_complex(v)"),
    "searchsorted": (
        "np.searchsorted(t, u)",
        "np.searchsorted(t, x, side='right')",
        "np.searchsorted(t, f)",
        "np.searchsorted(g, u, sorter=np.argsort(g))",
        "np.searchsorted([1, 2, 3], i)",
    ),
    "digitize": (
        "np.digitize(x, t)",
        "np.digitize(x, t, right=True)",
        "np.digitize(x, [1.0, 0.0, -1.0])",
    ),
    # sets
    "unique": (
        "np.unique(np.array([3, 1, 3]))",
        "np.unique(e)",
        "np.unique(e, return_index=True, return_inverse=True, return_counts=True)",
        "np.unique(x > 0, axis=0)",
        "np.unique(x)",
    ),
    **{
        f"unique_{n}": (f"np.unique_{n}(e)", f"np.unique_{n}(x)")
        for n in ("all", "counts", "inverse")
    },
    "unique_values": ("np.sort(np.unique_values(e))", "np.sort(np.unique_values(x))"),
    **{
        n: (f"np.{n}(e, n)", f"np.{n}(v, w)", f"np.{n}(e, [1, 2, 9])")
        for n in ("union1d", "intersect1d", "setdiff1d", "setxor1d")
    },
    "isin": (
        "np.isin(i, [1, 3, 5])",
        "np.isin(e, n)",
        "np.isin(e, n, invert=True)",
        "np.isin(e, n, kind='sort')",
        "np.isin(x, v, assume_unique=True)",
    ),
    # counts
    "bincount": (
        "np.bincount(e, minlength=6)",
        "np.bincount(e, weights=g, minlength=6)",
        "np.bincount(e)",
        "np.bincount(n, v, 5)",
    ),
    "histogram": (
        "np.histogram(x, bins=[-2.0, 0.0, 2.0])",
        "np.histogram(x, bins=4, range=(-2, 2))",
        "np.histogram(x)",
        "np.histogram(x, bins=t, weights=p)",
        "np.histogram(x, bins=3, density=True)",
    ),
    "histogram2d": (
        "np.histogram2d(v, w, bins=[t, t])",
        "np.histogram2d(v, w, bins=4)",
        "np.histogram2d(v, w, bins=(2, 3), range=[[-2, 2], [-2, 2]], weights=p[0], density=True)",
    ),
    "histogramdd": (
        "np.histogramdd(m, bins=2)",
        "np.histogramdd(m, bins=(t, t, t))",
        "np.histogramdd(m[:, :2], bins=2, weights=p[0])",
    ),
    "histogram_bin_edges": (
        "np.histogram_bin_edges(x)",
        "np.histogram_bin_edges(x, bins=4, range=(-2, 2))",
        "np.histogram_bin_edges(x, bins=t)",
    ),
    # nearness
    "allclose": (
        "np.allclose(x, y)",
        "np.allclose(x, x + 1e-9)",
        "np.allclose(h, h, equal_nan=True)",
        "np.allclose(x, y, atol=10)",
    ),
    "isclose": (
        "np.isclose(x, y)",
        "np.isclose(x, x + 1e-9, rtol=0)",
        "np.isclose(h, h, equal_nan=True)",
    ),
    "array_equal": (
        "np.array_equal(x, y)",
        "np.array_equal(x, x)",
        "np.array_equal(h, h, equal_nan=True)",
        "np.array_equal(x, v)",
    ),
    "array_equiv": ("np.array_equiv(x, y)", "np.array_equiv(v, [v, v])"),
    "nan_to_num": (
        "np.nan_to_num(h)",
        "np.nan_to_num(h, nan=2.0, posinf=1.0, neginf=-1.0)",
        "np.nan_to_num(z)",
        "np.nan_to_num(h.copy(), copy=False)",
    ),
    "isneginf": (
        "np.isneginf(x)",
        "np.isneginf(h / 0)",
        "np.isneginf(x, out=np.zeros((3, 4), bool))",
    ),
    "isposinf": ("np.isposinf(x)", "np.isposinf(h / 0)"),
}
