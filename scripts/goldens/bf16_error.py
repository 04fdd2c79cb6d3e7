"""How far bf16 lies from fp32: Hugging Face's own error, teacher-forced, and a Gatun run's beside it.

    python scripts/goldens/formula.py models/src/test/resources/goldens/gemma* --out /tmp/gemmas     # whole checkpoints, with golden.json
    python scripts/goldens/bf16_error.py --device cuda /tmp/gemmas/* --json error.json
    python scripts/goldens/bf16_error.py --device cuda DIR --prompts-file prompts.json --gatun gatun-bf16.json
    python scripts/goldens/bf16_error.py --device cuda DIR... --gatun runs      # runs/NAME.json is Gatun's run on the checkpoint of that name

Prompts are those of --prompts-file, else of --gatun, else of the checkpoint's golden.json. "last" is the error of the logits at the last
prompt position, which a Gatun run file holds too; "all" takes in every prompt position and, where the file has output ids, every decode
step fed with those ids. Of a model that sees, prompts come from --prompts-file or --gatun, with their pictures.
"""
import argparse
import json
import math
import statistics
import sys
from pathlib import Path

import torch
from transformers import AutoConfig

sys.path.append(str(Path(__file__).resolve().parents[1]))
import vlm_hf
from hf_reference import encode, load_model, load_tokenizer, read_prompts, run


def error(actual, expected):
    delta = (actual.double() - expected.double()).abs()
    return {"max": delta.max().item(), "rms": delta.square().mean().sqrt().item()}


def overall(errors):
    """Of several prompts' errors over equally many logits each; the median is that of the prompts' rms errors, which an expert chosen otherwise does not move."""
    return {"max": max(e["max"] for e in errors), "rms": math.sqrt(sum(e["rms"] ** 2 for e in errors) / len(errors)),
            "median": statistics.median(e["rms"] for e in errors)}


def read_work(path, file, sees):
    """(input ids, paths of pictures, output ids to feed, what the model is given besides) by prompt."""
    prompts, content = read_prompts(file, []), json.loads(Path(file).read_text())
    forced = [p["output_ids"] for p in content["prompts"]] if isinstance(content, dict) else [[]] * len(prompts)
    if sees:
        processor, config = vlm_hf.load_processor(path), AutoConfig.from_pretrained(path)
        seen = [vlm_hf.read(processor, config, p.given, p.images) for p in prompts]
        return [(s.input_ids, p.images, output_ids, s.inputs) for s, p, output_ids in zip(seen, prompts, forced)]
    tokenizer = load_tokenizer(path)
    return [(encode(p.given, tokenizer), p.images, output_ids, {}) for p, output_ids in zip(prompts, forced)]


def prompt_key(input_ids, images):
    return *input_ids, *images


def measure(path, args):
    run_file = args.gatun / f"{path.name}.json" if args.gatun and args.gatun.is_dir() else args.gatun
    sees = hasattr(AutoConfig.from_pretrained(path), "vision_config")
    work = read_work(path, args.prompts_file or run_file or path / "golden.json", sees)
    # Caps of scores and sinks are in eager attention alone.
    reference, rounded = (load_model(path, dtype, args.device, sees, attn_implementation="eager") for dtype in ("float32", args.dtype))
    gatun = {prompt_key(p["input_ids"], p.get("images", [])): p for p in json.loads(run_file.read_text())["prompts"]} if run_file else {}
    prompts = []
    for input_ids, images, forced, inputs in work:
        expected, actual = (run(model, input_ids, len(forced), forced, inputs) for model in (reference, rounded))
        result = {"input_ids": input_ids, "hf_last": error(actual.prompt_logits[-1], expected.prompt_logits[-1]),
                  "hf_all": error(torch.cat([actual.prompt_logits, actual.step_logits[1:]]),
                                  torch.cat([expected.prompt_logits, expected.step_logits[1:]]))}
        if found := gatun.get(prompt_key(input_ids, images)):
            result["gatun_last"] = error(torch.tensor(found["prefill_logits"]), expected.prompt_logits[-1])
        prompts.append(result)
    summary = {"model": str(path), "device": args.device, "dtype": args.dtype}
    for key in ("hf_last", "hf_all", "gatun_last"):
        if some := [p[key] for p in prompts if key in p]:
            summary[key] = overall(some)
    return summary | {"prompts": prompts}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoints", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cuda")
    parser.add_argument("--dtype", choices=["bfloat16", "float16"], default="bfloat16")
    parser.add_argument("--prompts-file", help="JSON array of strings or of id arrays; every prefix worth measuring is a prompt")
    parser.add_argument("--gatun", type=Path, metavar="RUN.json", help="Gatun's run on the checkpoint, or a folder of such: its last-position error goes "
                        "beside HF's")
    parser.add_argument("--json", metavar="FILE", help="write all of it, by prompt")
    args = parser.parse_args()
    if args.gatun and args.gatun.is_file() and len(args.checkpoints) > 1:
        parser.error("--gatun is a run on one checkpoint, but several were given")

    results = []
    for path in args.checkpoints:
        results.append(measure(path, args))
        errors = {key: e for key, e in results[-1].items() if key.endswith(("_last", "_all"))}
        if "gatun_last" in errors:
            print(f"{errors['gatun_last']['rms'] / errors['hf_last']['rms']:5.2f} {errors['gatun_last']['median'] / errors['hf_last']['median']:5.2f}", end="  ")
        columns = "  ".join(f"{key} max {e['max']:.5f} rms {e['rms']:.6f}" for key, e in errors.items())
        print(f"{path.name:32} {columns}", flush=True)
    if args.json:
        Path(args.json).write_text(json.dumps(results) + "\n")


if __name__ == "__main__":
    main()
