"""Old texts of the standard in numpy, for version_vectors.py.

Each function computes what a section of docs/Changelog.md of the ONNX
repository says, step by step, for the versions that no program runs any more.
The section is named in its first line. Arguments are the inputs in order, None
where one is absent, then the attributes by name; the result is the list of
outputs. Sums and transcendental functions are computed in float64.
"""

import math

import numpy as np


def wide(x):
    return x.astype(np.float64) if x.dtype.kind == "f" else x


def legacy_broadcast(a, b, broadcast=0, axis=None):
    """B in the shape of A: "contiguous subset of the first tensor's shape"."""
    if not broadcast:
        assert a.shape == b.shape
        return b
    if b.size == 1:
        return np.full(a.shape, b.reshape(()), b.dtype)
    start = a.ndim - b.ndim if axis is None else axis
    assert a.shape[start : start + b.ndim] == b.shape
    return np.broadcast_to(b.reshape(b.shape + (1,) * (a.ndim - start - b.ndim)), a.shape)


def binary(section, operation):
    def text(a, b, consumed_inputs=None, **broadcasting):
        y = operation(wide(a), wide(legacy_broadcast(a, b, **broadcasting)))
        return [y if y.dtype == bool else y.astype(a.dtype)]

    text.__doc__ = f"{section}."
    return text


def div(a, b):
    return a / b if a.dtype.kind == "f" else np.trunc(a / b).astype(a.dtype)


BINARY = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Div": div,
    "Pow": np.power,
    "And": np.logical_and,
    "Or": np.logical_or,
    "Xor": np.logical_xor,
    "Equal": np.equal,
    "Greater": np.greater,
    "Less": np.less,
}


def unary(section, operation):
    def text(x, consumed_inputs=None, **attributes):
        return [operation(wide(x), **attributes).astype(x.dtype)]

    text.__doc__ = f"{section}."
    return text


UNARY = {
    "Abs": np.abs,
    "Ceil": np.ceil,
    "Clip": lambda x, min=-np.inf, max=np.inf: np.minimum(np.maximum(x, min), max),
    "Elu": lambda x, alpha=1.0: np.where(x < 0, alpha * np.expm1(x), x),
    "Exp": np.exp,
    "Floor": np.floor,
    "HardSigmoid": lambda x, alpha=0.2, beta=0.5: np.maximum(0, np.minimum(1, alpha * x + beta)),
    "LeakyRelu": lambda x, alpha=0.01: np.where(x < 0, alpha * x, x),
    "Log": np.log,
    "Neg": np.negative,
    "Reciprocal": np.reciprocal,
    "Relu": lambda x: np.maximum(x, 0),
    "Selu": lambda x, alpha=1.6732, gamma=1.0507: np.where(x > 0, gamma * x, gamma * (alpha * np.exp(x) - alpha)),
    "Sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "Sqrt": np.sqrt,
    "Tanh": np.tanh,
}

# Selu-6 has other defaults than Selu-1.
UNARY_6 = {"Selu": lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x))}


def variadic(section, operation):
    def text(*data, consumed_inputs=None):
        assert len({x.shape for x in data}) == 1
        return [operation(np.stack([wide(x) for x in data])).astype(data[0].dtype)]

    text.__doc__ = f"{section}."
    return text


VARIADIC = {
    "Max": lambda x: x.max(axis=0),
    "Min": lambda x: x.min(axis=0),
    "Mean": lambda x: x.mean(axis=0),
    "Sum": lambda x: x.sum(axis=0),
}


def gemm(a, b, c, alpha=1.0, beta=1.0, broadcast=0, transA=0, transB=0):
    """Gemm-1, Gemm-6."""
    a, b = wide(a.T if transA else a), wide(b.T if transB else b)
    y = alpha * (a @ b)
    assert broadcast or c.shape == y.shape
    return [(y + beta * wide(c)).astype(c.dtype)]


def prelu(x, slope, consumed_inputs=None):
    """PRelu-1, PRelu-6: a slope of size 1 is shared, others are of channels."""
    if slope.size > 1:
        slope = slope.reshape((-1,) + (1,) * (x.ndim - 2))
    return [np.where(x < 0, slope * x, x)]


