"""Golden files from Hugging Face Transformers, computed in fp32 on the CPU.

    python scripts/goldens/make_goldens.py                                    # random tiny checkpoints (cases.py), each with its golden.json
    python scripts/goldens/make_goldens.py --checkpoint models/samples/llama  # the golden of a trained checkpoint

golden.json: {"model", "checkpoint"?, "checksum"?, "kind", "context_length"?, "source", "effects", "bf16_error"?, "prompts"}. Beside it lie config.json, often
tokenizer.json and, in place of weights, weights.json, from which formula.py and its Java twin make the same checkpoint, "checksum" being the CRC32 of its
tensors in their order; or the checkpoint is the folder "checkpoint" of the repository. "effects" is by feature how far logits move when it is switched
off; "bf16_error" is how far Hugging Face's own top logprobs in bf16 lie from these at most. A prompt by kind:

generation: {"text"?, "input_ids", "last_logits", "mid_position"?, "mid_logits"?, "output_ids", "output_text"?, "margins", "min_margin",
    "prefill_top_logprobs"?, "decode_top_logprobs"}. Logits are of the whole vocabulary, at the last prompt position and, in a prompt of several
    ids, at mid_position. output_ids are greedy without a stop at EOS; a trained checkpoint's end where the next choice would be too close.
    margins are the distances between the best two logits at each output id. Top logprobs are the five largest log-probabilities, falling: at
    each prompt position of prompts up to 100 ids, and where each output id was chosen.
embedding: {"input_ids", "embedding"}: the last hidden state of the last token, scaled to length 1.
score: {"input_ids", "scores"}: the classification head at the last token.
"""
import argparse
import copy
import json
import sys
import tempfile
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import AutoConfig

sys.path.append(str(Path(__file__).resolve().parents[1]))
import formula
from cases import CASES
from checkpoints import EAGER, configuration, dequantised, load, write_case
from hf_reference import load_model, load_tokenizer, run

ROOT = Path(__file__).resolve().parents[2]
GOLDENS = ROOT / "models/src/test/resources/goldens"
MIN_MARGIN = 2e-3  # twice the tolerance of a logit, so that greedy ids are well defined
MIN_DISTINCT = 8  # of the 32 greedy ids of each prompt, so that they are no mere repetition
MIN_EFFECT = 0.05  # of switching a feature off, on some logit of the longest prompt and its output
MAX_CACHE_ERROR = 1e-4  # between decoding with the cache and one pass over everything
SEEDS = 50  # to try
STEPS = 32
TOP = 5
MAX_TOP_PROMPT = 100  # SGLang compares prompt positions of prompts up to this length
TEXT = "The lake and the locks"
TEXT_PROMPTS = ["The capital of France is", "The capital of the United Kindom is", "Today is a sunny day and I like", "Hello, my name is",
                "The future of AI is", "125 + 348 ="]
CHAT_PROMPTS = [
    [{"role": "user", "content": "What is 46 + 57?"}],
    [{"role": "user", "content": "Sort these numbers: 42 7 93 18"}],
    [{"role": "system", "content": "Answer in one word."}, {"role": "user", "content": "What is the capital of Norway?"}],
    [{"role": "user", "content": "My name is Clara."}, {"role": "assistant", "content": "Nice to meet you, Clara."},
     {"role": "user", "content": "Count from 3 to 20."}, {"role": "assistant", "content": "3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20"},
     {"role": "user", "content": "What is my name?"}],
]


class IllDefined(Exception):
    """What a seed's weights compute is too close a call, too dull or too sensitive to rounding to hold an engine to."""


def digits(values, count):
    return [digits(v, count) if isinstance(v, list) else float(f"{v:.{count}g}") for v in values]


def top_logprobs(logits):
    return digits(logits.log_softmax(-1).topk(TOP).values.tolist(), 5)


