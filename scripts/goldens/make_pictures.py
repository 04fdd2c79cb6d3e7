"""Makes small pictures in all formats, and what Transformers' processors (their PIL path) make of them.

Usage: make_pictures.py OUT   with torch, transformers and pillow
OUT receives files/, one folder with config.json and preprocessor_config.json a family, and goldens.json.gz.
"""
import base64
import gzip
import io
import json
import struct
import sys
import types
import zlib
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from transformers.image_utils import load_image
from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil
from transformers.models.llava.image_processing_pil_llava import LlavaImageProcessorPil
from transformers.models.llava.processing_llava import LlavaProcessor
from transformers.models.llava_next.image_processing_pil_llava_next import LlavaNextImageProcessorPil
from transformers.models.llava_next.modeling_llava_next import LlavaNextModel
from transformers.models.llava_next.processing_llava_next import LlavaNextProcessor
from transformers.models.llava_onevision.image_processing_pil_llava_onevision import LlavaOnevisionImageProcessorPil
from transformers.models.llava_onevision.modeling_llava_onevision import LlavaOnevisionModel
from transformers.models.llava_onevision.processing_llava_onevision import LlavaOnevisionProcessor
from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import Qwen2_5_VLModel
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil, smart_resize
from transformers.models.qwen2_vl.modeling_qwen2_vl import Qwen2VLModel

