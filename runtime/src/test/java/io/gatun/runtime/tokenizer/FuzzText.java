package io.gatun.runtime.tokenizer;

import java.util.List;
import java.util.Random;

/** Texts to break a tokenizer with: pieces of every script, plane and kind of white space, with the special tokens of a file among them. */
final class FuzzText {
    private static final String[] SAMPLES = {
        "word", " sword words word_ word", "don't I'LL we'Re he'd 'S 'ſ they'vE", "it’s", "Zyzzyva Zyzzyva", "café cafe\u0301",
        "naïve Ångström \u212B", "ﬁ ﬂ ① ½ Ⅷ ǆ", "你好世界今天天气", "こんにちはカタカナﾊﾝｶｸ", "안녕 \u1112\u1161\u11AB", "привет МИР", "שָׁלוֹם עולם",
        "مرحبا ١٢٣", "नमस्ते १२३", "ไทย", "Straße ẞ İstanbul ı ΣΊΣΥΦΟΣ", "👍🏽", "👨‍👩‍👧‍👦", "🇩🇪🇫🇷", "❤️", "🏴\uDB40\uDC67\uDB40\uDC62",
        "𝒜𝔅ℂ", "𐍈", "𠀀𠀁", "\uDBFF\uDFFF", "\uFFFD\uFFFE\uFFFF", "\0", "\u0001\u001F\u007F\u0085", "1", "12", "123456789012345",
        "3.14e-10", "<", "<|", "</s", "<0x41>", "<0xE2>", "\u2581", "\u2581\u2581", "\u0120", "Ġ", "for(int i=0;i<n;i++){", "!!!???...",
        "$#@&*^%", "http://a.b/c?d=e", "\u200B\u200C\u200D\u200E\u2060\uFEFF", "e\u0323\u0307", "\u0344\u0958\u2126\uF900",
        "AbcDEFghiJKL", "\t", "\n", "\r\n", "\n\n\n", " \n ", "  ", "     ", "\u00A0", "\u1680", "\u2000\u2003\u200A", "\u2028\u2029",
        "\u202F\u205F\u3000", "\u000B\f", "\u180E"};

    private final Random random;
    private final List<String> specials;

    FuzzText(long seed, List<String> specials) {
        this.random = new Random(seed);
        this.specials = specials;
    }

    String next() {
        var text = new StringBuilder();
        int parts = random.nextInt(8);
        for (int i = 0; i < parts; i++) {
            part(text);
        }
        return text.toString();
    }

    private void part(StringBuilder text) {
        switch (random.nextInt(9)) {
            case 0, 1, 2 -> text.append(SAMPLES[random.nextInt(SAMPLES.length)]);
            case 3 -> text.append(" ".repeat(random.nextInt(4))).append(latin(1 + random.nextInt(9)));
            case 4 -> text.append(latin(1 + random.nextInt(5))).append(" ").append(latin(1 + random.nextInt(5)));
            case 5 -> {
                if (!specials.isEmpty()) {
                    text.append(specials.get(random.nextInt(specials.size())));
                }
            }
            case 6 -> text.appendCodePoint(codePoint(0x110000));
            case 7 -> text.appendCodePoint(codePoint(random.nextBoolean() ? 0x3000 : 0x10000));
            default -> text.append(random.nextInt(20) == 0 ? latin(3000) : " ");
        }
    }

    private String latin(int letters) {
        var word = new StringBuilder();
        for (int i = 0; i < letters; i++) {
            word.append("aeiou bdfghklmnprstvwz".charAt(random.nextInt(random.nextInt(30) == 0 ? 22 : 5 + 17 * (i & 1))));
        }
        return word.toString().replace(" ", random.nextBoolean() ? "x" : " ");
    }

    /** Any character below {@code bound}. */
    private int codePoint(int bound) {
        int c = CodePoints.ALL[random.nextInt(CodePoints.ALL.length)];
        while (c >= bound) {
            c = CodePoints.ALL[random.nextInt(CodePoints.ALL.length)];
        }
        return c;
    }
}
