"""Makes a small evaluation set of the sample VLM's world in the layout in which MMMU is published: a folder a subject with parquet files.

    python scripts/samples/make_mmmu_set.py --out models/samples/eval/mmmu

All pictures with things show a shape of some colour at some place, and all with numbers a number, that the sample's training never shows.
"""
import argparse
import json
import random
from pathlib import Path

import pyarrow
import pyarrow.parquet

from picture_render import atlas
from train_vlm_sample import picture_of, png
from vision_tasks import evaluation_item

QUESTIONS = 21  # of each subject
SIZES = [(112, 112), (128, 96), (96, 96), (120, 150), (101, 87)]
SUBJECTS = {
    "Colours_and_Shapes": {"objects": ["colour", "shape", "existence"], "two objects": ["which of two", "colour in one of two"]},
    "Counting": {"crowd": ["count all", "count some"], "objects": ["count all"], "two objects": ["count in one of two"]},
    "Numbers": {"number": ["number", "digit", "colour of number"], "two numbers": ["number in one of two"]},
    "Places": {"objects": ["position", "relation", "shape at a place", "colour at a place"]},
}
DIFFICULTIES = {1: "Easy", 2: "Medium", 3: "Hard"}
PICTURES = 7
SCHEMA = pyarrow.schema(
    [(name, pyarrow.string()) for name in ("id", "question", "options", "explanation")]
    + [(f"image_{i + 1}", pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])) for i in range(PICTURES)]
    + [(name, pyarrow.string()) for name in ("img_type", "answer", "topic_difficulty", "question_type", "subfield")])
# What the hub's `datasets` writes, so that it shows the pictures.
FEATURES = {field.name: {"_type": "Image"} if field.name.startswith("image_") else {"dtype": "string", "_type": "Value"} for field in SCHEMA}


def draw(r, kinds, choice):
    """One of a subject's exercises."""
    kind, task = r.choice([(kind, task) for kind, tasks in kinds.items() for task in tasks])
    while (item := evaluation_item(r, kind, choice)).task != task or bool(item.options) != choice:
        pass
    return item


def row(r, subject, number, item, fields):
    size = r.choice(SIZES)
    tags = " ".join(f"<image {i + 1}>" for i in range(len(item.scenes)))
    question = item.question.partition("\n")[0]
    question = f"{tags} {question}" if r.random() < 0.7 else f"Look at {tags.replace('> <', '> and <')}. {question}"
    name = f"validation_{subject}_{number}"
    pictures = [{"bytes": png(picture_of(scene, size, fields)), "path": f"{name}_{i + 1}.png"} for i, scene in enumerate(item.scenes)]
    images = {f"image_{i + 1}": pictures[i] if i < len(pictures) else None for i in range(PICTURES)}
    things = max(len(scene.things) for scene in item.scenes)
    return {"id": name, "question": question, "options": str(list(item.options)), "explanation": "", **images, "img_type": "['Diagrams']",
            "answer": item.answer, "topic_difficulty": DIFFICULTIES[min(3, (things + 1) // 2)],
            "question_type": "multiple-choice" if item.options else "open", "subfield": item.task.capitalize()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder of the set")
    parser.add_argument("--seed", type=int, default=2027)
    args = parser.parse_args()
    r, fields = random.Random(args.seed), atlas()
    for subject, kinds in SUBJECTS.items():
        rows, seen = [], set()
        while len(rows) < QUESTIONS:
            item = draw(r, kinds, len(rows) % 3 != 2)
            if item.question not in seen:
                seen.add(item.question)
                rows.append(row(r, subject, len(rows) + 1, item, fields))
        folder = args.out / subject
        folder.mkdir(parents=True, exist_ok=True)
        schema = SCHEMA.with_metadata({"huggingface": json.dumps({"info": {"features": FEATURES}})})
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, schema), folder / "validation-00000-of-00001.parquet", compression="snappy")


if __name__ == "__main__":
    main()
