"""The cases: a small config for every variant of every model family, with what must change the logits when it is switched off."""
from dataclasses import dataclass, field

import transformers as hf

from switches import attribute, changed, fill, half_split_rope, plain_rope, rope, skip

LENGTHS = (1, 13, 50, 130)  # one id; inside a page of 64; over its border while decoding; over two borders in the prompt, and over every window
COMMON = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16,
          "vocab_size": 272, "max_position_embeddings": 256, "rms_norm_eps": 1e-5, "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": None,
          "tie_word_embeddings": False}


@dataclass(frozen=True)
class Case:
    """One checkpoint with its golden."""

    model: type  # the class of Transformers
    settings: dict  # of its config
    dtype: str = "bfloat16"  # of the weights on disk
    old_style: bool = False  # config.json as Transformers 4 wrote it
    effects: dict = field(default_factory=dict)  # by feature: what switches it off
    lengths: tuple = LENGTHS
    kind: str = "generation"  # or "embedding", "score"
    shard_size: int = 0  # in bytes, of a checkpoint in shards
    tokenizer: bool = True
    mxfp4: bool = False
    stds: dict = field(default_factory=dict)  # see checkpoints.distribution
    context_length: int = 0  # of the engine that is held to it, if not the longest that the config allows
    rotates_anew: bool = False  # whether a whole prompt is rotated by its own length, so that a full pass differs from cached decoding


def case(model, options=None, **settings):
    return Case(model, COMMON | settings, **(options or {}))


def default_rope(theta=10000.0, **more):
    return {"rope_type": "default", "rope_theta": theta} | more


def full(layers):
    return ["full_attention"] * layers


# Llama's have no tokenizer: tests of what an engine does without one use them.
LLAMA = {"hidden_size": 64, "intermediate_size": 48, "num_hidden_layers": 2, "vocab_size": 256, "max_position_embeddings": 256, "rms_norm_eps": 1e-5,
         "bos_token_id": 0, "eos_token_id": 1}
