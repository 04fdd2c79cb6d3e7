"""What the reference scripts share of models that see: Hugging Face's processor, and what it makes of prompts with pictures."""
import math
from typing import NamedTuple

import torch
from transformers import AutoConfig, AutoTokenizer, BaseImageProcessor, PreTrainedTokenizerFast
from transformers.image_processing_utils import select_best_resolution
from transformers.image_utils import load_image
from transformers.models.auto.image_processing_auto import get_image_processor_class_from_name
from transformers.models.auto.processing_auto import PROCESSOR_MAPPING

QUESTION = "Describe this image."  # SGLang's, of a picture without words
KINDS = {"qwen2_vl": "mm_token_type_ids", "qwen2_5_vl": "mm_token_type_ids", "gemma3": "token_type_ids"}  # which tokens are a picture's
UNUSED = ("input_ids", "attention_mask", "num_crops", *KINDS.values())


class Seen(NamedTuple):
    """A prompt as a model reads it."""
    input_ids: list  # placeholders expanded
    inputs: dict  # what the model is given besides the ids; empty without pictures


def load_processor(path):
    """The checkpoint's processor for text and pictures, on PIL. That of a model that takes videos, too, comes without the part that wants Torchvision."""
    config = AutoConfig.from_pretrained(path)
    whole = PROCESSOR_MAPPING[type(config)]
    images_only = type(whole.__name__, (whole,), {"get_attributes": classmethod(lambda cls: ["image_processor", "tokenizer"])})
    settings, _ = images_only.get_processor_dict(path)
    return images_only.from_args_and_dict([load_image_processor(path), load_tokenizer(path, config)], settings)


def load_image_processor(path):
    """On PIL; AutoImageProcessor, which would find it, wants Torchvision in some versions."""
    settings, _ = BaseImageProcessor.get_image_processor_dict(path)
    name = settings["image_processor_type"].removesuffix("Fast").removesuffix("Pil")
    return get_image_processor_class_from_name(name + "Pil").from_pretrained(path)


def load_tokenizer(path, config):
    if (path / "tokenizer_config.json").exists():
        return AutoTokenizer.from_pretrained(path)
    # Of a bare tokenizer.json, AutoTokenizer would make the family's own, with tokens that need not be there.
    tokenizer = PreTrainedTokenizerFast.from_pretrained(path)
    ids = {"image_token": "image_token_id", "boi_token": "boi_token_index", "eoi_token": "eoi_token_index"}
    named = {name: tokenizer.convert_ids_to_tokens(getattr(config, key)) for name, key in ids.items() if hasattr(config, key)}
    return PreTrainedTokenizerFast.from_pretrained(path, extra_special_tokens=named)


def question(processor):
    """(text, whether special tokens are to be added) of a picture that comes without words: as the chat template puts it, where it has a place for one."""
    if processor.chat_template:
        content = [{"type": "image"}, {"type": "text", "text": QUESTION}]
        text = processor.apply_chat_template([{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True)
        if processor.image_token in text:
            return text, False
    return f"{processor.image_token}\n{QUESTION}", True


def read(processor, config, prompt, pictures, add_special_tokens=True):
    """The prompt, a text with placeholders or ids with expanded ones, and pictures, PIL's or paths, as the model reads them."""
    images = [[load_image(str(p)) if not hasattr(p, "size") else p for p in pictures]] if pictures else None
    text = [prompt] if isinstance(prompt, str) else None
    made = processor(text=text, images=images, return_tensors="pt", add_special_tokens=add_special_tokens) if text or images else {}
    ids = made["input_ids"][0].tolist() if text else prompt
    inputs = {name: value for name, value in made.items() if name not in UNUSED}
    if images and config.model_type in KINDS:
        inputs[KINDS[config.model_type]] = (torch.tensor([ids]) == config.image_token_id).int()
    return Seen(ids, inputs)


def grids(config, inputs):
    """Of each picture, in the layout of Gatun's MediaFeature."""
    if "image_grid_thw" in inputs:
        return inputs["image_grid_thw"].tolist()
    pictures = inputs["pixel_values"] if "pixel_values" in inputs else ()
    sizes = inputs["image_sizes"].tolist() if "image_sizes" in inputs else [()] * len(pictures)
    return [tiled_grid(config, size, len(pictures) > 1)[0] for size in sizes]


def pixel_rows(config, inputs):
    """fp32 [rows, cols] of each picture: flattened patches, in the order of Gatun's MediaFeature."""
    if "image_grid_thw" in inputs:
        return list(inputs["pixel_values"].float().split(inputs["image_grid_thw"].prod(1).tolist()))
    pictures = inputs["pixel_values"] if "pixel_values" in inputs else ()
    rows = []
    for tiles, grid in zip(pictures, grids(config, inputs)):
        tiles = tiles if tiles.dim() == 4 else tiles[None]
        rows.append(patch_rows(tiles[:1 + grid[0] * grid[1] if len(grid) > 2 else 1].float(), config.vision_config))
    return rows


def patch_rows(tiles, vision):
    """Tiles [n, 3, height, width] as flattened patches; what is left at right and below is dropped, as the tower drops it."""
    p, side = vision.patch_size, vision.image_size // vision.patch_size
    cut = tiles[:, :, :side * p, :side * p].reshape(len(tiles), 3, side, p, side, p).permute(0, 2, 4, 1, 3, 5)
    return cut.reshape(len(tiles) * side * side, -1)


def tiled_grid(config, size, several):
    """(grid, tokens) of a picture of `size` (height, width), one of `several` in its prompt, for the models that see tiles of one size."""
    vision = config.vision_config
    side = vision.image_size // vision.patch_size
    if config.model_type == "gemma3":
        return [side, side], config.mm_tokens_per_image
    if config.model_type == "llava":
        has_class = vision.model_type == "clip_vision_model"
        return [side, side], side * side + (has_class and config.vision_feature_select_strategy == "full")
    if several and config.model_type == "llava_onevision":
        return [0, 0, side, side, 0, 0, 0, 0, 0, 0], side * side + 1
    height, width = select_best_resolution(size, config.image_grid_pinpoints)
    high, wide = height // vision.image_size * side, width // vision.image_size * side
    top = left = 0
    if size[1] / size[0] > wide / high:
        top = (high - int(round(size[0] * (wide / size[1]), 7))) // 2
    else:
        left = (wide - int(round(size[1] * (high / size[0]), 7))) // 2
    high, wide = high - 2 * top, wide - 2 * left
    out_high, out_wide = high, wide
    if config.model_type == "llava_onevision":
        ratio = math.sqrt(high * wide / (int(config.vision_aspect_ratio.removeprefix("anyres_max_")) * side ** 2))
        if ratio > 1.1:
            out_high, out_wide = int(high // ratio), int(wide // ratio)
    tiles = [height // vision.image_size, width // vision.image_size]
    return tiles + [side, side, top, left, high, wide, out_high, out_wide], side * side + out_high * (out_wide + 1)
