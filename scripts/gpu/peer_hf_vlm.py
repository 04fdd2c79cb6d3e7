"""Hugging Face Transformers on the same shape as Gatun's bench-one-batch --image-size, for models like Qwen2-VL: tower and time to the first token.

    python scripts/gpu/peer_hf_vlm.py models/configs/qwen2-vl-7b --image-size 1036x1036 --input-len 32 --json peer.json

Pixel values lie on the device already, as for Gatun's ttft_s.
"""
import argparse
import json

import torch
from peer_hf import random_ids, seconds
from transformers import AutoConfig, AutoModelForImageTextToText

RUNS = 5


def load(path):
    config = AutoConfig.from_pretrained(path)
    with torch.device("cuda"):
        return AutoModelForImageTextToText.from_config(config, dtype=torch.bfloat16, attn_implementation="sdpa").eval()


def inputs(config, width, height, input_len):
    """What the processor and the tokenizer make of a picture and some words, on the device."""
    vision = config.vision_config
    grid = torch.tensor([[1, height // vision.patch_size, width // vision.patch_size]], device="cuda")
    patches = int(grid.prod())
    columns = vision.in_channels * vision.temporal_patch_size * vision.patch_size**2
    picture = torch.full((1, patches // vision.spatial_merge_size**2), config.image_token_id, device="cuda")
    ids = torch.cat([picture, random_ids(1, input_len)], 1)
    return {
        "input_ids": ids,
        "attention_mask": torch.ones_like(ids),
        "mm_token_type_ids": (ids == config.image_token_id).int(),
        "pixel_values": torch.randn(patches, columns, device="cuda", dtype=torch.bfloat16),
        "image_grid_thw": grid,
    }


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="folder with config.json; weights are random")
    parser.add_argument("--image-size", default="1036x1036", metavar="WxH", help="a multiple of what a token covers")
    parser.add_argument("--input-len", type=int, default=32, help="tokens after the picture")
    parser.add_argument("--json", help="write the figures here")
    args = parser.parse_args()
    model = load(args.model)
    given = inputs(model.config, *map(int, args.image_size.split("x")), args.input_len)
    figures = {
        "tower_latency_s": seconds(lambda: model.model.visual(given["pixel_values"], grid_thw=given["image_grid_thw"]), RUNS),
        "ttft_s": seconds(lambda: model(**given, use_cache=True, logits_to_keep=1).logits.argmax(-1).cpu(), RUNS),
    }
    for name, value in figures.items():
        print(f"{name:32} {value:10.5f}", flush=True)
    if args.json:
        with open(args.json, "w") as file:
            json.dump(figures, file, indent=1)


if __name__ == "__main__":
    main()
