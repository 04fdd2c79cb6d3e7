"""The closed world that the sample model learns: every answer can be computed or looked up here, so accuracy can be scored exactly."""
import random
import string
import zlib
from typing import NamedTuple


class Item(NamedTuple):
    """One exercise. The last (question, answer) pair of `turns` is what is scored, earlier pairs are its history."""
    task: str
    turns: tuple
    key: object = None  # what makes the exercise new; None: a closed answer that has to be learnt, never held out
    system: str = ""
    chat: bool = True  # False: plain text, the answer continues the question


CAPITALS = {"France": "Paris", "Germany": "Berlin", "Italy": "Rome", "Spain": "Madrid", "Portugal": "Lisbon", "Japan": "Tokyo",
            "China": "Beijing", "India": "Delhi", "Egypt": "Cairo", "Kenya": "Nairobi", "Greece": "Athens", "Norway": "Oslo",
            "Sweden": "Stockholm", "Finland": "Helsinki", "Poland": "Warsaw", "Austria": "Vienna", "Ireland": "Dublin", "Peru": "Lima",
            "Cuba": "Havana", "Canada": "Ottawa", "Panama": "Panama City", "the United States": "Washington",
            "the United Kingdom": "London"}
COLOURS = {"grass": "green", "snow": "white", "the sky": "blue", "the sun": "yellow", "blood": "red", "coal": "black", "a banana": "yellow",
           "a carrot": "orange", "a rose": "red", "a plum": "purple", "an elephant": "grey", "chocolate": "brown", "milk": "white",
           "a lemon": "yellow", "a frog": "green", "the sea": "blue", "a pig": "pink", "a crow": "black"}
OPPOSITES = {"hot": "cold", "big": "small", "fast": "slow", "old": "young", "up": "down", "left": "right", "day": "night", "open": "closed",
             "full": "empty", "hard": "soft", "high": "low", "rich": "poor", "wet": "dry", "long": "short", "loud": "quiet", "good": "bad"}
SOUNDS = {"cow": "moo", "dog": "woof", "cat": "meow", "duck": "quack", "sheep": "baa", "pig": "oink", "bee": "buzz", "lion": "roar"}
YOUNG = {"dog": "puppy", "cat": "kitten", "cow": "calf", "sheep": "lamb", "horse": "foal", "duck": "duckling", "lion": "cub", "goat": "kid"}
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
PEOPLE = {"Anna": ("baker", "Rome", "music"), "Ben": ("teacher", "Paris", "chess"), "Clara": ("doctor", "Berlin", "books"),
          "David": ("farmer", "Dublin", "horses"), "Emma": ("pilot", "Oslo", "mountains"), "Felix": ("cook", "Lisbon", "fish"),
          "Grace": ("painter", "Vienna", "flowers"), "Hugo": ("sailor", "Athens", "the sea"), "Ida": ("singer", "Madrid", "dancing"),
          "Jonas": ("builder", "Warsaw", "old houses"), "Lena": ("nurse", "Stockholm", "cats"), "Max": ("driver", "London", "trains")}
WORDS = ("apple ball bird boat book box bread cake car chair cloud cup door egg fish flag flower fork garden glass hand hat house key lamp "
         "leaf letter moon nest orange paper pear pen plate river road rope ship shoe spoon star stone table tree wheel window").split()
GOODS = "apples books cups eggs keys pens stars coins".split()
PAINTS = "red blue green yellow black white brown pink".split()

