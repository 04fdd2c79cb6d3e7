"""The Hugging Face side of a comparison with `gatun bench-one-batch --correct`, for any text checkpoint.

    python scripts/playground/reference_hf.py --model-path DIR --model-type text --json hf.json
    python scripts/playground/reference_hf.py --model-path DIR --ids-from gatun.json --json hf.json   # teacher-forced on Gatun's ids
"""
import argparse
import json
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))
from hf_reference import encode, floats, load_model, load_tokenizer, read_prompts, run

# "Kindom" as in SGLang's bench_one_batch: both sides get identical prompts.
PROMPTS = ["The capital of France is", "The capital of the United Kindom is", "Today is a sunny day and I like"]


def step_summary(logits, chosen):
    """The five likeliest ids of a step, and the logit of the id that was taken."""
    top = logits.topk(min(5, len(logits)))
    return {"ids": top.indices.tolist(), "logits": floats(top.values), "chosen_logit": floats(logits[chosen, None])[0]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model-path", required=True)
    parser.add_argument("--model-type", choices=["text"], default="text")
    parser.add_argument("--dtype", choices=["float32", "bfloat16", "float16"], default="float32", help="to compute in (default float32)")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--max-new-tokens", type=int, default=16, help="exactly so many ids are decoded, EOS or not (default 16)")
    parser.add_argument("--prompts-file", help="JSON array of strings or of id arrays (default: the prompts of bench-one-batch)")
    parser.add_argument("--ids-from", metavar="RUN.json", help="take prompts and output ids from this run and only compute their logits")
    parser.add_argument("--json", metavar="FILE", help="write a run file like Gatun's, with the top 5 of every step")
    args = parser.parse_args()

    model, tokenizer = load_model(args.model_path, args.dtype, args.device), load_tokenizer(args.model_path)
    if args.ids_from:
        given = json.loads(Path(args.ids_from).read_text())["prompts"]
        work = [(p.get("text"), p["input_ids"], p["output_ids"]) for p in given]
    else:
        prompts = read_prompts(args.prompts_file, PROMPTS)
        work = [(p if isinstance(p, str) else None, encode(p, tokenizer), None) for p in prompts]

    results = []
    for i, (text, input_ids, forced) in enumerate(work):
        result = run(model, input_ids, len(forced) if forced else args.max_new_tokens, forced)
        print(f"\n========== Prompt {i} ==========")
        print("prefill logits (final)", result.prompt_logits[-1])
        print(tokenizer.decode(input_ids + result.output_ids) if tokenizer else input_ids + result.output_ids)
        results.append({
            "text": text, "input_ids": input_ids, "prefill_logits": floats(result.prompt_logits[-1]), "output_ids": result.output_ids,
            "output_text": tokenizer.decode(result.output_ids) if tokenizer else None,
            "step_logits": [step_summary(row, chosen) for row, chosen in zip(result.step_logits, result.output_ids)]})
    if args.json:
        content = {"model": args.model_path, "device": args.device, "dtype": args.dtype, "prompts": results}
        Path(args.json).write_text(json.dumps(content) + "\n")


if __name__ == "__main__":
    main()
