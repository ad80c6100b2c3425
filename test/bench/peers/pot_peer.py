"""The Sinkhorn divergence between two clouds by POT, once for each line on standard input.

Usage: python3 pot_peer.py version | <file> <n> <d> <epsilon> <threshold>
The file holds two clouds [n, d] as float64, one after the other. Prints "ready", then the value for each line.
"""
import os
import sys

# Debian's OpenBLAS does not know newer processors and falls back to kernels several times slower.
if os.path.exists("/proc/cpuinfo") and " avx512f " in open("/proc/cpuinfo").read():
    os.environ.setdefault("OPENBLAS_CORETYPE", "SkylakeX")

import numpy as np
import ot

if sys.argv[1] == "version":
    print(ot.__version__)
    sys.exit()
n, d = int(sys.argv[2]), int(sys.argv[3])
epsilon, threshold = float(sys.argv[4]), float(sys.argv[5])
x, y = np.fromfile(sys.argv[1]).reshape(2, n, d)
print("ready", flush=True)
for _ in sys.stdin:
    print(float(ot.bregman.empirical_sinkhorn_divergence(x, y, epsilon, stopThr=threshold)), flush=True)