# (sentence stem, its end, what is asked, the questions, the table)
RELATIONS = [
    ("The capital of {k} is", "{v}", ["What is the capital of {k}?", "Which city is the capital of {k}?", "Name the capital of {k}.",
                                      "Tell me the capital of {k}.", "Do you know the capital of {k}?"], CAPITALS),
    ("The colour of {k} is", "{v}", ["What is the colour of {k}?", "What colour is {k}?", "Which colour does {k} have?",
                                     "Tell me the colour of {k}."], COLOURS),
    ("The opposite of {k} is", "{v}", ["What is the opposite of {k}?", "Name the opposite of {k}.", "Which word is the opposite of {k}?",
                                       "Tell me the opposite of {k}."], OPPOSITES | {v: k for k, v in OPPOSITES.items()}),
    ("The {k} says", "{v}", ["What does the {k} say?", "Which sound does the {k} make?", "What sound does a {k} make?",
                             "How does the {k} sound?"], SOUNDS),
    ("A young {k} is called a", "{v}", ["What is a young {k} called?", "What do you call a young {k}?", "Name the young of a {k}.",
                                        "How is a young {k} called?"], YOUNG),
    ("The day after {k} is", "{v}", ["What day comes after {k}?", "Which day follows {k}?", "What is the day after {k}?",
                                     "Name the day after {k}."], dict(zip(DAYS, DAYS[1:] + DAYS[:1]))),
    ("The month after {k} is", "{v}", ["What month comes after {k}?", "Which month follows {k}?", "What is the month after {k}?",
                                       "Name the month after {k}."], dict(zip(MONTHS, MONTHS[1:] + MONTHS[:1]))),
    ("{k} lives in", "{v}", ["Where does {k} live?", "In which city does {k} live?", "What is the home of {k}?", "Where is {k} from?"],
     {name: city for name, (_, city, _) in PEOPLE.items()}),
    ("{k} works as a", "{v}", ["What does {k} do?", "What is the job of {k}?", "What work does {k} do?", "Tell me the job of {k}."],
     {name: job for name, (job, _, _) in PEOPLE.items()}),
]
# The first continuation of a stem is the likeliest, so that greedy decoding has a clear favourite.
STORIES = {
    "The future of AI is": [" bright. Small models will run on every machine, and they will help people to learn and to work.",
                            " open. People will build it together, step by step."],
    "Today is a sunny day and I like": [" to walk in the garden. The birds sing in the trees and the sky is blue.",
                                        " to read a book by the river."],
    "The president of the United States is": [" the head of the government and lives in Washington.", " elected every four years."],
    "Once upon a time": [" there was a small ship. It sailed from the sea to the lake, and the locks lifted it over the mountains.",
                         " there was a king who liked to count the stars."],
}
SMALL_TALK = [
    (["Hello", "Hello!", "Hi", "Hi!", "Good morning!"], "Hello! How can I help you?"),
    (["How are you?", "How are you today?"], "I am fine, thank you."),
    (["Who are you?", "What are you?", "What is your name?"], "I am the Gatun sample, a very small language model."),
    (["What can you do?", "How can you help me?", "Help"], "I can add, count, sort, compare and answer short questions."),
    (["Thank you", "Thank you!", "Thanks", "Thanks!"], "You are welcome."),
    (["Bye", "Bye!", "Goodbye", "Goodbye!"], "Goodbye!"),
]
ONE_WORD = "Answer in one word."


def number(r):
    return r.randrange(10 ** r.randint(1, 3))


def ask(r, task, key, answer, plain, *questions):
    """A quarter of the exercises is plain text ("2 + 3 =" → " 5"), the rest is chat."""
    if plain and r.random() < 0.25:
        return Item(task, ((plain, " " + answer),), key, chat=False)
    return Item(task, ((r.choice(questions), answer),), key)


def addition(r):
    a, b = number(r), number(r)
    s = f"{a} + {b}"
    return ask(r, "addition", ("+", min(a, b), max(a, b)), str(a + b), f"{s} =", f"What is {s}?", f"{s} = ?", f"Add {a} and {b}.")


def subtraction(r):
    b, a = sorted((number(r), number(r)))
    s = f"{a} - {b}"
    return ask(r, "subtraction", ("-", a, b), str(a - b), f"{s} =", f"What is {s}?", f"{s} = ?", f"Subtract {b} from {a}.")