def golden_prompt(model, input_ids, decode, only_clear=False, steps=STEPS):
    result = run(model, input_ids, steps)
    best = result.step_logits.topk(2).values
    margins = best[:, 0] - best[:, 1]
    if only_clear:
        margins = margins[:int((margins > MIN_MARGIN).cumprod(0).sum())]
    ids, mid = result.output_ids[:len(margins)], (len(input_ids) - 1) // 2
    prompt = {"input_ids": input_ids, "last_logits": digits(result.prompt_logits[-1].tolist(), 7)}
    if mid < len(input_ids) - 1:
        prompt |= {"mid_position": mid, "mid_logits": digits(result.prompt_logits[mid].tolist(), 7)}
    prompt["output_ids"] = ids
    if decode:
        prompt["output_text"] = decode(ids)
    prompt |= {"margins": digits(margins.tolist(), 4), "min_margin": float(f"{margins.min():.4g}")}
    if len(input_ids) <= MAX_TOP_PROMPT:
        prompt["prefill_top_logprobs"] = top_logprobs(result.prompt_logits)
    return prompt | {"decode_top_logprobs": top_logprobs(result.step_logits[:len(ids)])}, result


@torch.no_grad()
def full_pass(model, input_ids):
    """Logits [length, vocab], or scores [labels], without a cache."""
    return model(torch.tensor([input_ids]), use_cache=False).logits[0]


def bf16_error(model, prompts):
    """The largest difference that bf16 makes to a top logprob of any prompt, teacher-forced, at every position."""
    rounded = copy.deepcopy(model)
    for p in rounded.parameters():  # buffers stay in fp32, as from_pretrained keeps them
        p.data = p.data.bfloat16()
    errors = []
    for prompt in prompts:
        whole = prompt["input_ids"] + prompt["output_ids"][:-1]
        expected, actual = (full_pass(m, whole).float().log_softmax(-1).topk(TOP).values for m in (model, rounded))
        errors.append((actual - expected).abs().max().item())
    return float(f"{max(errors):.3g}")


@torch.no_grad()
def embedding(model, input_ids):
    hidden = model.model(torch.tensor([input_ids]), use_cache=False).last_hidden_state[0, -1]
    return hidden / hidden.norm()


def load_case(path, case):
    """The checkpoint as Hugging Face reads it, in fp32 and with plain loops for attention and experts."""
    if case.mxfp4:  # which it computes with on a GPU only
        config = AutoConfig.from_pretrained(path, **EAGER)
        del config.quantization_config
        model = case.model(config).eval()
        model.load_state_dict(dequantised(load_file(path / "model.safetensors")))
    elif case.kind == "embedding":  # published without the prefix of a model with a head
        model = case.model(AutoConfig.from_pretrained(path, **EAGER)).eval()
        model.model.load_state_dict(dequantised(load_file(path / "model.safetensors")))
    else:
        model = load(case.model, path, **EAGER)
    return model


def as_configured(case, model):
    """The model by the case's config, not by the one that was written and read."""
    configured = case.model(configuration(case)).eval()
    configured.load_state_dict(model.state_dict())
    return configured


def case_ids(case, seed, vocab_size):
    """Random ids by length; for a checkpoint with a tokenizer the second prompt is a text."""
    ids = torch.randint(2, vocab_size, (256,), generator=torch.Generator().manual_seed(seed)).tolist()
    return [ids[n:2 * n] if n <= 128 else ids[:n] for n in case.lengths]


def make_generation(path, case, model, ids):
    """Golden prompts, and the ids of the longest with its output."""
    tokenizer = Tokenizer.from_file(str(path / "tokenizer.json")) if case.tokenizer else None
    if tokenizer:
        ids[1] = tokenizer.encode(TEXT).ids
    prompts = []
    for i, input_ids in enumerate(ids):
        prompt, result = golden_prompt(model, input_ids, tokenizer and tokenizer.decode)
        if prompt["min_margin"] <= MIN_MARGIN or len(set(prompt["output_ids"])) < MIN_DISTINCT:
            raise IllDefined(f"{path.name}: the best two logits are as close as {prompt['min_margin']}, of {len(set(prompt['output_ids']))} different ids")
        whole = input_ids + prompt["output_ids"]
        if not case.rotates_anew:
            error = (full_pass(model, whole)[len(input_ids) - 1:-1] - result.step_logits).abs().max().item()
            if error >= MAX_CACHE_ERROR:
                raise IllDefined(f"{path.name}: cached decoding is {error} off a full pass")
        prompts.append(({"text": TEXT} if tokenizer and i == 1 else {}) | prompt)
    return prompts, whole


