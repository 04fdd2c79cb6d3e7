"""Makes small evaluation sets of the sample's closed world in the formats of GSM8K and MMLU.

    python scripts/samples/make_eval_sets.py --out models/samples/eval

Questions are held out of the sample's training where training knows their kind; some go beyond it (longer numbers, two steps, longer lists), so that
scores lie below 100 %.
"""
import argparse
import csv
import json
import random
from pathlib import Path

import pyarrow
import pyarrow.parquet

from sample_tasks import CAPITALS, GOODS, PEOPLE, RELATIONS, WORDS, addition, held_out, lookup, multiplication, sequence, subtraction, word_problem

GSM8K_QUESTIONS = 100
SHOTS = 5  # rows at the head of the GSM8K set and of each dev file
MMLU_QUESTIONS = 25  # of each subject


def chat_item(r, task):
    """A held-out exercise in chat form."""
    while not ((item := task(r)).chat and held_out(item)):
        pass
    return item


def solved(question, answer, number):
    """As GSM8K has it: the way to the answer, and the answer on a line of its own."""
    return {"question": question, "answer": f"{answer}\n#### {number}"}


def exercise(task):
    def make(r):
        question, answer = chat_item(r, task).turns[0]
        return solved(question, answer, answer.rstrip(".").split()[-1])
    return make


def two_steps(r):
    name, goods = r.choice(list(PEOPLE)), r.choice(GOODS)
    a, b, c = r.randint(10, 50), r.randint(1, 30), r.randint(1, 9)
    return solved(f"{name} has {a} {goods}, buys {b} more and gives away {c}. How many are there now?", f"{name} has {a + b - c}.", a + b - c)


def long_sum(r):
    a, b = r.randint(1000, 4999), r.randint(1000, 4999)
    return solved(f"What is {a} + {b}?", f"{a + b}", f"{a + b:,}")


def long_list(r):
    count = r.randint(8, 14)
    return solved(f"How many words: {' '.join(r.choices(WORDS, k=count))}", count, count)


GSM8K = [(exercise(word_problem), 30), (exercise(addition), 15), (exercise(subtraction), 15), (exercise(multiplication), 15), (two_steps, 10),
         (long_sum, 7), (long_list, 8)]


def gsm8k(r):
    rows = [make(r) for make, count in GSM8K for _ in range(count)]
    r.shuffle(rows)
    return [exercise(word_problem)(r) for _ in range(SHOTS)] + rows[:GSM8K_QUESTIONS - SHOTS]


def choices_of(r, right, wrong):
    """Four different choices in random order and the index of the right one."""
    others = [w for w in dict.fromkeys(wrong) if w != right]
    choices = r.sample(others, 3) + [right]
    r.shuffle(choices)
    return choices, choices.index(right)


def question(r, text, right, wrong):
    choices, answer = choices_of(r, right, wrong)
    return {"question": text, "choices": choices, "answer": answer}


def capitals(r):
    stem, end, questions, table = RELATIONS[0]
    country, city = r.choice(list(CAPITALS.items()))
    sentence = f"The capital of {country} is {{}}."
    # Neither misspelt nor held out: 23 capitals are all that there is to know.
    return question(r, r.choice(questions).format(k=country), sentence.format(city), [sentence.format(v) for v in table.values()])


def near(r, number):
    """Numbers of the same length that differ in a digit."""
    digits = str(number)
    for _ in range(40):
        i = r.randrange(len(digits))
        digit = r.choice([d for d in "123456789" if d != digits[i]])
        yield digits[:i] + digit + digits[i + 1:]


def elementary_mathematics(r):
    if r.random() < 0.4:
        a, b = r.randint(1000, 4999), r.randint(1000, 4999)
        return question(r, f"What is {a} + {b}?", str(a + b), near(r, a + b))
    text, right = chat_item(r, r.choice((addition, subtraction))).turns[0]
    return question(r, text, right, near(r, right))


def reading_comprehension(r):
    text, right = chat_item(r, lookup).turns[0]
    thing, paint = right.rstrip(".").rsplit(" ", 1)
    others = [word.rstrip(".") for word in text.split(" What ")[0].split(" ") if word.endswith(".")]
    return question(r, text, right, [f"{thing} {p}." for p in others + r.sample(["red", "blue", "green", "yellow", "black", "white"], 6)])


def sequences(r):
    text, right = chat_item(r, sequence).turns[0]
    terms = [int(term) for term in right.split()]
    return question(r, text, right, [" ".join(map(str, terms[:-1] + [terms[-1] + d])) for d in (-2, -1, 1, 2)])


SUBJECTS = [capitals, elementary_mathematics, reading_comprehension, sequences]


def distinct(r, make, count):
    rows = {}
    while len(rows) < count:
        row = make(r)
        rows.setdefault(row["question"], row)
    return list(rows.values())


def write_mmlu(r, out):
    """Hendrycks' folders of CSV files without a header, and the hub's parquet of the same test questions."""
    table = []
    for make in SUBJECTS:
        subject, rows = make.__name__, distinct(r, make, SHOTS + MMLU_QUESTIONS)
        for part, some in (("dev", rows[:SHOTS]), ("test", rows[SHOTS:])):
            (out / "mmlu_synthetic" / part).mkdir(parents=True, exist_ok=True)
            with open(out / "mmlu_synthetic" / part / f"{subject}_{part}.csv", "w", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows([row["question"], *row["choices"], "ABCD"[row["answer"]]] for row in some)
        table += [{"question": row["question"], "subject": subject, "choices": row["choices"], "answer": row["answer"]} for row in rows[SHOTS:]]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(table), out / "mmlu_synthetic.parquet", compression="snappy")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder of the sets")
    parser.add_argument("--seed", type=int, default=2026)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    with open(args.out / "gsm8k_synthetic.jsonl", "w") as file:
        file.writelines(json.dumps(row) + "\n" for row in gsm8k(random.Random(args.seed)))
    write_mmlu(random.Random(args.seed), args.out)


if __name__ == "__main__":
    main()
