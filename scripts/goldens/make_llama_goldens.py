"""Golden files of Llama from Hugging Face Transformers, computed in fp32 on the CPU.

    python scripts/goldens/make_llama_goldens.py                                    # random tiny checkpoints, each with its golden.json
    python scripts/goldens/make_llama_goldens.py --checkpoint models/samples/llama  # the golden of a trained checkpoint

golden.json: {"model", "checkpoint"?, "source", "prompts": [{"text"?, "input_ids", "last_logits", "mid_position", "mid_logits",
"output_ids", "output_text"?, "margins", "min_margin"}]}. The weights lie beside it, or in the folder "checkpoint" of the repository.
Logits are of the whole vocabulary, at the last prompt position and at mid_position. output_ids are greedy without a stop at EOS; a
trained checkpoint's end where the next choice would be too close. margins are the distances between the best two logits at each output
id.
"""
import argparse
import json
import shutil
import sys
from pathlib import Path

import torch
import transformers
from transformers import LlamaConfig, LlamaForCausalLM

sys.path.append(str(Path(__file__).resolve().parents[1]))
from hf_reference import floats, load_model, load_tokenizer, run

ROOT = Path(__file__).resolve().parents[2]
GOLDENS = ROOT / "models/src/test/resources/goldens"
MIN_MARGIN = 2e-3  # twice the tolerance of a logit, so that greedy ids are well defined
MIN_DISTINCT = 8  # of the 32 greedy ids of each prompt, so that they are no mere repetition
LENGTHS = (1, 13, 50, 130)  # one id; inside a page of 64; over its border while decoding; over two borders in the prompt
LLAMA3 = {"rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 64}
YARN = {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 64}

# By name: the config, the dtype on disk, and what else is special. Every combination of a feature and a dtype would be too much to ship.
CASES = {
    "llama-mha-f32": dict(
        dtype="float32", old_style=True, num_attention_heads=2, num_key_value_heads=2, head_dim=16, vocab_size=259,
        tie_word_embeddings=True, rope_parameters={"rope_type": "default", "rope_theta": 10000.0}),
    "llama-gqa2-linear-bf16": dict(
        dtype="bfloat16", old_style=True, num_attention_heads=4, num_key_value_heads=2, head_dim=16, tie_word_embeddings=True,
        attention_bias=True, rope_parameters={"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0}),
    "llama-gqa4-llama3-sharded-bf16": dict(
        dtype="bfloat16", shard_size="48KB", num_attention_heads=8, num_key_value_heads=2, head_dim=16, vocab_size=301,
        rope_parameters=LLAMA3),
    "llama-mqa-dynamic-f16": dict(
        dtype="float16", num_attention_heads=4, num_key_value_heads=1, head_dim=32, tie_word_embeddings=True, attention_bias=True,
        mlp_bias=True,
        # Decoding leaves the original context; prompts stay within it, since beyond it Hugging Face rotates a whole prompt by its length.
        max_position_embeddings=96, lengths=(1, 13, 50, 90),
        rope_parameters={"rope_type": "dynamic", "rope_theta": 10000.0, "factor": 4.0}),
    "llama-head64-yarn-bf16": dict(
        dtype="bfloat16", num_attention_heads=2, num_key_value_heads=1, head_dim=64, tie_word_embeddings=True, rope_parameters=YARN),
    "llama-yarn-attention-factor-f16": dict(
        dtype="float16", num_attention_heads=4, num_key_value_heads=4, head_dim=16, vocab_size=287, tie_word_embeddings=True, mlp_bias=True,
        rope_parameters=YARN | {"attention_factor": 1.3, "beta_fast": 16.0, "beta_slow": 2.0}),
    "llama-yarn-mscale-bf16": dict(
        dtype="bfloat16", old_style=True, num_attention_heads=4, num_key_value_heads=2, head_dim=16, tie_word_embeddings=True,
        rope_parameters=YARN | {"mscale": 1.5, "mscale_all_dim": 0.5, "truncate": False}),
    "llama-head128-llama3-bf16": dict(
        dtype="bfloat16", old_style=True, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=1, head_dim=128,
        tie_word_embeddings=True, rope_parameters=LLAMA3),
}
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


def randomise(model, generator):
    """Weights that make every part of the network matter: no unit norms, no zero biases, attention that is not uniform."""
    for name, p in model.named_parameters():
        if "norm" in name:
            mean, std = 1.0, 0.2
        elif name.endswith("bias"):
            mean, std = 0.0, 0.3
        elif "embed_tokens" in name:
            mean, std = 0.0, 0.35
        else:
            mean, std = 0.0, (2.5 if name.split(".")[-2] in ("q_proj", "o_proj", "down_proj", "lm_head") else 1.2) / p.shape[1] ** 0.5
        p.data = mean + std * torch.randn(p.shape, generator=generator)


def use_old_style(path):
    """Rewrites config.json as Transformers 4 did: rope_theta, rope_scaling ("type" for linear), torch_dtype, no keys for plain defaults."""
    config = json.loads((path / "config.json").read_text())
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope.pop("rope_theta")
    config["torch_dtype"] = config.pop("dtype")
    if rope["rope_type"] == "linear":
        rope["type"] = rope.pop("rope_type")
    config["rope_scaling"] = None if rope.get("rope_type") == "default" else rope
    config["transformers_version"] = "4.45.0"
    if config["head_dim"] == config["hidden_size"] // config["num_attention_heads"]:
        del config["head_dim"]
    if not config["mlp_bias"]:
        del config["mlp_bias"]
    (path / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def write_checkpoint(path, seed, *, dtype, old_style=False, shard_size="5GB", lengths=None, **settings):
    shutil.rmtree(path, ignore_errors=True)
    common = {"hidden_size": 64, "intermediate_size": 48, "num_hidden_layers": 2, "vocab_size": 256, "max_position_embeddings": 256,
              "rms_norm_eps": 1e-5, "bos_token_id": 0, "eos_token_id": 1}
    model = LlamaForCausalLM(LlamaConfig(**(common | settings)))
    randomise(model, torch.Generator().manual_seed(seed))
    model.to(getattr(torch, dtype)).save_pretrained(path, max_shard_size=shard_size)
    (path / "generation_config.json").unlink()
    if old_style:
        use_old_style(path)


def golden_prompt(model, input_ids, steps, only_clear=False):
    result = run(model, input_ids, steps)
    best = result.step_logits.topk(2).values
    margins = best[:, 0] - best[:, 1]
    if only_clear:
        margins = margins[:int((margins > MIN_MARGIN).cumprod(0).sum())]
    mid = (len(input_ids) - 1) // 2
    return {"input_ids": input_ids, "last_logits": floats(result.prompt_logits[-1]), "mid_position": mid,
            "mid_logits": floats(result.prompt_logits[mid]), "output_ids": result.output_ids[:len(margins)],
            "margins": [float(f"{m:.4g}") for m in margins.tolist()], "min_margin": float(f"{margins.min():.4g}")}


def rope_effect(model, input_ids):
    """max |Δlogit| at the last position between this model and the same weights without rope scaling."""
    scaled = run(model, input_ids, 16).step_logits
    rope = model.config.rope_parameters
    model.config.rope_parameters = {"rope_type": "default", "rope_theta": rope["rope_theta"]}
    plain = LlamaForCausalLM(model.config)
    plain.load_state_dict(model.state_dict())
    model.config.rope_parameters = rope
    return (run(plain.eval(), input_ids, 16).step_logits - scaled).abs().max().item()


def write_golden(file, of, prompts):
    source = f"transformers {transformers.__version__}, torch {torch.__version__}, float32 on cpu"
    file.write_text(json.dumps(of | {"source": source, "prompts": prompts}, separators=(",", ":")) + "\n")
    margin = min(p["min_margin"] for p in prompts)
    print(f"{file.parent.name:34} {sum(f.stat().st_size for f in file.parent.iterdir()):9,} bytes  min margin {margin:.4f}", flush=True)


def make_case(path, settings):
    """The first seed whose greedy ids are all well defined and varied."""
    seed = 0
    while True:
        write_checkpoint(path, seed, **settings)
        model = load_model(path, "float32", "cpu")
        ids = torch.randint(2, model.config.vocab_size, (256,), generator=torch.Generator().manual_seed(seed)).tolist()
        prompts = [golden_prompt(model, ids[n:2 * n] if n <= 128 else ids[:n], 32) for n in settings.get("lengths", LENGTHS)]
        if all(p["min_margin"] > MIN_MARGIN and len(set(p["output_ids"])) >= MIN_DISTINCT for p in prompts):
            break
        seed += 1
    if model.config.rope_parameters["rope_type"] != "default":
        effect = rope_effect(model, prompts[-1]["input_ids"])
        assert effect > 0.1, f"{path.name}: rope scaling changes logits by {effect} only"
    write_golden(path / "golden.json", {"model": path.name}, prompts)


def make_trained(checkpoint, file):
    model, tokenizer = load_model(checkpoint, "float32", "cpu"), load_tokenizer(checkpoint)
    chats = [tokenizer.apply_chat_template(m, add_generation_prompt=True, tokenize=False) for m in CHAT_PROMPTS]
    work = [(text, tokenizer.encode(text)) for text in TEXT_PROMPTS]
    work += [(text, tokenizer.encode(text, add_special_tokens=False)) for text in chats]
    prompts = []
    for text, ids in work:
        prompt = golden_prompt(model, ids, 48, only_clear=True)
        prompts.append({"text": text} | prompt | {"output_text": tokenizer.decode(prompt["output_ids"])})
    file.parent.mkdir(parents=True, exist_ok=True)
    write_golden(file, {"model": checkpoint.name, "checkpoint": checkpoint.relative_to(ROOT).as_posix()}, prompts)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=GOLDENS, help="folder of the goldens (default: the test resources of models)")
    parser.add_argument("--only", nargs="*", choices=list(CASES), help="make only these cases")
    parser.add_argument("--checkpoint", type=Path, help="make the golden of this trained checkpoint: OUT/sample-<folder name>/golden.json")
    args = parser.parse_args()
    torch.set_num_threads(1)  # tiny models; and the same sums on every machine
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
