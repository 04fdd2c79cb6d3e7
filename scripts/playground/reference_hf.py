"""The Hugging Face side of a comparison with `gatun bench-one-batch --correct`, for any checkpoint that reads text, or text and pictures.

    python scripts/playground/reference_hf.py --model-path DIR --model-type text --json hf.json
    python scripts/playground/reference_hf.py --model-path DIR --model-type vlm --image cat.jpg dog.png --json hf.json --dump-pixel-values hf.safetensors
    python scripts/playground/reference_hf.py --model-path DIR --ids-from gatun.json --json hf.json   # teacher-forced on Gatun's ids
"""
import argparse
import json
import sys
from pathlib import Path

from safetensors.torch import save_file

sys.path.append(str(Path(__file__).resolve().parents[1]))
import vlm_hf
from hf_reference import Prompt, encode, floats, load_model, load_tokenizer, read_prompts, run

# "Kindom" as in SGLang's bench_one_batch: both sides get identical prompts.
PROMPTS = ["The capital of France is", "The capital of the United Kindom is", "Today is a sunny day and I like"]


class TextReader:
    def __init__(self, path):
        self.tokenizer = load_tokenizer(path)

    def read(self, prompt, add_special_tokens=True):
        if prompt.images:
            raise SystemExit(f"the prompt {prompt.given!r} has pictures: give --model-type vlm")
        return vlm_hf.Seen(encode(prompt.given, self.tokenizer), {})


class PictureReader:
    def __init__(self, path, config):
        self.processor, self.config = vlm_hf.load_processor(path), config
        self.tokenizer = self.processor.tokenizer

    def read(self, prompt, add_special_tokens=True):
        return vlm_hf.read(self.processor, self.config, prompt.given, prompt.images, add_special_tokens)


def step_summary(logits, chosen):
    """The five likeliest ids of a step, and the logit of the id that was taken."""
    top = logits.topk(min(5, len(logits)))
    return {"ids": top.indices.tolist(), "logits": floats(top.values), "chosen_logit": floats(logits[chosen, None])[0]}


def read_work(args, reader):
    """(prompt, how it is read, ids to be fed or None) of each."""
    if args.ids_from:
        given = json.loads(args.ids_from.read_text())["prompts"]
        prompts = [Prompt(p["input_ids"], p.get("images", [])) for p in given]
        return [(prompt._replace(given=p.get("text")), reader.read(prompt), p["output_ids"]) for prompt, p in zip(prompts, given)]
    if args.image:
        text, add_special_tokens = vlm_hf.question(reader.processor)
        return [(Prompt(text, [image]), reader.read(Prompt(text, [image]), add_special_tokens), None) for image in args.image]
    return [(prompt, reader.read(prompt), None) for prompt in read_prompts(args.prompts_file, PROMPTS)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model-path", type=Path, required=True)
    parser.add_argument("--model-type", choices=["text", "vlm"], default="text", help="vlm for a model that sees (default text)")
    parser.add_argument("--dtype", choices=["float32", "bfloat16", "float16"], default="float32", help="to compute in (default float32)")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--max-new-tokens", type=int, default=16, help="exactly so many ids are decoded, EOS or not (default 16)")
    prompts = parser.add_mutually_exclusive_group()
    prompts.add_argument("--prompts-file", help="JSON array of strings, of id arrays or of {\"text\" or \"input_ids\", \"images\"} "
                         "(default: the prompts of bench-one-batch)")
    prompts.add_argument("--image", nargs="+", metavar="PATH", help="pictures to be described, a prompt each")
    prompts.add_argument("--ids-from", type=Path, metavar="RUN.json", help="take prompts and output ids from this run and only compute their logits")
    parser.add_argument("--dump-pixel-values", metavar="FILE.safetensors", help="write what the processor makes of pictures, like Gatun's")
    parser.add_argument("--json", metavar="FILE", help="write a run file like Gatun's, with the top 5 of every step")
    args = parser.parse_args()
    sees = args.model_type == "vlm"
    if not sees and (args.image or args.dump_pixel_values):
        parser.error("pictures need --model-type vlm")

    model = load_model(args.model_path, args.dtype, args.device, sees)
    reader = PictureReader(args.model_path, model.config) if sees else TextReader(args.model_path)
    tokenizer, results, dump = reader.tokenizer, [], {}
    for i, (prompt, seen, forced) in enumerate(read_work(args, reader)):
        result = run(model, seen.input_ids, len(forced) if forced else args.max_new_tokens, forced, seen.inputs)
        print(f"\n========== Prompt {i} ==========")
        print("prefill logits (final)", result.prompt_logits[-1])
        print(tokenizer.decode(seen.input_ids + result.output_ids) if tokenizer else seen.input_ids + result.output_ids)
        results.append({
            "text": prompt.given if isinstance(prompt.given, str) else None, "input_ids": seen.input_ids,
            "prefill_logits": floats(result.prompt_logits[-1]), "output_ids": result.output_ids,
            "output_text": tokenizer.decode(result.output_ids) if tokenizer else None,
            "step_logits": [step_summary(row, chosen) for row, chosen in zip(result.step_logits, result.output_ids)]})
        if prompt.images:
            results[-1] |= {"images": prompt.images, "image_grids": vlm_hf.grids(model.config, seen.inputs)}
            dump |= {f"prompt.{i}.image.{j}": rows.contiguous() for j, rows in enumerate(vlm_hf.pixel_rows(model.config, seen.inputs))}
    if args.json:
        content = {"model": str(args.model_path), "device": args.device, "dtype": args.dtype, "prompts": results}
        Path(args.json).write_text(json.dumps(content) + "\n")
    if args.dump_pixel_values:
        save_file(dump, args.dump_pixel_values)


if __name__ == "__main__":
    main()
