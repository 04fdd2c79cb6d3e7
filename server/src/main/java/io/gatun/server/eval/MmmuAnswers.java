package io.gatun.server.eval;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToIntFunction;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How MMMU (Yue et al. 2023) reads answers. It differs in one point: an output of a multiple choice that names no option has no answer here, where MMMU's
 * script draws one by lot, so that scores can be repeated.
 */
final class MmmuAnswers {
    private static final List<Pattern> EDGES = Stream.of(",", ".", "!", "?", ";", ":", "'").map(mark -> Pattern.compile("^" + Pattern.quote(mark) + "+|"
            + Pattern.quote(mark) + "+\\z")).toList();
    /** Shorter outputs are not searched for the text of an option. */
    private static final int FEW_WORDS = 5;
    private static final List<String> LEADS = List.of("could be ", "so ", "is ", "thus ", "therefore ", "final ", "answer ", "result ");
    private static final List<String> MARKS = List.of(":", ",", ".", "!", "?", ";", "'");
    /** With thousands' commas, in scientific notation, and plain. */
    private static final List<Pattern> NUMBERS = List.of(Pattern.compile("-?\\b\\d{1,3}(?:,\\d{3})+\\b"), Pattern.compile("-?\\d+(?:\\.\\d+)?[eE][+-]?\\d+"),
            Pattern.compile("-?(?:\\d+\\.\\d+|\\.\\d+|\\d+\\b)(?![eE][+-]?\\d+)(?![,\\d])"));
    private static final Pattern NUMBER = Pattern.compile("[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?");

    private MmmuAnswers() {
    }

    /** The letter of an option. */
    static String letter(int option) {
        return String.valueOf((char) ('A' + option));
    }

    /**
     * The option that an output names last: as {@code (B)}, else as a {@code B} that stands alone, else, in a longer output, by its text.
     *
     * @return its letter
     */
    static Optional<String> choice(String output, List<String> options) {
        String stripped = output;
        for (var edge : EDGES) {
            stripped = edge.matcher(stripped).replaceAll("");
        }
        String text = " " + stripped + " ";
        var found = last(options, option -> text.lastIndexOf("(" + letter(option) + ")"));
        if (found.isEmpty()) {
            found = last(options, option -> text.lastIndexOf(" " + letter(option) + " "));
        }
        if (found.isEmpty() && text.strip().split("\\s+").length > FEW_WORDS) {
            String lower = text.toLowerCase(Locale.ROOT);
            found = last(options, option -> lower.lastIndexOf(options.get(option).toLowerCase(Locale.ROOT)));
        }
        return found;
    }

    /** The option with the highest place; of several with the same, the first. */
    private static Optional<String> last(List<String> options, ToIntFunction<Integer> place) {
        return IntStream.range(0, options.size()).boxed().filter(option -> place.applyAsInt(option) >= 0)
                .max(Comparator.comparingInt(place).thenComparing(Comparator.reverseOrder())).map(MmmuAnswers::letter);
    }

    /** Whether a free answer holds one of those that are right: the same number to two decimals, or its words. */
    static boolean isRight(String output, List<String> right) {
        var wanted = right.stream().flatMap(answer -> normal(answer).stream()).toList();
        return readings(output).stream().anyMatch(reading -> reading instanceof String words
                ? wanted.stream().anyMatch(answer -> answer instanceof String text && words.contains(text)) : wanted.contains(reading));
    }

    /** What an output may mean: the ends of its lines after "is", "answer" and the like, and the numbers in them, each a String or a Double. */
    static List<Object> readings(String output) {
        var ends = ends(output);
        return Stream.concat(ends.stream(), ends.stream().flatMap(MmmuAnswers::numbers)).flatMap(text -> normal(text).stream()).distinct().toList();
    }

    private static List<String> ends(String output) {
        String text = EDGES.get(1).matcher(output.strip()).replaceAll("").toLowerCase(Locale.ROOT);
        // MMMU would split sentences too, by capitals that lower-casing has already removed.
        var lines = text.split("\n", -1);
        var ends = new ArrayList<String>();
        for (int i = 0; i < lines.length; i++) {
            String line = lines[i];
            var leads = i < lines.length - 1 ? LEADS.stream() : Stream.concat(LEADS.stream(), Stream.of("="));
            leads.filter(line::contains).map(lead -> line.substring(line.lastIndexOf(lead) + lead.length()).strip())
                    .reduce((shortest, end) -> shortest.isEmpty() || end.length() < shortest.length() ? end : shortest)
                    .filter(end -> !end.isEmpty() && !MARKS.contains(end)).ifPresent(ends::add);
        }
        return ends.isEmpty() ? List.of(text) : ends;
    }

    private static Stream<String> numbers(String text) {
        return NUMBERS.stream().flatMap(pattern -> pattern.matcher(text).results().map(MatchResult::group));
    }

    /** A number to two decimals; else the words in lower case, a single letter with a space beside it, so that it is not found inside of words. */
    private static List<Object> normal(String answer) {
        String text = answer.strip();
        String plain = text.replace(",", "").strip();
        if (NUMBER.matcher(plain).matches()) {
            double number = Double.parseDouble(plain);
            // Negative zero is zero.
            return List.of(Double.isInfinite(number) ? number : new BigDecimal(number).setScale(2, RoundingMode.HALF_EVEN).doubleValue() + 0.0);
        }
        String words = text.toLowerCase(Locale.ROOT);
        return words.codePointCount(0, words.length()) == 1 ? List.of(" " + words, words + " ") : List.of(words);
    }
}