LLAMA3 = {"rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 64}
YARN = {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 64}


def llama(dtype="bfloat16", effects=None, old_style=False, shard_size=0, lengths=LENGTHS, rotates_anew=False, **settings):
    effects = dict(effects or {})
    if settings["rope_parameters"]["rope_type"] != "default":
        effects["rope scaling"] = plain_rope()
    if settings.get("attention_bias"):
        effects["attention bias"] = fill(r"_proj\.bias", 0)
    return Case(hf.LlamaForCausalLM, LLAMA | settings, dtype, old_style, effects, lengths, shard_size=shard_size, tokenizer=False,
                rotates_anew=rotates_anew)


CASES = {
    "llama-mha-f32": llama(
        "float32", old_style=True, num_attention_heads=2, num_key_value_heads=2, head_dim=16, vocab_size=259, tie_word_embeddings=True,
        rope_parameters=default_rope()),
    "llama-gqa2-linear-bf16": llama(
        old_style=True, num_attention_heads=4, num_key_value_heads=2, head_dim=16, tie_word_embeddings=True, attention_bias=True,
        rope_parameters={"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0}),
    "llama-gqa4-llama3-sharded-bf16": llama(
        shard_size=48_000, num_attention_heads=8, num_key_value_heads=2, head_dim=16, vocab_size=301, rope_parameters=LLAMA3),
    # Decoding leaves the original context; prompts stay within it, since beyond it Hugging Face rotates a whole prompt by its length.
    "llama-mqa-dynamic-f16": llama(
        "float16", num_attention_heads=4, num_key_value_heads=1, head_dim=32, tie_word_embeddings=True, attention_bias=True, mlp_bias=True,
        max_position_embeddings=96, lengths=(1, 13, 50, 90), rotates_anew=True,
        rope_parameters={"rope_type": "dynamic", "rope_theta": 10000.0, "factor": 4.0}),
    "llama-head64-yarn-bf16": llama(num_attention_heads=2, num_key_value_heads=1, head_dim=64, tie_word_embeddings=True, rope_parameters=YARN),
    "llama-yarn-attention-factor-f16": llama(
        "float16", num_attention_heads=4, num_key_value_heads=4, head_dim=16, vocab_size=287, tie_word_embeddings=True, mlp_bias=True,
        rope_parameters=YARN | {"attention_factor": 1.3, "beta_fast": 16.0, "beta_slow": 2.0}),
    "llama-yarn-mscale-bf16": llama(
        old_style=True, num_attention_heads=4, num_key_value_heads=2, head_dim=16, tie_word_embeddings=True,
        rope_parameters=YARN | {"mscale": 1.5, "mscale_all_dim": 0.5, "truncate": False}),
    "llama-head128-llama3-bf16": llama(
        old_style=True, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=1, head_dim=128, tie_word_embeddings=True,
        rope_parameters=LLAMA3),
}

MISTRAL_WINDOW = {"window": changed(sliding_window=None)}
CASES |= {
    "mistral-window-bf16": case(hf.MistralForCausalLM, {"old_style": True, "effects": MISTRAL_WINDOW}, num_attention_heads=2, num_key_value_heads=1, sliding_window=40,
                                rope_parameters=default_rope()),
    "mistral-nemo-bf16": case(  # heads are wider than hidden_size / num_attention_heads; no window
        hf.MistralForCausalLM, {"old_style": True, "effects": {"rope": rope(rope_theta=100.0)}}, head_dim=32, sliding_window=None,
        rope_parameters=default_rope(1000000.0)),
    "ministral-layers-bf16": case(
        hf.MinistralForCausalLM, {"effects": {"window": changed(layer_types=full(3))}}, num_hidden_layers=3, sliding_window=24, vocab_size=288,
        layer_types=["sliding_attention", "full_attention", "sliding_attention"], rope_parameters=default_rope()),
    "ministral3-yarn-f16": case(
        hf.Ministral3ForCausalLM,
        {"dtype": "float16", "effects": {"yarn": plain_rope(), "query scale by position": rope(llama_4_scaling_beta=0.0)}},
        rope_parameters=YARN | {"original_max_position_embeddings": 32, "beta_fast": 32.0, "beta_slow": 1.0, "mscale": 1.0, "mscale_all_dim": 1.0,
                                "llama_4_scaling_beta": 0.5, "max_position_embeddings": 256}),
}

QKV_BIAS = {"qkv bias": fill(r"[qkv]_proj\.bias", 0)}
NO_HEAD_DIM = {k: v for k, v in COMMON.items() if k != "head_dim"} | {"num_attention_heads": 2, "num_key_value_heads": 1}
CASES |= {
    "qwen2-tied-bf16": Case(hf.Qwen2ForCausalLM, NO_HEAD_DIM | {"tie_word_embeddings": True, "rope_parameters": default_rope(1000000.0)}, old_style=True,
                            effects=QKV_BIAS),
    "qwen2-window-f16": Case(
        hf.Qwen2ForCausalLM, NO_HEAD_DIM | {"num_hidden_layers": 3, "use_sliding_window": True,
                                      "sliding_window": 40, "max_window_layers": 1, "vocab_size": 301, "rope_parameters": default_rope()},
        dtype="float16", old_style=True, effects=QKV_BIAS | {"window": changed(layer_types=full(3)), "full first layers": changed(
            layer_types=["sliding_attention"] * 3)}),
}

QK_NORM = {"qk-norm": skip(r"self_attn\.[qk]_norm$")}
CASES |= {
    "qwen3-tied-bf16": case(hf.Qwen3ForCausalLM, {"old_style": True, "effects": QK_NORM}, tie_word_embeddings=True, head_dim=32,
                            rope_parameters=default_rope(1000000.0)),
    "qwen3-untied-f16": case(hf.Qwen3ForCausalLM, {"dtype": "float16", "effects": QK_NORM}, vocab_size=320, rope_parameters=default_rope(1000000.0)),
    "qwen3-embedding-bf16": case(hf.Qwen3ForCausalLM, {"kind": "embedding", "effects": QK_NORM}, tie_word_embeddings=True,
                                 rope_parameters=default_rope(1000000.0)),
    "qwen3-reward-bf16": case(hf.Qwen3ForSequenceClassification, {"kind": "score", "old_style": True, "effects": QK_NORM}, num_labels=1,
                              rope_parameters=default_rope(1000000.0)),
    "llama-classification-bf16": case(hf.LlamaForSequenceClassification, {"kind": "score", "effects": {"rope": plain_rope()}}, num_labels=3,
                                      rope_parameters=LLAMA3),
}

CASES |= {
    "qwen2moe-shared-bf16": Case(  # a dense layer first, then experts with a shared one
        hf.Qwen2MoeForCausalLM,
        NO_HEAD_DIM | {"num_experts": 6, "num_experts_per_tok": 2,
                 "moe_intermediate_size": 16, "shared_expert_intermediate_size": 32, "norm_topk_prob": False, "decoder_sparse_step": 2,
                 "rope_parameters": default_rope(1000000.0)},
        old_style=True, effects=QKV_BIAS | {
            "shared expert": fill(r"shared_expert\.down_proj", 0), "gate of the shared expert": fill(r"shared_expert_gate", 0),
            "routed experts": fill(r"experts\.down_proj$", 0), "plain top-k weights": attribute(
                r"mlp\.gate$", "norm_topk_prob", True), "dense layer": fill(r"layers\.0\.mlp\.down_proj", 0)}),
    "qwen2moe-mlp-only-f16": Case(
        hf.Qwen2MoeForCausalLM,
        NO_HEAD_DIM | {"num_experts": 5, "num_experts_per_tok": 3,
                 "moe_intermediate_size": 16, "shared_expert_intermediate_size": 16, "norm_topk_prob": True, "mlp_only_layers": [1],
                 "rope_parameters": default_rope(1000000.0)},
        dtype="float16", effects={"normalised top-k weights": attribute(r"mlp\.gate$", "norm_topk_prob", False),
                                  "dense layer": fill(r"layers\.1\.mlp\.down_proj", 0)}),
    "qwen3moe-bf16": case(
        hf.Qwen3MoeForCausalLM,
        {"old_style": True, "effects": QK_NORM | {"routed experts": fill(r"experts\.down_proj$", 0),
                                                  "normalised top-k weights": attribute(r"mlp\.gate$", "norm_topk_prob", False)}},
        num_experts=6, num_experts_per_tok=3, moe_intermediate_size=16, norm_topk_prob=True, rope_parameters=default_rope(1000000.0)),
    "qwen3moe-mlp-only-bf16": case(
        hf.Qwen3MoeForCausalLM,
        {"effects": QK_NORM | {"routed experts": fill(r"experts\.down_proj$", 0), "dense layer": fill(r"layers\.1\.mlp\.down_proj", 0)}},
        num_hidden_layers=3, num_experts=5, num_experts_per_tok=2, moe_intermediate_size=16, norm_topk_prob=True, mlp_only_layers=[1],
        tie_word_embeddings=True, rope_parameters=default_rope(1000000.0)),
    "mixtral-bf16": case(
        hf.MixtralForCausalLM, {"old_style": True, "effects": {"routed experts": fill(r"experts\.down_proj$", 0), "second expert": changed(
            num_experts_per_tok=1)}}, num_attention_heads=2, num_key_value_heads=1, num_local_experts=4, num_experts_per_tok=2, intermediate_size=24,
        rope_parameters=default_rope(1000000.0)),
    "mixtral-window-f16": case(
        hf.MixtralForCausalLM, {"dtype": "float16", "effects": MISTRAL_WINDOW | {"routed experts": fill(r"experts\.down_proj$", 0)}},
        num_local_experts=5, num_experts_per_tok=2, intermediate_size=16, sliding_window=40, rope_parameters=default_rope(1000000.0)),
}

# Embeddings that are multiplied before the layers and tied to the head would make a model that repeats its input, so they are small.
SMALL_EMBEDDINGS = {"stds": {"embed_tokens.weight": 0.05, "model.norm.weight": 8.0}}
EMBED_SCALE = {"embeddings times sqrt(hidden)": fill("embed_scale", 1)}
CASES |= {
    "gemma-bf16": case(
        hf.GemmaForCausalLM,
        {"old_style": True, "effects": EMBED_SCALE | {"gelu": changed(hidden_act="silu")}} | SMALL_EMBEDDINGS,
        num_key_value_heads=1, head_dim=32, tie_word_embeddings=True, rope_parameters=default_rope()),
    "gemma2-bf16": case(
        hf.Gemma2ForCausalLM,
        {"old_style": True, "effects": EMBED_SCALE | {
            "attention soft cap": changed(attn_logit_softcapping=None), "final soft cap": changed(final_logit_softcapping=None),
            "window": changed(layer_types=full(3)), "query_pre_attn_scalar": changed(query_pre_attn_scalar=16),
            "norms after sublayers": skip(r"post_(attention|feedforward)_layernorm$")}} | SMALL_EMBEDDINGS,
        num_hidden_layers=3, sliding_window=40, attn_logit_softcapping=5.0, final_logit_softcapping=20.0, query_pre_attn_scalar=6,
        tie_word_embeddings=True, rope_parameters=default_rope()),
}

GEMMA3_EFFECTS = EMBED_SCALE | QK_NORM | {
    "base of local layers": rope("sliding_attention", rope_theta=1000000.0), "base of global layers": rope("full_attention", rope_theta=10000.0),
    "query_pre_attn_scalar": changed(query_pre_attn_scalar=16), "norms after sublayers": skip(r"post_(attention|feedforward)_layernorm$")}
GEMMA3_WEIGHTS = {"stds": {"embed_tokens.weight": 0.1, "model.norm.weight": 4.0}}  # more layers, so larger ones will do
GEMMA3 = {"num_key_value_heads": 1, "sliding_window": 24, "query_pre_attn_scalar": 8, "tie_word_embeddings": True}
CASES |= {
    "gemma3-linear-bf16": case(
        hf.Gemma3ForCausalLM,
        GEMMA3_WEIGHTS | {"effects": GEMMA3_EFFECTS | {
            "window": changed(layer_types=full(7)), "linear rope of global layers": plain_rope("full_attention")}},
        **GEMMA3, num_hidden_layers=7, intermediate_size=32, rope_parameters={
            "sliding_attention": default_rope(), "full_attention": {"rope_type": "linear", "rope_theta": 1000000.0, "factor": 8.0}}),
    "gemma3-pattern-f16": case(
        hf.Gemma3ForCausalLM,
        GEMMA3_WEIGHTS | {"dtype": "float16", "old_style": True, "effects": GEMMA3_EFFECTS | {"window": changed(layer_types=full(8))}},
        **GEMMA3, num_hidden_layers=8, intermediate_size=24, vocab_size=288,
        rope_parameters={"sliding_attention": default_rope(), "full_attention": default_rope(1000000.0)}),
}

# Hugging Face takes short_factor or long_factor for a whole forward pass by the length reached, without turning cached keys again. So in one case
# prompts and outputs stay below the original length, and in the other every prompt, also up to its mid_position, is beyond it.
LONGROPE = {"rope_type": "longrope", "rope_theta": 10000.0, "short_factor": [1.0, 1.3, 1.7, 2.0, 2.5, 3.0], "long_factor": [1.5, 3.0, 6.0, 9.0, 12.0, 16.0],
            "partial_rotary_factor": 0.75}
PARTIAL_ROPE = {"partial rope": rope(partial_rotary_factor=1.0)}
CASES |= {
    "phi3-longrope-short-bf16": Case(
        hf.Phi3ForCausalLM, NO_HEAD_DIM | {"original_max_position_embeddings": 192, "tie_word_embeddings": True, "rope_parameters": LONGROPE}, old_style=True,
        context_length=192, effects={"longrope": plain_rope(), "short factors": rope(short_factor=LONGROPE["long_factor"])}),
    "phi3-longrope-long-bf16": Case(
        hf.Phi3ForCausalLM, NO_HEAD_DIM | {"original_max_position_embeddings": 8, "tie_word_embeddings": True, "rope_parameters": LONGROPE}, old_style=True,
        lengths=(17, 19, 50, 130), effects={"longrope": plain_rope(), "long factors": rope(long_factor=LONGROPE["short_factor"])}),
    "phi3-window-f16": Case(
        hf.Phi3ForCausalLM, NO_HEAD_DIM | {"sliding_window": 40, "rope_parameters": default_rope(partial_rotary_factor=0.5)}, dtype="float16",
        effects=MISTRAL_WINDOW | PARTIAL_ROPE),
}

GLM_EFFECTS = PARTIAL_ROPE | QKV_BIAS | {"interleaved rope": half_split_rope(8)}
CASES |= {
    "olmo2-bf16": Case(
        hf.Olmo2ForCausalLM, NO_HEAD_DIM | {"rope_parameters": default_rope(500000.0)}, old_style=True,
        effects=QK_NORM | {"norms after sublayers": skip(r"post_(attention|feedforward)_layernorm$")}),
    "glm-bf16": case(hf.GlmForCausalLM, {"old_style": True, "effects": GLM_EFFECTS}, attention_bias=True,
                     rope_parameters=default_rope(partial_rotary_factor=0.5)),
    "glm4-f16": case(
        hf.Glm4ForCausalLM, {"dtype": "float16", "effects": GLM_EFFECTS | {"norms after sublayers": skip(r"post_(self_attn|mlp)_layernorm$")}},
        attention_bias=True, rope_parameters=default_rope(partial_rotary_factor=0.5)),
    "smollm3-bf16": case(
        hf.SmolLM3ForCausalLM, {"old_style": True, "effects": {"layers without rope": changed(no_rope_layers=[1] * 4)}}, num_hidden_layers=4,
        no_rope_layer_interval=4, tie_word_embeddings=True, rope_parameters=default_rope(5000000.0)),
    "granite-bf16": Case(
        hf.GraniteForCausalLM,
        NO_HEAD_DIM | {"tie_word_embeddings": True, "embedding_multiplier": 6.0, "residual_multiplier": 0.6, "attention_multiplier": 0.125,
                       "logits_scaling": 1.5, "rope_parameters": default_rope()},
        old_style=True, effects={
            "embedding_multiplier": changed(embedding_multiplier=1.0), "residual_multiplier": changed(residual_multiplier=1.0),
            "attention_multiplier": changed(attention_multiplier=0.25), "logits_scaling": changed(logits_scaling=1.0)}, **SMALL_EMBEDDINGS),
}

# Outputs of the experts' first projection are large enough to meet the clamp at 7.
GPT_OSS = {"num_local_experts": 4, "num_experts_per_tok": 2, "sliding_window": 24,
           "layer_types": ["sliding_attention", "full_attention"], "rope_parameters": YARN | {"beta_fast": 32.0, "beta_slow": 1.0, "truncate": False}}
GPT_OSS_OPTIONS = {
    "old_style": True, "stds": {"gate_up_proj": 4.0, "experts.down_proj": 0.6},
    "effects": {"sinks": fill("sinks", -1e4), "window": changed(layer_types=full(2)), "yarn": plain_rope(), "attention biases": fill(r"_proj\.bias", 0),
                "router bias": fill(r"router\.bias", 0), "expert biases": fill(r"proj_bias", 0), "clamp": attribute(r"experts$", "limit", 1e9),
                "alpha": attribute(r"experts$", "alpha", 1.0)}}
CASES |= {
    "gptoss-bf16": case(hf.GptOssForCausalLM, GPT_OSS_OPTIONS, **GPT_OSS),
    "gptoss-mxfp4-bf16": case(hf.GptOssForCausalLM, GPT_OSS_OPTIONS | {"mxfp4": True}, hidden_size=64, **GPT_OSS),
}

MLA = {k: v for k, v in COMMON.items() if k != "head_dim"} | {
    "num_key_value_heads": 4, "kv_lora_rank": 32, "qk_nope_head_dim": 16, "qk_rope_head_dim": 16, "v_head_dim": 16, "moe_intermediate_size": 16,
    "n_routed_experts": 8, "num_experts_per_tok": 3, "n_shared_experts": 2, "first_k_dense_replace": 1}
MLA_YARN = YARN | {"beta_fast": 32, "beta_slow": 1}
DEEPSEEK_EFFECTS = {"shared experts": fill(r"shared_experts\.down_proj", 0), "routed experts": fill(r"mlp\.experts\.down_proj$", 0),
                    "routed_scaling_factor": changed(routed_scaling_factor=1.0), "dense layer": fill(r"layers\.0\.mlp\.down_proj", 0),
                    "norm of the latent": skip("kv_a_layernorm$")}
YARN_EFFECTS = {"yarn": plain_rope(), "mscale_all_dim": rope(mscale_all_dim=0.0)}
CASES |= {
    "deepseek2-lite-bf16": Case(
        hf.DeepseekV2ForCausalLM,
        MLA | {"q_lora_rank": None, "topk_method": "greedy", "n_group": 1, "topk_group": 1, "routed_scaling_factor": 1.5, "norm_topk_prob": False,
               "rope_parameters": MLA_YARN | {"mscale": 0.707, "mscale_all_dim": 0.707}},
        old_style=True, effects=DEEPSEEK_EFFECTS | YARN_EFFECTS),
    "deepseek2-groups-bf16": Case(
        hf.DeepseekV2ForCausalLM,
        MLA | {"q_lora_rank": 24, "topk_method": "group_limited_greedy", "n_group": 4, "topk_group": 2, "routed_scaling_factor": 2.0, "norm_topk_prob": False,
               "rope_parameters": default_rope()},
        effects=DEEPSEEK_EFFECTS | {"groups": changed(topk_method="greedy"), "norm of the queries' latent": skip("q_a_layernorm$")}),
    "deepseek3-yarn-bf16": Case(
        hf.DeepseekV3ForCausalLM,
        MLA | {"q_lora_rank": 24, "n_group": 4, "topk_group": 2, "routed_scaling_factor": 2.5, "n_shared_experts": 1, "norm_topk_prob": True,
               "num_nextn_predict_layers": 0, "rope_parameters": MLA_YARN | {"mscale": 1.0, "mscale_all_dim": 1.0}},
        old_style=True, effects=DEEPSEEK_EFFECTS | YARN_EFFECTS | {
            "groups": changed(topk_group=4), "correction bias": fill("e_score_correction_bias", 0), "normalised top-k weights": changed(norm_topk_prob=False),
            "interleaved rope": changed(rope_interleave=False)}),
    "deepseek3-noq-f16": Case(
        hf.DeepseekV3ForCausalLM,
        MLA | {"q_lora_rank": None, "n_group": 1, "topk_group": 1, "routed_scaling_factor": 1.5, "n_shared_experts": 1, "norm_topk_prob": False,
               "num_nextn_predict_layers": 0, "rope_parameters": default_rope()},
        dtype="float16", effects=DEEPSEEK_EFFECTS | {"correction bias": fill("e_score_correction_bias", 0)}),
}