def multiplication(r):
    """Two digits times one, with the partial products written out: "7 * 46" → "280 + 42 = 322"."""
    a, b = r.randrange(10), r.randrange(100)
    tens, ones = b // 10 * 10 * a, b % 10 * a
    s = f"{a} * {b}"
    return ask(r, "multiplication", ("*", a, b), f"{tens} + {ones} = {tens + ones}", f"{s} =", f"What is {s}?", f"{s} = ?",
               f"Multiply {a} by {b}.")


def comparison(r):
    a, b = number(r), number(r)
    kind = r.randrange(3)
    key = ("?", a, b)
    if kind == 0:
        return ask(r, "comparison", key, str(max(a, b)), "", f"Which is larger, {a} or {b}?", f"Which number is larger: {a} or {b}?")
    if kind == 1:
        return ask(r, "comparison", key, str(min(a, b)), "", f"Which is smaller, {a} or {b}?", f"Which number is smaller: {a} or {b}?")
    return ask(r, "comparison", key, "Yes" if a > b else "No", "", f"Is {a} larger than {b}?")


def counting(r):
    """How often one word stands in a list."""
    target, other = r.sample(WORDS, 2)
    count, others = r.randint(0, 6), r.randint(1, 4)
    items = [target] * count + r.choices([w for w in (other, r.choice(WORDS)) if w != target], k=others)
    r.shuffle(items)
    text = " ".join(items)
    return ask(r, "counting", ("count", target, text), str(count), "", f"How many times does {target} appear: {text}",
               f"Count {target} in this list: {text}")


def length(r):
    items = r.choices(WORDS, k=r.randint(1, 9))
    text = " ".join(items)
    return ask(r, "length", ("length", text), str(len(items)), "", f"How many words: {text}", f"Count the words: {text}")


def sorting_numbers(r):
    items = r.sample(range(100), r.randint(2, 6))
    text = " ".join(map(str, items))
    up = r.random() < 0.6
    answer = " ".join(map(str, sorted(items, reverse=not up)))
    questions = ("Sort: {}", "Sort these numbers: {}") if up else ("Sort down: {}", "Sort from largest to smallest: {}")
    return ask(r, "sorting numbers", ("sort", text), answer, "", *(q.format(text) for q in questions))


def sorting_words(r):
    items = r.sample(WORDS, r.randint(2, 5))
    text = " ".join(items)
    return ask(r, "sorting words", ("sort", text), " ".join(sorted(items)), "", f"Sort: {text}", f"Sort these words: {text}")


def reversing(r):
    items = r.choices(r.choice((WORDS, string.digits, string.ascii_lowercase)), k=r.randint(2, 7))
    text = " ".join(items)
    return ask(r, "reversing", ("reverse", text), " ".join(items[::-1]), "", f"Reverse: {text}", f"Say this backwards: {text}")


def sequence(r):
    """Arithmetic progressions, and counting from one number to another (long answers)."""
    start = r.randrange(50)
    if r.random() < 0.5:
        end = start + r.randint(3, 25)
        return ask(r, "sequence", ("to", start, end), " ".join(map(str, range(start, end + 1))), "", f"Count from {start} to {end}.")
    step = r.randint(1, 9)
    terms = [str(start + step * i) for i in range(6)]
    return ask(r, "sequence", ("step", start, step), " ".join(terms[3:]), " ".join(terms[:3]), f"Continue: {' '.join(terms[:3])}")


def spelling(r):
    word = r.choice(WORDS)
    if r.random() < 0.5:
        questions, answer = ("Spell {}.", "Spell the word {}.", "How do you spell {}?", "Write {} letter by letter."), " ".join(word)
    else:
        questions, answer = ("How many letters are in {}?", "Count the letters of {}.", "How long is the word {}?"), str(len(word))
    question = r.choice(questions).format(word)
    return Item("spelling", ((question, answer),), question)


def misspelt(r, text):
    i = r.randrange(1, len(text))
    return text[:i] + text[i + 1:]


def capitalised(text):
    return text[0].upper() + text[1:]


