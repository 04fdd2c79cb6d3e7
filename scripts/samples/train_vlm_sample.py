"""Trains the sample Qwen2-VL on the pictures and questions of vision_tasks.py and writes a Hugging Face checkpoint with its held-out exercises.

    python scripts/samples/train_vlm_sample.py --out models/samples/qwen2vl --minutes 6                         # one GPU
    python scripts/samples/train_vlm_sample.py --out /tmp/smoke --minutes 1 --rows 8 --per-task 2 --workers 1   # smoke run on a CPU
    python scripts/samples/train_vlm_sample.py --out models/samples/qwen2vl --evaluate-only --exercises models/samples/qwen2vl/eval.jsonl.gz --every 8
"""
import argparse
import base64
import functools
import gzip
import io
import itertools
import json
import math
import os
import random
import re
import time
from collections import Counter
from pathlib import Path

import numpy
import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from torch.nn.functional import cross_entropy, gelu, linear, rms_norm, scaled_dot_product_attention, silu
from torch.utils.data import DataLoader, IterableDataset
from transformers import GenerationConfig, PreTrainedTokenizerFast, Qwen2VLConfig, Qwen2VLForConditionalGeneration

from picture_render import FIELDS, MAX_THINGS, atlas, parameters, render
from vision_tasks import CELLS, COLOURS, GLYPHS, TASKS, evaluation_items, training_row

ENDOFTEXT, START, END, VISION_START, VISION_END, IMAGE, VIDEO = SPECIALS = [
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"]
ENDOFTEXT_ID, START_ID, END_ID, VISION_START_ID, VISION_END_ID, IMAGE_ID, VIDEO_ID = range(7)
CONTEXT = 1024
PATCH, MERGE, TEMPORAL = 8, 2, 2
PROBED = 1  # the decoder's layer behind which picture tokens have to know what and where they are
MIN_PIXELS, MAX_PIXELS = 96 * 96, 96 * 112
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)  # CLIP's, as Qwen2-VL takes them
# Sizes that the processor leaves as they are, so that training needs no resizing.
SIZES = [(96, 96)] * 6 + [(112, 96), (96, 112), (112, 80), (80, 112), (128, 80), (80, 128)]
# The evaluation's pictures are of all sizes, so that the processor resizes them.
EVALUATION_SIZES = [(112, 112), (96, 96), (224, 224), (160, 120), (150, 190), (128, 96), (200, 130), (72, 72), (101, 87)]
SPLIT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
SYSTEM = "You are a helpful assistant."
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{% if loop.first and message['role'] != 'system' %}{{ '<|im_start|>system\n" + SYSTEM + "<|im_end|>\n' }}{% endif %}"
    "{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' or 'image' in part or 'image_url' in part %}{{ '<|vision_start|><|image_pad|><|vision_end|>' }}"
    "{% elif part['type'] == 'video' or 'video' in part %}{{ '<|vision_start|><|video_pad|><|vision_end|>' }}"
    "{% elif 'text' in part %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}"
    "{{ '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")
PICTURE = VISION_START + IMAGE + VISION_END


def first_question(r, pictures, question):
    """The question with its pictures before, inside or behind it, as chats and MMMU have them."""
    if not pictures:
        return question
    style, shown = r.random(), PICTURE * pictures
    if style < 0.5:
        return shown + question
    if pictures == 2 and style < 0.65:
        return f"{PICTURE} {PICTURE} {question}"
    if style < 0.85:
        return f"{shown} {question}"
    head, newline, tail = question.partition("\n")
    if style < 0.93 or newline:
        return f"Look at {' and '.join([PICTURE] * pictures)}. {question}"
    return f"{head} {shown}{newline}{tail}"


def opening(r):
    return f"{START}system\n{SYSTEM}{END}\n" if r.random() < 0.9 else ""


def ask_text(text):
    return f"{START}user\n{text}{END}\n{START}assistant\n"


