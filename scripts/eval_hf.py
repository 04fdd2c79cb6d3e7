"""The Hugging Face side of `gatun eval`: the same questions, prompts, stops, greedy decoding and grading, and the same JSON.

    python scripts/eval_hf.py gsm8k --data test.jsonl --model-path DIR --json hf.json --compare gatun.json
    python scripts/eval_hf.py mmlu --data mmlu/data --model-path DIR --device cuda --dtype bfloat16
    python scripts/eval_hf.py mmlu-continuation --data models/samples/eval/mmlu_synthetic --model-path models/samples/llama --apply-chat-template
    python scripts/eval_hf.py mmmu --model-type vlm --data models/samples/eval/mmmu --model-path models/samples/qwen2vl --compare gatun.json
"""
import argparse
import csv
import json
import re
import time
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import torch

from hf_reference import load_model, load_tokenizer
from mmmu_hf import Mmmu, VlmRunner

LETTERS = "ABCD"


class Exchange(NamedTuple):
    asked: str  # the question as a message of a chat
    text: str  # the question as plain text, up to where the answer begins
    answer: str


class Question(NamedTuple):
    subject: str
    header: str
    shots: list
    put: Exchange
    choices: list  # empty where the answer is generated
    label: str

    def text(self, shots):
        return self.header + "".join(f"{s.text} {s.answer}\n\n" for s in self.shots[:shots]) + self.put.text

    def chat(self, shots):
        turns, lead = [], self.header
        for shot in self.shots[:shots]:
            turns += [{"role": "user", "content": lead + shot.asked}, {"role": "assistant", "content": shot.answer}]
            lead = ""
        return turns + [{"role": "user", "content": lead + self.put.asked}]


def read_rows(file, csv_columns=None):
    """Rows as dicts; `csv_columns` for CSV files without a header."""
    if file.suffix == ".parquet":
        import pyarrow.parquet
        return pyarrow.parquet.read_table(file).to_pylist()
    with open(file, newline="") as lines:
        return [json.loads(line) for line in lines if line.strip()] if file.suffix == ".jsonl" else list(csv.DictReader(lines, csv_columns))


def last_number(text):
    """The last number of a text without dollar signs and thousands' commas, in its shortest form, or None."""
    found = re.findall(r"(?:(?<![0-9A-Za-z)])-)?[0-9]+(?:\.[0-9]+)?", re.sub(r"(?<=[0-9]),(?=[0-9])", "", text.replace("$", "")))
    if not found:
        return None
    number = f"{Decimal(found[-1]):f}"
    number = number.rstrip("0").rstrip(".") if "." in number else number
    number = re.sub(r"^(-?)0+(?=[0-9])", r"\1", number)
    return "0" if number == "-0" else number


class Gsm8k:
    shots, questions_each, max_new_tokens, stops = 5, 200, 512, ["Question", "Assistant:", "<|separator|>"]

    def questions(self, args):
        rows = read_rows(args.data)
        examples = (read_rows(args.shots) if args.shots else rows)[:args.num_shots]
        shots = [self.exchange(row) for row in examples]
        return [Question("gsm8k", "", shots, self.exchange(row), [], last_number(row["answer"])) for row in rows[:args.num_questions]]

    def exchange(self, row):
        return Exchange(row["question"], f"Question: {row['question']}\nAnswer:", row["answer"])

    def answer(self, question, output):
        return last_number(output)


