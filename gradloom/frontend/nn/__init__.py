"""Neural networks' functions: arrays in, arrays out, of plain numpy arrays and traced ones alike;
and modules, which hold the arrays that these functions take.

Each is a numpy program, so it differentiates, batches under `gl.vmap`, compiles to every backend
and is exported like one.

    >>> import numpy as np
    >>> import gradloom as gl
    >>> logits, labels = np.zeros((4, 10)), np.arange(4)
    >>> gl.grad(gl.nn.cross_entropy)(logits, labels).shape
    (4, 10)
"""

from gradloom.frontend.nn import initializers
from gradloom.frontend.nn.activations import (
    celu,
    elu,
    gelu,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    identity,
    leaky_relu,
    log_sigmoid,
    mish,
    prelu,
    relu,
    relu6,
    selu,
    sigmoid,
    silu,
    softplus,
    softshrink,
    softsign,
    swish,
    tanh,
    tanhshrink,
    threshold,
)
from gradloom.frontend.nn.affine import (
    bilinear,
    embedding,
    linear,
    one_hot,
)
from gradloom.frontend.nn.attention import (
    multi_head_attention,
    scaled_dot_product_attention,
)
from gradloom.frontend.nn.classes import (
    cross_entropy,
    multi_margin_loss,
    nll_loss,
)
from gradloom.frontend.nn.columns import (
    fold,
    unfold,
)
from gradloom.frontend.nn.convolutions import (
    causal_conv1d,
    conv1d,
    conv2d,
    conv3d,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
)
from gradloom.frontend.nn.dropped import (
    alpha_dropout,
    dropout,
    dropout1d,
    dropout2d,
    dropout3d,
)
from gradloom.frontend.nn.exponentials import (
    log_softmax,
    logsumexp,
    softmax,
    softmin,
)
from gradloom.frontend.nn.gates import (
    gated_act,
    geglu,
    glu,
    reglu,
    swiglu,
)
from gradloom.frontend.nn.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    gaussian_nll_loss,
    hinge_embedding_loss,
    hinge_loss,
    huber_loss,
    kl_div,
    l1_loss,
    margin_ranking_loss,
    mse_loss,
    poisson_nll_loss,
    smooth_l1_loss,
    soft_margin_loss,
)
from gradloom.frontend.nn.modules import (
    GRU,
    LSTM,
    MLP,
    RNN,
    Array,
    BatchNorm,
    Bilinear,
    Buffer,
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
    Dropout,
    Embedding,
    Flatten,
    Frozen,
    GroupNorm,
    GRUCell,
    InstanceNorm,
    Lambda,
    LayerNorm,
    Linear,
    LSTMCell,
    Module,
    MultiHeadAttention,
    RMSNorm,
    RNNCell,
    Sequential,
    TransformerBlock,
)
from gradloom.frontend.nn.normalization import (
    batch_norm,
    batch_norm_init,
    group_norm,
    instance_norm,
    layer_norm,
    local_response_norm,
    rms_norm,
)
from gradloom.frontend.nn.pooling import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    lp_pool1d,
    lp_pool2d,
    lp_pool3d,
    max_pool1d,
    max_pool2d,
    max_pool3d,
    max_unpool1d,
    max_unpool2d,
    max_unpool3d,
)
from gradloom.frontend.nn.positions import (
    alibi,
    rotary,
    sinusoidal_positions,
)
from gradloom.frontend.nn.recurrent import (
    gru,
    gru_cell,
    lstm,
    lstm_cell,
    rnn,
    rnn_cell,
)
from gradloom.frontend.nn.resizing import (
    channel_shuffle,
    interpolate,
    pixel_shuffle,
    pixel_unshuffle,
    upsample_bicubic2d,
    upsample_bilinear2d,
    upsample_nearest2d,
)
from gradloom.frontend.nn.rwkv import (
    mix,
    token_shift,
    wkv,
    wkv_cell,
    wkv_init,
)
from gradloom.frontend.nn.similarity import (
    cosine_embedding_loss,
    cosine_similarity,
    normalize,
    pairwise_distance,
    triplet_margin_loss,
)
from gradloom.frontend.nn.stacked import (
    stacked_gru,
    stacked_lstm,
    stacked_rnn,
)
from gradloom.frontend.nn.streaming import (
    streaming_conv1d,
    streaming_conv1d_init,
    streaming_conv2d,
    streaming_conv2d_init,
    streaming_conv_transpose1d,
    streaming_conv_transpose1d_init,
    streaming_conv_transpose2d,
    streaming_conv_transpose2d_init,
)

