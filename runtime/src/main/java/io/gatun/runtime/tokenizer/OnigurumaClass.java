package io.gatun.runtime.tokenizer;

import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Character classes of {@link OnigurumaRegex}: sets in brackets, {@code \s \w \d \h} and {@code \p{…}}, as Java writes them. */
final class OnigurumaClass {
    private static final String WORD = "[\\p{IsAlphabetic}\\p{M}\\p{Nd}\\p{Pc}]";
    /** {@code \w} outside brackets, and what {@code \b} looks for: there Oniguruma takes Latin-1's superscripts and fractions in. */
    static final String BARE_WORD = "[\\p{IsAlphabetic}\\p{M}\\p{Nd}\\p{Pc}\\xB2\\xB3\\xB9\\xBC-\\xBE]";
    private static final String SPACE = "\\p{IsWhite_Space}";
    private static final String HEX = "[0-9a-fA-F]";

    /** Property names as Oniguruma compares them: without case, spaces, hyphens and underscores. */
    private static final Map<String, String> PROPERTIES = Map.ofEntries(
            Map.entry("any", "[\\x{0}-\\x{10FFFF}]"), Map.entry("assigned", "\\P{Cn}"), Map.entry("ascii", "[\\x00-\\x7F]"),
            Map.entry("alphabetic", "\\p{IsAlphabetic}"), Map.entry("alpha", "\\p{IsAlphabetic}"),
            Map.entry("lowercase", "\\p{IsLowercase}"), Map.entry("lower", "\\p{IsLowercase}"),
            Map.entry("uppercase", "\\p{IsUppercase}"), Map.entry("upper", "\\p{IsUppercase}"),
            Map.entry("whitespace", SPACE), Map.entry("space", SPACE), Map.entry("word", WORD),
            Map.entry("digit", "\\p{Nd}"), Map.entry("xdigit", HEX), Map.entry("alnum", "[\\p{IsAlphabetic}\\p{Nd}]"),
            Map.entry("blank", "[\\t\\p{Zs}]"), Map.entry("cntrl", "\\p{Cc}"),
            Map.entry("letter", "\\p{L}"), Map.entry("uppercaseletter", "\\p{Lu}"), Map.entry("lowercaseletter", "\\p{Ll}"),
            Map.entry("titlecaseletter", "\\p{Lt}"), Map.entry("modifierletter", "\\p{Lm}"), Map.entry("otherletter", "\\p{Lo}"),
            Map.entry("casedletter", "\\p{LC}"), Map.entry("mark", "\\p{M}"), Map.entry("combiningmark", "\\p{M}"),
            Map.entry("nonspacingmark", "\\p{Mn}"), Map.entry("spacingmark", "\\p{Mc}"), Map.entry("enclosingmark", "\\p{Me}"),
            Map.entry("number", "\\p{N}"), Map.entry("decimalnumber", "\\p{Nd}"), Map.entry("letternumber", "\\p{Nl}"),
            Map.entry("othernumber", "\\p{No}"), Map.entry("punctuation", "\\p{P}"), Map.entry("connectorpunctuation", "\\p{Pc}"),
            Map.entry("dashpunctuation", "\\p{Pd}"), Map.entry("openpunctuation", "\\p{Ps}"), Map.entry("closepunctuation", "\\p{Pe}"),
            Map.entry("initialpunctuation", "\\p{Pi}"), Map.entry("finalpunctuation", "\\p{Pf}"),
            Map.entry("otherpunctuation", "\\p{Po}"), Map.entry("symbol", "\\p{S}"), Map.entry("mathsymbol", "\\p{Sm}"),
            Map.entry("currencysymbol", "\\p{Sc}"), Map.entry("modifiersymbol", "\\p{Sk}"), Map.entry("othersymbol", "\\p{So}"),
            Map.entry("separator", "\\p{Z}"), Map.entry("spaceseparator", "\\p{Zs}"), Map.entry("lineseparator", "\\p{Zl}"),
            Map.entry("paragraphseparator", "\\p{Zp}"), Map.entry("other", "\\p{C}"), Map.entry("control", "\\p{Cc}"),
            Map.entry("format", "\\p{Cf}"), Map.entry("privateuse", "\\p{Co}"), Map.entry("surrogate", "\\p{Cs}"),
            Map.entry("unassigned", "\\p{Cn}"));
    private static final Set<String> CASED = Set.of("\\p{Lu}", "\\p{Ll}", "\\p{Lt}", "\\p{IsLowercase}", "\\p{IsUppercase}");
    private static final String CATEGORIES = " L LU LL LT LM LO LC M MN MC ME N ND NL NO P PC PD PS PE PI PF PO"
            + " S SM SC SK SO Z ZS ZL ZP C CC CF CO CS CN ";

    private final RegexSource regex;

    OnigurumaClass(RegexSource regex) {
        this.regex = regex;
    }

