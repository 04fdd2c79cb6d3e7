"""The cases of models that see: a small config for every variant, its pictures, and what must change the logits when it is switched off."""
from dataclasses import dataclass, field

import transformers as hf

from switches import attribute, fill, reconfigured

# Ids of the tokenizer that all cases share, after the bytes and merges of checkpoints.py.
SPECIAL = ["<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>", "<image>", "<video>", "<start_of_image>", "<image_soft_token>",
           "<end_of_image>"]
VOCAB = 288
IDS = {token: 272 + i for i, token in enumerate(SPECIAL)}


@dataclass(frozen=True)
class VlmCase:
    """One checkpoint with its golden."""

    model: type  # the class of Transformers
    config: dict  # config.json: complete as published if it has "architectures", else what the class of configs is given, which then writes it
    processor: dict  # preprocessor_config.json
    prompts: list  # (text with placeholders, media by placeholder: a picture's name, or (names of frames, frames a second))
    towers: list  # pictures made by the formula: [t, h, w] in patches; [h, w] in pixels for NeXT and OneVision, where [0, 0] is one of
    # several and three numbers are a video's frames and patches
    names: str = "v5"  # of tensors: as Transformers 5 writes them, "hub" as published, "v4" as late versions of 4 wrote them
    dtype: str = "bfloat16"
    processor_config: dict = field(default_factory=dict)  # processor_config.json
    effects: dict = field(default_factory=dict)  # by feature: what switches it off
    stds: dict = field(default_factory=dict)  # by the end of a tensor's name: the deviation of its outputs


TEXT = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1, "vocab_size": VOCAB,
        "max_position_embeddings": 512, "rms_norm_eps": 1e-5, "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": None, "tie_word_embeddings": False}
