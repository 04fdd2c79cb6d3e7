"""MMMU for eval_hf.py: its questions, its prompts, its reading of answers, and a Hugging Face model that sees. The counterpart of `gatun eval mmmu`."""
import ast
import io
import re
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import torch

import vlm_hf
from hf_reference import load_model

TAG = re.compile(r"<image\s*(\d*)>")
EDGES = ",.!?;:'"
LEADS = ["could be ", "so ", "is ", "thus ", "therefore ", "final ", "answer ", "result "]
NUMBERS = [r"-?\b\d{1,3}(?:,\d{3})+\b", r"-?\d+(?:\.\d+)?[eE][+-]?\d+", r"-?(?:\d+\.\d+|\.\d+|\d+\b)(?![eE][+-]?\d+)(?![,\d])"]
FEW_WORDS = 5  # shorter outputs are not searched for the text of an option


class SeenQuestion(NamedTuple):
    subject: str
    parts: list  # texts and PIL pictures
    options: list  # of a multiple choice; empty for a free answer
    label: str
    choices = ()  # answers are generated


def letter(option):
    return chr(ord("A") + option)


def choice(output, options):
    """The letter of the option that an output names last: as (B), as a B that stands alone, or, if it is longer, by its text; else None."""
    for mark in EDGES:
        output = output.strip(mark)
    text = f" {output} "
    ways = [[text.rfind(f"({letter(i)})") for i in range(len(options))], [text.rfind(f" {letter(i)} ") for i in range(len(options))]]
    if len(text.split()) > FEW_WORDS:
        ways.append([text.lower().rfind(option.lower()) for option in options])
    return next((letter(places.index(max(places))) for places in ways if max(places) >= 0), None)


def normal(answer):
    """A number to two decimals, else its words in lower case; a single letter has a space beside it."""
    try:
        return [round(float(answer.strip().replace(",", "")), 2)]
    except ValueError:
        words = answer.strip().lower()
        return [" " + words, words + " "] if len(words) == 1 else [words]


def readings(output):
    """What an output may mean: the ends of its lines after "is", "answer" and the like, and the numbers in them."""
    text = output.strip().strip(".").lower()
    lines, ends = text.split("\n"), []
    for i, line in enumerate(lines):
        found = [line.split(lead)[-1].strip() for lead in LEADS + ["="] * (i == len(lines) - 1) if lead in line]
        shortest = ""
        for end in found:
            shortest = end if not shortest or len(end) < len(shortest) else shortest
        if shortest and shortest not in list(EDGES):
            ends.append(shortest)
    ends = ends or [text]
    numbers = [number for end in ends for pattern in NUMBERS for number in re.findall(pattern, end)]
    return {reading for found in ends + numbers for reading in normal(found)}


def answers_of(label):
    """A label may be a list of right answers."""
    try:
        several = ast.literal_eval(label)
        return [str(one) for one in several] if isinstance(several, list) and several else [label]
    except (ValueError, SyntaxError):
        return [label]


def is_right(output, label):
    wanted = [form for answer in answers_of(label) for form in normal(answer)]
    return any(any(isinstance(form, str) and form in reading for form in wanted) if isinstance(reading, str) else reading in wanted
               for reading in readings(output))


class Mmmu:
    shots, questions_each = 0, None

    def questions(self, args):
        import pyarrow.parquet
        by_subject = defaultdict(list)
        for file in self.files(args.data):
            for row in pyarrow.parquet.read_table(file).to_pylist():
                match = re.fullmatch(r"[^_]+_(.+)_\d+", row["id"])
                subject = match[1] if match else file.absolute().parent.name
                by_subject[subject].append(row)
        return [self.question(subject, row) for subject in sorted(by_subject) for row in by_subject[subject][:args.num_questions]]

    def files(self, data):
        if data.is_file():
            return [data]
        folders = [data] + sorted(folder for folder in data.iterdir() if folder.is_dir())
        return [file for folder in folders for file in sorted(folder.glob("validation*.parquet"))]

    def question(self, subject, row):
        options = ast.literal_eval(row["options"]) if row["question_type"] == "multiple-choice" else []
        if options:
            lines = "".join(f"({letter(i)}) {option}\n" for i, option in enumerate(options))
            prompt = f"{row['question']}\n{lines}\nAnswer with the option's letter from the given choices directly."
        else:
            prompt = f"{row['question']}\nAnswer the question using a single word or phrase."
        return SeenQuestion(subject, self.parts(prompt, row), options, row["answer"].strip())

    def parts(self, prompt, row):
        """Pictures stand where their tags do; those without a tag at the end."""
        left = [i for i in range(1, 8) if row.get(f"image_{i}")]
        texts_and_numbers, parts = TAG.split(prompt), []
        for i, piece in enumerate(texts_and_numbers):
            if i % 2 == 0:
                parts += [piece] if piece else []
            else:
                number = int(piece) if piece else left[0] if left else 1
                parts.append(self.picture(row, number))
                left = [other for other in left if other != number]
        return parts + [self.picture(row, number) for number in left]

    def picture(self, row, number):
        from PIL import Image
        return Image.open(io.BytesIO(row[f"image_{number}"]["bytes"])).convert("RGB")

    def answer(self, question, output):
        return choice(output, question.options) if question.options else output.strip() or None

    def is_right(self, question, answer):
        return answer == question.label if question.options else is_right(answer, question.label)


class VlmRunner:
    """Puts questions with pictures as chats, one by one."""
    max_new_tokens = 30

    def __init__(self, args, evaluation):
        self.model = load_model(args.model_path, args.dtype, args.device, sees=True)
        self.processor, self.evaluation = vlm_hf.load_processor(Path(args.model_path)), evaluation

    @torch.no_grad()
    def run(self, question):
        content = [{"type": "text", "text": part} if isinstance(part, str) else {"type": "image"} for part in question.parts]
        prompt = self.processor.apply_chat_template([{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True)
        pictures = [part for part in question.parts if not isinstance(part, str)]
        seen = vlm_hf.read(self.processor, self.model.config, prompt, pictures, add_special_tokens=False)
        ids = torch.tensor([seen.input_ids])
        inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids), **seen.inputs}
        inputs = {name: value.to(self.model.device, self.model.dtype if value.is_floating_point() else None) for name, value in inputs.items()}
        tokenizer = self.processor.tokenizer
        new = self.model.generate(**inputs, max_new_tokens=self.max_new_tokens, do_sample=False, temperature=None, top_p=None, top_k=None,
                                  repetition_penalty=None, pad_token_id=tokenizer.eos_token_id)[0, ids.shape[1]:].tolist()
        output = tokenizer.decode(new, skip_special_tokens=True)
        answer = self.evaluation.answer(question, output)
        correct = answer is not None and self.evaluation.is_right(question, answer)
        return {"subject": question.subject, "prompt": prompt, "output": output, "answer": answer, "label": question.label, "correct": correct}, len(new)
