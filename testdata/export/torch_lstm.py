"""Trains an LSTM with layer normalization at each tick, and exports one tick.

The cell is that of "Layer Normalization" (Ba, Kiros, Hinton, 2016): the
input's and the state's contribution to the gates are normalized apart, and the
cell state once more on its way out. The models take (x, h, c) and return
(y, h_next, c_next), so a caller carries the state from tick to tick:
torch_lstm_layernorm_ts and _dynamo. torch_lstm_scan.py writes the same network
as one Scan over a sequence, with the weights kept here in weights.npz.

The series is the yearly mean sunspot number, 1700-2008, as bundled with
statsmodels (statsmodels.datasets.sunspots; public domain), in hundreds. The
model predicts the next year. Beside each model lie series.npy, [T, 1], and
predictions.npy, [T, 1], PyTorch's answers when ticking through it from zero.
"""

import modeldir
import numpy as np
import torch
import torch_exporters
from statsmodels.datasets import sunspots
from torch import nn

NAME = "torch_lstm_layernorm"
SCRIPT = "torch_lstm.py"
HIDDEN = 32
TRAIN = 240
WEIGHTS = modeldir.MODELS / f"{NAME}_dynamo" / "weights.npz"


class LayerNormLSTMCell(nn.Module):
    def __init__(self, features, hidden):
        super().__init__()
        # Without a bias inside the norm, one feature would lose its magnitude.
        self.input = nn.Linear(features, 4 * hidden)
        self.state = nn.Linear(hidden, 4 * hidden, bias=False)
        self.input_norm = nn.LayerNorm(4 * hidden)
        # The gates' bias is that of input_norm; a second one would equal it.
        self.state_norm = nn.LayerNorm(4 * hidden, bias=False)
        self.cell_norm = nn.LayerNorm(hidden)

    def forward(self, x, h, c):
        gates = self.input_norm(self.input(x)) + self.state_norm(self.state(h))
        i, f, g, o = gates.chunk(4, dim=-1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(self.cell_norm(c))
        return h, c


class Forecaster(nn.Module):
    """One tick: x [B, 1], h and c [B, H] → y [B, 1], the next h and c."""

    def __init__(self, features=1, hidden=HIDDEN):
        super().__init__()
        self.cell = LayerNormLSTMCell(features, hidden)
        self.head = nn.Linear(hidden, 1)

    def forward(self, x, h, c):
        h, c = self.cell(x, h, c)
        return self.head(h), h, c


def main():
    torch.manual_seed(3)
    # One thread: the order of sums, and with it the weights, stays the same.
    torch.set_num_threads(1)
    data = series()
    network = Forecaster()
    train(network, torch.from_numpy(data[:TRAIN]))

    ticks, states = run(network, torch.from_numpy(data)[:, None])
    predictions = ticks[:, 0].numpy()
    what = f"LSTM with LayerNorm at each tick, one tick with state; {quality(data, predictions)}"
    print(what)
    generator = torch.Generator().manual_seed(4)
    examples = [
        tuple(torch.randn(5, n, generator=generator) for n in (1, HIDDEN, HIDDEN)),
        (torch.from_numpy(data[:1]), *zero_state(1)),
        (torch.from_numpy(data[100:101]), *states[100]),
    ]
    inputs, outputs = ["x", "h", "c"], ["y", "h_next", "c_next"]
    batch = {name: {0: "batch"} for name in inputs + outputs}
    tick = torch_exporters.Network(network, examples, inputs, outputs, batch)
    torch_exporters.save_both(NAME, tick, what, SCRIPT)
    for suffix in ("ts", "dynamo"):
        save_series(modeldir.MODELS / f"{NAME}_{suffix}", data, predictions)
    np.savez(WEIGHTS, **{name: w.numpy() for name, w in network.state_dict().items()})


def series():
    activity = sunspots.load_pandas().data["SUNACTIVITY"].to_numpy()
    return (activity / 100).astype(np.float32)[:, None]


def zero_state(batch):
    return torch.zeros(batch, HIDDEN), torch.zeros(batch, HIDDEN)


def train(network, data, epochs=150):
    """Next-step prediction over windows of the training years, state from zero."""
    optimizer = torch.optim.AdamW(network.parameters(), 5e-3, weight_decay=0.1)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    length = 61
    windows = torch.stack([data[k : k + length] for k in range(0, len(data) - length + 1, 6)], 1)
    for epoch in range(epochs):
        # Noise keeps the network from learning 240 years by heart.
        noise = 0.1 * torch.randn_like(windows[:-1])
        predicted, _ = run_with_gradients(network, windows[:-1] + noise)
        warm = 10
        loss = nn.functional.mse_loss(predicted[warm:], windows[1 + warm :])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if epoch % 50 == 0 or epoch == epochs - 1:
            print(f"epoch {epoch}: loss {loss.item():.4f}")


def run_with_gradients(network, sequence, state=None):
    """Ticks through sequence [T, B, 1]; returns all y and the state before each tick."""
    h, c = state or zero_state(sequence.shape[1])
    ticks, states = [], []
    for x in sequence:
        states.append((h, c))
        y, h, c = network(x, h, c)
        ticks.append(y)
    return torch.stack(ticks), [*states, (h, c)]


run = torch.no_grad()(run_with_gradients)


def quality(data, predictions):
    """RMS error on the years after training, beside that of repeating the last year."""
    after = slice(TRAIN, len(data) - 1)
    target = data[TRAIN + 1 :]
    model, naive = (
        100 * float(np.sqrt(np.mean((guess[after] - target) ** 2)))
        for guess in (predictions, data)
    )
    return f"sunspot error {model:.1f} (repeating the last year: {naive:.1f})"


def save_series(folder, data, predictions):
    np.save(folder / "series.npy", data)
    np.save(folder / "predictions.npy", predictions)


if __name__ == "__main__":
    main()