class Mmlu:
    shots, questions_each, max_new_tokens, stops = 5, None, 1, []

    def questions(self, args):
        tests = self.by_subject(self.files(args.data, "test"), "test")
        examples = self.by_subject([args.shots] if args.shots else self.files(args.data, "dev"), "dev") if args.num_shots else defaultdict(list)
        return [self.question(subject, row, examples[subject][:args.num_shots])
                for subject, rows in sorted(tests.items()) for row in rows[:args.num_questions]]

    def files(self, data, part):
        if data.is_file():
            return [data]
        folder = data / part
        return sorted(f for f in (folder.iterdir() if folder.is_dir() else data.glob(part + "*")) if f.suffix in (".jsonl", ".csv", ".parquet"))

    def by_subject(self, files, part):
        found = defaultdict(list)
        for file in files:
            for row in read_rows(file, ["question", *LETTERS, "answer"]):
                choices = row["choices"] if "choices" in row else [row[letter] for letter in LETTERS]
                answer = str(row["answer"]).strip()
                subject = row.get("subject") or re.sub(f"_{part}$", "", file.stem)
                found[subject].append((row["question"], choices, LETTERS.index(answer) if answer in LETTERS else int(answer)))
        return found

    def question(self, subject, row, examples):
        header = f"The following are multiple choice questions (with answers) about {subject.replace('_', ' ')}.\n\n"
        return Question(subject, header, [self.exchange(e) for e in examples], self.exchange(row), [], LETTERS[row[2]])

    def exchange(self, row):
        text, choices, answer = row
        text += "".join(f"\n{letter}. {choice}" for letter, choice in zip(LETTERS, choices)) + "\nAnswer:"
        return Exchange(text, text, LETTERS[answer])

    def answer(self, question, output):
        return output.strip()[:1] or None


class MmluContinuation(Mmlu):
    shots = 0

    def question(self, subject, row, examples):
        return Question(subject, "", [self.exchange(e) for e in examples], self.exchange(row), row[1], LETTERS[row[2]])

    def exchange(self, row):
        text, choices, answer = row
        return Exchange(text, f"Question: {text}\nAnswer:", choices[answer])

    def answer(self, question, output):
        return LETTERS[question.choices.index(output)]


EVALUATIONS = {"gsm8k": Gsm8k(), "mmlu": Mmlu(), "mmlu-continuation": MmluContinuation(), "mmmu": Mmmu()}


class Runner:
    def __init__(self, args, evaluation):
        self.model, self.tokenizer = load_model(args.model_path, args.dtype, args.device), load_tokenizer(args.model_path)
        self.evaluation, self.chat = evaluation, args.apply_chat_template
        self.context = getattr(self.model.config, "max_position_embeddings", 1 << 30)

    def prompt(self, question, answer_len):
        """The prompt and its ids, with as many of the examples as leave room for the answer in the context."""
        for shots in range(len(question.shots), -1, -1):
            if self.chat:
                text = self.tokenizer.apply_chat_template(question.chat(shots), tokenize=False, add_generation_prompt=True)
            else:
                text = question.text(shots)
            ids = self.tokenizer.encode(text, add_special_tokens=not self.chat)
            if len(ids) + answer_len <= self.context or shots == 0:
                return text, ids

    def generated(self, question):
        longest = self.evaluation.max_new_tokens
        text, ids = self.prompt(question, longest)
        stops = {"stop_strings": self.evaluation.stops, "tokenizer": self.tokenizer} if self.evaluation.stops else {}
        inputs = torch.tensor([ids], device=self.model.device)
        # The mask is given, since generate would take every padding id in the prompt, which may be its first token, for padding.
        new = self.model.generate(
            inputs, attention_mask=torch.ones_like(inputs), max_new_tokens=min(longest, self.context - len(ids)), do_sample=False, temperature=None,
            top_p=None, top_k=None, repetition_penalty=None, pad_token_id=self.tokenizer.eos_token_id, **stops)[0, len(ids):].tolist()
        output = self.tokenizer.decode(new, skip_special_tokens=True)
        return text, output[:min([output.find(s) for s in self.evaluation.stops if s in output], default=len(output))], len(new), []

    def likeliest(self, question):
        # A chat's answer begins the message, a plain one follows the colon.
        choices = [self.tokenizer.encode(c if self.chat else " " + c, add_special_tokens=False) for c in question.choices]
        text, ids = self.prompt(question, 1 + max(map(len, choices)))
        logprobs = []
        for choice in choices:
            logits = self.model(torch.tensor([ids + choice], device=self.model.device)).logits[0, len(ids) - 1:-1].float()
            logprobs.append(torch.log_softmax(logits, -1)[range(len(choice)), choice].sum().item())
        return text, question.choices[logprobs.index(max(logprobs))], 0, logprobs

    @torch.no_grad()
    def run(self, question):
        prompt, output, tokens, logprobs = self.likeliest(question) if question.choices else self.generated(question)
        answer = self.evaluation.answer(question, output)
        result = {"subject": question.subject, "prompt": prompt, "output": output, "answer": answer, "label": question.label,
                  "correct": answer == question.label}
        return (result | {"logprobs": logprobs} if logprobs else result), tokens


