"""The closed world that the sample VLM learns to see: coloured shapes and numbers on plain ground, and questions whose answers can be computed."""
import random
import zlib
from typing import NamedTuple

SHAPES = "circle square triangle star cross ring heart diamond".split()
DIGITS = list("0123456789")
GLYPHS = SHAPES + DIGITS
COLOURS = {"red": (220, 40, 40), "green": (40, 160, 60), "blue": (50, 80, 220), "yellow": (235, 205, 40), "purple": (140, 60, 180),
           "orange": (245, 135, 30), "pink": (250, 150, 195), "black": (30, 30, 30)}
NAMES = list(COLOURS)
# One shape in each colour, and each shape in one colour, is held out of training wherever a picture could show it.
HELD_OUT_PAIRS = [(shape, NAMES[(3 * i + 1) % len(NAMES)]) for i, shape in enumerate(SHAPES)]
ROWS, COLUMNS = ("top", "", "bottom"), ("left", "", "right")
CELLS = [" ".join(filter(None, (row, column))) or "centre" for row in ROWS for column in COLUMNS]
CORNERS = [CELLS[i] for i in (0, 2, 6, 8)]
YES_NO = ["Yes", "No"]
ORDINALS = ["first", "second"]
OPEN = "\nAnswer the question using a single word or phrase."
CHOICE = "\n\nAnswer with the option's letter from the given choices directly."


class Thing(NamedTuple):
    """Something in a picture; its place in shares of width and height, its radius in shares of the shorter side."""
    glyph: str
    colour: str
    x: float
    y: float
    radius: float
    angle: float
    tint: tuple  # what its colour is off by
    cell: str


class Scene(NamedTuple):
    things: tuple
    background: tuple
    number: str = ""  # what its digits read
    sizes: bool = False  # whether its sizes differ clearly


class Ask(NamedTuple):
    """A question, its answer, and other answers that could be thought right."""
    task: str
    question: str
    answer: str
    others: tuple


class Item(NamedTuple):
    """Pictures and a question about them as it is put; {} stands for each picture where it has a place of its own."""
    task: str
    scenes: tuple
    question: str
    answer: str
    options: tuple  # of a multiple choice; empty for open questions


def plural(shape):
    return shape + ("es" if shape == "cross" else "s")


def an(word):
    return ("an " if word[0] in "aeiou" else "a ") + word


