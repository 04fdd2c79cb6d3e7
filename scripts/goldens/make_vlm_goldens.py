"""Golden files of models that see, from Hugging Face Transformers, computed in fp32 on the CPU.

    python scripts/goldens/make_vlm_goldens.py [--only CASE…]     # vlm_cases.py; into the test resources of models

A case's folder holds config.json, preprocessor_config.json, processor_config.json and, in place of weights, weights.json, from which formula.py and its Java
twin make the same checkpoint. The tokenizer is that of all.
golden.json.gz: {"model", "source", "effects", "bf16_error", "checksums": {tensor: CRC32}, "towers", "prompts"}.
    Each of "towers" is a picture of random numbers, [rows, cols] with the key "seed:pixels.index", mean 0 and deviation 1: {"modality", "grid", "tokens",
    "rows", "cols", "sums", "every", "sample", "bf16_error"}, where "sums" are those of every row of the image features, "sample" is every "every"-th row, and
    "bf16_error" is the root of the mean square of what bf16 changes in the sample.
    Each of "prompts": {"text" with placeholders, "media": [{"image": name} or {"video": [names], "fps"}], "input_ids" expanded, "pictures": like "towers", with
    "pixel_sample" (every "pixel_every"-th number of the processor's), "last_logits", "mid_position", "mid_logits", "output_ids", "margins", "min_margin"}.
    Logits are of the whole vocabulary; output_ids are greedy without a stop at EOS. For "effects" and "bf16_error" see make_goldens.py; the error is of logits
    at the prompt's end and the output, teacher-forced.
"""
import argparse
import copy
import gzip
import json
import shutil
import sys
import tempfile
from pathlib import Path

import torch
import transformers
from tokenizers import AddedToken

sys.path.append(str(Path(__file__).resolve().parents[1]))
import formula
import vlm_media
from checkpoints import byte_level_tokenizer, distribution, load, write_weights
from make_goldens import digits
from vlm_cases import CASES, IDS, SPECIAL, VOCAB

OUT = Path(__file__).resolve().parents[2] / "models/src/test/resources/vlm"
MIN_MARGIN = 5e-3  # more than twice the tolerance of a logit
MIN_DISTINCT = 5  # of the greedy ids of each prompt
MIN_EFFECT = 0.05
STEPS = 16


def tokenizer():
    made = byte_level_tokenizer()
    made.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    assert all(made.token_to_id(token) == i for token, i in IDS.items()) and made.get_vocab_size() <= VOCAB
    return made


def stored_name(name, style):
    """A tensor of the model by the name that it has in a checkpoint of a style."""
    qwen = ".visual." in name or style.endswith("qwen")
    if style.startswith("v4") or style == "v5-qwen":
        return name.replace("model.vision_tower.", "model.vision_tower.vision_model.")
    if qwen:
        return name.replace("model.visual.", "visual.").replace("model.language_model.", "model.")
    tower = "vision_tower." if style == "v5" else "vision_tower.vision_model."
    for old, new in (("model.language_model.", "language_model.model."), ("lm_head.", "language_model.lm_head."), ("model.vision_tower.", tower),
                     ("model.multi_modal_projector", "multi_modal_projector"), ("model.image_newline", "image_newline")):
        if name.startswith(old):
            return new + name[len(old):]
    return name