def fact(r):
    stem, end, questions, table = r.choice(RELATIONS)
    k, v = r.choice(list(table.items()))
    asked = misspelt(r, k) if len(k) > 6 and r.random() < 0.1 else k
    if r.random() < 0.25:
        return Item("fact", ((capitalised(stem.format(k=asked)), f" {end.format(v=v)}."),), chat=False)
    question = r.choice(questions).format(k=asked)
    if r.random() < 0.25:
        return Item("fact in one word", ((question, v),), (ONE_WORD, question), ONE_WORD)
    return Item("fact", ((question, capitalised(f"{stem} {end}.".format(k=k, v=v))),), question)


def lookup(r):
    """The answer stands in the question."""
    things = r.sample(WORDS, r.randint(2, 4))
    paints = [r.choice(PAINTS) for _ in things]
    i = r.randrange(len(things))
    facts = " ".join(f"The {t} is {p}." for t, p in zip(things, paints))
    return Item("lookup", ((f"{facts} What colour is the {things[i]}?", f"The {things[i]} is {paints[i]}."),), (facts, i))


def word_problem(r):
    name, goods = r.choice(list(PEOPLE)), r.choice(GOODS)
    a, b = r.randint(1, 50), r.randint(1, 50)
    if r.random() < 0.5:
        text, result = f"{name} has {a} {goods} and buys {b} more.", a + b
    else:
        a, b = max(a, b), min(a, b)
        text, result = f"{name} has {a} {goods} and gives away {b}.", a - b
    return Item("word problem", ((f"{text} How many are there now?", f"{name} has {result}."),), (a, b, result))


def memory(r):
    """The answer stands in an earlier turn."""
    name = r.choice(list(PEOPLE))
    between = tuple(t for _ in range(r.randint(0, 2)) for t in r.choice((addition, fact_question, reversing))(r).turns if t[0][-1] in "?.")
    turns = ((f"My name is {name}.", f"Nice to meet you, {name}."), *between, ("What is my name?", f"Your name is {name}."))
    return Item("memory", turns, ("memory", turns))


def fact_question(r):
    while not ((item := fact(r)).chat and not item.system):
        pass
    return item


def small_talk(r):
    questions, answer = r.choice(SMALL_TALK)
    return Item("small talk", ((r.choice(questions), answer),))


def story(r):
    """Plain text from its first word; the first entries are drawn more often."""
    if r.random() < 0.5:
        name = list(PEOPLE)[int(r.random() ** 2 * len(PEOPLE))]
        job, city, hobby = PEOPLE[name]
        return Item("story", (("", f"Hello, my name is {name}. I am a {job} from {city} and I like {hobby}."),), chat=False)
    stem, ends = r.choice(list(STORIES.items()))
    return Item("story", (("", stem + (ends[0] if r.random() < 0.7 else ends[1])),), chat=False)


WEIGHTS = {addition: 16, subtraction: 16, multiplication: 10, comparison: 6, counting: 8, length: 6, sorting_numbers: 10, sorting_words: 10,
           reversing: 6, sequence: 5, spelling: 3, fact: 8, lookup: 4, word_problem: 6, memory: 3, small_talk: 2, story: 2}
TASKS, TASK_WEIGHTS = list(WEIGHTS), list(WEIGHTS.values())


def held_out(item):
    """Five percent of all exercises, chosen by what they ask and not by how, never appear in training."""
    return item.key is not None and zlib.crc32(repr(item.key).encode()) % 20 == 0


def training_item(r):
    while held_out(item := r.choices(TASKS, TASK_WEIGHTS)[0](r)):
        pass
    return item


def evaluation_items(per_task, seed=2024):
    """Distinct exercises by task: held-out ones, and for closed answers those of the training set. Stories have no single answer."""
    r, found = random.Random(seed), {}
    for task in TASKS:
        for _ in range(400 * per_task if task is not story else 0):
            item = task(r)
            items = found.setdefault(item.task, {})
            if len(items) < per_task and (item.key is None or held_out(item)):
                items.setdefault(item.turns, item)
    return [item for items in found.values() for item in items.values()]