def place(r, n, cell, radius):
    """A point in a cell of an n x n grid where a thing does not reach over the cell's edge in a square picture."""
    free = min(0.5 / n - radius, 0.08)
    return ((cell % n + 0.5) / n + r.uniform(-free, free), (cell // n + 0.5) / n + r.uniform(-free, free))


def thing(r, n, cell, glyph, colour, radius):
    x, y = place(r, n, cell, radius)
    tint = tuple(r.uniform(-12, 12) for _ in range(3))
    return Thing(glyph, colour, x, y, radius, r.uniform(-0.25, 0.25), tint, CELLS[cell] if n == 3 else CORNERS[cell])


def background(r):
    if r.random() < 0.3:
        return (255, 255, 255)
    light = r.uniform(205, 255)
    return tuple(min(255.0, light + r.uniform(-10, 10)) for _ in range(3))


def pairs(r, count, focus):
    """`count` of different shapes and colours, the first of them `focus` or one of training's; the others are always training's."""
    while True:
        shapes, colours = r.sample(SHAPES, count), r.sample(NAMES, count)
        if focus:
            shapes[0], colours[0] = focus
        drawn = list(zip(shapes, colours))
        if len(set(shapes)) == len(set(colours)) == count and not set(drawn[bool(focus):]) & set(HELD_OUT_PAIRS):
            return drawn


def objects(r, focus, easy=False):
    """Things that differ in shape and in colour; the first is the one to ask about."""
    sizes = not easy and r.random() < 0.3
    count = r.randint(2, 3) if sizes else r.randint(1, 3) if easy else r.randint(2, 5)
    n = 2 if sizes or count <= 4 and r.random() < 0.4 else 3
    radii = r.sample((0.11, 0.155, 0.22), count) if sizes else [r.uniform(0.30, 0.46) / n for _ in range(count)]
    cells = r.sample(range(n * n), count)
    return Scene(tuple(thing(r, n, c, *pair, radius) for c, pair, radius in zip(cells, pairs(r, count, focus), radii)), background(r), sizes=sizes)


def crowd(r, focus):
    """Several things of two or three kinds; the first kind is the one to count."""
    kinds = pairs(r, r.randint(2, 3), focus)
    glyphs = [kinds[0]] * r.randint(1, 5)
    glyphs += r.choices(kinds[1:], k=r.randint(1, min(4, 8 - len(glyphs))))
    cells = r.sample(range(9), len(glyphs))
    return Scene(tuple(thing(r, 3, c, *kind, r.uniform(0.32, 0.46) / 3) for c, kind in zip(cells, glyphs)), background(r))


def number_held_out(text):
    return len(text) > 1 and zlib.crc32(text.encode()) % 10 == 0


def number(r, held_out, easy=False):
    """A number of one to three digits in a row."""
    while number_held_out(text := str(r.randrange(10 ** r.randint(1, 2 if easy else 3)))) != held_out:
        pass
    colour, tint, size = r.choice(NAMES), tuple(r.uniform(-12, 12) for _ in range(3)), r.uniform(0.15, 0.23)
    step, angle = size * r.uniform(1.35, 1.5), r.uniform(-0.08, 0.08)
    half = step * (len(text) - 1) / 2
    x, y = r.uniform(half + size * 0.8, 1 - half - size * 0.8) if half + size * 0.8 < 0.5 else 0.5, r.uniform(size * 1.1, 1 - size * 1.1)
    digits = tuple(Thing(d, colour, x - half + i * step, y, size, angle, tint, "") for i, d in enumerate(text))
    return Scene(digits, background(r), number=text)


def at(cell):
    return "in the centre" if cell == "centre" else f"at the {cell}"


def ask_colour(r, s, f, o):
    q = r.choice(("What colour is the {}?", "Which colour does the {} have?", "What is the colour of the {}?"))
    return Ask("colour", q.format(f.glyph), f.colour, tuple(t.colour for t in s.things) + tuple(r.sample(NAMES, 5)))


def ask_shape(r, s, f, o):
    q = r.choice(("Which shape is {}?", "What is the {} shape?", "What {} shape is in the picture?"))
    return Ask("shape", q.format(f.colour), f.glyph, tuple(t.glyph for t in s.things) + tuple(r.sample(SHAPES, 5)))


def ask_position(r, s, f, o):
    q = r.choice(("Where is the {}?", "In which part of the picture is the {}?"))
    others = CORNERS if all(t.cell in CORNERS for t in s.things) else CELLS
    return Ask("position", q.format(r.choice((f.glyph, f"{f.colour} shape"))), f.cell, tuple(r.sample(others, 4)))


def ask_at(r, s, f, o):
    if r.random() < 0.5:
        return Ask("shape at a place", f"Which shape is {at(f.cell)}?", f.glyph, tuple(t.glyph for t in s.things) + tuple(r.sample(SHAPES, 5)))
    return Ask("colour at a place", f"What colour is the shape {at(f.cell)}?", f.colour, tuple(t.colour for t in s.things) + tuple(r.sample(NAMES, 5)))


def ask_exists(r, s, f, o):
    """The wrong one has a shape and a colour of the picture, or one of both."""
    shown = [(t.glyph, t.colour) for t in s.things]
    yes = r.random() < 0.5
    glyph, colour = f.glyph, f.colour
    while not yes and ((glyph, colour) in shown or (glyph, colour) in HELD_OUT_PAIRS):
        glyph, colour = r.choice(((f.glyph, o.colour), (o.glyph, f.colour), (f.glyph, r.choice(NAMES)), (r.choice(SHAPES), f.colour)))
    return Ask("existence", f"Is there {an(colour)} {glyph}?", YES_NO[not yes], tuple(YES_NO))


def ask_relation(r, s, f, o):
    if f is o:
        return None
    words = [(word, d) for word, d in (("left of", o.x - f.x), ("right of", f.x - o.x), ("above", o.y - f.y), ("below", f.y - o.y)) if abs(d) > 0.17]
    if not words:
        return None
    word, d = r.choice(words)
    name = r.choice((lambda t: t.glyph, lambda t: f"{t.colour} shape"))
    return Ask("relation", f"Is the {name(f)} {word} the {name(o)}?", YES_NO[d < 0], tuple(YES_NO))


def ask_size(r, s, f, o):
    if not s.sizes:
        return None
    word, pick = r.choice((("largest", max), ("smallest", min)))
    t = pick(s.things, key=lambda t: t.radius)
    return Ask("size", f"Which shape is the {word}?", t.glyph, tuple(t.glyph for t in s.things) + tuple(r.sample(SHAPES, 4)))


def near(r, count):
    return tuple(str(n) for n in r.sample([n for n in range(max(0, count - 3), count + 4) if n != count], 3))


def ask_total(r, s, f, o):
    q = r.choice(("How many shapes are there?", "How many shapes are in the picture?"))
    return Ask("count all", q, str(len(s.things)), near(r, len(s.things)))


def ask_count(r, s, f, o):
    kind = r.randrange(3)
    what = (f"{f.colour} {plural(f.glyph)}", plural(f.glyph), f"{f.colour} shapes")[kind]
    count = sum((t.glyph == f.glyph or kind == 2) and (t.colour == f.colour or kind == 1) for t in s.things)
    return Ask("count some", f"How many {what} are there?", str(count), near(r, count))


def ask_list(r, s, f, o):
    if len(s.things) > 5:
        return None
    things = sorted(s.things, key=lambda t: CELLS.index(t.cell))
    return Ask("list", r.choice(("List the shapes.", "Describe the picture.")), ", ".join(f"{t.colour} {t.glyph}" for t in things), ())


def ask_number(r, s, f, o):
    q = r.choice(("Which number is shown?", "What is the number?", "Read the number."))
    i, n = r.randrange(len(s.number)), s.number
    others = {n[:i] + d + n[i + 1:] for d in DIGITS} - {n}
    return Ask("number", q, n, tuple(r.sample(sorted(others), 4)))


def ask_digit(r, s, f, o):
    word, digit = r.choice((("first", s.number[0]), ("last", s.number[-1])))
    return Ask("digit", f"What is the {word} digit?", digit, tuple(r.sample(DIGITS, 5)))


def ask_larger(r, s, f, o):
    n = int(s.number)
    other = r.choice([m for m in range(10 ** len(s.number)) if m != n]) if r.random() < 0.5 else max(0, n + r.choice((-10, 10, -5, 5, 20, -20)))
    return Ask("comparison", f"Is the number larger than {other}?", YES_NO[n <= other], tuple(YES_NO)) if n != other else None


def ask_number_colour(r, s, f, o):
    return Ask("colour of number", "What colour is the number?", f.colour, tuple(r.sample(NAMES, 5)))


OBJECT_ASKS = {ask_colour: 4, ask_shape: 4, ask_position: 5, ask_at: 5, ask_exists: 3, ask_relation: 5, ask_size: 6, ask_total: 2, ask_list: 5}
EASY_ASKS = {ask_colour: 4, ask_shape: 4, ask_position: 3, ask_at: 3, ask_list: 6}
CROWD_ASKS = {ask_total: 3, ask_count: 7, ask_list: 2}
NUMBER_ASKS = {ask_number: 6, ask_digit: 2, ask_larger: 2, ask_number_colour: 1}
EASY_NUMBER_ASKS = {ask_number: 4, ask_number_colour: 1}


def choose(r, weights):
    return r.choices(list(weights), list(weights.values()))[0]


def ask(r, scene, asks, focused):
    """A question about a scene; about its first thing if `focused`."""
    while True:
        f = scene.things[0] if focused else r.choice(scene.things)
        if (made := choose(r, asks)(r, scene, f, r.choice([t for t in scene.things if t is not f] or [f]))) is not None:
            return made


def ask_two_objects(r, a, b):
    """About two pictures of things; the first thing of the first picture is asked about."""
    f, kind = a.things[0], r.randrange(4)
    scenes, i = [a, b], 0
    if r.random() < 0.5:
        scenes, i = [b, a], 1
    shown = [{t.glyph for t in s.things} for s in scenes]
    if kind == 0 and f.glyph not in shown[1 - i]:
        return scenes, Ask("which of two", f"Which picture shows {an(f.glyph)}?", ORDINALS[i], tuple(ORDINALS))
    if kind == 1:
        return scenes, Ask("colour in one of two", f"What colour is the {f.glyph} in the {ORDINALS[i]} picture?", f.colour, tuple(r.sample(NAMES, 5)))
    if kind == 2 and len(a.things) != len(b.things):
        word, more = r.choice((("more", True), ("fewer", False)))
        first = (len(scenes[0].things) > len(scenes[1].things)) == more
        return scenes, Ask("more in one of two", f"Which picture shows {word} shapes?", ORDINALS[not first], tuple(ORDINALS))
    count = len(a.things)
    return scenes, Ask("count in one of two", f"How many shapes are in the {ORDINALS[i]} picture?", str(count), near(r, count))


def ask_two_numbers(r, a, b):
    scenes, i = [a, b], 0
    if r.random() < 0.5:
        scenes, i = [b, a], 1
    if r.random() < 0.5 and a.number != b.number:
        word, larger = r.choice((("larger", True), ("smaller", False)))
        first = (int(scenes[0].number) > int(scenes[1].number)) == larger
        return scenes, Ask("larger of two", f"Which picture shows the {word} number?", ORDINALS[not first], tuple(ORDINALS))
    return scenes, Ask("number in one of two", f"Which number is in the {ORDINALS[i]} picture?", a.number, ask_number(r, a, None, None).others)


def ask_text(r):
    """Questions that need no picture."""
    kind = r.random()
    if kind < 0.6:
        drawn = pairs(r, r.randint(2, 4), None)
        shape, colour = r.choice(drawn)
        facts = " ".join(f"The {s} is {c}." for s, c in drawn)
        return Ask("text: lookup", f"{facts} What colour is the {shape}?", colour, tuple(c for _, c in drawn) + tuple(r.sample(NAMES, 5)))
    if kind < 0.9:
        a, b = r.randrange(10), r.randrange(10)
        return Ask("text: sum", f"What is {a} + {b}?", str(a + b), near(r, a + b))
    return r.choice((Ask("text: talk", "Who are you?", "I am the Gatun vision sample.", ()), Ask("text: talk", "Hello", "Hello! Show me a picture.", ()),
                     Ask("text: talk", "What can you do?", "I can see shapes, colours and numbers.", ())))


def put(r, made, choice):
    """(question as put, answer as expected, options): a multiple choice as MMMU asks it, an open question as MMMU asks it, or the bare question."""
    others = [o for o in dict.fromkeys(made.others) if o != made.answer]
    if choice and others:
        options = YES_NO if others in (["Yes"], ["No"]) else [*others[:r.choice((2, 3, 3, 3))], made.answer]
        options = options if options is YES_NO else r.sample(options, len(options))
        lines = "".join(f"\n({letter}) {option}" for letter, option in zip("ABCD", options))
        return made.question + lines + CHOICE, "ABCD"[options.index(made.answer)], tuple(options)
    return made.question + (OPEN if r.random() < 0.6 and made.others else ""), made.answer, ()


def training_row(r, easy):
    """(scenes, an endless supply of (question as put, answer) about them)."""
    scenes, more = training_scenes(r, easy)
    choice_share = 0.2 if easy else 0.45

    def turns():
        while True:
            made = ask_text(r) if r.random() < 0.04 else more()
            yield put(r, made, r.random() < choice_share)[:2]
    return scenes, turns()


def training_scenes(r, easy):
    kind = r.random()
    if easy:
        if kind < 0.68:
            scene = objects(r, None, True)
            return [scene], lambda: ask(r, scene, EASY_ASKS, False)
        if kind < 0.93:
            scene = number(r, False, True)
            return [scene], lambda: ask(r, scene, EASY_NUMBER_ASKS, False)
        return [], lambda: ask_text(r)
    if kind < 0.40:
        scene = objects(r, None)
        return [scene], lambda: ask(r, scene, OBJECT_ASKS, False)
    if kind < 0.62:
        scene = crowd(r, None)
        return [scene], lambda: ask(r, scene, CROWD_ASKS, False)
    if kind < 0.79:
        scene = number(r, False)
        return [scene], lambda: ask(r, scene, NUMBER_ASKS, False)
    if kind < 0.94:
        make, ask_two = ((lambda: objects(r, None)), ask_two_objects) if r.random() < 0.6 else ((lambda: number(r, False)), ask_two_numbers)
        first, second = make(), make()

        def two():
            # The order of the pictures is fixed, so questions that would swap them are drawn again.
            while True:
                a, b = (first, second) if r.random() < 0.5 else (second, first)
                scenes, made = ask_two(r, a, b)
                if scenes[0] is first:
                    return made
        return [first, second], two
    return [], lambda: ask_text(r)


def evaluation_item(r, kind, choice):
    """One held-out exercise: its picture shows a pair of shape and colour, or a number, that no picture of training shows, and the question is about it."""
    focus = r.choice(HELD_OUT_PAIRS)
    if kind == "objects":
        scenes = [objects(r, focus)]
        made = ask(r, scenes[0], OBJECT_ASKS, True)
    elif kind == "crowd":
        scenes = [crowd(r, focus)]
        made = ask(r, scenes[0], CROWD_ASKS, True)
    elif kind == "number":
        scenes = [number(r, True)]
        made = ask(r, scenes[0], NUMBER_ASKS, True)
    elif kind == "two objects":
        scenes, made = ask_two_objects(r, objects(r, focus), objects(r, r.choice(HELD_OUT_PAIRS)))
    elif kind == "two numbers":
        scenes, made = ask_two_numbers(r, number(r, True), number(r, True))
    else:
        scenes, made = [], ask_text(r)
    question, answer, options = put(r, made, choice)
    return Item(made.task, tuple(scenes), question, answer, options)


KINDS = {"objects": 9, "crowd": 3, "number": 3, "two objects": 4, "two numbers": 2, "text": 2}


def evaluation_items(per_task, seed=2025):
    """Up to `per_task` different exercises of each task, half of them multiple choice where the task has choices."""
    r, found = random.Random(seed), {}
    for _ in range(per_task * 600):
        choice = r.random() < 0.5
        item = evaluation_item(r, choose(r, KINDS), choice)
        items = found.setdefault((item.task, bool(item.options)), {})
        if len(items) < (per_task if item.task in ("list", "text: talk") else per_task // 2):
            items.setdefault((item.scenes, item.question), item)
    return [item for key in sorted(found) for item in found[key].values()]
