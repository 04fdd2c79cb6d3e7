"""What the reference scripts share: a Hugging Face model, its prompts, and a greedy or teacher-forced run of it."""
import json
from pathlib import Path
from typing import NamedTuple

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


class Run(NamedTuple):
    prompt_logits: torch.Tensor  # [prompt, vocab] fp32, one row a prompt position
    step_logits: torch.Tensor  # [steps, vocab] fp32; row j is what output_ids[j] is chosen from, row 0 the last prompt position
    output_ids: list


def load_model(path, dtype, device, **options):
    """The checkpoint's weights, converted to `dtype` ("float32", ...), on `device`; `options` as from_pretrained takes them."""
    return AutoModelForCausalLM.from_pretrained(path, dtype=getattr(torch, dtype), **options).to(device).eval()


def load_tokenizer(path):
    """None for a checkpoint without one: its prompts are id arrays."""
    return AutoTokenizer.from_pretrained(path) if (Path(path) / "tokenizer.json").exists() else None


@torch.no_grad()
def run(model, input_ids, steps, forced=None):
    """Prefills, then decodes exactly `steps` ids token by token with the cache: greedy (no stop at EOS), or those of `forced`."""
    output = model(torch.tensor([input_ids], device=model.device), use_cache=True)
    prompt_logits = output.logits[0].float().cpu()
    rows, ids = [prompt_logits[-1]], []
    for step in range(steps):
        ids.append(forced[step] if forced else int(rows[-1].argmax()))
        if step + 1 < steps:
            output = model(torch.tensor([[ids[-1]]], device=model.device), past_key_values=output.past_key_values, use_cache=True)
            rows.append(output.logits[0, -1].float().cpu())
    return Run(prompt_logits, torch.stack(rows), ids)


def read_prompts(file, default):
    """A JSON array of strings or id arrays, or the prompts of a Gatun run or golden file; `default` where there is no file."""
    if file is None:
        return default
    content = json.loads(Path(file).read_text())
    return [p["input_ids"] for p in content["prompts"]] if isinstance(content, dict) else content


def encode(prompt, tokenizer):
    """Ids of a string or an id array."""
    if isinstance(prompt, str):
        if tokenizer is None:
            raise SystemExit(f"the checkpoint has no tokenizer.json, so give id arrays instead of the prompt {prompt!r}")
        return tokenizer.encode(prompt)
    return prompt


def floats(values):
    """The shortest decimals that read back as the same fp32."""
    return [float(str(v)) for v in values.numpy()]