init = initializers
mse, l1, smooth_l1, huber, nll = mse_loss, l1_loss, smooth_l1_loss, huber_loss, nll_loss
bce, bce_with_logits = binary_cross_entropy, binary_cross_entropy_with_logits

__all__ = [
    "GRU", "LSTM", "MLP", "RNN", "Array", "BatchNorm", "Bilinear", "Buffer", "Conv1d", "Conv2d",
    "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d", "Dropout", "Embedding",
    "Flatten", "Frozen", "GRUCell", "GroupNorm", "InstanceNorm", "LSTMCell", "Lambda", "LayerNorm",
    "Linear", "Module", "MultiHeadAttention", "RMSNorm", "RNNCell", "Sequential",
    "TransformerBlock", "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d",
    "adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d", "alibi", "alpha_dropout",
    "avg_pool1d", "avg_pool2d", "avg_pool3d", "batch_norm", "batch_norm_init", "bce",
    "bce_with_logits", "bilinear", "binary_cross_entropy", "binary_cross_entropy_with_logits",
    "causal_conv1d", "celu", "channel_shuffle", "conv1d", "conv2d", "conv3d", "conv_transpose1d",
    "conv_transpose2d", "conv_transpose3d", "cosine_embedding_loss", "cosine_similarity",
    "cross_entropy", "dropout", "dropout1d", "dropout2d", "dropout3d", "elu", "embedding", "fold",
    "gated_act", "gaussian_nll_loss", "geglu", "gelu", "glu", "group_norm", "gru", "gru_cell",
    "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "hinge_embedding_loss", "hinge_loss",
    "huber", "huber_loss", "identity", "init", "instance_norm", "interpolate", "kl_div", "l1",
    "l1_loss", "layer_norm", "leaky_relu", "linear", "local_response_norm", "log_sigmoid",
    "log_softmax", "logsumexp", "lp_pool1d", "lp_pool2d", "lp_pool3d", "lstm", "lstm_cell",
    "margin_ranking_loss", "max_pool1d", "max_pool2d", "max_pool3d", "max_unpool1d",
    "max_unpool2d", "max_unpool3d", "mish", "mix", "mse", "mse_loss", "multi_head_attention",
    "multi_margin_loss", "nll", "nll_loss", "normalize", "one_hot", "pairwise_distance",
    "pixel_shuffle", "pixel_unshuffle", "poisson_nll_loss", "prelu", "reglu", "relu", "relu6",
    "rms_norm", "rnn", "rnn_cell", "rotary", "scaled_dot_product_attention", "selu", "sigmoid",
    "silu", "sinusoidal_positions", "smooth_l1", "smooth_l1_loss", "soft_margin_loss", "softmax",
    "softmin", "softplus", "softshrink", "softsign", "stacked_gru", "stacked_lstm", "stacked_rnn",
    "streaming_conv1d", "streaming_conv1d_init", "streaming_conv2d", "streaming_conv2d_init",
    "streaming_conv_transpose1d", "streaming_conv_transpose1d_init", "streaming_conv_transpose2d",
    "streaming_conv_transpose2d_init", "swiglu", "swish", "tanh", "tanhshrink", "threshold",
    "token_shift", "triplet_margin_loss", "unfold", "upsample_bicubic2d", "upsample_bilinear2d",
    "upsample_nearest2d", "wkv", "wkv_cell", "wkv_init",
]  # fmt: skip
