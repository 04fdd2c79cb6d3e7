"""Weights by a formula, so that a checkpoint needs no file of weights: Python here and Java (FormulaWeights) give the same bits.

    python3 scripts/goldens/formula.py models/src/test/resources/goldens/* --out DIR     # writes whole checkpoints, DIR/NAME; those of vlm/* just as well

A checkpoint's weights.json: {"seed", "dtype", "shard_size"?, "tensors": [[name, shape, mean, std, dtype?], …]}. The key of a tensor is "seed:name"; its own
dtype, if it has one, goes before that of all. An "mxfp4" one, [experts, out, in], is stored quantised, as NAME_blocks and NAME_scales. Where there is a
shard_size, in bytes, there are shards and an index in place of one model.safetensors.

Element i of a tensor: mix(fnv1a64(key) + i) is cut into four 16-bit numbers, whose sum, less its mean and divided by its standard deviation, is nearly
normal; value = mean + std * that, in fp64, rounded to fp32 and then to the dtype. mix is the finaliser of splitmix64.
"""
import argparse
import json
import shutil
import zlib
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

SUM_MEAN = 131070.0  # of four uniform numbers of 16 bits
SUM_STD = 37837.22723720648
MASK = (1 << 64) - 1
FP4_VALUES = torch.tensor([0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0])  # e2m1 without sign


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


def checksum(*tensors):
    """CRC32 of their little-endian bytes."""
    value = 0
    for tensor in tensors:
        value = zlib.crc32(tensor.contiguous().view(torch.uint8).numpy().tobytes(), value)
    return value


def quantise_mxfp4(weights):
    """[experts, out, in] to blocks [experts, out, in / 32, 16] uint8, the even element in the low bits, and scales [experts, out, in / 32] uint8."""
    groups = weights.unflatten(-1, (-1, 32))
    exponents = torch.frexp(groups.abs().amax(-1)).exponent - 3  # the largest value of a block lies at 4 to 8 times the scale
    scaled = torch.ldexp(groups, -exponents.unsqueeze(-1))
    codes = (scaled.abs().unsqueeze(-1) - FP4_VALUES).abs().argmin(-1) + 8 * (scaled < 0)
    codes = codes.to(torch.uint8)
    return codes[..., 0::2] | codes[..., 1::2] << 4, (exponents + 127).to(torch.uint8)


def tensors(weights):
    """By name, those of a weights.json."""
    made = {}
    for name, shape, mean, std, *own in weights["tensors"]:
        dtype, key = (own or [weights["dtype"]])[0], f"{weights['seed']}:{name}"
        if dtype == "mxfp4":
            made[f"{name}_blocks"], made[f"{name}_scales"] = quantise_mxfp4(tensor(key, shape, mean, std, torch.float32))
        else:
            made[name] = tensor(key, shape, mean, std, getattr(torch, dtype))
    return made


def shards(made, size):
    """The tensors in their order, in groups of `size` bytes at most; a larger one has a group of its own."""
    groups, room = [], 0
    for name, value in made.items():
        if not groups or value.nbytes > room:
            groups.append({})
            room = size
        groups[-1][name] = value
        room -= value.nbytes
    return groups


def write_checkpoint(folder, out):
    """Writes into the new folder `out` what `folder` has, with weights in place of weights.json. Returns the tensors by name."""
    out.mkdir(parents=True)
    for file in folder.iterdir():
        if file.name != "weights.json":
            shutil.copy(file, out)
    shared = folder.parent / "tokenizer.json"
    if shared.exists():
        shutil.copy(shared, out)
    weights = json.loads((folder / "weights.json").read_text())
    made = tensors(weights)
    if "shard_size" not in weights:
        save_file(made, out / "model.safetensors", metadata={"format": "pt"})
        return made
    groups, index = shards(made, weights["shard_size"]), {}
    for i, group in enumerate(groups, 1):
        file = f"model-{i:05}-of-{len(groups):05}.safetensors"
        save_file(group, out / file, metadata={"format": "pt"})
        index |= dict.fromkeys(group, file)
    total = sum(value.nbytes for value in made.values())
    (out / "model.safetensors.index.json").write_text(json.dumps({"metadata": {"total_size": total}, "weight_map": index}, indent=2) + "\n")
    return made


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="folder with a weights.json; what has none is passed over")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where a checkpoint is written for each folder, by its name")
    args = parser.parse_args()
    found = [folder for folder in args.folders if (folder / "weights.json").exists()]
    if not found:
        parser.error(f"none of these has a weights.json: {', '.join(map(str, args.folders))}")
    for folder in found:
        shutil.rmtree(args.out / folder.name, ignore_errors=True)
        write_checkpoint(folder, args.out / folder.name)


if __name__ == "__main__":
    main()