def cast(x, to):
    """Cast-1: to is the upper-case name of an element type."""
    types = {"FLOAT": np.float32, "DOUBLE": np.float64, "INT32": np.int32, "INT64": np.int64, "BOOL": np.bool_, "UINT8": np.uint8, "FLOAT16": np.float16}
    return [x.astype(types[to])]


def concat(*inputs, axis=1):
    """Concat-1: "Which axis to concat on. Default value is 1."."""
    return [np.concatenate(inputs, axis=axis)]


def constant(value):
    """Constant-1."""
    from onnx import numpy_helper

    return [numpy_helper.to_array(value)]


def sparse_constant(sparse_value):
    """Constant-11: sparse_value, with linear indices."""
    from onnx import numpy_helper

    y = np.zeros(sparse_value.dims, np.float32)
    y.ravel()[numpy_helper.to_array(sparse_value.indices)] = numpy_helper.to_array(sparse_value.values)
    return [y]


def pad(data, paddings, mode="constant", value=0.0):
    """Pad-1."""
    widths = list(zip(paddings[: data.ndim], paddings[data.ndim :]))
    if mode == "constant":
        return [np.pad(data, widths, constant_values=value)]
    return [np.pad(data, widths, mode=mode)]


def reshape(data, shape, consumed_inputs=None):
    """Reshape-1: 0 keeps the dimension, -1 takes what remains."""
    return [data.reshape([data.shape[i] if n == 0 else n for i, n in enumerate(shape)])]


def slice_(data, starts, ends, axes=None):
    """Slice-1."""
    axes = range(len(starts)) if axes is None else axes
    index = [slice(None)] * data.ndim
    for axis, start, end in zip(axes, starts, ends):
        n = data.shape[axis]
        start, end = (min(max(i + n if i < 0 else i, 0), n) for i in (start, end))
        index[axis] = slice(start, max(start, end))
    return [data[tuple(index)]]


