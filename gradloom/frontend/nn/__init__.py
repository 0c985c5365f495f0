"""Neural networks' functions: arrays in, arrays out, of plain numpy arrays and traced ones alike.

Each is a numpy program, so it differentiates, batches under `gl.vmap`, compiles to every backend
and is exported like one.

    >>> import numpy as np
    >>> import gradloom as gl
    >>> logits, labels = np.zeros((4, 10)), np.arange(4)
    >>> gl.grad(gl.nn.cross_entropy)(logits, labels).shape
    (4, 10)
"""

from gradloom.frontend.nn import initializers as initializers
from gradloom.frontend.nn.activations import (
    celu as celu,
)
from gradloom.frontend.nn.activations import (
    elu as elu,
)
from gradloom.frontend.nn.activations import (
    gelu as gelu,
)
from gradloom.frontend.nn.activations import (
    hardshrink as hardshrink,
)
from gradloom.frontend.nn.activations import (
    hardsigmoid as hardsigmoid,
)
from gradloom.frontend.nn.activations import (
    hardswish as hardswish,
)
from gradloom.frontend.nn.activations import (
    hardtanh as hardtanh,
)
from gradloom.frontend.nn.activations import (
    identity as identity,
)
from gradloom.frontend.nn.activations import (
    leaky_relu as leaky_relu,
)
from gradloom.frontend.nn.activations import (
    log_sigmoid as log_sigmoid,
)
from gradloom.frontend.nn.activations import (
    mish as mish,
)
from gradloom.frontend.nn.activations import (
    prelu as prelu,
)
from gradloom.frontend.nn.activations import (
    relu as relu,
)
from gradloom.frontend.nn.activations import (
    relu6 as relu6,
)
from gradloom.frontend.nn.activations import (
    selu as selu,
)
from gradloom.frontend.nn.activations import (
    sigmoid as sigmoid,
)
from gradloom.frontend.nn.activations import (
    silu as silu,
)
from gradloom.frontend.nn.activations import (
    softplus as softplus,
)
from gradloom.frontend.nn.activations import (
    softshrink as softshrink,
)
from gradloom.frontend.nn.activations import (
    softsign as softsign,
)
from gradloom.frontend.nn.activations import (
    swish as swish,
)
from gradloom.frontend.nn.activations import (
    tanh as tanh,
)
from gradloom.frontend.nn.activations import (
    tanhshrink as tanhshrink,
)
from gradloom.frontend.nn.activations import (
    threshold as threshold,
)
from gradloom.frontend.nn.attention import (
    multi_head_attention as multi_head_attention,
)
from gradloom.frontend.nn.attention import (
    scaled_dot_product_attention as scaled_dot_product_attention,
)
from gradloom.frontend.nn.classes import (
    cross_entropy as cross_entropy,
)
from gradloom.frontend.nn.classes import (
    multi_margin_loss as multi_margin_loss,
)
from gradloom.frontend.nn.classes import (
    nll_loss as nll_loss,
)
from gradloom.frontend.nn.columns import (
    fold as fold,
)
from gradloom.frontend.nn.columns import (
    unfold as unfold,
)
from gradloom.frontend.nn.convolutions import (
    causal_conv1d as causal_conv1d,
)
from gradloom.frontend.nn.convolutions import (
    conv1d as conv1d,
)
from gradloom.frontend.nn.convolutions import (
    conv2d as conv2d,
)
from gradloom.frontend.nn.convolutions import (
    conv3d as conv3d,
)
from gradloom.frontend.nn.convolutions import (
    conv_transpose1d as conv_transpose1d,
)
from gradloom.frontend.nn.convolutions import (
    conv_transpose2d as conv_transpose2d,
)
from gradloom.frontend.nn.convolutions import (
    conv_transpose3d as conv_transpose3d,
)
from gradloom.frontend.nn.dropout import (
    alpha_dropout as alpha_dropout,
)
from gradloom.frontend.nn.dropout import (
    dropout as dropout,
)
from gradloom.frontend.nn.dropout import (
    dropout1d as dropout1d,
)
from gradloom.frontend.nn.dropout import (
    dropout2d as dropout2d,
)
from gradloom.frontend.nn.dropout import (
    dropout3d as dropout3d,
)
from gradloom.frontend.nn.gates import (
    gated_act as gated_act,
)
from gradloom.frontend.nn.gates import (
    geglu as geglu,
)
from gradloom.frontend.nn.gates import (
    glu as glu,
)
from gradloom.frontend.nn.gates import (
    reglu as reglu,
)
from gradloom.frontend.nn.gates import (
    swiglu as swiglu,
)
from gradloom.frontend.nn.linear import (
    bilinear as bilinear,
)
from gradloom.frontend.nn.linear import (
    embedding as embedding,
)
from gradloom.frontend.nn.linear import (
    linear as linear,
)
from gradloom.frontend.nn.linear import (
    one_hot as one_hot,
)
from gradloom.frontend.nn.losses import (
    binary_cross_entropy as binary_cross_entropy,
)
from gradloom.frontend.nn.losses import (
    binary_cross_entropy_with_logits as binary_cross_entropy_with_logits,
)
from gradloom.frontend.nn.losses import (
    gaussian_nll_loss as gaussian_nll_loss,
)
from gradloom.frontend.nn.losses import (
    hinge_embedding_loss as hinge_embedding_loss,
)
from gradloom.frontend.nn.losses import (
    hinge_loss as hinge_loss,
)
from gradloom.frontend.nn.losses import (
    huber_loss as huber_loss,
)
from gradloom.frontend.nn.losses import (
    kl_div as kl_div,
)
from gradloom.frontend.nn.losses import (
    l1_loss as l1_loss,
)
from gradloom.frontend.nn.losses import (
    margin_ranking_loss as margin_ranking_loss,
)
from gradloom.frontend.nn.losses import (
    mse_loss as mse_loss,
)
from gradloom.frontend.nn.losses import (
    poisson_nll_loss as poisson_nll_loss,
)
from gradloom.frontend.nn.losses import (
    smooth_l1_loss as smooth_l1_loss,
)
from gradloom.frontend.nn.losses import (
    soft_margin_loss as soft_margin_loss,
)
from gradloom.frontend.nn.normalization import (
    batch_norm as batch_norm,
)
from gradloom.frontend.nn.normalization import (
    batch_norm_init as batch_norm_init,
)
from gradloom.frontend.nn.normalization import (
    group_norm as group_norm,
)
from gradloom.frontend.nn.normalization import (
    instance_norm as instance_norm,
)
from gradloom.frontend.nn.normalization import (
    layer_norm as layer_norm,
)
from gradloom.frontend.nn.normalization import (
    local_response_norm as local_response_norm,
)
from gradloom.frontend.nn.normalization import (
    rms_norm as rms_norm,
)
from gradloom.frontend.nn.pooling import (
    adaptive_avg_pool1d as adaptive_avg_pool1d,
)
from gradloom.frontend.nn.pooling import (
    adaptive_avg_pool2d as adaptive_avg_pool2d,
)
from gradloom.frontend.nn.pooling import (
    adaptive_avg_pool3d as adaptive_avg_pool3d,
)
from gradloom.frontend.nn.pooling import (
    adaptive_max_pool1d as adaptive_max_pool1d,
)
from gradloom.frontend.nn.pooling import (
    adaptive_max_pool2d as adaptive_max_pool2d,
)
from gradloom.frontend.nn.pooling import (
    adaptive_max_pool3d as adaptive_max_pool3d,
)
from gradloom.frontend.nn.pooling import (
    avg_pool1d as avg_pool1d,
)
from gradloom.frontend.nn.pooling import (
    avg_pool2d as avg_pool2d,
)
from gradloom.frontend.nn.pooling import (
    avg_pool3d as avg_pool3d,
)
from gradloom.frontend.nn.pooling import (
    lp_pool1d as lp_pool1d,
)
from gradloom.frontend.nn.pooling import (
    lp_pool2d as lp_pool2d,
)
from gradloom.frontend.nn.pooling import (
    lp_pool3d as lp_pool3d,
)
from gradloom.frontend.nn.pooling import (
    max_pool1d as max_pool1d,
)
from gradloom.frontend.nn.pooling import (
    max_pool2d as max_pool2d,
)
from gradloom.frontend.nn.pooling import (
    max_pool3d as max_pool3d,
)
from gradloom.frontend.nn.pooling import (
    max_unpool1d as max_unpool1d,
)
from gradloom.frontend.nn.pooling import (
    max_unpool2d as max_unpool2d,
)
from gradloom.frontend.nn.pooling import (
    max_unpool3d as max_unpool3d,
)
from gradloom.frontend.nn.positions import (
    alibi as alibi,
)
from gradloom.frontend.nn.positions import (
    rotary as rotary,
)
from gradloom.frontend.nn.positions import (
    sinusoidal_positions as sinusoidal_positions,
)
from gradloom.frontend.nn.recurrent import (
    gru as gru,
)
from gradloom.frontend.nn.recurrent import (
    gru_cell as gru_cell,
)
from gradloom.frontend.nn.recurrent import (
    lstm as lstm,
)
from gradloom.frontend.nn.recurrent import (
    lstm_cell as lstm_cell,
)
from gradloom.frontend.nn.recurrent import (
    rnn as rnn,
)
from gradloom.frontend.nn.recurrent import (
    rnn_cell as rnn_cell,
)
from gradloom.frontend.nn.resizing import (
    channel_shuffle as channel_shuffle,
)
from gradloom.frontend.nn.resizing import (
    interpolate as interpolate,
)
from gradloom.frontend.nn.resizing import (
    pixel_shuffle as pixel_shuffle,
)
from gradloom.frontend.nn.resizing import (
    pixel_unshuffle as pixel_unshuffle,
)
from gradloom.frontend.nn.resizing import (
    upsample_bicubic2d as upsample_bicubic2d,
)
from gradloom.frontend.nn.resizing import (
    upsample_bilinear2d as upsample_bilinear2d,
)
from gradloom.frontend.nn.resizing import (
    upsample_nearest2d as upsample_nearest2d,
)
from gradloom.frontend.nn.rwkv import (
    mix as mix,
)
from gradloom.frontend.nn.rwkv import (
    token_shift as token_shift,
)
from gradloom.frontend.nn.rwkv import (
    wkv as wkv,
)
from gradloom.frontend.nn.rwkv import (
    wkv_cell as wkv_cell,
)
from gradloom.frontend.nn.rwkv import (
    wkv_init as wkv_init,
)
from gradloom.frontend.nn.similarity import (
    cosine_embedding_loss as cosine_embedding_loss,
)
from gradloom.frontend.nn.similarity import (
    cosine_similarity as cosine_similarity,
)
from gradloom.frontend.nn.similarity import (
    normalize as normalize,
)
from gradloom.frontend.nn.similarity import (
    pairwise_distance as pairwise_distance,
)
from gradloom.frontend.nn.similarity import (
    triplet_margin_loss as triplet_margin_loss,
)
from gradloom.frontend.nn.softmax import (
    log_softmax as log_softmax,
)
from gradloom.frontend.nn.softmax import (
    logsumexp as logsumexp,
)
from gradloom.frontend.nn.softmax import (
    softmax as softmax,
)
from gradloom.frontend.nn.softmax import (
    softmin as softmin,
)
from gradloom.frontend.nn.streaming import (
    streaming_conv1d as streaming_conv1d,
)
from gradloom.frontend.nn.streaming import (
    streaming_conv1d_init as streaming_conv1d_init,
)
from gradloom.frontend.nn.streaming import (
    streaming_conv2d as streaming_conv2d,
)
from gradloom.frontend.nn.streaming import (
    streaming_conv2d_init as streaming_conv2d_init,
)
from gradloom.frontend.nn.streaming import (
    streaming_conv_transpose1d as streaming_conv_transpose1d,
)
from gradloom.frontend.nn.streaming import (
    streaming_conv_transpose1d_init as streaming_conv_transpose1d_init,
)
from gradloom.frontend.nn.streaming import (
    streaming_conv_transpose2d as streaming_conv_transpose2d,
)
from gradloom.frontend.nn.streaming import (
    streaming_conv_transpose2d_init as streaming_conv_transpose2d_init,
)

init = initializers
mse, l1, smooth_l1, huber, nll = mse_loss, l1_loss, smooth_l1_loss, huber_loss, nll_loss
bce, bce_with_logits = binary_cross_entropy, binary_cross_entropy_with_logits
