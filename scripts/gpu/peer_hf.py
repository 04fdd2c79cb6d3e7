"""Hugging Face Transformers on the same shape as Gatun's bench-one-batch: prefill and decode, eager and compiled, with the card's copy bandwidth.

    python scripts/gpu/peer_hf.py models/configs/llama-3.1-8b --json peer.json
"""
import argparse
import json
import statistics
import time

import torch
from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig

PREFILLS = [(1, 128), (1, 1024), (1, 8192), (8, 1024)]
DECODE_BATCHES = [1, 8, 64]
CONTEXT = 1024


def seconds(step, runs=3):
    """The median time of a step, after one that is not counted."""
    times = []
    for _ in range(runs + 1):
        torch.cuda.synchronize()
        start = time.perf_counter()
        step()
        torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def copy_bandwidth():
    """TB/s of copying 4 GiB on the card, reads and writes counted."""
    data = torch.randint(0, 100, (1 << 30,), dtype=torch.int32, device="cuda")
    copy = torch.empty_like(data)
    return 2 * data.nbytes / seconds(lambda: copy.copy_(data), 10) / 1e12


def load(path):
    config = AutoConfig.from_pretrained(path)
    with torch.device("cuda"):
        return AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16, attn_implementation="sdpa").eval()


def random_ids(batch, length):
    return torch.randint(0, 10_000, (batch, length), device="cuda")


def decode_seconds(model, batch, new_tokens, **options):
    """The time of one decode step: of generating many tokens less that of generating one."""
    ids = random_ids(batch, CONTEXT)

    def generate(count):
        config = GenerationConfig(max_new_tokens=count, min_new_tokens=count, do_sample=False, pad_token_id=0, eos_token_id=None, **options)
        return lambda: model.generate(ids, attention_mask=torch.ones_like(ids), generation_config=config)

    return (seconds(generate(new_tokens + 1)) - seconds(generate(1))) / new_tokens


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="folder with config.json; weights are random")
    parser.add_argument("--json", help="write the figures here as they come")
    args = parser.parse_args()
    figures = {}

    def note(name, value):
        figures[name] = round(value, 2)
        print(f"{name:32} {value:10.2f}", flush=True)
        if args.json:
            with open(args.json, "w") as file:
                json.dump(figures, file, indent=1)

    note("copy bandwidth, TB/s", copy_bandwidth())
    model = load(args.model)
    for batch, length in PREFILLS:
        ids = random_ids(batch, length)
        note(f"prefill {batch}x{length}, ms", 1e3 * seconds(lambda: model(ids, use_cache=True, logits_to_keep=1)))
    for batch in DECODE_BATCHES:
        note(f"decode eager B{batch}, tok/s", batch / decode_seconds(model, batch, 24))
    for batch in DECODE_BATCHES:
        note(f"decode compiled B{batch}, tok/s", batch / decode_seconds(model, batch, 64, cache_implementation="static"))


if __name__ == "__main__":
    main()
