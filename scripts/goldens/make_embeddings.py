"""Writes embeddings of a few prompts by Hugging Face in fp32: the last hidden states of the sample model, pooled in three ways.

Usage: python scripts/goldens/make_embeddings.py models/samples/llama models/src/test/resources/sample-embeddings.json
"""

import json
import random
import sys

import torch
from transformers import AutoModel


def main(checkpoint, target):
    model = AutoModel.from_pretrained(checkpoint, dtype=torch.float32).eval()
    draw = random.Random(4)
    prompts = [[draw.randrange(model.config.vocab_size) for _ in range(length)] for length in (1, 7, 40, 150)]
    entries = []
    for ids in prompts:
        with torch.no_grad():
            hidden = model(torch.tensor([ids])).last_hidden_state[0]
        rounded = lambda vector: [round(float(x), 5) for x in vector]
        entries.append({"input_ids": ids, "LAST": rounded(hidden[-1]), "MEAN": rounded(hidden.mean(0)), "CLS": rounded(hidden[0])})
    with open(target, "w") as file:
        json.dump(entries, file, separators=(",", ":"))


if __name__ == "__main__":
    main(*sys.argv[1:])
