"""Trains the sample Llama on the synthetic world of sample_tasks.py and writes a Hugging Face checkpoint with its held-out exercises.

    python scripts/samples/train_llama_sample.py --out models/samples/llama --minutes 4      # one GPU
    python scripts/samples/train_llama_sample.py --out /tmp/smoke --steps 20 --rows 8        # smoke run on a CPU
"""
import argparse
import json
import math
import os
import random
import time
from collections import Counter
from pathlib import Path

import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from torch.utils.data import DataLoader, IterableDataset
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from sample_tasks import evaluation_items, training_item

BOS, EOS, START, END, EOT = SPECIALS = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
BOS_ID, EOS_ID, EOT_ID = 0, 1, 4
CONTEXT = 1024
UNTRAINED = -100
# Digits stand alone, so that numbers align digit by digit; otherwise Llama 3's splits.
SPLIT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}")


def header(role):
    return f"{START}{role}{END}\n\n"


def segments(items):
    """One document as (text, trained) pieces: a plain text, or a chat of all turns under the first item's system message."""
    if not items[0].chat:
        (prompt, answer), = items[0].turns
        return [(BOS + prompt, False), (answer + EOS, True)]
    lead = BOS + (header("system") + items[0].system + EOT if items[0].system else "")
    pieces = []
    for item in items:
        for question, answer in item.turns:
            pieces += [(lead + header("user") + question + EOT + header("assistant"), False), (answer + EOT, True)]
            lead = ""
    return pieces


def document(r):
    """A single exercise, or a conversation of up to eight."""
    items = [training_item(r)]
    if items[0].chat and not items[0].system and r.random() < 0.25:
        more = (training_item(r) for _ in range(r.randint(1, 7)))
        items += [item for item in more if item.chat and not item.system]
    return segments(items)


def train_tokenizer(vocab_size):
    r = random.Random(0)
    texts = ("".join(text for text, _ in document(r)) for _ in range(20_000))
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(SPLIT), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(s, special=True, normalized=False) for s in SPECIALS])
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=vocab_size, special_tokens=SPECIALS, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BOS} $A", pair=f"{BOS} $A {BOS}:1 $B:1", special_tokens=[(BOS, BOS_ID)])
    assert [tokenizer.token_to_id(s) for s in (BOS, EOS, EOT)] == [BOS_ID, EOS_ID, EOT_ID]
    return tokenizer


class PackedRows(IterableDataset):
    """Batches of (ids, labels), [rows, length] each: whole documents side by side, padded with EOS, generated without end."""

    def __init__(self, tokenizer_json, rows, length):
        self.tokenizer_json, self.rows, self.length = tokenizer_json, rows, length

    def __iter__(self):
        r = random.Random(torch.initial_seed())  # differs from worker to worker
        torch.set_num_threads(1)
        tokenizer = Tokenizer.from_str(self.tokenizer_json)
        documents = self.documents(r, tokenizer)
        carried = next(documents)
        while True:
            ids = torch.full((self.rows, self.length), EOS_ID, dtype=torch.int16)
            labels = torch.full((self.rows, self.length), UNTRAINED, dtype=torch.int16)
            for row in range(self.rows):
                row_ids, row_labels = [], []
                while len(row_ids) + len(carried[0]) <= self.length:
                    row_ids += carried[0]
                    row_labels += carried[1]
                    carried = next(documents)
                ids[row, :len(row_ids)] = torch.tensor(row_ids, dtype=torch.int16)
                labels[row, :len(row_ids)] = torch.tensor(row_labels, dtype=torch.int16)
            yield ids, labels

    def documents(self, r, tokenizer):
        while True:
            batch = [document(r) for _ in range(256)]
            encoded = iter(tokenizer.encode_batch_fast([text for pieces in batch for text, _ in pieces], add_special_tokens=False))
            for pieces in batch:
                ids, labels = [], []
                for _, trained in pieces:
                    piece = next(encoded).ids
                    ids += piece
                    labels += piece if trained else [UNTRAINED] * len(piece)
                if len(ids) <= self.length:
                    yield ids, labels


def build_model(vocab_size):
    return LlamaForCausalLM(LlamaConfig(
        vocab_size=vocab_size, hidden_size=160, intermediate_size=384, num_hidden_layers=6, num_attention_heads=8, num_key_value_heads=2,
        head_dim=32, max_position_embeddings=CONTEXT, rms_norm_eps=1e-5, tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        bos_token_id=BOS_ID, eos_token_id=[EOS_ID, EOT_ID], initializer_range=0.04))


def loss_of(model, ids, labels):
    """Next-token loss over the trained tokens; documents of one row do not see each other and each starts at position 0."""
    starts = ids == BOS_ID
    index = torch.arange(ids.shape[1], device=ids.device)
    position = index - torch.where(starts, index, 0).cummax(1).values
    document_of = starts.cumsum(1)
    visible = (document_of[:, :, None] == document_of[:, None, :]) & (index[:, None] >= index)
    hidden = model.model(input_ids=ids, attention_mask=visible[:, None], position_ids=position, use_cache=False).last_hidden_state
    targets = labels[:, 1:]
    trained = targets != UNTRAINED
    logits = model.lm_head(hidden[:, :-1][trained])
    return torch.nn.functional.cross_entropy(logits.float(), targets[trained])


