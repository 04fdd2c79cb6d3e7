#!/usr/bin/env python3
"""Writes what Jinja2 makes of the templates that the tests of chat templates run on.

    python scripts/goldens/make_templates.py runtime/src/test/resources/templates
    python scripts/goldens/make_templates.py --fuzz 50000 --seed 7 /tmp/more.jsonl.gz

The first form reads each *.jsonl there, a line a case, and puts Jinja2's output ("ok") or exception ("err", with "line" where the template is malformed)
beside each "template"; where the interpreter differs on purpose, "ours" says what it does instead. It also makes fuzz.jsonl.gz, of random templates. The second makes random templates only. Variables are those of variables.json and the
case's own "with". Jinja2 is set up as transformers 5.18 does it (utils/chat_template_utils.py), with a clock that stands still. Needs jinja2 3.1 on Python 3.11.
"""
import argparse
import gzip
import json
import sys
from datetime import datetime
from pathlib import Path

import jinja2
import jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from template_fuzz import Fuzzer

NOW = datetime(2025, 1, 2, 3, 4, 5)


class Generation(jinja2.ext.Extension):
    """The generation block of transformers, which prints its body."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller):
        return caller()


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def environment():
    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = lambda format: NOW.strftime(format)
    return env


def evaluate(env, template, variables):
    """What the template gives: {"ok": text}, or {"err": exception} and the line if it cannot be read."""
    try:
        return {"ok": env.from_string(template).render(**json.loads(json.dumps(variables)))}
    except jinja2.TemplateSyntaxError as e:
        return {"err": f"{type(e).__name__}: {e.message}", "line": e.lineno}
    except Exception as e:  # whatever a template can raise is the case's result
        return {"err": f"{type(e).__name__}: {e}"}


def line_of(case):
    return json.dumps(case, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\x85", "\\u0085") + "\n"


def rewrite(file, env, variables):
    cases = [json.loads(line) for line in file.read_text().split("\n") if line]
    for case in cases:
        for key in ("ok", "err", "line"):
            case.pop(key, None)
        case.update(evaluate(env, case["template"], variables | case.get("with", {})))
    file.write_text("".join(map(line_of, cases)))
    return len(cases)


def write_fuzz(file, env, variables, count, seed):
    seen = set()
    fuzzer = Fuzzer(seed)
    lines = []
    while len(lines) < count:
        template = fuzzer.template()
        if template in seen:
            continue
        seen.add(template)
        result = evaluate(env, template, variables)
        text = result.get("ok", result.get("err"))
        if len(text) < 400 and not Fuzzer.NOT_COMPARABLE.search(text):
            lines.append(line_of({"template": template} | result))
    file.write_bytes(gzip.compress("".join(lines).encode(), mtime=0))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", type=Path, help="the folder of the cases; with --fuzz the file to write")
    parser.add_argument("--fuzz", type=int, default=0, help="how many random templates to make")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    env = environment()
    here = Path(__file__).parents[2] / "runtime/src/test/resources/templates"
    variables = json.loads(((here if args.fuzz else args.target) / "variables.json").read_text())
    if args.fuzz:
        write_fuzz(args.target, env, variables, args.fuzz, args.seed)
        return
    for file in sorted(args.target.glob("*.jsonl")):
        print(file.name, rewrite(file, env, variables), file=sys.stderr)
    write_fuzz(args.target / "fuzz.jsonl.gz", env, variables, 2000, 1)


if __name__ == "__main__":
    main()
