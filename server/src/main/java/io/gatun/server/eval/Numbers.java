package io.gatun.server.eval;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.Pattern;

/** Numbers in texts. */
final class Numbers {
    private static final Pattern THOUSANDS = Pattern.compile("(?<=[0-9]),(?=[0-9])");
    /** A minus counts as a sign only where nothing stands before it that it could subtract from. */
    private static final Pattern NUMBER = Pattern.compile("(?:(?<![0-9A-Za-z)])-)?[0-9]+(?:\\.[0-9]+)?");

    private Numbers() {
    }

    /** The last number of a text, dollar signs and thousands' commas left out, in its shortest form: {@code -$1,250.50} is {@code -1250.5}. */
    static Optional<String> last(String text) {
        var matcher = NUMBER.matcher(THOUSANDS.matcher(text.replace("$", "")).replaceAll(""));
        Optional<String> last = Optional.empty();
        while (matcher.find()) {
            last = Optional.of(matcher.group());
        }
        return last.map(number -> new BigDecimal(number).stripTrailingZeros().toPlainString());
    }
}