CLIP_MEAN, CLIP_STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
NORMALISED = {"do_resize": True, "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True, "do_convert_rgb": True}


def plain(theta=10000.0):
    return {"rope_type": "default", "rope_theta": theta}


# --- Qwen2-VL and Qwen2.5-VL

QWEN_IDS = {"image_token_id": IDS["<|image_pad|>"], "video_token_id": IDS["<|video_pad|>"], "vision_start_token_id": IDS["<|vision_start|>"],
            "vision_end_token_id": IDS["<|vision_end|>"]}
QWEN_PROCESSOR = NORMALISED | {"image_processor_type": "Qwen2VLImageProcessor", "image_mean": CLIP_MEAN, "image_std": CLIP_STD, "patch_size": 4,
                               "temporal_patch_size": 2, "merge_size": 2, "resample": 3}
QWEN_LIMITS = {"min_pixels": 256, "max_pixels": 4096}
MROPE = {"rope_type": "default", "rope_theta": 1000000.0, "mrope_section": [2, 3, 3]}
SEE, WATCH = "<|vision_start|><|image_pad|><|vision_end|>", "<|vision_start|><|video_pad|><|vision_end|>"
QWEN_PROMPTS = [("The lake and the locks", []), (f"{SEE}What is in the other one?", ["wide"]),
                (f"One {SEE} and the other {SEE}: which is it?", ["odd", "tall"]),
                (f"{WATCH}What happens in there?", [(["wide", "stripes", "dots", "wide"], 2.0)]),
                (f"{SEE}then {WATCH}in the end", ["tall", (["dots", "stripes"], 4.0)])]
QWEN_TOWERS = [[1, 10, 14], [1, 2, 2], [3, 6, 4]]
QWEN2_VISION = {"depth": 2, "embed_dim": 32, "hidden_size": 32, "num_heads": 2, "mlp_ratio": 2, "patch_size": 4, "spatial_merge_size": 2,
                "temporal_patch_size": 2}
QWEN25_VISION = {"depth": 4, "hidden_size": 32, "intermediate_size": 24, "out_hidden_size": 32, "num_heads": 2, "patch_size": 4, "spatial_merge_size": 2,
                 "temporal_patch_size": 2, "window_size": 24, "fullatt_block_indexes": [1, 3], "tokens_per_second": 4}


def one_axis(model):
    """Positions that run on through a picture, as a model without M-RoPE has them."""
    import copy
    other = copy.deepcopy(model)
    other.model.compute_3d_position_ids = lambda *args, **kwargs: None
    return other


QWEN_EFFECTS = {"M-RoPE": one_axis, "qkv bias of the tower": fill(r"visual.*qkv\.bias", 0), "merger": fill(r"merger\.mlp\.2\.bias", 0),
                "norms of the tower": fill(r"visual.*norm2\.weight", 1), "rope of the tower": fill(r"visual.*inv_freq", 0)}
QWEN25_EFFECTS = QWEN_EFFECTS | {"windows": attribute(r"visual$", "fullatt_block_indexes", [0, 1, 2, 3]),
                                 "full blocks": attribute(r"visual$", "fullatt_block_indexes", []),
                                 "window size": attribute(r"visual$", "window_size", 16)}

CASES = {
    "qwen2vl-flat-bf16": VlmCase(  # config.json as published in 2024
        hf.Qwen2VLForConditionalGeneration,
        {"architectures": ["Qwen2VLForConditionalGeneration"], "attention_dropout": 0.0, "bos_token_id": 0, "eos_token_id": 1, "hidden_act": "silu",
         "hidden_size": 32, "initializer_range": 0.02, "intermediate_size": 32, "max_position_embeddings": 512, "max_window_layers": 28,
         "model_type": "qwen2_vl", "num_attention_heads": 2, "num_hidden_layers": 3, "num_key_value_heads": 1, "rms_norm_eps": 1e-06,
         "rope_theta": 1000000.0, "sliding_window": 32768, "tie_word_embeddings": True, "torch_dtype": "bfloat16", "transformers_version": "4.41.2",
         "use_cache": True, "use_sliding_window": False, "vision_config": {
             "depth": 3, "embed_dim": 32, "mlp_ratio": 4, "num_heads": 2, "in_chans": 3, "hidden_size": 32, "patch_size": 4, "spatial_merge_size": 2,
             "spatial_patch_size": 4, "temporal_patch_size": 2},
         "rope_scaling": {"type": "mrope", "mrope_section": [2, 3, 3]}, "vocab_size": VOCAB} | QWEN_IDS,
        QWEN_PROCESSOR | QWEN_LIMITS, QWEN_PROMPTS, QWEN_TOWERS, names="hub", effects=QWEN_EFFECTS),
    "qwen2vl-untied-f32": VlmCase(
        hf.Qwen2VLForConditionalGeneration, {"text_config": TEXT | {"rope_parameters": MROPE}, "vision_config": QWEN2_VISION} | QWEN_IDS,
        QWEN_PROCESSOR | {"size": {"shortest_edge": 256, "longest_edge": 4096}}, QWEN_PROMPTS, QWEN_TOWERS, dtype="float32", effects=QWEN_EFFECTS),
    "qwen25vl-flat-bf16": VlmCase(
        hf.Qwen2_5_VLForConditionalGeneration,
        {"architectures": ["Qwen2_5_VLForConditionalGeneration"], "attention_dropout": 0.0, "bos_token_id": 0, "eos_token_id": 1, "hidden_act": "silu",
         "hidden_size": 32, "initializer_range": 0.02, "intermediate_size": 32, "max_position_embeddings": 512, "max_window_layers": 28,
         "model_type": "qwen2_5_vl", "num_attention_heads": 2, "num_hidden_layers": 2, "num_key_value_heads": 1, "rms_norm_eps": 1e-06,
         "rope_theta": 1000000.0, "sliding_window": 32768, "tie_word_embeddings": True, "torch_dtype": "bfloat16", "transformers_version": "4.41.2",
         "use_cache": True, "use_sliding_window": False, "vision_config": {
             "depth": 4, "hidden_act": "silu", "hidden_size": 32, "intermediate_size": 24, "num_heads": 2, "in_chans": 3, "out_hidden_size": 32,
             "patch_size": 4, "spatial_merge_size": 2, "spatial_patch_size": 4, "window_size": 24, "fullatt_block_indexes": [1, 3], "tokens_per_second": 2,
             "temporal_patch_size": 2},
         "rope_scaling": {"type": "mrope", "mrope_section": [2, 3, 3]}, "vocab_size": VOCAB} | QWEN_IDS,
        QWEN_PROCESSOR | QWEN_LIMITS, QWEN_PROMPTS, QWEN_TOWERS, names="hub", effects=QWEN25_EFFECTS),
    "qwen25vl-windows-f16": VlmCase(
        hf.Qwen2_5_VLForConditionalGeneration,
        {"text_config": TEXT | {"rope_parameters": MROPE}, "vision_config": QWEN25_VISION | {
            "depth": 3, "window_size": 16, "fullatt_block_indexes": [1]}} | QWEN_IDS,
        QWEN_PROCESSOR | QWEN_LIMITS, QWEN_PROMPTS, QWEN_TOWERS + [[2, 8, 8]], dtype="float16", names="v4",
        effects={k: v for k, v in QWEN25_EFFECTS.items() if k != "window size"}),
}

# --- LLaVA-1.5, NeXT, OneVision

CLIP = {"model_type": "clip_vision_model", "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3, "num_attention_heads": 2, "image_size": 28,
        "patch_size": 7, "projection_dim": 16}
SIGLIP = {"model_type": "siglip_vision_model", "hidden_size": 32, "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 37,
          "patch_size": 7, "vision_use_head": False}
LLAVA_PROCESSOR = NORMALISED | {"image_processor_type": "CLIPImageProcessor", "image_mean": CLIP_MEAN, "image_std": CLIP_STD, "resample": 3,
                                "size": {"shortest_edge": 28}, "do_center_crop": True, "crop_size": {"height": 28, "width": 28}}
LLAVA = {"image_token_index": IDS["<image>"], "projector_hidden_act": "gelu"}
LLAVA_PROMPTS = [("The lake and the locks", []), ("<image>\nWhat is in the other one?", ["wide"]),
                 ("One <image> and the other <image>: which is it?", ["odd", "tall"])]
NEXT_PINPOINTS = [[28, 56], [56, 28], [56, 56], [84, 28], [28, 84]]
NEXT_PROMPTS = LLAVA_PROMPTS + [("<image>\nWhat is in there?", ["long"]), ("<image>and in there?", ["high"])]
NEXT_PROCESSOR = {k: v for k, v in LLAVA_PROCESSOR.items() if k != "image_processor_type"} | {
    "image_processor_type": "LlavaNextImageProcessor", "image_grid_pinpoints": NEXT_PINPOINTS}
NEXT_TOWERS = [[35, 61], [20, 90], [85, 18], [50, 50]]
CLIP_EFFECTS = {"layer before the last": reconfigured(lambda c: setattr(c, "vision_feature_layer", -1)), "class token": fill(r"class_embedding", 0),
                "positions of the tower": fill(r"position_embedding", 0), "norm before the tower": fill(r"pre_layrnorm\.weight", 1),
                "projector's bias": fill(r"linear_2\.bias", 0)}
PROCESSOR_CONFIG = {"image_token": "<image>", "patch_size": 7, "num_additional_image_tokens": 1, "vision_feature_select_strategy": "default"}
ONEVISION_PROCESSOR = NORMALISED | {
    "image_processor_type": "LlavaOnevisionImageProcessor", "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "resample": 3, "do_pad": True,
    "size": {"height": 37, "width": 37}, "image_grid_pinpoints": [[h, w] for h in (37, 74, 111) for w in (37, 74, 111)]}
ONEVISION_CONFIG = {"image_token": "<image>", "video_token": "<video>", "num_image_tokens": 25, "vision_feature_select_strategy": "full",
                    "vision_aspect_ratio": "anyres_max_4"}
SIGLIP_EFFECTS = {"positions of the tower": fill(r"position_embedding", 0), "patch bias": fill(r"patch_embedding\.bias", 0),
                  "projector's bias": fill(r"linear_2\.bias", 0)}

CASES |= {
    "llava15-hub-f16": VlmCase(  # config.json as published in 2023, with the fields that its class of text configs would give another size to
        hf.LlavaForConditionalGeneration,
        {"architectures": ["LlavaForConditionalGeneration"], "ignore_index": -100, "model_type": "llava", "pad_token_id": 1, "text_config": {
            "_name_or_path": "x", "architectures": ["LlamaForCausalLM"], "model_type": "llama", "torch_dtype": "float16", "vocab_size": VOCAB,
            "max_position_embeddings": 512, "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "eos_token_id": 1,
            "bos_token_id": 0},
         "torch_dtype": "float16", "transformers_version": "4.36.0.dev0", "vision_config": CLIP | {"vocab_size": 32000}, "vision_feature_layer": -2,
         "vision_feature_select_strategy": "default", "vocab_size": VOCAB} | LLAVA,
        LLAVA_PROCESSOR, LLAVA_PROMPTS, [[4, 4]], names="hub", dtype="float16", processor_config=PROCESSOR_CONFIG, effects=CLIP_EFFECTS),
    "llava15-full-bf16": VlmCase(  # all tokens of a tower of SigLIP's kind, a Qwen2 that reads them, and two layers side by side
        hf.LlavaForConditionalGeneration,
        {"text_config": TEXT | {"model_type": "qwen2", "rope_parameters": plain()},
         "vision_config": {k: v for k, v in SIGLIP.items() if k != "vision_use_head"}, "vision_feature_select_strategy": "full",
         "vision_feature_layer": [-1, 1]} | LLAVA,
        LLAVA_PROCESSOR | {"size": {"shortest_edge": 37}, "crop_size": {"height": 37, "width": 37}}, LLAVA_PROMPTS, [[5, 5]],
        processor_config=PROCESSOR_CONFIG | {"num_additional_image_tokens": 0, "vision_feature_select_strategy": "full"}, effects=SIGLIP_EFFECTS | {
            "qkv bias": fill(r"language_model.*[qkv]_proj\.bias", 0)}),
    "llava15-mistral-bf16": VlmCase(  # the class token is kept
        hf.LlavaForConditionalGeneration,
        {"text_config": TEXT | {"model_type": "mistral", "sliding_window": 20, "head_dim": 16, "rope_parameters": plain()}, "vision_config": CLIP,
         "vision_feature_select_strategy": "full", "vision_feature_layer": -1, "image_seq_length": 17} | LLAVA,
        LLAVA_PROCESSOR, LLAVA_PROMPTS, [[4, 4]], names="v4", processor_config=PROCESSOR_CONFIG | {"vision_feature_select_strategy": "full"},
        effects={k: v for k, v in CLIP_EFFECTS.items() if k != "layer before the last"} | {
            "window": reconfigured(lambda c: setattr(c.text_config, "sliding_window", None))}),
    "llavanext-mistral-bf16": VlmCase(
        hf.LlavaNextForConditionalGeneration,
        {"architectures": ["LlavaNextForConditionalGeneration"], "ignore_index": -100, "image_grid_pinpoints": NEXT_PINPOINTS, "model_type": "llava_next",
         "text_config": {"_name_or_path": "x", "architectures": ["MistralForCausalLM"], "intermediate_size": 32, "max_position_embeddings": 512,
                         "model_type": "mistral", "num_key_value_heads": 1, "rms_norm_eps": 1e-05, "sliding_window": None, "torch_dtype": "bfloat16",
                         "vocab_size": VOCAB, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "head_dim": 16, "eos_token_id": 1,
                         "bos_token_id": 0, "rope_theta": 1000000.0},
         "torch_dtype": "bfloat16", "transformers_version": "4.39.0.dev0", "use_image_newline_parameter": True, "vision_config": CLIP | {"vocab_size": 32000},
         "vision_feature_layer": -2, "vision_feature_select_strategy": "default"} | LLAVA,
        NEXT_PROCESSOR, NEXT_PROMPTS, NEXT_TOWERS, names="hub", processor_config=PROCESSOR_CONFIG,
        effects=CLIP_EFFECTS | {"newline": fill("image_newline", 0)}),
    "llavanext-llama-f32": VlmCase(
        hf.LlavaNextForConditionalGeneration,
        {"text_config": TEXT | {"model_type": "llama", "rope_parameters": plain()}, "vision_config": CLIP, "image_grid_pinpoints": NEXT_PINPOINTS} | LLAVA,
        NEXT_PROCESSOR, NEXT_PROMPTS, NEXT_TOWERS, dtype="float32", processor_config=PROCESSOR_CONFIG,
        effects=CLIP_EFFECTS | {"newline": fill("image_newline", 0)}),
    "onevision-bf16": VlmCase(
        hf.LlavaOnevisionForConditionalGeneration,
        {"text_config": TEXT | {"model_type": "qwen2", "rope_parameters": plain(1000000.0), "tie_word_embeddings": True}, "vision_config": SIGLIP,
         "image_grid_pinpoints": ONEVISION_PROCESSOR["image_grid_pinpoints"], "vision_aspect_ratio": "anyres_max_4",
         "video_token_index": IDS["<video>"]} | LLAVA,
        ONEVISION_PROCESSOR, NEXT_PROMPTS + [("<image><image>Which of the <image> is it?", ["wide", "dots", "odd"])],
        [[105, 108], [100, 50], [35, 61], [20, 90], [0, 0], [3, 5, 5]],
        names="hub", processor_config=ONEVISION_CONFIG, effects=SIGLIP_EFFECTS | {"newline": fill("image_newline", 0)}),
}

# --- Gemma 3

GEMMA_TEXT = TEXT | {"num_hidden_layers": 3, "head_dim": 16, "query_pre_attn_scalar": 8,
                     "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
                     "tie_word_embeddings": True, "rope_parameters": {"sliding_attention": plain(), "full_attention": plain(1000000.0)}}
GEMMA_VISION = {"model_type": "siglip_vision_model", "hidden_size": 32, "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 2,
                "image_size": 32, "patch_size": 4, "vision_use_head": False}
GEMMA = {"mm_tokens_per_image": 16, "boi_token_index": IDS["<start_of_image>"], "eoi_token_index": IDS["<end_of_image>"],
         "image_token_index": IDS["<image_soft_token>"]}
GEMMA_PROCESSOR = NORMALISED | {"image_processor_type": "Gemma3ImageProcessor", "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "resample": 2,
                                "size": {"height": 32, "width": 32}, "do_pan_and_scan": None, "image_seq_length": 16}
GEMMA_PROMPTS = [("The lake and the locks", []), ("<start_of_image>What is in the other one?", ["wide"]),
                 ("One <start_of_image> and the other <start_of_image>: which is it?", ["odd", "tall"])]
GEMMA_STDS = {"embed_tokens.weight": 0.1, "language_model.norm.weight": 4.0}


def one_way(model):
    """Pictures that see only what comes before."""
    import copy
    other = copy.deepcopy(model)
    forward = other.model.forward
    other.model.forward = lambda *args, **kwargs: forward(*args, **kwargs | {"token_type_ids": None})
    return other


GEMMA_EFFECTS = {"both ways": one_way, "norm of the projector": fill("mm_soft_emb_norm", 0), "last norm of the tower": fill(r"post_layernorm\.weight", 1),
                 "positions of the tower": fill(r"position_embedding", 0), "window": reconfigured(lambda c: setattr(
                     c.text_config, "layer_types", ["full_attention"] * c.text_config.num_hidden_layers))}
CASES |= {
    "gemma3-short-window-bf16": VlmCase(
        hf.Gemma3ForConditionalGeneration, {"text_config": GEMMA_TEXT | {"sliding_window": 7}, "vision_config": GEMMA_VISION} | GEMMA,
        GEMMA_PROCESSOR, GEMMA_PROMPTS, [[8, 8]], processor_config={"image_seq_length": 16, "processor_class": "Gemma3Processor"}, effects=GEMMA_EFFECTS,
        stds=GEMMA_STDS),
    "gemma3-hub-bf16": VlmCase(  # config.json as published: it leaves out the numbers of heads, head_dim, eps and whether the head is tied
        hf.Gemma3ForConditionalGeneration,
        {"architectures": ["Gemma3ForConditionalGeneration"], "eos_token_id": [1, 2], "initializer_range": 0.02, "model_type": "gemma3", "text_config": {
            "hidden_size": 32, "intermediate_size": 32, "model_type": "gemma3_text", "num_hidden_layers": 3, "rope_scaling": {
                "factor": 8.0, "rope_type": "linear"}, "sliding_window": 24, "sliding_window_pattern": 2, "vocab_size": VOCAB},
         "torch_dtype": "bfloat16", "transformers_version": "4.50.0.dev0", "vision_config": GEMMA_VISION} | GEMMA,
        GEMMA_PROCESSOR, GEMMA_PROMPTS, [[8, 8]], names="hub", processor_config={"image_seq_length": 16, "processor_class": "Gemma3Processor"},
        effects=GEMMA_EFFECTS, stds=GEMMA_STDS),
}
