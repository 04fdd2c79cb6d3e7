#!/usr/bin/env python3
"""Writes the small tokenizer.json files that the tokenizer tests run on.

Each is trained on text made up here and has the pipeline of a family of models. Needs the `tokenizers` library, no network:

    python scripts/goldens/make_tokenizers.py runtime/src/test/resources/tokenizers
"""
import json
import random
import sys
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

LLAMA3_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2_SPLIT = LLAMA3_SPLIT.replace(r"\p{N}{1,3}", r"\p{N}")
DEEPSEEK_SPLIT = (
    r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*"""
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
O200K_SPLIT = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def corpus():
    """Lines of invented words in several scripts, with numbers, contractions, code and punctuation."""
    rng = random.Random(20240)
    syllables = [c + v + e for c in "bdfghklmnprstvwz" for v in "aeiou" for e in ("", "n", "r", "s", "l")]
    latin = ["".join(rng.choices(syllables, k=rng.randint(1, 3))) for _ in range(400)]
    other = ["привет мир это слово дом вода", "你好世界今天天气很好我们学习", "こんにちは世界ありがとう", "안녕하세요 세계 학교", "مرحبا بالعالم كتاب",
             "שלום עולם", "नमस्ते दुनिया", "café naïve über straße Ångström", "🙂 👍🏽 👨‍👩‍👧 🇩🇪"]
    ends = [".", "!", "?", ",", ";", ":", "...", " -", "\n", "\r\n", "\n\n"]
    code = ["for (int i = 0; i < n; i++) {", "\treturn x;", "    if a == b:", "def f(x):\n        pass", "</div>", "http://a.bc/d?e=f"]
    for _ in range(3000):
        words = rng.choices(latin, weights=[1 / (i + 1) for i in range(len(latin))], k=rng.randint(2, 12))
        words = [w.capitalize() if rng.random() < 0.1 else w.upper() if rng.random() < 0.03 else w for w in words]
        words = [w + rng.choice(["'s", "'t", "'re", "'ll", "'d"]) if rng.random() < 0.08 else w for w in words]
        if rng.random() < 0.4:
            words.insert(rng.randrange(len(words)), str(rng.randint(0, 10 ** rng.randint(1, 7))))
        if rng.random() < 0.15:
            words.insert(rng.randrange(len(words)), rng.choice(other))
        if rng.random() < 0.1:
            words.append(rng.choice(code))
        yield " ".join(words) + rng.choice(ends)


def train(size, pre_tokenizer, normalizer=None, alphabet=(), reserved=()):
    """Returns vocabulary (token to id, `reserved` first) and merges of a trained BPE."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        show_progress=False,
        initial_alphabet=list(alphabet),
        special_tokens=list(reserved),
        limit_alphabet=200 + len(alphabet),
    )
    tokenizer.train_from_iterator(corpus(), trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return model["vocab"], [list(m) for m in model["merges"]]


def bpe(vocab, merges, **options):
    defaults = dict(type="BPE", dropout=None, unk_token=None, continuing_subword_prefix=None, end_of_word_suffix=None, fuse_unk=False,
                    byte_fallback=False, ignore_merges=False)
    return {**defaults, **options, "vocab": vocab, "merges": merges}


def added(id, content, **flags):
    defaults = dict(single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
    return {"id": id, "content": content, **defaults, **flags}


def template(bos, bos_id):
    special = lambda type_id: {"SpecialToken": {"id": bos, "type_id": type_id}}
    sequence = lambda name, type_id: {"Sequence": {"id": name, "type_id": type_id}}
    return {
        "type": "TemplateProcessing",
        "single": [special(0), sequence("A", 0)],
        "pair": [special(0), sequence("A", 0), special(1), sequence("B", 1)],
        "special_tokens": {bos: {"id": bos, "ids": [bos_id], "tokens": [bos]}},
    }


def split(pattern, kind="Regex", behavior="Isolated"):
    return {"type": "Split", "pattern": {kind: pattern}, "behavior": behavior, "invert": False}


def byte_level(add_prefix_space=False, use_regex=False):
    return {"type": "ByteLevel", "add_prefix_space": add_prefix_space, "trim_offsets": True, "use_regex": use_regex}


def sequence(**parts):
    return {"type": "Sequence", **parts}


def byte_level_vocab(size, pattern):
    steps = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    return train(size, steps, alphabet=pre_tokenizers.ByteLevel.alphabet())


BYTES = [f"<0x{b:02X}>" for b in range(256)]
MARK = "\u2581"


def llama3():
    vocab, merges = byte_level_vocab(900, LLAMA3_SPLIT)
    # A word no merges lead to: only ignore_merges finds it.
    vocab["\u0120Zyzzyva"] = len(vocab)
    first = len(vocab)
    names = ["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>"]
    return dict(
        added_tokens=[added(first + i, name) for i, name in enumerate(names)],
        normalizer=None,
        pre_tokenizer=sequence(pretokenizers=[split(LLAMA3_SPLIT), byte_level()]),
        post_processor=sequence(processors=[byte_level(True, True), template(names[0], first)]),
        decoder=byte_level(True, True),
        model=bpe(vocab, merges, ignore_merges=True),
    )


def qwen2():
    vocab, merges = byte_level_vocab(900, QWEN2_SPLIT)
    first = len(vocab)
    tokens = [added(first + i, name) for i, name in enumerate(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])]
    tokens += [added(first + 3, "<tool_call>", special=False), added(first + 4, "</tool_call>", special=False)]
    return dict(
        added_tokens=tokens,
        normalizer={"type": "NFC"},
        pre_tokenizer=sequence(pretokenizers=[split(QWEN2_SPLIT), byte_level()]),
        post_processor=byte_level(),
        decoder=byte_level(),
        model=bpe(vocab, [" ".join(m) for m in merges], continuing_subword_prefix="", end_of_word_suffix=""),
    )


def sentencepiece(size, reserved):
    return train(size, pre_tokenizers.Metaspace(), alphabet=[MARK], reserved=reserved)


def llama2():
    reserved = ["<unk>", "<s>", "</s>"]
    vocab, merges = sentencepiece(1100, reserved + BYTES)
    return dict(
        added_tokens=[added(i, name) for i, name in enumerate(reserved)],
        normalizer=sequence(normalizers=[
            {"type": "Prepend", "prepend": MARK}, {"type": "Replace", "pattern": {"String": " "}, "content": MARK}]),
        pre_tokenizer=None,
        post_processor=template("<s>", 1),
        decoder=sequence(decoders=[
            {"type": "Replace", "pattern": {"String": MARK}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
            {"type": "Strip", "content": " ", "start": 1, "stop": 0}]),
        model=bpe(vocab, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True),
    )


def mistral():
    reserved = ["<unk>", "<s>", "</s>", "[INST]", "[/INST]"]
    vocab, merges = sentencepiece(1100, reserved + BYTES)
    return dict(
        added_tokens=[added(i, name) for i, name in enumerate(reserved)],
        normalizer=None,
        pre_tokenizer={"type": "Metaspace", "replacement": MARK, "prepend_scheme": "first", "split": False},
        post_processor=template("<s>", 1),
        decoder=sequence(decoders=[
            {"type": "Replace", "pattern": {"String": MARK}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
            {"type": "Strip", "content": " ", "start": 1, "stop": 0}]),
        model=bpe(vocab, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True),
    )


def gemma():
    reserved = ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"]
    spaces = [MARK * n for n in range(2, 9)] + ["\n" * n for n in range(1, 5)]
    vocab, merges = sentencepiece(1100, reserved + BYTES + spaces)
    tokens = [added(i, name) for i, name in enumerate(reserved)]
    tokens += [added(vocab[s], s, special=False) for s in spaces if s[0] == "\n"]
    return dict(
        added_tokens=tokens,
        normalizer={"type": "Replace", "pattern": {"String": " "}, "content": MARK},
        pre_tokenizer=split(" ", "String", "MergedWithPrevious"),
        post_processor=template("<bos>", 2),
        decoder=sequence(decoders=[
            {"type": "Replace", "pattern": {"String": MARK}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}]),
        model=bpe(vocab, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True),
    )


def gpt2():
    vocab, merges = train(800, pre_tokenizers.ByteLevel(add_prefix_space=True), alphabet=pre_tokenizers.ByteLevel.alphabet())
    first = len(vocab)
    tokens = [
        added(first, "<|endoftext|>", normalized=True),
        added(first + 1, "<mask>", lstrip=True),
        added(first + 2, "<right>", rstrip=True),
        added(first + 3, "word", single_word=True, special=False, normalized=True),
        added(first + 4, "<both>", lstrip=True, rstrip=True, single_word=True),
    ]
    return dict(
        added_tokens=tokens,
        normalizer=None,
        pre_tokenizer=byte_level(True, True),
        post_processor=byte_level(True, True),
        decoder=byte_level(True, True),
        model=bpe(vocab, [" ".join(m) for m in merges]),
    )


def deepseek():
    vocab, merges = byte_level_vocab(900, DEEPSEEK_SPLIT)
    first = len(vocab)
    names = ["<\uff5cbegin\u2581of\u2581sentence\uff5c>", "<\uff5cend\u2581of\u2581sentence\uff5c>", "<\uff5cUser\uff5c>"]
    return dict(
        added_tokens=[added(first + i, name, special=i < 2) for i, name in enumerate(names)],
        normalizer=sequence(normalizers=[]),
        pre_tokenizer=sequence(pretokenizers=[
            split(r"[\r\n]"), split(r"\p{N}{1,3}"), split("[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+"), split(DEEPSEEK_SPLIT),
            {"type": "Digits", "individual_digits": True}, byte_level()]),
        post_processor=template(names[0], first),
        decoder=byte_level(),
        model=bpe(vocab, merges),
    )


def o200k():
    vocab, merges = byte_level_vocab(900, O200K_SPLIT)
    first = len(vocab)
    return dict(
        added_tokens=[added(first, "<|endoftext|>"), added(first + 1, "<|endofprompt|>")],
        normalizer=None,
        pre_tokenizer=sequence(pretokenizers=[split(O200K_SPLIT, behavior="Removed") | {"invert": True}, byte_level()]),
        post_processor=None,
        decoder=byte_level(),
        model=bpe(vocab, merges, ignore_merges=True),
    )


def main():
    folder = Path(sys.argv[1])
    for make in (llama3, qwen2, llama2, mistral, gemma, gpt2, deepseek, o200k):
        parts = {"version": "1.0", "truncation": None, "padding": None, **make()}
        text = json.dumps(parts, ensure_ascii=False, separators=(",", ":")) + "\n"
        Tokenizer.from_str(text).encode("It is read by the original.")
        (folder / f"{make.__name__}.json").write_text(text, encoding="utf-8")
        print(f"{make.__name__}: {len(text.encode()) / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
