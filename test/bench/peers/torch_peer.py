"""The benchmark's workloads in PyTorch, one unit of work for each line on standard input.

Usage: python3 torch_peer.py W1|W2|W3|W4|W5|version [threads]
Prints "ready" once warm, then one line per unit: its wall time in milliseconds.
The same mathematics as the other contenders: classic Runge-Kutta steps, hand-written forward-mode
Jacobian-vector products (faster here than nested autograd), plain backpropagation, clipping, Adam.
"""
import os
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its pool and PyTorch's would fight for the cores

# Debian's OpenBLAS does not know newer processors and falls back to kernels several times slower.
if os.path.exists("/proc/cpuinfo") and " avx512f " in open("/proc/cpuinfo").read():
    os.environ.setdefault("OPENBLAS_CORETYPE", "SkylakeX")

import torch
import torch.nn as nn

workload = sys.argv[1]
if workload == "version":
    print(torch.__version__)
    sys.exit()
torch.set_num_threads(int(sys.argv[2]) if len(sys.argv) > 2 else 2)
torch.manual_seed(0)


class Softplus20:
    """softplus(20 a) / 20."""

    value = staticmethod(lambda a: nn.functional.softplus(a, beta=20))


class Tanh:
    value = staticmethod(torch.tanh)

    @staticmethod
    def with_derivative(a):
        h = torch.tanh(a)
        return h, 1 - h * h


def network(dim, width, depth=3):
    widths = [dim] + [width] * depth + [dim]
    return nn.ModuleList(nn.Linear(i, o) for i, o in zip(widths, widths[1:]))


def value(layers, act, x):
    a = layers[0](x)
    for layer in layers[1:]:
        a = layer(act.value(a))
    return a


def value_and_jvp(layers, act, x, u):
    a, tangent = layers[0](x), u @ layers[0].weight.T
    for layer in layers[1:]:
        h, d = act.with_derivative(a)
        a, tangent = layer(h), (d * tangent) @ layer.weight.T
    return a, (tangent * u).sum(1)


def value_and_divergence(layers, act, x):
    h, d = act.with_derivative(layers[0](x))
    tangents = layers[0].weight.T.unsqueeze(0) * d.unsqueeze(1)
    for layer in layers[1:-1]:
        h, d = act.with_derivative(layer(h))
        tangents = (tangents @ layer.weight.T) * d.unsqueeze(1)
    return layers[-1](h), (tangents * layers[-1].weight.unsqueeze(0)).sum((1, 2))


def rk4(f, x, steps, draw, direction=1.0):
    """Integrates (x, l) over [0, 1]; `draw` gives the random numbers of one step."""
    h, l = direction / steps, torch.zeros(len(x))
    for _ in range(steps):
        e = draw()
        k1, d1 = f(x, e)
        k2, d2 = f(x + h / 2 * k1, e)
        k3, d3 = f(x + h / 2 * k2, e)
        k4, d4 = f(x + h * k3, e)
        x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        l = l + h / 6 * (d1 + 2 * d2 + 2 * d3 + d4)
    return x, l


def training(dim, width, batch, act, f, draw, rate=1e-4, gamma=0.25):
    layers = network(dim, width)
    optimizer = torch.optim.Adam(layers.parameters(), rate)
    x0 = torch.randn(batch, dim) * 2

    def unit():
        x, l = rk4(lambda x, e: f(layers, act, x, e), x0, 3, draw)
        loss = (0.5 * x.pow(2).sum(1) - l + (x - x0).pow(2).sum(1) / (2 * gamma)).mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(layers.parameters(), 1.0)
        optimizer.step()

    return unit


SIGMA = 0.02 / 2 ** 0.5


def finite_difference(layers, act, x, e):
    v = value(layers, act, x)
    return v, (((value(layers, act, x + SIGMA * e) - v) / SIGMA) * e).sum(1)


def w1():
    return training(2, 128, 2000, Softplus20, finite_difference, lambda: torch.randn(2000, 2))


def w2():
    draw = lambda: torch.randint(0, 2, (256, 64)).float() * 2 - 1
    return training(64, 256, 256, Tanh, value_and_jvp, draw)


def w3():
    return training(8, 256, 256, Tanh, lambda layers, act, x, _: value_and_divergence(layers, act, x), lambda: None)


def plain(layers, act, x, _):
    return value(layers, act, x), 0.0


@torch.no_grad()
def mapped(blocks, x, f, direction=1.0):
    total = torch.zeros(len(x))
    for layers in blocks:
        x, l = rk4(lambda x, e, layers=layers: f(layers, Tanh, x, e), x, 3, lambda: None, direction)
        total = total + l
    return x, total


def w4():
    blocks, x = [network(2, 128) for _ in range(8)], torch.randn(100_000, 2)
    return lambda: mapped(blocks, x, plain)


def w5():
    blocks, x = [network(2, 128) for _ in range(8)], torch.randn(10_000, 2)

    def unit():
        mapped(blocks[::-1], x, plain, -1.0)
        y, logdet = mapped(blocks, x, lambda layers, act, x, _: value_and_divergence(layers, act, x))
        return logdet - y.pow(2).sum(1) / 2

    return unit


unit = {"W1": w1, "W2": w2, "W3": w3, "W4": w4, "W5": w5}[workload]()
unit()
print("ready", flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    unit()
    print((time.perf_counter() - start) * 1e3, flush=True)
