"""What the reference scripts share: a Hugging Face model, its prompts, and a greedy or teacher-forced run of it."""
import json
from pathlib import Path
from typing import NamedTuple

import torch
from transformers import AutoModelForCausalLM, AutoModelForImageTextToText, AutoTokenizer


class Prompt(NamedTuple):
    given: object  # a text, or token ids
    images: list = []  # paths, one for each placeholder in it


class Run(NamedTuple):
    prompt_logits: torch.Tensor  # [prompt, vocab] fp32, one row a prompt position
    step_logits: torch.Tensor  # [steps, vocab] fp32; row j is what output_ids[j] is chosen from, row 0 the last prompt position
    output_ids: list


def load_model(path, dtype, device, sees=False, **options):
    """The checkpoint's weights, converted to `dtype` ("float32", ...), on `device`; `options` as from_pretrained takes them."""
    kind = AutoModelForImageTextToText if sees else AutoModelForCausalLM
    return kind.from_pretrained(path, dtype=getattr(torch, dtype), **options).to(device).eval()


def load_tokenizer(path):
    """None for a checkpoint without one: its prompts are id arrays."""
    return AutoTokenizer.from_pretrained(path) if (Path(path) / "tokenizer.json").exists() else None


@torch.no_grad()
def run(model, input_ids, steps, forced=None, inputs=None):
    """Prefills, with `inputs` of pictures besides, then decodes exactly `steps` ids one by one with the cache: greedy (no stop at EOS), or those of `forced`."""
    if hasattr(model.model, "rope_deltas"):
        model.model.rope_deltas = None  # those of the prompt before stay, and a prompt of text alone would decode by them
    given = {name: t.to(model.device, model.dtype if t.is_floating_point() else None) for name, t in (inputs or {}).items()}
    output = model(torch.tensor([input_ids], device=model.device), use_cache=True, **given)
    prompt_logits = output.logits[0].float().cpu()
    rows, ids = [prompt_logits[-1]], []
    for step in range(steps):
        ids.append(forced[step] if forced else int(rows[-1].argmax()))
        if step + 1 < steps:
            output = model(torch.tensor([[ids[-1]]], device=model.device), past_key_values=output.past_key_values, use_cache=True)
            rows.append(output.logits[0, -1].float().cpu())
    return Run(prompt_logits, torch.stack(rows), ids)


def read_prompts(file, default):
    """A JSON array of strings, id arrays or {"text" or "input_ids", "images"}, or the prompts of a Gatun run or golden file; `default` where there is none."""
    if file is None:
        return [Prompt(text) for text in default]
    content = json.loads(Path(file).read_text())
    if isinstance(content, dict):
        return [Prompt(p["input_ids"], p.get("images", [])) for p in content["prompts"]]
    return [Prompt(p.get("text", p.get("input_ids")), [found(image, file) for image in p["images"]]) if isinstance(p, dict) else Prompt(p) for p in content]


def found(image, file):
    """A path is taken from where the script runs, or from where the prompts' file lies."""
    return image if Path(image).exists() else str(Path(file).absolute().parent / image)


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