def share(results, which):
    return sum(map(which, results)) / len(results)


def compare(hf, gatun):
    """Prints both scores and how many prompts, outputs and answers differ."""
    ours, theirs = gatun["questions"], hf["questions"]
    if len(ours) != len(theirs):
        raise SystemExit(f"Gatun's run has {len(ours)} questions, this one {len(theirs)}")
    print(f"\nGatun accuracy {gatun['accuracy']:.4f}, Hugging Face accuracy {hf['accuracy']:.4f}; of {len(ours)} questions differ:")
    for key in ("prompt", "output", "answer", "label"):
        print(f"  {key + 's':10} {sum(a[key] != b[key] for a, b in zip(ours, theirs))}")
    pairs = [(a, b) for a, b in zip(ours, theirs) if "logprobs" in a]
    if pairs:
        worst = max(abs(x - y) for a, b in pairs for x, y in zip(a["logprobs"], b["logprobs"]))
        print(f"  log-probabilities of choices by at most {worst:.2e}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=EVALUATIONS)
    parser.add_argument("--data", type=Path, required=True, help="file or folder of the questions")
    parser.add_argument("--model-path", required=True)
    parser.add_argument("--model-type", choices=["text", "vlm"], default="text", help="vlm for a model that sees, which mmmu is for (default text)")
    parser.add_argument("--subject", nargs="+", metavar="NAME", help="put only the questions of these subjects")
    parser.add_argument("--shots", type=Path, help="file of the examples (default: as gatun eval)")
    parser.add_argument("--num-shots", type=int, help="examples before each question")
    parser.add_argument("--num-questions", type=int, help="put only the first of each subject")
    parser.add_argument("--apply-chat-template", action="store_true")
    parser.add_argument("--dtype", choices=["float32", "bfloat16", "float16"], default="float32", help="to compute in (default float32)")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write scores and questions")
    parser.add_argument("--compare", type=Path, metavar="GATUN.json", help="print what differs from this run")
    parser.add_argument("--expected", type=Path, metavar="FILE", help="add the score to this list of what the tests expect")
    args = parser.parse_args()
    evaluation = EVALUATIONS[args.name]
    if (args.name == "mmmu") != (args.model_type == "vlm"):
        parser.error("mmmu needs --model-type vlm, and the others need --model-type text")
    args.num_shots = evaluation.shots if args.num_shots is None else args.num_shots
    args.num_questions = args.num_questions or evaluation.questions_each

    questions = [q for q in evaluation.questions(args) if not args.subject or q.subject in args.subject]
    runner = (VlmRunner if args.model_type == "vlm" else Runner)(args, evaluation)
    start, results, tokens = time.monotonic(), [], 0
    for question in questions:
        result, count = runner.run(question)
        results.append(result)
        tokens += count
    seconds = time.monotonic() - start
    subjects = {s: share([r for r in results if r["subject"] == s], lambda r: r["correct"]) for s in sorted({q.subject for q in questions})}
    content = {"evaluation": args.name, "model": args.model_path, "data": str(args.data), "num_shots": args.num_shots,
               "chat": args.apply_chat_template or args.model_type == "vlm", "accuracy": share(results, lambda r: r["correct"]),
               "invalid": share(results, lambda r: r["answer"] is None), "latency": seconds, "output_throughput": tokens / seconds,
               "subjects": subjects, "questions": results}
    for subject in subjects if len(subjects) > 1 else ():
        print(f"{subject:40} {subjects[subject]:6.1%}")
    print(f"{args.name}: {len(results)} questions, accuracy {content['accuracy']:.1%}, invalid {content['invalid']:.1%}, {seconds:.1f} s")
    if args.json:
        args.json.write_text(json.dumps(content, indent=2) + "\n")
    if args.expected:
        known = json.loads(args.expected.read_text()) if args.expected.exists() else []
        known.append({"evaluation": args.name, "data": args.data.name, "num_shots": args.num_shots, "num_questions": args.num_questions,
                      "chat": args.apply_chat_template, "questions": len(results), "correct": sum(r["correct"] for r in results),
                      "outputs": [r["output"] for r in results]})
        args.expected.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n")
    if args.compare:
        compare(content, json.loads(args.compare.read_text()))


if __name__ == "__main__":
    main()
