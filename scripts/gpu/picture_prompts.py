"""Prompts with pictures for the models that see, as `gatun bench-one-batch --prompts-file` takes them: each with ever longer beginnings of its output.

    python scripts/gpu/picture_prompts.py --out runs     # runs/NAME.prompts for each golden checkpoint and for the sample, and the sample's pictures
"""
import argparse
import gzip
import json
import random
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
sys.path.append(str(HOME / "scripts/samples"))
from picture_render import atlas
from train_vlm_sample import EVALUATION_SIZES, PICTURE, ask_text, picture_of
from vision_tasks import evaluation_items

GOLDENS = HOME / "models/src/test/resources/vlm"
STEP = 2  # tokens from a beginning to the next
EXERCISES = 40  # of the sample


def of_golden(folder):
    """A golden's prompts with pictures; those of videos are no prompts of that file."""
    prompts = []
    for prompt in json.loads(gzip.decompress((folder / "golden.json.gz").read_bytes()))["prompts"]:
        if prompt["media"] and all("image" in media for media in prompt["media"]):
            images = [str(GOLDENS / "pictures" / f"{media['image']}.png") for media in prompt["media"]]
            prompts += [{"input_ids": prompt["input_ids"] + prompt["output_ids"][:n], "images": images} for n in range(0, len(prompt["output_ids"]), STEP)]
    return prompts


def of_sample(out):
    """Held-out exercises of the sample, each up to one place of its answer."""
    r, fields, prompts = random.Random(1), atlas(), []
    for i, item in enumerate(r.sample([item for item in evaluation_items(40) if item.scenes], EXERCISES)):
        size, images = r.choice(EVALUATION_SIZES), []
        for j, scene in enumerate(item.scenes):
            images.append(str(out / f"exercise.{i}.{j}.png"))
            picture_of(scene, size, fields).save(images[-1])
        prompts.append({"text": ask_text(PICTURE * len(images) + item.question) + item.answer[:r.randrange(len(item.answer))], "images": images})
    return prompts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder of the files")
    out = parser.parse_args().out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    made = {golden.parent.name: of_golden(golden.parent) for golden in sorted(GOLDENS.glob("*/golden.json.gz"))} | {"qwen2vl": of_sample(out)}
    for name, prompts in made.items():
        (out / f"{name}.prompts").write_text(json.dumps(prompts))


if __name__ == "__main__":
    main()
