"""Writes small checkpoints as they are published: tensor names, configs of the old and the new style, a tokenizer; weights by the formula (formula.py)."""
import copy
import json
import math
import re
import shutil
import tempfile
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers.integrations.mxfp4 import convert_moe_packed_tensors

MERGES = ["t h", "th e", "i n", "e r", "a n", "o n", "r e", "Ġ a", "Ġ t", "a t", "e n", "o u", "in g"]
SHARP = ("q_proj", "q_b_proj", "kv_b_proj", "qkv_proj", "qkv", "o_proj", "out_proj", "down_proj", "w2", "fc2", "linear_2", "lm_head", "gate", "router",
         "shared_expert_gate", "score")
EAGER = {"attn_implementation": "eager", "experts_implementation": "eager"}  # plain loops; and soft caps and sinks, which other attention leaves out


def write_case(path, case, seed):
    """Writes config.json, weights.json and tokenizer.json."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    model = case.model(configuration(case)).to(getattr(torch, case.dtype))
    with tempfile.TemporaryDirectory() as folder:
        (model.model if case.kind == "embedding" else model).save_pretrained(folder)
        shutil.copy(Path(folder, "config.json"), path)
        shapes = {name: list(tensor.shape) for name, tensor in load_file(Path(folder, "model.safetensors")).items()}
    write_weights(path, seed, case.dtype, [spec(name, shape, case) for name, shape in shapes.items()], case.shard_size)
    if case.kind == "embedding":
        change_config(path, lambda c: c.update(architectures=[case.model.__name__]))
    if case.mxfp4:
        kept = ["model.layers.*.self_attn", "model.layers.*.mlp.router", "model.embed_tokens", "lm_head"]
        change_config(path, lambda c: c.update(quantization_config={"modules_to_not_convert": kept, "quant_method": "mxfp4"}))
    if case.old_style:
        change_config(path, use_old_style)
    if case.tokenizer:
        byte_level_tokenizer().save(str(path / "tokenizer.json"), pretty=False)


def configuration(case):
    return case.model.config_class(**copy.deepcopy(case.settings), **EAGER)


def spec(name, shape, case):
    """What weights.json says of a tensor: name, shape, mean, deviation and, where it is not that of all, the dtype."""
    mean, std = distribution(name, shape, case.model.config_class.model_type.startswith("gemma"), case.stds)
    if case.mxfp4 and re.search(r"experts\.(gate_up|down)_proj$", name):
        experts, inputs, outputs = shape
        return name, [experts, outputs, inputs], mean, std, "mxfp4"
    if name.endswith("e_score_correction_bias"):  # published in fp32
        return name, shape, mean, std, "float32"
    return name, shape, mean, std


def distribution(name, shape, adds_one, stds):
    """Mean and deviation of a tensor's elements that make every part of a network matter: no unit norms, no zero biases, no uniform attention and routing.

    `stds` overrides by the end of a tensor's name the deviation that it gives its outputs for inputs of deviation 1, or the mean of a norm; `adds_one` says
    that the text model adds 1 to the weights of its norms.
    """
    parts = name.split(".")
    key = parts[-2] if parts[-1] in ("weight", "bias") else parts[-1]
    std = next((s for end, s in stds.items() if name.endswith(end)), None)
    if parts[-1].endswith("bias"):
        return 0.0, 0.3
    if "norm" in key or key == "ln_q":  # more for queries and keys, whose length is how sharp attention is
        zero = adds_one and "vision_tower" not in name
        return (0.0 if zero else 1.0) + (0.6 if key in ("q_norm", "k_norm") else 0.0) + (std - 1 if std else 0.0), 0.2
    if key == "sinks":
        return 1.0, 1.0
    if key == "embed_tokens":
        return 0.0, std or 0.35
    if key in ("position_embedding", "class_embedding", "image_newline", "probe"):
        return 0.0, 0.5
    if key == "mm_input_projection_weight":
        inputs = shape[0]
    elif len(shape) == 3:  # experts of gpt-oss, [expert, in, out]
        inputs = shape[1]
    else:
        inputs = math.prod(shape[1:])
    return 0.0, (std or (2.5 if key in SHARP else 1.2)) / inputs ** 0.5


def write_weights(path, seed, dtype, specs, shard_size=None):
    """Writes weights.json; formula.py describes it. Means and deviations are rounded to 6 digits."""
    lines = [json.dumps([name, shape, float(f"{mean:.6g}"), float(f"{std:.6g}"), *own], separators=(",", ":")) for name, shape, mean, std, *own in specs]
    size = f'"shard_size":{shard_size},' if shard_size else ""
    (path / "weights.json").write_text(f'{{"seed":{seed},"dtype":"{dtype}",{size}"tensors":[\n' + ",\n".join(lines) + "\n]}\n")


def load(model, folder, **options):
    """A checkpoint in fp32; a tensor too many or too few is an error."""
    model, info = model.from_pretrained(folder, dtype=torch.float32, output_loading_info=True, **options)
    problems = {k: v for k, v in info.items() if v and k in ("missing_keys", "unexpected_keys", "mismatched_keys")}
    assert not problems, f"{folder}: {problems}"
    return model.eval()


def change_config(path, change):
    config = json.loads((path / "config.json").read_text())
    change(config)
    (path / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def use_old_style(config):
    """Rewrites a config as Transformers 4 did and as published checkpoints have it: rope_theta, rope_scaling, torch_dtype, no layer_types."""
    model_type, rope = config["model_type"], config.pop("rope_parameters")
    config["torch_dtype"] = config.pop("dtype")
    config["transformers_version"] = "4.45.0"
    if model_type == "gemma3_text":
        config["rope_local_base_freq"] = rope["sliding_attention"]["rope_theta"]
        rope = rope["full_attention"]
        types = config.pop("layer_types")
        config["sliding_window_pattern"] = types.index("full_attention") + 1
    elif model_type in ("qwen2", "qwen3", "qwen2_moe", "gemma2"):
        config.pop("layer_types")  # follows from the other keys
    config["rope_theta"] = rope.pop("rope_theta")
    if "partial_rotary_factor" in rope:
        config["partial_rotary_factor"] = rope.pop("partial_rotary_factor")
    if rope["rope_type"] in ("linear", "longrope") or model_type.startswith("deepseek"):
        rope["type"] = rope.pop("rope_type")
    if rope.get("type") == "longrope":
        config["original_max_position_embeddings"] = rope.pop("original_max_position_embeddings")
    config["rope_scaling"] = None if rope.get("rope_type", rope.get("type")) == "default" else rope
    if model_type == "qwen3_moe" and "num_local_experts" in config:
        config["num_experts"] = config.pop("num_local_experts")
    if model_type == "gemma":
        config["hidden_act"], config["hidden_activation"] = "gelu", "gelu_pytorch_tanh"
    if model_type.startswith("deepseek"):
        config["scoring_func"] = "softmax" if model_type == "deepseek_v2" else "sigmoid"
        config["moe_layer_freq"] = 1
        if model_type == "deepseek_v3":
            config["topk_method"] = "noaux_tc"
    elif model_type in ("llama", "mistral") and config["head_dim"] == config["hidden_size"] // config["num_attention_heads"]:
        del config["head_dim"]
    if config.get("mlp_bias") is False:
        del config["mlp_bias"]


def dequantised(tensors):
    """A checkpoint's tensors in fp32, with MXFP4 experts as the values that Hugging Face takes them for."""
    values = {name: tensor.float() for name, tensor in tensors.items() if not name.endswith(("_blocks", "_scales"))}
    for name in tensors:
        if name.endswith("_blocks"):
            stem = name.removesuffix("_blocks")
            values[stem] = convert_moe_packed_tensors(tensors[name], tensors[f"{stem}_scales"], dtype=torch.float32).contiguous()
    return values


def byte_level_tokenizer():
    """Byte-level BPE over the 256 bytes and a few merges: ids 0 to 271, the same for every checkpoint."""
    vocab = {"<s>": 0, "</s>": 1, "<|end|>": 2}
    for token in sorted(pre_tokenizers.ByteLevel.alphabet()) + [merge.replace(" ", "") for merge in MERGES]:
        vocab[token] = len(vocab)
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=[tuple(merge.split(" ")) for merge in MERGES]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in ("<s>", "</s>", "<|end|>")])
    return tokenizer
