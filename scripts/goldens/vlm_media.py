"""Pictures for models that see, as the processors of Transformers (the PIL backend) make them ready, in the layout of Gatun's MediaFeature."""
import math
from dataclasses import dataclass

import numpy as np
import torch
import transformers as hf
from PIL import Image
from transformers.image_processing_utils import select_best_resolution
from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.llava_next.image_processing_pil_llava_next import LlavaNextImageProcessorPil
from transformers.models.llava_onevision.image_processing_pil_llava_onevision import LlavaOnevisionImageProcessorPil
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from vlm_hf import patch_rows, tiled_grid

PROCESSORS = {"Qwen2VLImageProcessor": Qwen2VLImageProcessorPil, "CLIPImageProcessor": CLIPImageProcessorPil,
              "LlavaNextImageProcessor": LlavaNextImageProcessorPil, "LlavaOnevisionImageProcessor": LlavaOnevisionImageProcessorPil,
              "Gemma3ImageProcessor": Gemma3ImageProcessorPil}
SIZES = {"wide": (48, 40), "stripes": (48, 40), "dots": (48, 40), "odd": (61, 35), "tall": (24, 64), "long": (90, 20), "high": (18, 85)}


def draw(name):
    """A picture by a formula, which packs into some hundred bytes."""
    width, height = SIZES[name]
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    seed = sum(map(ord, name))
    red = 255 * (x // 5 + y // 7 + seed & 1)
    green = (x * 5 + seed * 3) % 256
    blue = 40 * (y // 6) % 256
    if name == "dots":
        red = 255 * ((x % 12 - 6) ** 2 + (y % 10 - 5) ** 2 < 14)
    elif name == "stripes":
        green = 200 * (y // 4 & 1)
    return Image.fromarray(np.stack([red, green, blue], axis=-1).astype(np.uint8))


@dataclass
class Media:
    """One picture or video: what the tower reads, and where in a prompt it belongs."""

    modality: str  # "image" or "video"
    pixels: torch.Tensor  # rows of flattened patches
    grid: list  # as MediaFeature.grid
    tokens: int
    size: tuple = ()  # (height, width) of the picture, where the tower depends on it
    second_per_grid: float = 0.0
    source: object = None


class Qwen:
    def __init__(self, case, config):
        self.config, self.vision, self.pre = config, config.vision_config, PROCESSORS["Qwen2VLImageProcessor"](**settings(case))
        self.temporal = config.model_type == "qwen2_5_vl"

    def media(self, source, pictures, several):
        if isinstance(source, str):
            out = self.pre(images=[pictures[source]], return_tensors="pt")
            return self.of("image", out["pixel_values"].float(), out["image_grid_thw"][0].tolist(), source=source)
        names, fps = source
        frames = [self.pre(images=[pictures[name]], return_tensors="pt") for name in names]
        rows = [f["pixel_values"].float().view(len(f["pixel_values"]), 3, 2, -1) for f in frames]  # both times hold the same picture
        pairs = [torch.stack([rows[i][:, :, 0], rows[i + 1][:, :, 0]], dim=2).flatten(1) for i in range(0, len(rows), 2)]
        _, h, w = frames[0]["image_grid_thw"][0].tolist()
        seconds = self.vision.temporal_patch_size / fps
        return self.of("video", torch.cat(pairs), [len(pairs), h, w] + ([round(1000 * seconds)] if self.temporal else []), seconds, source)

    def tower(self, grid, pixels):
        return self.of("image" if grid[0] == 1 else "video", pixels, grid + ([500] if self.temporal and grid[0] > 1 else []))

    def of(self, modality, pixels, grid, seconds=0.0, source=None):
        return Media(modality, pixels, grid, math.prod(grid[:3]) // self.vision.spatial_merge_size ** 2, second_per_grid=seconds, source=source)

    def shape(self, grid):
        return math.prod(grid), 3 * self.vision.temporal_patch_size * self.vision.patch_size ** 2

    def expand(self, text, media):
        for m in media:
            text = text.replace(f"<|{m.modality}_pad|>", "<|placeholder|>" * m.tokens, 1).replace("<|placeholder|>", f"<|{m.modality}_PAD|>")
        return text.replace("_PAD|>", "_pad|>")

    def inputs(self, ids, media):
        kinds = {self.config.image_token_id: 1, self.config.video_token_id: 2}
        out = {"mm_token_type_ids": torch.tensor([[kinds.get(i, 0) for i in ids]])} if media else {}
        for modality, pixels, grid in (("image", "pixel_values", "image_grid_thw"), ("video", "pixel_values_videos", "video_grid_thw")):
            some = [m for m in media if m.modality == modality]
            if some:
                out |= {pixels: torch.cat([m.pixels for m in some]), grid: torch.tensor([m.grid[:3] for m in some])}
                if modality == "video" and self.temporal:
                    out["second_per_grid_ts"] = torch.tensor([m.second_per_grid for m in some])
        return out

    def features(self, model, media):
        grid = torch.tensor([media.grid[:3]])
        call = model.model.get_image_features if media.modality == "image" else model.model.get_video_features
        return call(media.pixels, grid).pooler_output[0]


class Tiled:
    """LLaVA-1.5, LLaVA-NeXT, LLaVA-OneVision and Gemma 3: pictures of one size, one or several a picture."""

    def __init__(self, case, config):
        self.config, self.vision, self.case = config, config.vision_config, case
        self.pre = PROCESSORS[case.processor["image_processor_type"]](**settings(case))
        self.side = self.vision.image_size // self.vision.patch_size
        self.anyres = config.model_type in ("llava_next", "llava_onevision")

    def media(self, source, pictures, several):
        picture = pictures[source]
        nested = [[picture] * (2 if several else 1)] if self.config.model_type == "llava_onevision" else [picture]
        tiles = torch.as_tensor(np.asarray(self.pre(images=nested, return_tensors="pt")["pixel_values"][0])).float()
        return self.of(tiles if tiles.dim() == 4 else tiles[None], (picture.height, picture.width), several, source)

    def tower(self, spec, pixels):
        size = tuple(spec) if self.anyres else ()
        n = self.tiles(size, size == (0, 0))
        video = len(size) == 3
        p = self.vision.patch_size
        squares = pixels.view(n, self.side, self.side, 3, p, p).permute(0, 3, 1, 4, 2, 5).reshape(n, 3, self.side * p, self.side * p)
        rest = self.vision.image_size - self.side * p
        tiles = torch.nn.functional.pad(squares, (0, rest, 0, rest), value=7.0)
        if video:
            media = Media("video", pixels, list(spec), spec[0] * math.ceil(spec[1] / 2) * math.ceil(spec[2] / 2) + 1)
            media.tiles, media.several = tiles, False
            return media
        return self.of(tiles, size, size == (0, 0))

    def shape(self, spec):
        size = tuple(spec) if self.anyres else ()
        return self.tiles(size, size == (0, 0)) * self.side ** 2, 3 * self.vision.patch_size ** 2

    def tiles(self, size, several):
        if len(size) == 3:
            return size[0]
        if not self.anyres or several:
            return 1
        height, width = select_best_resolution(size, self.config.image_grid_pinpoints)
        return 1 + height // self.vision.image_size * (width // self.vision.image_size)

    def of(self, tiles, size, several, source=None):
        grid, tokens = tiled_grid(self.config, size, several)
        media = Media("image", patch_rows(tiles, self.vision), grid, tokens, size, source=source)
        media.tiles, media.several = tiles, several
        return media

    def expand(self, text, media):
        if self.config.model_type == "gemma3":
            return text.replace("<start_of_image>", "\n\n<start_of_image>" + "<image_soft_token>" * self.config.mm_tokens_per_image + "<end_of_image>\n\n")
        for m in media:
            text = text.replace("<image>", "<placeholder>" * m.tokens, 1)
        return text.replace("<placeholder>", "<image>")

    def inputs(self, ids, media):
        gemma = self.config.model_type == "gemma3"
        out = {"token_type_ids": (torch.tensor([ids]) == self.config.image_token_id).long()} if gemma and media else {}
        if not media:
            return out
        if not self.anyres:
            return out | {"pixel_values": torch.cat([m.tiles for m in media])}
        most = max(len(m.tiles) for m in media)
        pixels = torch.stack([torch.nn.functional.pad(m.tiles, (0, 0, 0, 0, 0, 0, 0, most - len(m.tiles))) for m in media])
        out |= {"pixel_values": pixels, "image_sizes": torch.tensor([m.size for m in media])}
        return out | ({"batch_num_images": torch.tensor([len(media)])} if self.config.model_type == "llava_onevision" else {})

    def features(self, model, media):
        if not self.anyres:
            options = {"vision_feature_layer": self.config.vision_feature_layer, "vision_feature_select_strategy":
                       self.config.vision_feature_select_strategy} if self.config.model_type == "llava" else {}
            return model.model.get_image_features(pixel_values=media.tiles, **options).pooler_output[0]
        if media.modality == "video":
            return model.model.get_video_features(media.tiles[None], vision_feature_layer=self.config.vision_feature_layer,
                                                  vision_feature_select_strategy=self.config.vision_feature_select_strategy).pooler_output[0]
        more = {"batch_num_images": torch.tensor([2 if media.several else 1])} if self.config.model_type == "llava_onevision" else {}
        if media.several and more:  # two of it, of which one is looked at
            return model.model.get_image_features(pixel_values=torch.stack([media.tiles] * 2), image_sizes=torch.tensor([media.size or (9, 9)] * 2),
                                                  **more).pooler_output[0]
        return model.model.get_image_features(pixel_values=media.tiles[None], image_sizes=torch.tensor([media.size]), **more).pooler_output[0]


def settings(case):
    return {k: v for k, v in case.processor.items() if k not in ("image_processor_type", "image_seq_length")}


def family(case, config):
    return (Qwen if config.model_type.startswith("qwen") else Tiled)(case, config)