def train_tokenizer(vocab_size):
    r, texts = random.Random(0), []
    for _ in range(8000):
        scenes, turns = training_row(r, False)
        texts += [ask_text(first_question(r, len(scenes), q)) + a + END for _, q, a in itertools.islice(turns, 2)]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(SPLIT), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(s, special=True, normalized=False) for s in SPECIALS])
    texts += [f"system\n{SYSTEM}"] * 2000
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=vocab_size, special_tokens=SPECIALS, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    assert [tokenizer.token_to_id(s) for s in SPECIALS] == list(range(7))
    return tokenizer


def line_encoder(tokenizer):
    """Encodes texts line by line, as no token spans lines, and remembers lines, since most come again and again."""
    @functools.lru_cache(maxsize=100_000)
    def line_ids(line):
        return tokenizer.encode(line, add_special_tokens=False).ids
    return lambda text: [token for line in re.findall(r"[^\n]*\n+|[^\n]+", text) for token in line_ids(line)]


class Rows(IterableDataset):
    """Batches, generated without end: ids and M-RoPE positions of rows, which of their tokens are pictures' and answers', and the things to draw."""

    def __init__(self, tokenizer_json, rows, length, easy):
        self.tokenizer_json, self.rows, self.length, self.easy = tokenizer_json, rows, length, easy

    def __iter__(self):
        r = random.Random(torch.initial_seed())  # differs from worker to worker
        torch.set_num_threads(1)
        encode = line_encoder(Tokenizer.from_str(self.tokenizer_json))
        while True:
            yield self.batch(r, encode, r.choice(SIZES))

    def batch(self, r, encode, size):
        width, height = size
        grid = (height // PATCH // MERGE, width // PATCH // MERGE)
        ids = numpy.full((self.rows, self.length), ENDOFTEXT_ID, numpy.int64)
        positions = numpy.zeros((3, self.rows, self.length), numpy.int64)
        things, grounds, image_at, trained_at, targets, asked, answer_of = [], [], [], [], [], [], []
        for row in range(self.rows):
            scenes, row_ids, row_positions, trained, tasks = self.row(r, encode, grid)
            things += [parameters(scene, width, height) for scene in scenes]
            grounds += [scene.background for scene in scenes]
            ids[row, :len(row_ids)] = row_ids
            positions[:, row, :len(row_ids)] = row_positions
            base = row * self.length
            image_at += [base + i for i, token in enumerate(row_ids) if token == IMAGE_ID]
            for task, places in zip(tasks, trained):
                trained_at += range(base + places.start - 1, base + places.stop - 1)
                targets += row_ids[places.start:places.stop]
                answer_of += [len(asked)] * len(places)
                asked.append(task)
        return {"ids": torch.from_numpy(ids), "positions": torch.from_numpy(positions), "image_at": torch.tensor(image_at), "targets": torch.tensor(targets),
                "trained_at": torch.tensor(trained_at), "things": torch.tensor(things, dtype=torch.float32).view(-1, MAX_THINGS, FIELDS),
                "grounds": torch.tensor(grounds, dtype=torch.float32).view(-1, 3), "noise": torch.rand(len(grounds)).mul(10).sub(4).clamp(min=0),
                "size": torch.tensor(size), "asked": torch.tensor(asked), "answer_of": torch.tensor(answer_of)}

    def row(self, r, encode, grid):
        """Scenes, and as many questions about them as fit into a row: ids, positions [3, n], and of each answer the places and the task."""
        scenes, turns = training_row(r, bool(self.easy.item()))
        tokens, ids, trained, tasks, lead = grid[0] * grid[1], [], [], [], opening(r)
        for task, question, answer in turns:
            asked = lead + ask_text(first_question(r, 0 if ids else len(scenes), question))
            asked_ids = [token for token in encode(asked) for _ in range(tokens if token == IMAGE_ID else 1)]
            answer_ids = encode(answer + END)
            if ids and len(ids) + len(asked_ids) + len(answer_ids) > self.length:
                break
            ids += asked_ids
            trained.append(range(len(ids), len(ids) + len(answer_ids)))
            tasks.append(TASKS.index(task))
            ids += answer_ids
            lead = "\n"
        assert len(ids) <= self.length, f"{len(ids)} tokens do not fit into a row of {self.length}"
        return scenes, ids, mrope(ids, grid), trained, tasks


def mrope(ids, grid):
    """Positions [3, n]: a picture's tokens stand at its rows and columns, and the text behind continues after the longer side."""
    image = numpy.array(ids) == IMAGE_ID
    edges = [0, *numpy.flatnonzero(image[1:] != image[:-1]) + 1, len(ids)]
    down, right = numpy.divmod(numpy.arange(grid[0] * grid[1]), grid[1])
    picture, result, at = numpy.stack([down * 0, down, right]), numpy.empty((3, len(ids)), numpy.int64), 0
    for begin, end in itertools.pairwise(edges):
        result[:, begin:end] = at + (picture if image[begin] else numpy.arange(end - begin))
        at += max(grid) if image[begin] else end - begin
    return result


def build_model(vocab_size):
    text = {"vocab_size": vocab_size, "hidden_size": 128, "intermediate_size": 224, "num_hidden_layers": 5, "num_attention_heads": 4,
            "num_key_value_heads": 2, "max_position_embeddings": CONTEXT, "rms_norm_eps": 1e-6, "initializer_range": 0.04,
            # A base that leaves frequencies so low that a word finds what it names in a picture far before it, and sections that give height
            # and width frequencies by which a picture's few rows and columns differ.
            "rope_parameters": {"rope_type": "default", "rope_theta": 300.0, "mrope_section": [2, 4, 10]},
            "bos_token_id": ENDOFTEXT_ID, "eos_token_id": END_ID, "pad_token_id": ENDOFTEXT_ID, "tie_word_embeddings": True}
    vision = {"depth": 5, "embed_dim": 64, "hidden_size": 128, "hidden_act": "quick_gelu", "mlp_ratio": 3, "num_heads": 4, "in_channels": 3,
              "patch_size": PATCH, "spatial_merge_size": MERGE, "temporal_patch_size": TEMPORAL, "initializer_range": 0.06}
    model = Qwen2VLForConditionalGeneration(Qwen2VLConfig(
        text_config=text, vision_config=vision, image_token_id=IMAGE_ID, video_token_id=VIDEO_ID, vision_start_token_id=VISION_START_ID,
        vision_end_token_id=VISION_END_ID, tie_word_embeddings=True))
    model.tie_weights()
    return model


@functools.cache
def constant(values, device):
    """A tensor on the device, made once, as each copy there would make the host wait."""
    return torch.tensor(values, device=device)


def patches(pictures):
    """Pictures [N, 3, H, W] as rows [N, patches, 3 * 2 * 8 * 8] as the processor makes them of one picture: blocks of 2 x 2 patches, each twice."""
    n, c, height, width = pictures.shape
    mean, std = (constant(v, pictures.device).view(3, 1, 1) for v in (MEAN, STD))
    blocks = ((pictures / 255 - mean) / std).view(n, c, height // PATCH // MERGE, MERGE, PATCH, width // PATCH // MERGE, MERGE, PATCH)
    rows = blocks.permute(0, 2, 5, 3, 6, 1, 4, 7).unsqueeze(6).expand(-1, -1, -1, -1, -1, -1, TEMPORAL, -1, -1)
    return rows.reshape(n, height * width // PATCH ** 2, c * TEMPORAL * PATCH ** 2)


@functools.cache
def rotations(grid, head_dim, device):
    """cos and sin [patches, head_dim] of the tower's rotation by row and column, in the order of the patches."""
    down, right = torch.meshgrid(torch.arange(grid[0]), torch.arange(grid[1]), indexing="ij")
    order = [p.view(grid[0] // MERGE, MERGE, grid[1] // MERGE, MERGE).transpose(1, 2).flatten() for p in (down, right)]
    frequency = 1 / 10000 ** (torch.arange(0, head_dim // 2, 2).float() / (head_dim // 2))
    angle = torch.cat([p[:, None] * frequency for p in order] * 2, 1).to(device)
    return angle.cos(), angle.sin()


def rotate(x, cos, sin):
    first, second = x.chunk(2, -1)
    return x * cos + torch.cat((-second, first), -1) * sin


def tower(visual, rows, grid):
    """What HF's tower computes, for many pictures of one size at once: rows [N, patches, cols] to [N * tokens, hidden]."""
    n, count, _ = rows.shape
    weight = visual.patch_embed.proj.weight
    x = linear(rows, weight.view(len(weight), -1)).float()
    heads = visual.blocks[0].attn.num_heads
    cos, sin = rotations(grid, x.shape[-1] // heads, x.device)
    for block in visual.blocks:
        q, k, v = block.attn.qkv(block.norm1(x)).view(n, count, 3, heads, -1).permute(2, 0, 3, 1, 4)
        seen = scaled_dot_product_attention(rotate(q, cos, sin).to(v.dtype), rotate(k, cos, sin).to(v.dtype), v)
        x = x + block.attn.proj(seen.transpose(1, 2).reshape(n, count, -1))
        x = x + block.mlp(block.norm2(x))
    merged = visual.merger.ln_q(x).view(-1, visual.merger.hidden_size)
    return visual.merger.mlp[2](gelu(visual.merger.mlp[0](merged)))


def decoder(language, embeds, positions):
    """What HF's decoder computes of embeds [B, L, hidden] at positions [3, B, L]: its output, and what layer PROBED hands on."""
    config = language.config
    heads, kv_heads = config.num_attention_heads, config.num_key_value_heads
    half = config.hidden_size // heads // 2
    axis = constant(tuple(axis for axis, count in enumerate(config.rope_parameters["mrope_section"]) for _ in range(count)), embeds.device)
    frequency = config.rope_parameters["rope_theta"] ** (-torch.arange(half, device=embeds.device) / half)
    angle = (positions[axis].permute(1, 2, 0) * frequency).repeat(1, 1, 2)[:, None]
    cos, sin = angle.cos(), angle.sin()
    norm = lambda x, n: rms_norm(x, n.weight.shape, n.weight, n.variance_epsilon)
    x, between = embeds, None
    for i, layer in enumerate(language.layers):
        attn, y = layer.self_attn, norm(x, layer.input_layernorm)
        q, k, v = (p(y).view(*y.shape[:2], n, -1).transpose(1, 2) for p, n in ((attn.q_proj, heads), (attn.k_proj, kv_heads), (attn.v_proj, kv_heads)))
        k, v = (t.repeat_interleave(heads // kv_heads, 1) for t in (rotate(k, cos, sin), v))
        seen = scaled_dot_product_attention(rotate(q, cos, sin).to(v.dtype), k.to(v.dtype), v, is_causal=True)
        x = x + attn.o_proj(seen.transpose(1, 2).reshape(y.shape))
        y = norm(x, layer.post_attention_layernorm)
        x = x + layer.mlp.down_proj(silu(layer.mlp.gate_proj(y)) * layer.mlp.up_proj(y))
        between = x if i == PROBED else between
    return norm(x, language.norm), between


class Probes(torch.nn.Module):
    """Helpers of the training, thrown away behind it: they read from each picture token which glyph and colour lie there, and in the decoder also where."""

    def __init__(self, hidden):
        super().__init__()
        self.seen = torch.nn.Linear(hidden, sum(KINDS_SEEN[:2]))
        self.placed = torch.nn.Linear(hidden, sum(KINDS_SEEN))

    def loss(self, seen, placed, batch):
        kinds = things_at_tokens(batch)
        losses = [cross_entropy(part, kind) for head, x in ((self.seen, seen), (self.placed, placed))
                  for part, kind in zip(head(x).float().split(KINDS_SEEN[:2] if head is self.seen else KINDS_SEEN, 1), kinds)]
        return sum(losses) / len(losses)


KINDS_SEEN = [len(GLYPHS) + 1, len(COLOURS) + 1, len(CELLS) + 1]  # the last of each is nothing


def things_at_tokens(batch):
    """The glyph, colour and cell [tokens] of the thing that lies nearest to each picture token and reaches it."""
    things, (width, height), side = batch["things"], batch["size"].tolist(), PATCH * MERGE
    centres = constant(tuple((x, y) for y in range(side // 2, height, side) for x in range(side // 2, width, side)), things.device)
    away = (centres[None, :, None] - things[:, None, :, 1:3]).abs().amax(-1)
    nearest = away.masked_fill(things[:, None, :, 3] == 0, 1e6).argmin(-1)
    near = things.gather(1, nearest[..., None].expand(-1, -1, FIELDS))
    nothing = away.gather(2, nearest[..., None])[..., 0] > near[..., 3] * 1.05 + side * 0.15
    colour = (near[..., None, 5:] - constant(tuple(COLOURS.values()), things.device)).abs().sum(-1).argmin(-1)
    cell = (near[..., 2] * 3 // height).clamp(0, 2) * 3 + (near[..., 1] * 3 // width).clamp(0, 2)
    return [torch.where(nothing, n - 1, kind.long()).flatten() for n, kind in zip(KINDS_SEEN, (near[..., 0], colour, cell))]


def draw(batch, fields):
    width, height = batch["size"].tolist()
    return patches(render(batch["things"], batch["grounds"], width, height, fields, batch["noise"])), (height // PATCH, width // PATCH)


def logits_of(model, batch, fields, decode=decoder):
    """Logits at the places whose next id is to be learnt, and what the tower and the probed layer have at the pictures' tokens."""
    ids = batch["ids"]
    embeds, seen = model.model.language_model.embed_tokens(ids).view(ids.numel(), -1), None
    if len(batch["things"]):
        with torch.no_grad(), torch.autocast(ids.device.type, enabled=False):
            rows, grid = draw(batch, fields)
        seen = tower(model.model.visual, rows, grid).to(embeds.dtype)
        embeds = embeds.index_copy(0, batch["image_at"], seen)
    hidden, between = decode(model.model.language_model, embeds.view(*ids.shape, -1), batch["positions"])
    logits = model.lm_head(hidden.reshape(ids.numel(), -1).index_select(0, batch["trained_at"])).float()
    return logits, seen, between.reshape(ids.numel(), -1).index_select(0, batch["image_at"])


def check(model, batches, fields, device):
    """That the batched tower, the positions and the logits of training are those of HF's own forward."""
    batch = next(iter(batches))
    batch = {name: t.to(device) for name, t in batch.items()}
    with torch.no_grad():
        rows, grid = draw(batch, fields)
        thw = torch.tensor([[1, *grid]] * len(rows), device=device)
        kinds = (batch["ids"] == IMAGE_ID).int()
        positions, _ = model.model.get_rope_index(batch["ids"], image_grid_thw=thw, mm_token_type_ids=kinds)
        ends = batch["ids"].ne(ENDOFTEXT_ID)
        assert torch.equal(positions.to(device)[:, ends], batch["positions"][:, ends]), "M-RoPE positions differ"
        torch.manual_seed(1)
        ours, _, _ = logits_of(model, batch, fields)
        torch.manual_seed(1)
        rows, _ = draw(batch, fields)
        theirs = model(input_ids=batch["ids"], pixel_values=rows.flatten(0, 1), image_grid_thw=thw, mm_token_type_ids=kinds,
                       position_ids=batch["positions"]).logits.flatten(0, 1)[batch["trained_at"]]
        worst = (ours - theirs).abs().max().item()
    print(f"logits differ from HF's forward by at most {worst:.1e}", flush=True)
    assert worst < 0.05  # what TF32 may make of it


def share_of_rate(progress, decay):
    """Of the peak learning rate: all of it until the last `decay` of the training, in which it falls to nothing."""
    return min(1.0, max(0.0, (1 - progress) / decay))


def train(model, batches, fields, easy, args):
    device = torch.device(args.device)
    probes = Probes(model.config.text_config.hidden_size).to(device)
    matrices = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim == 1] + list(probes.parameters())
    optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": 0.05}, {"params": others, "weight_decay": 0.0}],
                                  lr=args.lr, betas=(0.9, 0.95), fused=device.type == "cuda")
    decode = torch.compile(decoder, dynamic=False) if args.compile else decoder
    start = shown = time.monotonic()
    waited = 0.0
    batches = iter(batches)
    for step in itertools.count():
        elapsed = time.monotonic() - start
        progress = max(step / args.steps if args.steps else 0, elapsed / (args.minutes * 60))
        if progress >= 1:
            break
        easy.fill_(progress < args.easy)
        rate = args.lr * min(1, (step + 1) / args.warmup) * share_of_rate(progress, args.decay)
        for group in optimizer.param_groups:
            group["lr"] = rate
        batch = next(batches)
        waited += time.monotonic() - start - elapsed
        batch = {name: t if name == "size" else t.to(device, non_blocking=True) for name, t in batch.items()}
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            logits, seen, placed = logits_of(model, batch, fields, decode)
            probed = probes.loss(seen, placed, batch)
        answered = cross_entropy(logits, batch["targets"])
        (answered + args.probe * (1 - progress) * probed).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if step == 0 or time.monotonic() - shown > args.report:
            shown = time.monotonic()
            hits = logits.argmax(1) == batch["targets"]
            print(f"step {step}  {shown - start:.0f} s  loss {answered.item():.4f}  probes {probed.item():.3f}  tokens right {hits.float().mean().item():.1%}  "
                  f"lr {rate:.2e}  {(step + 1) * args.rows / (shown - start):,.0f} rows/s, {waited / (shown - start):.0%} waiting"
                  f"{'  easy' if easy.item() else ''}\n    {by_task(hits, batch)}", flush=True)
    print(f"trained {step} steps of {args.rows} rows in {time.monotonic() - start:.0f} s", flush=True)


def by_task(hits, batch):
    """The share of answers of which all tokens are right, task by task."""
    right = torch.ones(len(batch["asked"]), device=hits.device).scatter_reduce(0, batch["answer_of"], hits.float(), "amin").tolist()
    count, good = Counter(batch["asked"].tolist()), Counter()
    for task, hit in zip(batch["asked"].tolist(), right):
        good[task] += hit
    return "  ".join(f"{TASKS[task]} {good[task] / count[task]:.0%}" for task in sorted(count))


def write_json(file, content):
    file.write_text(json.dumps(content, indent=2) + "\n")


def save(model, tokenizer, out):
    model.generation_config = GenerationConfig(bos_token_id=ENDOFTEXT_ID, eos_token_id=[END_ID, ENDOFTEXT_ID], pad_token_id=ENDOFTEXT_ID,
                                               do_sample=False, max_new_tokens=64)
    model.to(torch.bfloat16).save_pretrained(out)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END, pad_token=ENDOFTEXT, chat_template=CHAT_TEMPLATE, model_max_length=CONTEXT,
                            clean_up_tokenization_spaces=False).save_pretrained(out)
    write_json(out / "preprocessor_config.json", {
        "image_processor_type": "Qwen2VLImageProcessor", "processor_class": "Qwen2VLProcessor", "min_pixels": MIN_PIXELS, "max_pixels": MAX_PIXELS,
        "patch_size": PATCH, "temporal_patch_size": TEMPORAL, "merge_size": MERGE, "image_mean": MEAN, "image_std": STD})


def picture_of(scene, size, fields, noise=None):
    """One scene as a PIL picture of `size` (width, height)."""
    from PIL import Image
    things = torch.tensor(parameters(scene, *size)).view(1, MAX_THINGS, FIELDS)
    drawn = render(things, torch.tensor([scene.background], dtype=torch.float32), *size, fields, noise)
    return Image.fromarray(drawn[0].permute(1, 2, 0).byte().numpy())


@torch.no_grad()
def answers_of(model, tokenizer, processor, chats, device, batch=128):
    """Greedy answers to (text with one placeholder a picture, pictures) by HF's processor, forward and generate."""
    answers = []
    for i in range(0, len(chats), batch):
        part = chats[i:i + batch]
        shown = [p for _, pictures in part for p in pictures]
        inputs, counts = {}, iter(())
        if shown:
            made = processor(images=shown, return_tensors="pt")
            inputs = {"pixel_values": made["pixel_values"].to(device), "image_grid_thw": made["image_grid_thw"].to(device)}
            counts = iter((made["image_grid_thw"].prod(1) // MERGE ** 2).tolist())
        ids = [[t for token in tokenizer.encode(text, add_special_tokens=False) for t in [token] * (next(counts) if token == IMAGE_ID else 1)]
               for text, _ in part]
        longest = max(map(len, ids))
        padded = torch.tensor([[ENDOFTEXT_ID] * (longest - len(row)) + row for row in ids], device=device)
        mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in ids], device=device)
        kinds = {"mm_token_type_ids": (padded == IMAGE_ID).int()} if shown else {}
        output = model.generate(input_ids=padded, attention_mask=mask, **kinds, **inputs)
        answers += tokenizer.batch_decode(output[:, longest:], skip_special_tokens=True)
    return answers


def evaluate(out, per_task, device):
    """Greedy exact match by task of the checkpoint as it lies on disk, computed in fp32, beside the same with blank pictures.

    Returns (item, pictures, answer) of each exercise."""
    from PIL import Image
    try:
        from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil as Processor
    except ImportError:
        from transformers import Qwen2VLImageProcessor as Processor
    model = Qwen2VLForConditionalGeneration.from_pretrained(out, dtype=torch.float32).to(device).eval()
    tokenizer, processor = PreTrainedTokenizerFast.from_pretrained(out), Processor.from_pretrained(out)
    r, fields = random.Random(99), atlas()
    items, seen, blank = evaluation_items(per_task), [], []
    for item in items:
        size = r.choice(EVALUATION_SIZES)
        content = [{"type": "image"}] * len(item.scenes) + [{"type": "text", "text": item.question}]
        text = tokenizer.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True, tokenize=False)
        seen.append((text, [picture_of(scene, size, fields) for scene in item.scenes]))
        blank.append((text, [Image.new("RGB", size, tuple(map(int, scene.background))) for scene in item.scenes]))
    answers = answers_of(model, tokenizer, processor, seen, device)
    blind = answers_of(model, tokenizer, processor, blank, device)
    rows, wrong = {}, []
    for item, answer, guess in zip(items, answers, blind):
        kind = "choice" if item.options else "open"
        for name in (item.task, f"all {kind}", "all with pictures" if item.scenes else "all without pictures", "all"):
            row = rows.setdefault(name, Counter())
            row.update({"of": 1, "right": answer.strip() == item.answer, "blank": guess.strip() == item.answer})
        if answer.strip() != item.answer:
            wrong.append({"task": item.task, "question": item.question, "answer": answer, "expected": item.answer})
    table = ["| task | right | of | | blank picture |", "|---|---:|---:|---:|---:|"]
    for name, row in sorted(rows.items(), key=lambda entry: (entry[0].startswith("all"), entry[0])):
        table.append(f"| {name} | {row['right']} | {row['of']} | {row['right'] / row['of']:.1%} | {row['blank'] / row['of']:.1%} |")
    print("\n".join(table), flush=True)
    for entry in wrong[::max(1, len(wrong) // 12)]:
        print(f"wrong in {entry['task']}: {entry['question']!r} -> {entry['answer']!r}, expected {entry['expected']!r}")
    return [(item, pictures, answer) for item, (_, pictures), answer in zip(items, seen, answers)]


def write_exercises(file, answered):
    """One a line: task, question, pictures as PNG in base64, the right answer and the one that the model gave."""
    lines = [json.dumps({"task": item.task, "question": item.question, "pictures": [base64.b64encode(png(p)).decode() for p in pictures],
                         "answer": item.answer, "output": output}) + "\n" for item, pictures, output in answered]
    file.write_bytes(gzip.compress("".join(lines).encode(), mtime=0))


def png(picture):
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder of the checkpoint")
    parser.add_argument("--minutes", type=float, default=6, help="wall-clock limit of the training loop (default 6)")
    parser.add_argument("--steps", type=int, default=0, help="limit in steps (default: none, time alone decides)")
    parser.add_argument("--easy", type=float, default=0.08, help="share of the training that has easy questions only (default 0.08)")
    parser.add_argument("--rows", type=int, default=512, help="rows a step (default 512)")
    parser.add_argument("--length", type=int, default=176, help="tokens a row (default 176)")
    parser.add_argument("--lr", type=float, default=2e-3, help="peak learning rate (default 2e-3)")
    parser.add_argument("--warmup", type=int, default=300, help="steps to the peak learning rate (default 300)")
    parser.add_argument("--decay", type=float, default=0.3, help="share of the training, at its end, in which the learning rate falls (default 0.3)")
    parser.add_argument("--probe", type=float, default=0.5, help="weight at the start of the loss of what picture tokens show (default 0.5)")
    parser.add_argument("--vocab-size", type=int, default=512)
    parser.add_argument("--per-task", type=int, default=40, help="held-out exercises a task (default 40)")
    parser.add_argument("--workers", type=int, default=max(1, os.cpu_count() - 2), help="processes that make batches")
    parser.add_argument("--report", type=float, default=10, help="seconds between reports (default 10)")
    parser.add_argument("--compile", action="store_true", help="compile the decoder first, which takes half a minute")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--evaluate-only", action="store_true", help="only score the checkpoint that lies there")
    parser.add_argument("--exercises", type=Path, metavar="FILE.jsonl.gz", help="write held-out exercises with pictures, and the answers, here")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth of those (default 1)")
    args = parser.parse_args()
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # the worker processes already fill the cores
    torch.manual_seed(7)
    if args.evaluate_only:
        return score(args)
    args.out.mkdir(parents=True, exist_ok=True)

    tokenizer = train_tokenizer(args.vocab_size)
    model = build_model(tokenizer.get_vocab_size()).to(args.device)
    print(f"{model.num_parameters():,} parameters, {model.model.visual.num_parameters():,} of them in the tower, vocabulary "
          f"{tokenizer.get_vocab_size()}, on {args.device}", flush=True)
    fields, easy = atlas().to(args.device), torch.zeros(1, dtype=torch.bool).share_memory_()
    check(model.eval(), Rows(tokenizer.to_str(), 6, args.length, easy), fields, args.device)
    easy.fill_(args.easy > 0)
    rows = Rows(tokenizer.to_str(), args.rows, args.length, easy)
    batches = DataLoader(rows, batch_size=None, num_workers=args.workers, prefetch_factor=4, pin_memory=args.device == "cuda")
    train(model.train(), batches, fields, easy, args)
    save(model, tokenizer, args.out)
    score(args)


def score(args):
    answered = evaluate(args.out, args.per_task, args.device)
    if args.exercises:
        write_exercises(args.exercises, [exercise for exercise in answered if exercise[1]][::args.every])


if __name__ == "__main__":
    main()
