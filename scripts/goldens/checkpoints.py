"""Writes small checkpoints as they are published: random weights, tensor names, configs of the old and the new style, MXFP4 experts, a tokenizer."""
import copy
import json
import re
import shutil

import torch
from safetensors.torch import load_file, save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers.integrations.mxfp4 import convert_moe_packed_tensors

FP4_VALUES = torch.tensor([0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0])  # e2m1 without sign
MERGES = ["t h", "th e", "i n", "e r", "a n", "o n", "r e", "Ġ a", "Ġ t", "a t", "e n", "o u", "in g"]


def write_checkpoint(path, case, seed):
    """Writes config.json, weights and tokenizer.json. Returns the model in fp32 with the values that were written."""
    shutil.rmtree(path, ignore_errors=True)
    config = case.model.config_class(**case.settings)
    config._attn_implementation = "eager"  # the one that knows soft caps and sinks
    config._experts_implementation = "eager"
    model = case.model(config).eval()
    randomise(model, torch.Generator().manual_seed(seed), case)
    dtype = getattr(torch, case.dtype)
    for p in model.parameters():
        p.data = p.data.to(dtype).float()
    stored = copy.deepcopy(model).to(dtype)
    for name, buffer in model.named_buffers():
        if name.endswith("e_score_correction_bias"):  # published in fp32
            stored.get_submodule(name.rpartition(".")[0]).e_score_correction_bias = buffer.clone()
    (stored.model if case.kind == "embedding" else stored).save_pretrained(path, max_shard_size=case.shard_size)
    (path / "generation_config.json").unlink(missing_ok=True)
    if case.kind == "embedding":
        change_config(path, lambda c: c.update(architectures=[case.model.__name__]))
    if case.mxfp4:
        write_mxfp4_experts(path, model)
    if case.old_style:
        change_config(path, use_old_style)
    if case.tokenizer:
        byte_level_tokenizer().save(str(path / "tokenizer.json"), pretty=False)
    return model


def randomise(model, generator, case):
    """Weights that make every part of the network matter: no unit norms, no zero biases, attention and routing that are not uniform.

    `case.stds` overrides by the end of a weight's name the standard deviation that it gives its outputs for inputs of deviation 1.
    """
    for name, p in model.named_parameters():
        key = name.removesuffix(".weight").split(".")[-1]
        if "norm" in name:  # 1, or 0 where the model adds 1; more for queries and keys, whose length is how sharp attention is
            gain = 0.6 if key in ("q_norm", "k_norm") else case.norm_gain - 1 if name == "model.norm.weight" else 0.0
            p.data = p.data + gain + 0.2 * torch.randn(p.shape, generator=generator)
        elif name.endswith("bias"):
            p.data = 0.3 * torch.randn(p.shape, generator=generator)
        elif key == "sinks":
            p.data = 1.0 + torch.randn(p.shape, generator=generator)
        elif key == "embed_tokens":
            p.data = case.embed_std * torch.randn(p.shape, generator=generator)
        else:
            sharp = key in ("q_proj", "q_b_proj", "kv_b_proj", "qkv_proj", "o_proj", "down_proj", "lm_head", "gate", "router", "shared_expert_gate", "score")
            std = next((s for end, s in case.stds.items() if name.endswith(end)), 2.5 if sharp else 1.2)
            inputs_first = p.dim() == 3 and model.config.model_type == "gpt_oss"  # its experts are stored [expert, in, out]
            p.data = std / p.shape[1 if inputs_first else -1] ** 0.5 * torch.randn(p.shape, generator=generator)
    for name, buffer in model.named_buffers():
        if name.endswith("e_score_correction_bias"):
            buffer.copy_(0.3 * torch.randn(buffer.shape, generator=generator))


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


def write_mxfp4_experts(path, model):
    """Replaces the experts of a gpt-oss checkpoint by blocks of 32 four-bit values with a shared power of two, in the model by their values."""
    tensors = load_file(path / "model.safetensors")
    for name, p in model.named_parameters():
        if re.search(r"experts\.(gate_up|down)_proj$", name):
            blocks, scales = quantise_mxfp4(p.data.transpose(1, 2))
            del tensors[name]
            tensors |= {f"{name}_blocks": blocks, f"{name}_scales": scales}
    for name, values in dequantised(tensors).items():
        model.get_parameter(name).data = values
    save_file(tensors, path / "model.safetensors", metadata={"format": "pt"})
    kept = ["model.layers.*.self_attn", "model.layers.*.mlp.router", "model.embed_tokens", "lm_head"]
    change_config(path, lambda c: c.update(quantization_config={"modules_to_not_convert": kept, "quant_method": "mxfp4"}))


def dequantised(tensors):
    """A checkpoint's tensors in fp32, with MXFP4 experts as the values that Hugging Face takes them for."""
    values = {name: tensor.float() for name, tensor in tensors.items() if not name.endswith(("_blocks", "_scales"))}
    for name in tensors:
        if name.endswith("_blocks"):
            stem = name.removesuffix("_blocks")
            values[stem] = convert_moe_packed_tensors(tensors[name], tensors[f"{stem}_scales"], dtype=torch.float32).contiguous()
    return values


def quantise_mxfp4(weights):
    """[experts, out, in] to blocks [experts, out, in / 32, 16] uint8, the even element in the low bits, and scales [experts, out, in / 32] uint8."""
    groups = weights.unflatten(-1, (-1, 32))
    exponents = groups.abs().amax(-1).log2().floor() - 2  # the largest value of a block lies at 4 to 8 times the scale
    scaled = groups / exponents.exp2().unsqueeze(-1)
    codes = (scaled.abs().unsqueeze(-1) - FP4_VALUES).abs().argmin(-1) + 8 * (scaled < 0)
    codes = codes.to(torch.uint8)
    return codes[..., 0::2] | codes[..., 1::2] << 4, (exponents + 127).to(torch.uint8)


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
