"""Torch's modules with the weights of ours."""

from typing import Any

import numpy as np

from gradloom import nn


def tensor(x: Any) -> Any:
    import torch

    return torch.tensor(np.ascontiguousarray(x))


def load(module: Any, arrays: dict[str, Any]) -> Any:
    """The torch module in double precision, with these arrays as its state."""
    module = module.double()
    module.load_state_dict({name: tensor(x) for name, x in arrays.items() if x is not None})
    return module


def twin(m: Any) -> Any:
    """Torch's module of the same meaning."""
    import torch

    t = torch.nn
    if isinstance(m, nn.Linear):
        made = t.Linear(*m.w.shape, bias=m.b is not None)
        return load(made, {"weight": m.w.T, "bias": m.b})
    if isinstance(m, nn.Bilinear):
        out, *ins = m.w.shape
        return load(t.Bilinear(*ins, out, bias=m.b is not None), {"weight": m.w, "bias": m.b})
    if isinstance(m, nn.Embedding):
        made = t.Embedding(*m.table.shape, padding_idx=m.padding_idx)
        return load(made, {"weight": m.table})
    name = type(m).__name__
    if name.startswith("Conv"):
        inside, outside = (m.w.shape[i] for i in ((1, 0) if "T" not in name[4:] else (0, 1)))
        sizes = (
            (inside * m.groups, outside) if "T" not in name[4:] else (inside, outside * m.groups)
        )
        more = {"output_padding": m.output_padding} if "T" in name[4:] else {}
        made = getattr(t, name)(
            *sizes, m.w.shape[2:], stride=m.stride, padding=m.pad, dilation=m.dilation,
            groups=m.groups, bias=m.b is not None, **more,
        )  # fmt: skip
        return load(made, {"weight": m.w, "bias": m.b})
    if isinstance(m, nn.MultiHeadAttention):
        made = t.MultiheadAttention(m.q.w.shape[0], m.heads, bias=m.q.b is not None,
                                    batch_first=True)  # fmt: skip
        return load(made, attention(m))
    if isinstance(m, nn.TransformerBlock):
        return block(m)
    raise AssertionError(name)


def attention(m: nn.MultiHeadAttention, before: str = "") -> dict[str, Any]:
    """The state of torch's attention."""
    w = np.concatenate([m.q.w.T, m.k.w.T, m.v.w.T])
    b = None if m.q.b is None else np.concatenate([m.q.b, m.k.b, m.v.b])
    own = {"in_proj_weight": w, "in_proj_bias": b, "out_proj.weight": m.out.w.T,
           "out_proj.bias": m.out.b}  # fmt: skip
    return {before + name: x for name, x in own.items()}


def block(m: nn.TransformerBlock) -> Any:
    import torch

    width, hidden = m.hidden.w.shape
    made = torch.nn.TransformerEncoderLayer(
        width, m.attention.heads, hidden, dropout=0.0, activation="gelu", batch_first=True,
        norm_first=m.norm_first,
    )  # fmt: skip
    state = attention(m.attention, "self_attn.") | {
        "linear1.weight": m.hidden.w.T, "linear1.bias": m.hidden.b, "linear2.weight": m.out.w.T,
        "linear2.bias": m.out.b, "norm1.weight": m.norm1.gamma, "norm1.bias": m.norm1.beta,
        "norm2.weight": m.norm2.gamma, "norm2.bias": m.norm2.beta,
    }  # fmt: skip
    return load(made, state)


def recurrent(m: Any, batch_first: bool) -> Any:
    """Torch's RNN, GRU or LSTM."""
    import torch

    directions = 1 + m.bidirectional
    first = m.cells[0]
    options = {} if not isinstance(m, nn.RNN) else {"nonlinearity": first.nonlinearity}
    made = getattr(torch.nn, type(m).__name__)(
        first.w_ih.shape[0], first.w_hh.shape[0], len(m.cells) // directions,
        bias=first.b_ih is not None, bidirectional=m.bidirectional, batch_first=batch_first,
        **options,
    )  # fmt: skip
    state = {}
    for i, cell in enumerate(m.cells):
        end = f"_l{i // directions}{'_reverse' if i % directions else ''}"
        state |= {f"weight_ih{end}": cell.w_ih.T, f"weight_hh{end}": cell.w_hh.T}
        state |= {f"bias_ih{end}": cell.b_ih, f"bias_hh{end}": cell.b_hh}
    return load(made, state)