torch.set_num_threads(1)
RNG = np.random.default_rng(20)
CLIP = {"image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711]}
HALF = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
SAMPLES = 16


def scene(width, height, channels=3, noise=8.0):
    """Waves, slopes, a box and some noise."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [127 + 120 * np.sin(x / 7.0) * np.cos(y / 9.0), x * 255 / max(width - 1, 1), y * 255 / max(height - 1, 1), 128 + 120 * np.sin((x + y) / 11.0)]
    a = np.stack(planes[:channels], -1)
    a[height // 4:height // 2, width // 4:width // 2] = [230, 20, 60, 90][:channels]
    a += RNG.normal(0, noise, a.shape)
    return np.clip(a, 0, 255).astype(np.uint8)


def flat(width, height):
    """Few colours, so that it stays small: shapes on a ground."""
    a = np.zeros((height, width, 3), np.uint8) + np.array([250, 240, 200], np.uint8)
    y, x = np.mgrid[0:height, 0:width]
    a[(x - width // 3) ** 2 + (y - height // 2) ** 2 < (min(width, height) // 4) ** 2] = [200, 30, 30]
    a[height // 5:height // 3, width // 2:] = [20, 60, 200]
    a[::17] = [0, 120, 60]
    return a


def rgb(width, height, noise=8.0):
    return Image.fromarray(scene(width, height, noise=noise))


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def oriented(value):
    exif = Image.Exif()
    exif[0x0112] = value
    return exif.tobytes()


def patched(data, marker, offset, values):
    """The JPEG with bytes after the first such marker replaced."""
    out = bytearray(data)
    at = data.index(bytes([0xFF, marker])) + offset
    out[at:at + len(values)] = values
    return bytes(out)


def png(samples, color, depth, interlace=False, chunks=()):
    """A PNG of samples [height, width, channels] with all five filters in turn."""
    height, width, channels = samples.shape

    def rows(part):
        out, bpp = b"", max(1, channels * depth // 8)
        above = None
        for i, row in enumerate(part):
            flat_row = row.reshape(-1)
            if depth == 16:
                raw = flat_row.astype(">u2").tobytes()
            elif depth == 8:
                raw = flat_row.astype(np.uint8).tobytes()
            else:
                bits = "".join(format(int(v), f"0{depth}b") for v in flat_row)
                bits += "0" * (-len(bits) % 8)
                raw = bytes(int(bits[j:j + 8], 2) for j in range(0, len(bits), 8))
            raw = np.frombuffer(raw, np.uint8).astype(int)
            up = np.zeros_like(raw) if above is None else above
            left = np.concatenate([np.zeros(bpp, int), raw])[:len(raw)]
            corner = np.concatenate([np.zeros(bpp, int), up])[:len(raw)]
            p = left + up - corner
            near = np.where((abs(p - left) <= abs(p - up)) & (abs(p - left) <= abs(p - corner)), left, np.where(abs(p - up) <= abs(p - corner), up, corner))
            kind = i % 5
            out += bytes([kind]) + ((raw - [0 * raw, left, up, (left + up) // 2, near][kind]) % 256).astype(np.uint8).tobytes()
            above = raw
        return out

    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)] if interlace else [(0, 0, 1, 1)]
    data = b"".join(rows(samples[y::sy, x::sx]) for x, y, sx, sy in passes if samples[y::sy, x::sx].size)
    packed = zlib.compress(data, 9)
    half = len(packed) // 2

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlace))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(chunk(n, b) for n, b in chunks) + chunk(b"IDAT", packed[:half]) + chunk(b"IDAT", packed[half:]) + chunk(b"IEND", b"")


def bmp(width, height, bits, data, compression=0, masks=b"", palette=b"", top_down=False):
    head = struct.pack("<IiiHHIIiiII", 40, width, -height if top_down else height, 1, bits, compression, len(data), 2835, 2835, len(palette) // 4, 0)
    offset = 14 + len(head) + len(masks) + len(palette)
    return b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + head + masks + palette + data


def pictures():
    out = {}
    odd = [(37, 53), (101, 57), (64, 64), (17, 200), (3, 5), (1, 1), (129, 65), (2, 31), (55, 8)]
    for i, (w, h) in enumerate(odd):
        out[f"jpeg_420_{w}x{h}.jpg"] = saved(rgb(w, h), "JPEG", quality=[90, 50, 75][i % 3])
    out["jpeg_422_45x39.jpg"] = saved(rgb(45, 39), "JPEG", subsampling=1)
    out["jpeg_422_1x9.jpg"] = saved(rgb(1, 9), "JPEG", subsampling=1)
    out["jpeg_444_39x45.jpg"] = saved(rgb(39, 45), "JPEG", subsampling=0, quality=95)
    out["jpeg_440_64x64.jpg"] = patched(saved(rgb(64, 64), "JPEG", subsampling=1), 0xC0, 11, b"\x12")
    out["jpeg_411_64x64.jpg"] = patched(saved(rgb(64, 64), "JPEG", subsampling=2), 0xC0, 11, b"\x41")
    out["jpeg_gray_61x47.jpg"] = saved(rgb(61, 47).convert("L"), "JPEG")
    out["jpeg_progressive_83x71.jpg"] = saved(rgb(83, 71), "JPEG", progressive=True)
    out["jpeg_progressive_444_50x33.jpg"] = saved(rgb(50, 33), "JPEG", progressive=True, subsampling=0, quality=92)
    out["jpeg_progressive_gray_33x50.jpg"] = saved(rgb(33, 50).convert("L"), "JPEG", progressive=True)
    out["jpeg_restarts_70x40.jpg"] = saved(rgb(70, 40), "JPEG", restart_marker_blocks=2)
    out["jpeg_rgb_40x30.jpg"] = saved(rgb(40, 30), "JPEG", keep_rgb=True)
    cmyk = Image.fromarray(scene(49, 35, 4), "CMYK")
    out["jpeg_cmyk_49x35.jpg"] = saved(cmyk, "JPEG", quality=92)
    out["jpeg_ycck_49x35.jpg"] = patched(out["jpeg_cmyk_49x35.jpg"], 0xEE, 15, b"\x02")
    for value in range(2, 9):
        out[f"jpeg_turned_{value}_31x23.jpg"] = saved(rgb(31, 23), "JPEG", exif=oriented(value))
    out["jpeg_smooth_800x600.jpg"] = saved(rgb(800, 600, noise=0), "JPEG", quality=15)
    out["jpeg_smooth_1100x250.jpg"] = saved(rgb(1100, 250, noise=0), "JPEG", quality=15, progressive=True)

    out["png_rgb_43x29.png"] = png(scene(43, 29), 2, 8)
    out["png_rgb_interlaced_23x19.png"] = png(scene(23, 19), 2, 8, interlace=True)
    out["png_rgb16_21x17.png"] = png(scene(21, 17).astype(int) * 256 + 77, 2, 16)
    out["png_rgba_31x27.png"] = png(scene(31, 27, 4), 6, 8)
    out["png_rgba16_interlaced_11x13.png"] = png(scene(11, 13, 4).astype(int) * 256 + 200, 6, 16, interlace=True)
    out["png_gray_47x41.png"] = png(scene(47, 41, 1), 0, 8, chunks=[(b"tRNS", b"\0\x20")])
    out["png_gray16_19x23.png"] = png(scene(19, 23, 1).astype(int) * 3, 0, 16)
    out["png_gray_alpha_25x15.png"] = png(scene(25, 15, 2), 4, 8)
    out["png_gray_alpha16_9x7.png"] = png(scene(9, 7, 2).astype(int) * 256 + 5, 4, 16)
    for depth in (1, 2, 4):
        out[f"png_gray{depth}_29x31.png"] = png(scene(29, 31, 1) >> 8 - depth, 0, depth, interlace=depth == 2)
    for depth in (1, 2, 4, 8):
        colors = RNG.integers(0, 256, 3 * min(1 << depth, 100)).astype(np.uint8).tobytes()
        indices = scene(35, 25, 1) >> 8 - depth
        out[f"png_palette{depth}_35x25.png"] = png(np.minimum(indices, len(colors) // 3 - 1), 3, depth, interlace=depth == 4,
                                                   chunks=[(b"PLTE", colors), (b"tRNS", b"\0\x80")])
    out["png_turned_24x16.png"] = png(scene(24, 16), 2, 8, chunks=[(b"eXIf", oriented(6)[6:])])
    out["png_flat_1500x1000.png"] = saved(Image.fromarray(flat(1500, 1000)).quantize(8), "PNG", optimize=True)
    out["png_flat_300x2000.png"] = saved(Image.fromarray(flat(300, 2000)).quantize(8), "PNG", optimize=True)
    out["png_narrow_1x150.png"] = png(scene(1, 150), 2, 8)
    out["png_long_300x1.png"] = png(scene(300, 1), 2, 8)

    out["gif_51x37.gif"] = saved(rgb(51, 37).quantize(64), "GIF", interlace=0)
    out["gif_interlaced_37x51.gif"] = saved(rgb(37, 51).quantize(128), "GIF", interlace=1)
    out["gif_animated_28x20.gif"] = saved(rgb(28, 20).quantize(16), "GIF", save_all=True, append_images=[rgb(28, 20).quantize(16)])
    transparent = saved(rgb(22, 18).quantize(32), "GIF", transparency=3, interlace=0)
    out["gif_transparent_22x18.gif"] = transparent
    screen = bytearray(transparent)
    screen[6:10] = struct.pack("<HH", 40, 30)
    out["gif_larger_screen_40x30.gif"] = bytes(screen)
    out["gif_gray_20x20.gif"] = saved(rgb(20, 20).convert("L"), "GIF")

    out["bmp_24_33x21.bmp"] = saved(rgb(33, 21), "BMP")
    out["bmp_32_13x17.bmp"] = saved(Image.fromarray(scene(13, 17, 4), "RGBA"), "BMP")
    out["bmp_8_27x19.bmp"] = saved(rgb(27, 19).quantize(50), "BMP")
    out["bmp_1_19x9.bmp"] = saved(rgb(19, 9).convert("1"), "BMP")
    words = RNG.integers(0, 65536, (9, 12)).astype("<u2").tobytes()
    out["bmp_555_12x9.bmp"] = bmp(12, 9, 16, words)
    out["bmp_565_12x9.bmp"] = bmp(12, 9, 16, words, 3, struct.pack("<III", 0xF800, 0x7E0, 0x1F), top_down=True)
    colors = RNG.integers(0, 256, (16, 4)).astype(np.uint8).tobytes()
    out["bmp_4_11x6.bmp"] = bmp(11, 6, 4, RNG.integers(0, 256, 8 * 6).astype(np.uint8).tobytes(), palette=colors)
    out["bmp_rle8_10x4.bmp"] = bmp(10, 4, 8, bytes([10, 3, 0, 0, 0, 5, 1, 2, 3, 4, 5, 0, 5, 7, 0, 0, 4, 9, 0, 2, 2, 1, 4, 1, 0, 0, 10, 2, 0, 1]), 1, palette=colors)
    out["bmp_rle4_9x3.bmp"] = bmp(9, 3, 4, bytes([9, 0x35, 0, 0, 0, 4, 0x12, 0x34, 5, 0x67, 0, 0, 9, 0xAB, 0, 1]), 2, palette=colors)

    for i, (w, h, options) in enumerate([(64, 64, {"quality": 90}), (101, 57, {"quality": 50}), (33, 80, {"quality": 20, "method": 6}), (17, 5, {"quality": 80}),
                                         (1, 1, {}), (3, 50, {"quality": 95, "method": 0}), (90, 77, {"quality": 5, "method": 4}), (58, 46, {"quality": 100})]):
        out[f"webp_lossy_{w}x{h}.webp"] = saved(rgb(w, h), "WEBP", **options)
    out["webp_lossy_alpha_39x44.webp"] = saved(Image.fromarray(scene(39, 44, 4), "RGBA"), "WEBP", quality=70)
    out["webp_lossless_53x31.webp"] = saved(rgb(53, 31), "WEBP", lossless=True)
    out["webp_lossless_best_40x25.webp"] = saved(rgb(40, 25, noise=0), "WEBP", lossless=True, quality=100, method=6)
    out["webp_lossless_alpha_26x18.webp"] = saved(Image.fromarray(scene(26, 18, 4), "RGBA"), "WEBP", lossless=True, exact=True)
    for n in (2, 4, 16, 200):
        out[f"webp_lossless_{n}_colors_37x29.webp"] = saved(rgb(37, 29).quantize(n).convert("RGB"), "WEBP", lossless=True)
    out["webp_lossless_flat_700x500.webp"] = saved(Image.fromarray(flat(700, 500)), "WEBP", lossless=True)
    out["webp_lossy_smooth_640x480.webp"] = saved(rgb(640, 480, noise=0), "WEBP", quality=40)
    out["webp_turned_32x20.webp"] = saved(rgb(32, 20), "WEBP", exif=oriented(8))
    out["webp_animated_24x24.webp"] = saved(rgb(24, 24), "WEBP", save_all=True, append_images=[rgb(24, 24)], lossless=True)
    return out


TEXT = {"hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4, "vocab_size": 400_000, "max_position_embeddings": 4096}


def families():
    clip = {"model_type": "clip_vision_model", "image_size": 336, "patch_size": 14}
    siglip = {"model_type": "siglip_vision_model", "image_size": 384, "patch_size": 14}
    clip_file = {"do_center_crop": True, "do_normalize": True, "do_resize": True, "do_rescale": True, "resample": 3, "rescale_factor": 0.00392156862745098,
                 "size": {"shortest_edge": 336}, "crop_size": {"height": 336, "width": 336}, **CLIP}
    return {
        "qwen2_vl": (Qwen2VLImageProcessorPil,
                     {"model_type": "qwen2_vl", "vision_config": {"patch_size": 14, "spatial_merge_size": 2, "temporal_patch_size": 2}, **TEXT},
                     {"image_processor_type": "Qwen2VLImageProcessor", "min_pixels": 3136, "max_pixels": 401408, "patch_size": 14, "temporal_patch_size": 2, "merge_size": 2,
                      "resample": 3, **CLIP}),
        "llava": (LlavaImageProcessorPil, {"model_type": "llava", "vision_config": clip, "vision_feature_select_strategy": "default", "text_config": TEXT},
                  {"image_processor_type": "CLIPImageProcessor", **clip_file}),
        "llava_padded": (LlavaImageProcessorPil, {"model_type": "llava", "vision_config": clip, "vision_feature_select_strategy": "full", "text_config": TEXT},
                         {"image_processor_type": "LlavaImageProcessorFast", "do_pad": True, **clip_file, "resample": 1}),
        "llava_next": (LlavaNextImageProcessorPil, {"model_type": "llava_next", "vision_config": clip, "text_config": TEXT},
                       {"image_processor_type": "LlavaNextImageProcessor", "image_grid_pinpoints": [[336, 672], [672, 336], [672, 672], [1008, 336], [336, 1008]], **clip_file}),
        "llava_onevision": (LlavaOnevisionImageProcessorPil, {"model_type": "llava_onevision", "vision_config": siglip, "vision_aspect_ratio": "anyres_max_9", "text_config": TEXT},
                            {"image_processor_type": "LlavaOnevisionImageProcessor", "size": {"height": 384, "width": 384}, "resample": 3, **HALF}),
        "llava_onevision_several": (LlavaOnevisionImageProcessorPil, None, None),
        "gemma3": (Gemma3ImageProcessorPil,
                   {"model_type": "gemma3", "mm_tokens_per_image": 256, "vision_config": {"model_type": "siglip_vision_model", "image_size": 896, "patch_size": 14}, "text_config": TEXT},
                   {"image_processor_type": "Gemma3ImageProcessor", "size": {"height": 896, "width": 896}, "resample": 2, "do_pan_and_scan": None, **HALF}),
    }


def plain_patches(values, patch=14):
    """[tiles, 3, height, width] as rows of flattened patches."""
    values = np.asarray(values)
    t, c, h, w = values.shape
    gh, gw = h // patch, w // patch
    return values[:, :, :gh * patch, :gw * patch].reshape(t, c, gh, patch, gw, patch).transpose(0, 2, 4, 1, 3, 5).reshape(t * gh * gw, -1)


def summary(values):
    flat_values = np.asarray(values).reshape(-1)
    whole = flat_values.astype(np.uint8)
    assert np.array_equal(whole, flat_values)
    places = np.arange(SAMPLES, dtype=np.int64) * 2654435761 % len(whole)
    return {"crc": zlib.crc32(whole.tobytes()), "count": len(whole), "sample": base64.b64encode(whole[places].tobytes()).decode()}


def without_init(cls, **fields):
    out = cls.__new__(cls)
    for name, value in fields.items():
        object.__setattr__(out, name, value)
    return out


def layout(model, config, tiles, side, size, **options):
    """What the model's own packing does with features that are numbered: a check sum of their order, -1 for newlines."""
    features = torch.arange(tiles * side * side, dtype=torch.float32).reshape(tiles, side * side, 1)
    packed = model.pack_image_features(types.SimpleNamespace(config=config), [features], [torch.tensor(size)], image_newline=torch.tensor([-1.0]), **options)
    order = packed[0][0].reshape(-1)
    whole = bool((order == order.round()).all())
    return len(order), zlib.crc32(order.to(torch.int32).numpy().astype("<i4").tobytes()) if whole else 0


def golden(name, cls, file, image):
    processor = cls(**{**{k: v for k, v in file.items() if k not in ("image_processor_type", "do_rescale", "do_normalize")}, "do_rescale": False, "do_normalize": False})
    pins = getattr(processor, "image_grid_pinpoints", None)
    if name == "llava_onevision_several":
        inputs = processor([[image, image]], return_tensors="np")
        values = inputs["pixel_values"][:1]
    else:
        inputs = processor(image, return_tensors="np")
        values = inputs["pixel_values"]
    if name == "qwen2_vl":
        grid = [int(v) for v in inputs["image_grid_thw"][0]]
        return {"grid": grid, "tokens": grid[0] * grid[1] * grid[2] // 4, **summary(values)}
    if name.startswith("llava_next") or name.startswith("llava_onevision"):
        values = np.asarray(values[0])
        size = [int(v) for v in inputs["image_sizes"][0]]
        if name == "llava_next":
            hf = without_init(LlavaNextProcessor, image_processor=processor, patch_size=14, vision_feature_select_strategy="default", image_token="x",
                              num_additional_image_tokens=1)
            config = types.SimpleNamespace(vision_config=types.SimpleNamespace(image_size=336, patch_size=14), image_grid_pinpoints=pins)
            length, order = layout(LlavaNextModel, config, len(values), 24, size, vision_feature_select_strategy="default")
        else:
            hf = without_init(LlavaOnevisionProcessor, image_processor=processor, num_image_tokens=729, vision_feature_select_strategy="full", image_token="x",
                              vision_aspect_ratio="anyres_max_9")
            config = types.SimpleNamespace(vision_config=types.SimpleNamespace(image_size=384, patch_size=14), image_grid_pinpoints=pins)
            length, order = layout(LlavaOnevisionModel, config, len(values), 27, size, vision_aspect_ratio="anyres_max_9")
        tokens = len(hf.replace_image_token(inputs, 0))
        assert tokens == length, (name, tokens, length)
        return {"tiles": len(values), "order": order, "tokens": tokens, **summary(plain_patches(values))}
    values = np.asarray(values)
    side = values.shape[-1] // 14
    tokens = 256
    if name.startswith("llava"):
        hf = without_init(LlavaProcessor, patch_size=14, vision_feature_select_strategy="full" if name == "llava_padded" else "default", image_token="x",
                          num_additional_image_tokens=1)
        tokens = len(hf.replace_image_token(inputs, 0))
    return {"grid": [side, side], "tokens": tokens, **summary(plain_patches(values))}


def normalized(cls, file, image):
    """Some of the numbers as they come with rescaling and normalisation."""
    values = cls(**{k: v for k, v in file.items() if k != "image_processor_type"})(image, return_tensors="np")["pixel_values"]
    values = values if cls is Qwen2VLImageProcessorPil else plain_patches(np.asarray(values[0] if np.asarray(values).ndim == 5 else values))
    values = np.asarray(values).reshape(-1)
    places = np.arange(SAMPLES, dtype=np.int64) * 2654435761 % len(values)
    return [float(v) for v in values[places]]


def resizes():
    """Digests of one picture in other sizes with all filters."""
    image = rgb(61, 43)
    out = []
    for code in range(6):
        for w, h in [(61, 43), (200, 150), (30, 20), (7, 90), (122, 9), (1, 1), (61, 80), (13, 43)]:
            out.append([code, w, h, zlib.crc32(image.resize((w, h), resample=code).tobytes())])
    return {"width": 61, "height": 43, "picture": base64.b64encode(zlib.compress(image.tobytes(), 9)).decode(), "sizes": out}


def rope():
    """Positions of random prompts with pictures and videos."""
    out = []
    for i in range(24):
        newer = i % 2 == 1
        vision = types.SimpleNamespace(spatial_merge_size=2, tokens_per_second=[2, 4, 25][i % 3])
        config = types.SimpleNamespace(vision_config=vision)
        kinds, spans, images, videos, seconds = [0] * int(RNG.integers(1, 6)), [], [], [], []
        for _ in range(int(RNG.integers(0, 4))):
            video = bool(RNG.integers(0, 2))
            t, h, w = int(RNG.integers(1, 9)) if video else 1, 2 * int(RNG.integers(1, 6)), 2 * int(RNG.integers(1, 6))
            length = t * h * w // 4
            fps = float(RNG.choice([1.0, 2.0, 3.0, 0.7, 29.97]))
            spans.append({"start": len(kinds), "length": length, "video": video, "grid": [t, h, w], "fps": fps})
            (videos if video else images).append([t, h, w])
            if video:
                seconds.append(2 / fps)
            kinds += [2 if video else 1] * length + [0] * int(RNG.integers(1, 5))
        cls = Qwen2_5_VLModel if newer else Qwen2VLModel
        self = types.SimpleNamespace(config=config, get_vision_position_ids=lambda *a, cls=cls, **k: cls.get_vision_position_ids(None, *a, **k))
        extra = {"second_per_grid_ts": torch.tensor(seconds)} if newer and seconds else {}
        ids, delta = cls.get_rope_index(self, torch.tensor([kinds]), torch.tensor([kinds]), torch.tensor(images) if images else None,
                                        torch.tensor(videos) if videos else None, **extra)
        out.append({"newer": newer, "tokens_per_second": vision.tokens_per_second, "length": len(kinds), "spans": spans, "axes": ids[:, 0].tolist(), "delta": int(delta[0])})
    return out


def videos(files):
    """Patches of three frames. Transformers resizes frames by torchvision, which for eight bits is torch's own antialiased interpolation; its patchify is repeated here."""
    frames = torch.from_numpy(np.stack([np.asarray(Image.open(io.BytesIO(files[n])).convert("RGB")) for n in VIDEO]).transpose(0, 3, 1, 2).copy())

    def resized(height, width):
        return torch.nn.functional.interpolate(frames, (height, width), mode="bicubic", antialias=True, align_corners=False)

    height, width = smart_resize(44, 60, factor=28, min_pixels=3136, max_pixels=401408)
    qwen = resized(height, width)
    qwen = torch.cat([qwen, qwen[-1:]]).view(2, 2, 3, height // 28, 2, 14, width // 28, 2, 14).permute(0, 3, 6, 4, 7, 2, 1, 5, 8)
    return {"frames": VIDEO, "qwen2_vl": {"grid": [2, height // 14, width // 14], **summary(qwen.reshape(-1).numpy())},
            "llava_onevision": {"grid": [3, 27, 27], **summary(plain_patches(resized(384, 384).numpy()))}}


VIDEO = ["video_1_60x44.png", "video_2_60x44.png", "video_3_60x44.png"]


def main(out):
    (out / "files").mkdir(parents=True, exist_ok=True)
    files = pictures()
    for name in VIDEO:
        files[name] = png(scene(60, 44, noise=0), 2, 8)
    goldens = {"decoded": {}, "values": {}, "normalized": {}, "resizes": resizes(), "rope": rope(), "videos": videos(files)}
    sources = families()
    for family, (cls, config, file) in sources.items():
        if config is not None:
            folder = out / family
            folder.mkdir(exist_ok=True)
            (folder / "config.json").write_text(json.dumps({"architectures": ["X"], **config}, indent=1) + "\n")
            (folder / "preprocessor_config.json").write_text(json.dumps(file, indent=1) + "\n")
        goldens["values"][family] = {}
    for name, data in files.items():
        (out / "files" / name).write_bytes(data)
        image = load_image(str(out / "files" / name))
        goldens["decoded"][name] = {"width": image.width, "height": image.height, **summary(np.asarray(image))}
        for family, (cls, config, file) in sources.items():
            file = sources["llava_onevision"][2] if file is None else file
            try:
                goldens["values"][family][name] = golden(family, cls, file, image)
            except ValueError as e:
                print(name, family, "refused by Transformers:", e)
    image = load_image(str(out / "files" / "png_rgb_43x29.png"))
    for family, (cls, config, file) in sources.items():
        if config is not None:
            goldens["normalized"][family] = normalized(cls, file, image)
    (out / "goldens.json.gz").write_bytes(gzip.compress(json.dumps(goldens, separators=(",", ":")).encode(), 9, mtime=0))
    print(len(files), "pictures,", sum(len(d) for d in files.values()), "bytes;", (out / "goldens.json.gz").stat().st_size, "bytes of goldens")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