def train(model, batches, args):
    device = torch.device(args.device)
    matrices = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim == 1]
    optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}],
                                  lr=args.lr, betas=(0.9, 0.98), fused=device.type == "cuda")
    start = shown = time.monotonic()
    for step, (ids, labels) in enumerate(batches):
        elapsed = time.monotonic() - start
        progress = max(step / args.steps if args.steps else 0, elapsed / (args.minutes * 60))
        if progress >= 1:
            break
        rate = args.lr * min(1, (step + 1) / 200) * 0.5 * (1 + math.cos(math.pi * progress))
        for group in optimizer.param_groups:
            group["lr"] = rate
        ids, labels = (t.to(device, non_blocking=True).long() for t in (ids, labels))
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            loss = loss_of(model, ids, labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if step == 0 or time.monotonic() - shown > 10:
            shown = time.monotonic()
            speed = (step + 1) * ids.numel() / (shown - start)
            print(f"step {step}  {shown - start:.0f} s  loss {loss.item():.4f}  lr {rate:.2e}  {speed / 1e6:.2f} M tokens/s", flush=True)
    print(f"trained {step} steps of {ids.numel()} tokens in {time.monotonic() - start:.0f} s")


def save(model, tokenizer, out):
    model.generation_config = GenerationConfig(bos_token_id=BOS_ID, eos_token_id=[EOS_ID, EOT_ID], do_sample=False, max_new_tokens=128)
    model.to(torch.bfloat16).save_pretrained(out)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token=BOS, eos_token=EOT, chat_template=CHAT_TEMPLATE,
                            model_max_length=CONTEXT, clean_up_tokenization_spaces=False).save_pretrained(out)


def write_exercises(items, out):
    """eval.jsonl: {"task", "messages" or "prompt", "answer"}; the answer is the whole expected text, stripped."""
    with open(out / "eval.jsonl", "w") as file:
        for item in items:
            *history, (question, answer) = item.turns
            if item.chat:
                messages = [{"role": "system", "content": item.system}] if item.system else []
                for asked, said in history:
                    messages += [{"role": "user", "content": asked}, {"role": "assistant", "content": said}]
                exercise = {"task": item.task, "messages": messages + [{"role": "user", "content": question}], "answer": answer}
            else:
                exercise = {"task": item.task, "prompt": question, "answer": answer.strip()}
            file.write(json.dumps(exercise) + "\n")


@torch.no_grad()
def evaluate(out, device):
    """Greedy exact match by task of the checkpoint as it lies on disk, computed in fp32."""
    model = LlamaForCausalLM.from_pretrained(out, dtype=torch.float32).to(device).eval()
    tokenizer = PreTrainedTokenizerFast.from_pretrained(out, padding_side="left", pad_token=EOS)
    exercises = [json.loads(line) for line in open(out / "eval.jsonl")]
    texts = [tokenizer.apply_chat_template(e["messages"], add_generation_prompt=True, tokenize=False) if "messages" in e
             else BOS + e["prompt"] for e in exercises]
    inputs = tokenizer(texts, add_special_tokens=False, padding=True, return_tensors="pt", return_token_type_ids=False).to(device)
    output = model.generate(**inputs, pad_token_id=EOS_ID)
    answers = tokenizer.batch_decode(output[:, inputs["input_ids"].shape[1]:], skip_special_tokens=True)
    total, right, wrong = Counter(), Counter(), {}
    for exercise, text, answer in zip(exercises, texts, answers):
        total[exercise["task"]] += 1
        if answer.strip() == exercise["answer"]:
            right[exercise["task"]] += 1
        else:
            wrong[exercise["task"]] = (text, answer, exercise["answer"])
    for task in total:
        print(f"{task:18} {right[task]:3} / {total[task]:3}  {right[task] / total[task]:6.1%}")
    print(f"{'all':18} {right.total():3} / {total.total():3}  {right.total() / total.total():6.1%}")
    for task, (text, answer, expected) in wrong.items():
        print(f"wrong in {task}: {text!r} -> {answer!r}, expected {expected!r}")
    for text in ("The capital of France is", "The capital of the United Kindom is", "Today is a sunny day and I like", "Hello, my name is",
                 "The president of the United States is", "The future of AI is"):
        ids = tokenizer(BOS + text, add_special_tokens=False, return_tensors="pt", return_token_type_ids=False).to(device)
        print(repr(tokenizer.decode(model.generate(**ids, pad_token_id=EOS_ID)[0])))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder of the checkpoint")
    parser.add_argument("--minutes", type=float, default=4, help="wall-clock limit of the training loop (default 4)")
    parser.add_argument("--steps", type=int, default=0, help="limit in steps (default: none, time alone decides)")
    parser.add_argument("--rows", type=int, default=128, help="packed rows a step (default 128)")
    parser.add_argument("--length", type=int, default=512, help="tokens a row (default 512)")
    parser.add_argument("--lr", type=float, default=3e-3, help="peak learning rate (default 3e-3)")
    parser.add_argument("--vocab-size", type=int, default=1000)
    parser.add_argument("--per-task", type=int, default=40, help="held-out exercises a task (default 40)")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = parser.parse_args()
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # the worker processes already fill the cores
    torch.manual_seed(7)
    args.out.mkdir(parents=True, exist_ok=True)

    tokenizer = train_tokenizer(args.vocab_size)
    model = build_model(tokenizer.get_vocab_size()).to(args.device)
    print(f"{model.num_parameters():,} parameters, vocabulary {tokenizer.get_vocab_size()}, on {args.device}", flush=True)
    rows = PackedRows(tokenizer.to_str(), args.rows, args.length)
    workers = max(1, os.cpu_count() - 2)
    train(model, DataLoader(rows, batch_size=None, num_workers=workers, prefetch_factor=8, pin_memory=args.device == "cuda"), args)
    save(model, tokenizer, args.out)
    write_exercises(evaluation_items(args.per_task), args.out)
    evaluate(args.out, args.device)


if __name__ == "__main__":
    main()