def write_case(path, case, seed, weights):
    """Writes the case's folder and, into the folder `weights`, the checkpoint. Returns the checksums."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    if "architectures" in case.config:
        config = case.config
    else:
        config = case.model.config_class(**copy.deepcopy(case.config)).to_dict() | {"architectures": [case.model.__name__], "dtype": case.dtype}
        config = json.loads(json.dumps(config))
    write_json(path / "config.json", config)
    write_json(path / "preprocessor_config.json", case.processor)
    if case.processor_config:
        write_json(path / "processor_config.json", case.processor_config)
    model = case.model(transformers.AutoConfig.from_pretrained(path))
    tied = model.config.tie_word_embeddings
    style = case.names + ("-qwen" if "qwen" in model.config.model_type and hasattr(model.model, "visual") else "")
    specs = []
    for name, value in model.state_dict().items():
        if name == "lm_head.weight" and tied:
            continue
        shape = list(value.shape)
        specs.append((stored_name(name, style), shape, *distribution(name, shape, model.config.model_type == "gemma3", case.stds)))
    write_weights(path, seed, case.dtype, specs)
    return {name: formula.checksum(tensor) for name, tensor in formula.write_checkpoint(path, weights).items()}


def write_json(file, content):
    file.write_text(json.dumps(content, indent=1) + "\n")


@torch.no_grad()
def full_pass(model, kind, ids, media):
    """Logits [length, vocab] without a cache."""
    return model(input_ids=torch.tensor([ids]), use_cache=False, **kind.inputs(ids, media)).logits[0]


@torch.no_grad()
def described(model, kind, media):
    features = kind.features(model, media)
    assert len(features) == media.tokens, f"{media.grid}: {len(features)} features, {media.tokens} tokens"
    every = max(1, len(features) // 5)
    return {"modality": media.modality, "grid": media.grid, "tokens": media.tokens, "rows": len(media.pixels), "cols": media.pixels.shape[1],
            "sums": digits(features.sum(-1).tolist(), 7), "every": every, "sample": digits(features[::every].tolist(), 7)}


def make_prompt(model, kind, words, text, sources, pictures):
    media = [kind.media(source, pictures, len(sources) > 1) for source in sources]
    ids = words.encode(kind.expand(text, media)).ids
    logits, output, margins = full_pass(model, kind, ids, media), [], []
    step = logits
    for _ in range(STEPS):
        best = step[-1].topk(2)
        margins.append((best.values[0] - best.values[1]).item())
        output.append(int(best.indices[0]))
        if margins[-1] < MIN_MARGIN or output[-1] >= min(IDS.values()):
            return None
        step = full_pass(model, kind, ids + output, media)
    if len(set(output)) < MIN_DISTINCT:
        return None
    described_media = []
    for m in media:
        flat = m.pixels.flatten()
        every = max(1, len(flat) // 60)
        described_media.append(described(model, kind, m) | {"pixel_every": every, "pixel_sample": digits(flat[::every].tolist(), 7)})
    named = [{"image": s} if isinstance(s, str) else {"video": list(s[0]), "fps": s[1]} for s in sources]
    mid = (len(ids) - 1) // 2
    golden = {"text": text, "media": named, "input_ids": ids, "pictures": described_media, "last_logits": digits(logits[-1].tolist(), 7), "mid_position": mid,
              "mid_logits": digits(logits[mid].tolist(), 7), "output_ids": output, "margins": digits(margins, 4), "min_margin": float(f"{min(margins):.4g}")}
    return golden, media


def make_case(path, case, pictures):
    words = tokenizer()
    for seed in range(1000):
        with tempfile.TemporaryDirectory() as scratch:
            weights = Path(scratch, path.name)
            checksums = write_case(path, case, seed, weights)
            model = load(case.model, weights, attn_implementation="eager")
        kind = vlm_media.family(case, model.config)
        made = []
        for text, sources in case.prompts:
            made.append(make_prompt(model, kind, words, text, sources, pictures))
            if made[-1] is None:
                break
        if made[-1] is not None:
            break
    towers, rounded = [], in_bf16(model)
    for i, spec in enumerate(case.towers):
        rows, cols = kind.shape(spec)
        media = kind.tower(spec, formula.tensor(f"{seed}:pixels.{i}", [rows, cols], 0.0, 1.0, torch.float32))
        towers.append(described(model, kind, media))
        low = described(rounded, kind, media_in_bf16(media))
        error = (torch.tensor(low["sample"]) - torch.tensor(towers[-1]["sample"])).square().mean().sqrt().item()
        towers[-1]["bf16_error"] = float(f"{error:.3g}")
    longest, media = max(made, key=lambda p: (len(p[1]), len(p[0]["input_ids"])))
    whole = longest["input_ids"] + longest["output_ids"]
    expected = full_pass(model, kind, whole, media)
    effects = {}
    for feature, switch in case.effects.items():
        effect = (full_pass(switch(model), kind, whole, media) - expected).abs().max().item()
        assert effect > MIN_EFFECT, f"{path.name}: without {feature} logits change by {effect} only"
        effects[feature] = float(f"{effect:.3g}")
    golden = {"model": path.name, "source": f"transformers {transformers.__version__}, torch {torch.__version__}, float32 on cpu", "effects": effects,
              "bf16_error": bf16_error(model, rounded, kind, made), "checksums": checksums, "towers": towers, "prompts": [p for p, _ in made]}
    packed = gzip.compress(json.dumps(golden, separators=(",", ":")).encode(), mtime=0)
    (path / "golden.json.gz").write_bytes(packed)
    size = sum(f.stat().st_size for f in path.iterdir())
    margin = min(p["min_margin"] for p, _ in made)
    print(f"{path.name:28} seed {seed:3}, {size:7,} bytes, golden {len(packed):7,}, min margin {margin:.4f}, bf16 {golden['bf16_error']}  {effects}",
          flush=True)


def in_bf16(model):
    rounded = copy.deepcopy(model)
    for p in rounded.parameters():  # buffers stay in fp32, as from_pretrained keeps them
        p.data = p.data.bfloat16()
    return rounded


def media_in_bf16(media):
    low = copy.copy(media)
    low.pixels = media.pixels.bfloat16()
    if hasattr(media, "tiles"):
        low.tiles = media.tiles.bfloat16()
    return low


def bf16_error(model, rounded, kind, made):
    errors = []
    for prompt, media in made:
        ids, low = prompt["input_ids"] + prompt["output_ids"][:-1], [media_in_bf16(m) for m in media]
        tail = slice(len(prompt["input_ids"]) - 1, None)
        errors.append((full_pass(rounded, kind, ids, low)[tail].float() - full_pass(model, kind, ids, media)[tail]).abs().max().item())
    return float(f"{max(errors):.3g}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the goldens (default: the test resources of models)")
    parser.add_argument("--only", nargs="*", choices=list(CASES), help="make only these cases")
    args = parser.parse_args()
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    (args.out / "pictures").mkdir(parents=True, exist_ok=True)
    tokenizer().save(str(args.out / "tokenizer.json"), pretty=False)
    pictures = {name: vlm_media.draw(name) for name in vlm_media.SIZES}
    for name, picture in pictures.items():
        picture.save(args.out / "pictures" / f"{name}.png", optimize=True)
    for name in args.only or CASES:
        make_case(args.out / name, CASES[name], pictures)


if __name__ == "__main__":
    main()
