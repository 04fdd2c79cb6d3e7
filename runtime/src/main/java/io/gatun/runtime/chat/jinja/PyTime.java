package io.gatun.runtime.chat.jinja;

import java.time.Clock;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.IsoFields;
import java.util.Locale;

/** Python's strftime, in the C locale. */
final class PyTime {
    private PyTime() {
    }

    static String format(String format, Clock clock) {
        var now = ZonedDateTime.now(clock);
        var out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 == format.length()) {
                out.append(c);
                continue;
            }
            char directive = format.charAt(++i);
            boolean unpadded = directive == '-' && i + 1 < format.length();
            if (unpadded) {
                directive = format.charAt(++i);
            }
            var text = directive(directive, now);
            out.append(unpadded && text.length() > 1 ? text.replaceFirst("^0+(?=.)", "") : text);
        }
        return out.toString();
    }

    private static String directive(char directive, ZonedDateTime now) {
        return switch (directive) {
            case 'Y' -> pattern("uuuu", now);
            case 'y' -> pattern("uu", now);
            case 'm' -> pattern("MM", now);
            case 'd' -> pattern("dd", now);
            case 'e' -> String.format("%2d", now.getDayOfMonth());
            case 'H' -> pattern("HH", now);
            case 'I' -> pattern("hh", now);
            case 'M' -> pattern("mm", now);
            case 'S' -> pattern("ss", now);
            case 'f' -> pattern("SSSSSS", now);
            case 'p' -> now.getHour() < 12 ? "AM" : "PM";
            case 'a' -> pattern("EEE", now);
            case 'A' -> pattern("EEEE", now);
            case 'b', 'h' -> pattern("MMM", now);
            case 'B' -> pattern("MMMM", now);
            case 'j' -> pattern("DDD", now);
            case 'u' -> Integer.toString(now.getDayOfWeek().getValue());
            case 'w' -> Integer.toString(now.getDayOfWeek().getValue() % 7);
            case 'F' -> pattern("uuuu-MM-dd", now);
            case 'T' -> pattern("HH:mm:ss", now);
            case 'D' -> pattern("MM/dd/uu", now);
            case 'R' -> pattern("HH:mm", now);
            case 'c' -> pattern("EEE MMM ", now) + String.format("%2d", now.getDayOfMonth()) + pattern(" HH:mm:ss uuuu", now);
            case 'x' -> pattern("MM/dd/uu", now);
            case 'X' -> pattern("HH:mm:ss", now);
            case 'k' -> String.format("%2d", now.getHour());
            case 'l' -> String.format("%2d", now.getHour() % 12 == 0 ? 12 : now.getHour() % 12);
            case 'C' -> String.format("%02d", now.getYear() / 100);
            case 'G' -> Integer.toString(now.get(IsoFields.WEEK_BASED_YEAR));
            case 'g' -> String.format("%02d", now.get(IsoFields.WEEK_BASED_YEAR) % 100);
            case 'V' -> String.format("%02d", now.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
            case 'U' -> String.format("%02d", (now.getDayOfYear() + 6 - now.getDayOfWeek().getValue() % 7) / 7);
            case 'W' -> String.format("%02d", (now.getDayOfYear() + 7 - now.getDayOfWeek().getValue()) / 7);
            case 'z', 'Z' -> "";
            case 'n' -> "\n";
            case 't' -> "\t";
            case '%' -> "%";
            default -> "%" + directive;
        };
    }

    private static String pattern(String pattern, ZonedDateTime now) {
        return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(now);
    }
}