def split(parts):
    def text(x, lengths=None, axis=0, split=None):
        """Split-1: lengths are an attribute or an input, else the parts are equal."""
        if lengths is not None:
            split = lengths.astype(int).tolist()
        if split is None:
            split = [x.shape[axis] // parts] * parts
        at = np.cumsum([0, *split])
        return [np.take(x, range(a, b), axis=axis) for a, b in zip(at, at[1:])]

    return text


def squeeze(data, axes=None):
    """Squeeze-1."""
    return [np.squeeze(data, axis=None if axes is None else tuple(axes))]


def unsqueeze(data, axes):
    """Unsqueeze-1."""
    for axis in sorted(axes):
        data = np.expand_dims(data, axis)
    return [data]


def tile(x, tiles, axis):
    """Tile-1."""
    return [np.concatenate([x] * int(tiles.item()), axis=int(axis.item()))]


def top_k(x, k, axis=-1):
    """TopK-1: of two equal elements "use the index as a tiebreaker"."""
    order = np.take(np.argsort(-x, axis=axis, kind="stable"), range(k), axis=axis)
    return [np.take_along_axis(x, order, axis), order.astype(np.int64)]


def upsample(x, height_scale, width_scale, mode="nearest"):
    """Upsample-1."""
    height, width = x.shape[2:]
    rows = np.arange(math.floor(height * height_scale)) / height_scale
    columns = np.arange(math.floor(width * width_scale)) / width_scale
    if mode == "nearest":
        return [x[:, :, np.floor(rows).astype(int)][:, :, :, np.floor(columns).astype(int)]]
    y = wide(x)
    for axis, at, n in ((2, rows, height), (3, columns, width)):
        low = np.minimum(np.floor(at).astype(int), n - 1)
        high = np.minimum(low + 1, n - 1)
        weight = (at - low).reshape((-1,) + (1,) * (3 - axis))
        y = np.take(y, low, axis) * (1 - weight) + np.take(y, high, axis) * weight
    return [y.astype(x.dtype)]


def windows(x, kernel_shape, strides=None, pads=None):
    """Each window of a 4-D array as (row, column, elements within the array)."""
    strides = strides or [1, 1]
    top, left, bottom, right = pads or [0, 0, 0, 0]
    height, width = x.shape[2:]
    rows = (height + top + bottom - kernel_shape[0]) // strides[0] + 1
    columns = (width + left + right - kernel_shape[1]) // strides[1] + 1
    for i in range(rows):
        for j in range(columns):
            r, c = i * strides[0] - top, j * strides[1] - left
            part = x[:, :, max(r, 0) : max(r + kernel_shape[0], 0), max(c, 0) : max(c + kernel_shape[1], 0)]
            yield i, j, part.reshape(*x.shape[:2], -1)


def pool(x, kernel_shape, reduce, strides=None, pads=None):
    cells = {(i, j): reduce(part) for i, j, part in windows(wide(x), kernel_shape, strides, pads)}
    rows, columns = max(cells)
    y = np.empty((*x.shape[:2], rows + 1, columns + 1))
    for (i, j), value in cells.items():
        y[:, :, i, j] = value
    return [y.astype(x.dtype)]


def lp_pool(x, kernel_shape, p=2.0, **where):
    """LpPool-1: p is a float."""
    return pool(x, kernel_shape, lambda v: (np.abs(v) ** p).sum(-1) ** (1 / p), **where)


def global_lp_pool(x, p=2.0):
    """GlobalLpPool-1: p is a float."""
    return lp_pool(x, x.shape[2:], p)


def average_pool(x, kernel_shape, **where):
    """AveragePool-1: padding is not counted."""
    return pool(x, kernel_shape, lambda v: v.mean(-1), **where)


def max_pool(x, kernel_shape, **where):
    """MaxPool-1."""
    return pool(x, kernel_shape, lambda v: v.max(-1), **where)


def arg_max(data, axis=0, keepdims=1):
    """ArgMax-1."""
    return [np.argmax(data, axis=axis, keepdims=bool(keepdims)).astype(np.int64)]


def arg_min(data, axis=0, keepdims=1):
    """ArgMin-1."""
    return [np.argmin(data, axis=axis, keepdims=bool(keepdims)).astype(np.int64)]


REDUCE = {
    "ReduceL1": lambda x, **k: np.abs(x).sum(**k),
    "ReduceL2": lambda x, **k: np.sqrt((x * x).sum(**k)),
    "ReduceLogSum": lambda x, **k: np.log(x.sum(**k)),
    "ReduceLogSumExp": lambda x, **k: np.log(np.exp(x).sum(**k)),
    "ReduceMax": lambda x, **k: x.max(**k),
    "ReduceMean": lambda x, **k: x.mean(**k),
    "ReduceMin": lambda x, **k: x.min(**k),
    "ReduceProd": lambda x, **k: x.prod(**k),
    "ReduceSum": lambda x, **k: x.sum(**k),
    "ReduceSumSquare": lambda x, **k: (x * x).sum(**k),
}


def reduce(section, operation):
    def text(x, axes=None, keepdims=1):
        y = operation(wide(x), axis=None if axes is None else tuple(axes), keepdims=bool(keepdims))
        return [np.asarray(y).astype(x.dtype)]

    text.__doc__ = f"{section}: axes are an attribute, all where it is absent."
    return text


def rows_of(x, axis):
    axis = axis % x.ndim
    return wide(x).reshape(math.prod(x.shape[:axis]), -1)


def softmax(x, axis=1):
    """Softmax-1, Softmax-11: "coerced into a 2D array" at the axis."""
    e = np.exp(rows_of(x, axis))
    return [(e / e.sum(1, keepdims=True)).reshape(x.shape).astype(x.dtype)]


def log_softmax(x, axis=1):
    """LogSoftmax-1, LogSoftmax-11: "coerced into a 2D array" at the axis."""
    return [np.log(wide(softmax(wide(x), axis)[0])).astype(x.dtype)]


def hardmax(x, axis=1):
    """Hardmax-1, Hardmax-11: "coerced into a 2D array" at the axis; the first of equals."""
    rows = rows_of(x, axis)
    y = np.zeros_like(rows)
    y[np.arange(len(rows)), rows.argmax(1)] = 1
    return [y.reshape(x.shape).astype(x.dtype)]


def batch_norm(wanted, training=None):
    def text(x, scale, bias, mean, var, epsilon=1e-5, momentum=0.9, is_test=0, spatial=1, consumed_inputs=None):
        """BatchNormalization-1, -6, -7, -9: spatial, is_test, running_mean = running_mean * momentum + mean * (1 - momentum)."""
        train = not is_test if training is None else training
        v = wide(x)
        over = (0, *range(2, x.ndim)) if spatial else (0,)
        shape = (-1,) + (1,) * (x.ndim - 2) if spatial else x.shape[1:]
        batch_mean, batch_var = v.mean(over), v.var(over)
        m, s = (batch_mean, batch_var) if train else (wide(mean), wide(var))
        y = (v - m.reshape(shape)) / np.sqrt(s.reshape(shape) + epsilon) * scale.reshape(shape) + bias.reshape(shape)
        outputs = [y]
        if wanted > 1:
            outputs.append(mean * momentum + batch_mean.reshape(mean.shape) * (1 - momentum))
        return [o.astype(x.dtype) for o in outputs]

    return text


def instance_norm(x, scale, bias, epsilon=1e-5, consumed_inputs=None):
    """InstanceNormalization-1, InstanceNormalization-6."""
    v = wide(x)
    over = tuple(range(2, x.ndim))
    shape = (-1,) + (1,) * (x.ndim - 2)
    y = (v - v.mean(over, keepdims=True)) / np.sqrt(v.var(over, keepdims=True) + epsilon)
    return [(scale.reshape(shape) * y + bias.reshape(shape)).astype(x.dtype)]


def mean_variance_norm(x, across_channels=0, normalize_variance=1):
    """MeanVarianceNormalization of the experimental operators, as onnxruntime has it: over the batch too."""
    v = wide(x)
    over = (0, *range(1 if across_channels else 2, x.ndim))
    y = v - v.mean(over, keepdims=True)
    return [(y / v.std(over, keepdims=True) if normalize_variance else y).astype(x.dtype)]


def group_norm(x, scale, bias, num_groups, epsilon=1e-5):
    """GroupNormalization-18: scale and bias are "specified for each group of channels"."""
    v = wide(x).reshape(x.shape[0], num_groups, -1)
    y = (v - v.mean(-1, keepdims=True)) / np.sqrt(v.var(-1, keepdims=True) + epsilon)
    return [(scale.reshape(-1, 1) * y + bias.reshape(-1, 1)).reshape(x.shape).astype(x.dtype)]


def layer_norm(wanted):
    def text(x, scale, bias=None, axis=-1, epsilon=1e-5):
        """LayerNormalization-17, in models of earlier operator sets."""
        v = wide(x)
        over = tuple(range(axis % x.ndim, x.ndim))
        mean = v.mean(over, keepdims=True)
        inverse = 1 / np.sqrt(v.var(over, keepdims=True) + epsilon)
        y = (v - mean) * inverse * scale + (0 if bias is None else bias)
        return [o.astype(x.dtype) for o in (y, mean, inverse)[:wanted]]

    return text


def dropout(data, ratio=0.5, is_test=0, consumed_inputs=None):
    """Dropout-1, Dropout-6: in test mode "the output is simply Y = X"."""
    assert is_test
    return [data]


def identity(x, **_):
    """Dropout-7: "during testing nothing needs to be done"."""
    return [x]


def threshold_relu(x, alpha=1.0):
    """ThresholdedRelu-10."""
    return [np.where(x > alpha, x, 0).astype(x.dtype)]


def conv_transpose(x, w, output_shape, strides, auto_pad="NOTSET"):
    """ConvTranspose-11: total_padding, and which end has the smaller half of it."""
    total = [strides[i] * (x.shape[2 + i] - 1) + w.shape[2 + i] - output_shape[i] for i in range(2)]
    begin = [t // 2 if auto_pad == "SAME_UPPER" else t - t // 2 for t in total]
    full = np.zeros((x.shape[0], w.shape[1], *(strides[i] * (x.shape[2 + i] - 1) + w.shape[2 + i] for i in range(2))))
    for i in range(x.shape[2]):
        for j in range(x.shape[3]):
            r, c = i * strides[0], j * strides[1]
            full[:, :, r : r + w.shape[2], c : c + w.shape[3]] += np.einsum("nc,cohw->nohw", wide(x)[:, :, i, j], wide(w))
    return [full[:, :, begin[0] : begin[0] + output_shape[0], begin[1] : begin[1] + output_shape[1]].astype(x.dtype)]


def one_hot(indices, depth, values, axis=-1):
    """OneHot-9: an index outside of [0, depth) gives nothing but off_value."""
    depth = int(depth.item())
    hot = np.expand_dims(indices, -1) == np.arange(depth)
    return [np.moveaxis(np.where(hot, values[1], values[0]).astype(values.dtype), -1, axis)]


def scan(body, states):
    def text(lengths, *rest, **_):
        """Scan-8: the pseudo-code, with scan outputs padded by 0."""
        initial, scanned = rest[:states], rest[states:]
        batch, longest = scanned[0].shape[:2]
        finals, collected = [], []
        for b in range(batch):
            state = [s[b] for s in initial]
            n = longest if lengths is None else int(lengths[b])
            steps = []
            for t in range(n):
                *state, out = body(*state, *(s[b, t] for s in scanned))
                steps.append(out)
            steps += [np.zeros_like(steps[0])] * (longest - n)
            finals.append(state)
            collected.append(np.stack(steps))
        return [*(np.stack(s) for s in zip(*finals)), np.stack(collected)]

    return text


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def recurrent(gates, cell, wanted):
    def text(x, w, r, b=None, lengths=None, h0=None, c0=None, p=None, direction="forward", hidden_size=None, clip=None, output_sequence=0, linear_before_reset=0, input_forget=0):
        directions = {"forward": [1], "reverse": [-1], "bidirectional": [1, -1]}[direction]
        steps, batch, _ = x.shape
        size = r.shape[2]
        limit = np.inf if clip is None else clip
        y = np.zeros((steps, len(directions), batch, size))
        last_h, last_c = np.zeros((2, len(directions), batch, size))
        for d, sign in enumerate(directions):
            wd, rd = (wide(m[d]).reshape(gates, size, -1) for m in (w, r))
            bias = np.zeros((2, gates, size)) if b is None else wide(b[d]).reshape(2, gates, size)
            peep = np.zeros((3, size)) if p is None else wide(p[d]).reshape(3, size)
            for n in range(batch):
                length = steps if lengths is None else int(lengths[n])
                h = np.zeros(size) if h0 is None else wide(h0[d, n])
                c = np.zeros(size) if c0 is None else wide(c0[d, n])
                for t in range(length)[::sign]:
                    h, c = cell(wide(x[t, n]), h, c, wd, rd, bias, peep, lambda v: np.clip(v, -limit, limit), linear_before_reset, input_forget)
                    y[t, d, n] = h
                last_h[d, n], last_c[d, n] = h, c
        return [v.astype(x.dtype) if keep else None for v, keep in zip((y, last_h, last_c), wanted)]

    return text


def rnn_cell(x, h, c, w, r, b, p, clip, linear, coupled):
    return np.tanh(clip(w[0] @ x + r[0] @ h + b[0, 0] + b[1, 0])), c


def gru_cell(x, h, c, w, r, b, p, clip, linear, coupled):
    z = sigmoid(clip(w[0] @ x + r[0] @ h + b[0, 0] + b[1, 0]))
    s = sigmoid(clip(w[1] @ x + r[1] @ h + b[0, 1] + b[1, 1]))
    if linear:
        hidden = np.tanh(clip(w[2] @ x + s * (r[2] @ h + b[1, 2]) + b[0, 2]))
    else:
        hidden = np.tanh(clip(w[2] @ x + r[2] @ (s * h) + b[1, 2] + b[0, 2]))
    return (1 - z) * hidden + z * h, c


def lstm_cell(x, h, c, w, r, b, p, clip, linear, coupled):
    i, o, f, g = (w[k] @ x + r[k] @ h + b[0, k] + b[1, k] for k in range(4))
    i = sigmoid(clip(i + p[0] * c))
    f = 1 - i if coupled else sigmoid(clip(f + p[2] * c))
    c = f * c + i * np.tanh(clip(g))
    o = sigmoid(clip(o + p[1] * c))
    return o * np.tanh(c), c


def rnn(wanted=(1, 1)):
    text = recurrent(1, rnn_cell, wanted)
    text.__doc__ = "RNN-1."
    return text


def gru(wanted=(1, 1)):
    text = recurrent(3, gru_cell, wanted)
    text.__doc__ = "GRU-1, GRU-3."
    return text


def lstm(wanted=(1, 1, 1)):
    text = recurrent(4, lstm_cell, wanted)
    text.__doc__ = "LSTM-1."
    return text
