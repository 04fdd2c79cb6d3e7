"""Weights by a formula, so that a checkpoint needs no file of weights: Python here and Java (FormulaWeights) give the same bits.

Element i of a tensor: mix(fnv1a64(key) + i) is cut into four 16-bit numbers, whose sum, less its mean and divided by its standard deviation, is nearly
normal; value = mean + std * that, in fp64, rounded to fp32 and then to the dtype. mix is the finaliser of splitmix64.
"""
import zlib

import numpy as np
import torch

SUM_MEAN = 131070.0  # of four uniform numbers of 16 bits
SUM_STD = 37837.22723720648
MASK = (1 << 64) - 1


def fnv1a64(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 & MASK
    return value


def normal(key, count):
    """fp64 [count]."""
    with np.errstate(over="ignore"):
        z = np.uint64(fnv1a64(key)) + np.arange(count, dtype=np.uint64)
        z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    parts = sum((z >> np.uint64(shift) & np.uint64(0xFFFF)).astype(np.float64) for shift in (0, 16, 32, 48))
    return (parts - SUM_MEAN) / SUM_STD


def tensor(key, shape, mean, std, dtype):
    values = mean + std * normal(key, int(np.prod(shape)))
    return torch.from_numpy(values.astype(np.float32)).view(*shape).to(dtype)


def checksum(tensor):
    """CRC32 of its little-endian bytes."""
    return zlib.crc32(tensor.contiguous().view(torch.uint8).numpy().tobytes())
