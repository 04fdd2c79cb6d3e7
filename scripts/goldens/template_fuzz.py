"""Random templates over the variables of the template tests, mostly sound, some not."""
import random
import re


class Fuzzer:
    """A grammar of Jinja, drawn from with a seed."""

    # Results with an address in memory, or of what the interpreter refuses on purpose.
    NOT_COMPARABLE = re.compile(r"[ab]t 0x|x0 t[ab]|Exceeds the limit|Markup", re.IGNORECASE)

    NAMES = ("t f none zero one seven minus half empty word text uni quotes html nothing numbers words mixed nested nodict table deep users messages missing x y").split()
    LITERALS = ("0 1 2 3 -1 10 1.5 0.1 2.0 1e3 'a' 'l' '' ' ' 'hello' \"it's\" '\\n' 'é' true false none [] [1,2] ['b','a'] (1,2) () {} {'a':1} {'k':[1]} "
                "'%s' '{}'").split()
    ATTRIBUTES = "a b C name age on tags role content items zz 0 1".split()
    FILTERS = ("abs capitalize default default('d') default('d',true) dictsort first float int join join(',') last length list lower max min reverse "
               "round round(1) sort sort(reverse=true) string sum title tojson tojson(indent=2) trim unique upper items replace('l','L') "
               "indent indent(2,true) batch(2) slice(2) map('string') map('upper') map(attribute='name') select reject select('odd') selectattr('on') "
               "rejectattr('age','gt',26) groupby('age') truncate(5) center(9) attr('keys') int(7) float(2.5) map('length') select('string')").split()
    TESTS = ("defined undefined none boolean true false integer float number string mapping sequence iterable upper lower even odd divisibleby(2) in([1,2]) "
             "eq(1) ne('a') lt(2) ge(1) sameas(none) callable").split()
    METHODS = ("upper() lower() title() strip() split() split('l') split(',',1) startswith('h') endswith(('o','x')) replace('l','L',1) find('l') count('l') "
               "items() keys() values() get('a') get('zz',1) copy() index(1) isdigit() isalpha() islower() zfill(7) center(8,'*') join(words) splitlines() "
               "rsplit('l',1) partition('l') lstrip('h') rstrip('o') capitalize() swapcase() append(1) pop() format(1,'a') rjust(7) strip('ho')").split()
    BINARY = "+ - * / // % ** ~ == != < <= > >= in and or".split() + ["not in"]
    SPACE = ["", "", "", " ", "\n", "  \n", "\n  ", "a", " b ", "\r\n", "{# c #}", "{#- c #}", " {# c -#} ", "\t"]

    def __init__(self, seed):
        self.random = random.Random(seed)

    def pick(self, options):
        return self.random.choice(options)

    def template(self):
        if self.random.random() < 0.5:
            return "{{ " + self.expression(3) + " }}"
        text = "".join(self.statement(3) for _ in range(self.random.randint(1, 3)))
        if self.random.random() < 0.06:  # a malformed one
            cut = self.random.randrange(len(text))
            text = text[:cut] + self.pick(["", "}", "{{", "%}", "(", "]", "'", "|", " x ", "{%"]) + text[cut + self.random.randint(0, 3):]
        return text

    def statement(self, depth):
        kind = self.random.randrange(14) if depth else 0
        begin = self.pick(["{% ", "{% ", "{% ", "{%- ", "{%+ "])
        end = self.pick([" %}", " %}", " %}", " -%}", " +%}"])
        space = self.pick(self.SPACE)
        if kind < 4:
            sign = self.pick(["", "", "", "-"])
            return space + "{{" + sign + " " + self.expression(2) + " " + self.pick(["", "", "", "-"]) + "}}" + self.pick(self.SPACE)

        def block(tag, last, body):
            return space + begin + tag + end + self.pick(self.SPACE) + body + self.pick(self.SPACE) + self.pick(["{% ", "{%- ", "{%+ "]) + last + self.pick([" %}", " -%}"])

        body = self.statement(depth - 1)
        if kind < 6:
            middle = ""
            if self.random.random() < 0.5:
                middle = self.pick(["{% else %}", "{%- else %}", "{% elif " + self.expression(1) + " -%}"]) + self.statement(depth - 1)
            return block("if " + self.expression(2), "endif", body + middle)
        if kind < 9:
            target, items = self.pick([("x", self.expression(1)), ("x", "numbers"), ("x", "words"), ("x, y", "table.items()"), ("x, y", "nested"), ("x", "users"), ("x", "range(3)")])
            condition = self.pick(["", "", " if x", " if " + self.expression(1)])
            inside = self.pick(["", "{{ loop.index }}", "{{ loop.last }}", "{% if loop.first %}{% continue %}{% endif %}", "{% if loop.index == 2 %}{% break %}{% endif %}",
                                "{{ loop.previtem }}", "{{ loop.length }}", "{{ loop.cycle('a', 'b') }}"])
            other = self.pick(["", "", "{% else %}none"])
            return block("for " + target + " in " + items + condition, "endfor", inside + body + other)
        if kind == 9:
            return space + begin + "set " + self.pick(["x", "y"]) + " = " + self.expression(2) + end + body
        if kind == 10:
            return block("set " + self.pick(["x", "y", "x | upper"]), "endset", body) + "[{{ x }}]"
        if kind == 11:
            call = self.pick(["m()", "m(1)", "m(1, 2)", "m(y=word)", "m(1, y=2)", "m(" + self.expression(1) + ")", "m(1, 2, 3)"])
            return block("macro m(x, y=" + self.expression(1) + ")", "endmacro", body) + "{{ " + call + " }}"
        if kind == 12:
            return block("filter " + self.pick(["upper", "trim", "replace('a', 'b')", "indent(2)", "title"]), "endfilter", body)
        return "{% set ns = namespace(x=" + self.expression(1) + ") %}" + block("for z in numbers", "endfor", "{% set ns.x = " + self.expression(1) + " %}" + body) + "{{ ns.x }}"

    def expression(self, depth):
        kind = self.random.randrange(16) if depth else self.random.randrange(2)
        if kind == 0:
            return self.pick(self.LITERALS)
        if kind == 1:
            return self.pick(self.NAMES)
        one = self.expression(depth - 1)
        if kind < 5:
            left, right = (e if " " not in e or self.random.random() < 0.4 else "(" + e + ")" for e in (one, self.expression(depth - 1)))
            operator = self.pick(self.BINARY)
            if operator == "**":
                right = self.pick(["2", "0", "3", "-1"])
            return left + " " + operator + " " + right
        owner = one if " " not in one else "(" + one + ")"
        if kind < 8:
            return owner + "|" + self.pick(self.FILTERS)
        if kind == 8:
            return owner + " is " + self.pick(["", "", "not "]) + self.pick(self.TESTS)
        if kind == 9:
            return owner + "." + self.pick(self.ATTRIBUTES)
        if kind == 10:
            return owner + "." + self.pick(self.METHODS)
        if kind == 11:
            owner = self.pick([name for name in self.NAMES if name != "none"])  # Jinja2 makes nothing, not an error, of a slice of a constant without items
            return owner + "[" + self.pick(["0", "-1", "1:", "::-1", ":2", "'a'", "::2", "-2:", "5", "1:-1", self.expression(depth - 1)]) + "]"
        if kind == 12:
            return one + " if " + self.expression(depth - 1) + self.pick(["", " else " + self.expression(depth - 1)])
        if kind == 13:
            return self.pick(["not ", "-", "+", "not not "]) + owner
        if kind == 14:
            return self.pick(["[" + one + ", " + self.expression(depth - 1) + "]", "(" + one + ",)", "{'k': " + one + "}", "(" + one + ")"])
        return one + " < " + self.expression(depth - 1) + " <= " + self.expression(depth - 1)