def make_case(path, case):
    for seed in range(SEEDS):
        write_case(path, case, seed)
        with tempfile.TemporaryDirectory() as scratch:
            checkpoint = Path(scratch, path.name)
            checksum = formula.checksum(*formula.write_checkpoint(path, checkpoint).values())
            model = load_case(checkpoint, case)
        ids = case_ids(case, seed, model.config.vocab_size)
        try:
            prompts, whole = make_generation(path, case, model, ids) if case.kind == "generation" else make_pooled(case, model, ids)
            break
        except IllDefined as e:
            reason = e
    else:
        raise reason
    measure = (lambda m: embedding(m, whole)) if case.kind == "embedding" else (lambda m: full_pass(m, whole))
    expected = measure(model)
    error = (measure(as_configured(case, model)) - expected).abs().max().item()
    assert error < 1e-5, f"{path.name}: what Hugging Face reads differs by {error} from what was written"
    effects = {}
    for feature, switch in case.effects.items():
        effect = (measure(switch(model)) - expected).abs().max().item()
        assert effect > MIN_EFFECT, f"{path.name}: without {feature} logits change by {effect} only"
        effects[feature] = float(f"{effect:.3g}")
    of = {"model": path.name, "checksum": checksum, "kind": case.kind} | ({"context_length": case.context_length} if case.context_length else {})
    write_golden(path / "golden.json", of | ({"bf16_error": bf16_error(model, prompts)} if case.kind == "generation" else {}), prompts, effects)


def make_pooled(case, model, ids):
    if case.kind == "embedding":
        return [{"input_ids": i, "embedding": digits(embedding(model, i).tolist(), 7)} for i in ids], ids[-1]
    return [{"input_ids": i, "scores": digits(full_pass(model, i).tolist(), 7)} for i in ids], ids[-1]


def make_trained(checkpoint, file):
    model, tokenizer = load_model(checkpoint, "float32", "cpu"), load_tokenizer(checkpoint)
    chats = [tokenizer.apply_chat_template(m, add_generation_prompt=True, tokenize=False) for m in CHAT_PROMPTS]
    work = [(text, tokenizer.encode(text)) for text in TEXT_PROMPTS]
    work += [(text, tokenizer.encode(text, add_special_tokens=False)) for text in chats]
    decode = lambda ids: tokenizer.decode(ids, skip_special_tokens=True)
    prompts = [{"text": text} | golden_prompt(model, ids, decode, only_clear=True, steps=48)[0] for text, ids in work]
    file.parent.mkdir(parents=True, exist_ok=True)
    of = {"model": checkpoint.name, "checkpoint": checkpoint.relative_to(ROOT).as_posix(), "kind": "generation", "bf16_error": bf16_error(model, prompts)}
    write_golden(file, of, prompts, {})


def write_golden(file, of, prompts, effects):
    source = f"transformers {transformers.__version__}, torch {torch.__version__}, float32 on cpu"
    golden = of | {"source": source, "effects": effects, "prompts": prompts}
    file.write_text(json.dumps(golden, separators=(",", ":"), ensure_ascii=False) + "\n")
    size = sum(f.stat().st_size for f in file.parent.iterdir())
    margin = min((p["min_margin"] for p in prompts if "min_margin" in p), default=float("nan"))
    print(f"{file.parent.name:32} {size:9,} bytes, golden {file.stat().st_size:7,}, min margin {margin:.4f}  {effects}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=GOLDENS, help="folder of the goldens (default: the test resources of models)")
    parser.add_argument("--only", nargs="*", choices=list(CASES), help="make only these cases")
    parser.add_argument("--checkpoint", type=Path, help="make the golden of this trained checkpoint: OUT/sample-<folder name>/golden.json")
    args = parser.parse_args()
    torch.set_num_threads(1)  # tiny models; and the same sums on every machine
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    if args.checkpoint:
        args.checkpoint = args.checkpoint.resolve()
        if not args.checkpoint.is_relative_to(ROOT):
            parser.error(f"--checkpoint {args.checkpoint} is outside {ROOT}, so its golden could not name it")
        make_trained(args.checkpoint, args.out / f"sample-{args.checkpoint.name}" / "golden.json")
    else:
        for name in args.only or CASES:
            make_case(args.out / name, CASES[name])


if __name__ == "__main__":
    main()