    /** Reads the set whose {@code [} the cursor is at. */
    String read(boolean ignoreCase) {
        regex.skip(1);
        var out = new StringBuilder("[");
        if (regex.peek(0) == '^') {
            regex.skip(1);
            out.append('^');
        }
        boolean first = true;
        while (first || regex.peek(0) != ']') {
            if (regex.atEnd()) {
                throw regex.error("[ without ]");
            }
            member(out, ignoreCase);
            first = false;
        }
        regex.skip(1);
        return out.append(']').toString();
    }

    private void member(StringBuilder out, boolean ignoreCase) {
        if (regex.startsWith("&&")) {
            regex.skip(2);
            out.append("&&");
            return;
        }
        if (regex.startsWith("[:")) {
            regex.skip(2);
            out.append(posixBracket());
            return;
        }
        if (regex.peek(0) == '[') {
            out.append(read(ignoreCase));
            return;
        }
        var type = regex.peek(0) == '\\' ? type(regex, WORD, ignoreCase) : "";
        if (!type.isEmpty()) {
            out.append(type);
            return;
        }
        int low = singleCodePoint();
        boolean range = regex.peek(0) == '-' && regex.peek(1) != ']' && regex.peek(1) != '\0';
        if (!range) {
            out.append(ignoreCase ? caseVariants(regex, low) : quote(low));
            return;
        }
        regex.skip(1);
        if (regex.peek(0) == '[' || regex.peek(0) == '\\' && "dDsSwWhHpPRX".indexOf(regex.peek(1)) >= 0) {
            throw regex.error("a class cannot end a range");
        }
        int high = singleCodePoint();
        if (high < low) {
            throw regex.error("range out of order");
        }
        out.append(quote(low)).append('-').append(quote(high));
        for (int c = low; ignoreCase && c <= high; c++) {
            if (Character.toLowerCase(c) != Character.toUpperCase(c)) {
                out.append(caseVariants(regex, c));
            }
        }
    }

    private int singleCodePoint() {
        if (regex.peek(0) != '\\') {
            return regex.nextCodePoint();
        }
        if (regex.peek(1) == 'b') {
            regex.skip(2);
            return '\b';
        }
        return regex.escapedCodePoint();
    }

    private String posixBracket() {
        var name = regex.readTo(':');
        if (regex.peek(0) != ']') {
            throw regex.error("[:" + name + ": without ]");
        }
        regex.skip(1);
        return name.startsWith("^") ? "[^" + property(regex, name.substring(1)) + "]" : property(regex, name);
    }

    /** The class that an escape at the cursor names, empty where it names none; {@code word} is what {@code \w} means here. */
    static String type(RegexSource regex, String word, boolean ignoreCase) {
        char c = regex.peek(1);
        var positive = switch (c) {
            case 's', 'S' -> SPACE;
            case 'w', 'W' -> word;
            case 'd', 'D' -> "\\p{Nd}";
            case 'h', 'H' -> HEX;
            case 'p', 'P' -> regex.peek(2) == '{' ? "" : null;
            default -> null;
        };
        if (positive == null) {
            return "";
        }
        boolean negative = Character.isUpperCase(c);
        if (!positive.isEmpty()) {
            regex.skip(2);
            return negative ? "[^" + positive + "]" : positive;
        }
        regex.skip(3);
        var name = regex.readTo('}');
        boolean inverted = name.startsWith("^");
        var property = property(regex, inverted ? name.substring(1) : name);
        if (ignoreCase && CASED.contains(property)) {
            throw regex.error("\\p{" + name + "} regardless of case is not supported");
        }
        return negative != inverted ? "[^" + property + "]" : property;
    }

    private static String property(RegexSource regex, String name) {
        var plain = name.replaceAll("[ _-]", "").toLowerCase(Locale.ROOT);
        if (CATEGORIES.contains(" " + plain.toUpperCase(Locale.ROOT) + " ")) {
            return "\\p{" + (plain.equals("lc") ? "LC" : plain.substring(0, 1).toUpperCase(Locale.ROOT) + plain.substring(1)) + "}";
        }
        if (PROPERTIES.containsKey(plain)) {
            return PROPERTIES.get(plain);
        }
        try {
            return "\\p{script=" + Character.UnicodeScript.forName(name.replaceAll("[ -]", "_")) + "}";
        } catch (IllegalArgumentException e) {
            throw regex.error("property " + name + " is not supported");
        }
    }

    /** A code point and those that differ from it by case alone. */
    static String caseVariants(RegexSource regex, int c) {
        int lower = Character.toLowerCase(c);
        if (lower == Character.toUpperCase(c)) {
            return quote(c);
        }
        if (c >= 0x80) {
            throw regex.error("the letter " + Character.toString(c) + " regardless of case is not supported, only ASCII letters are");
        }
        var others = lower == 's' ? "\\x{17F}" : lower == 'k' ? "\\x{212A}" : "";
        return quote(lower) + quote(Character.toUpperCase(c)) + others;
    }

    static String quote(int codePoint) {
        return Character.isLetterOrDigit(codePoint) ? Character.toString(codePoint) : "\\x{%X}".formatted(codePoint);
    }
}
