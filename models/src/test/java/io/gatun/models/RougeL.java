package io.gatun.models;

/** How alike two texts are by their longest common subsequence of characters (ROUGE-L, Lin 2004). */
final class RougeL {

    private RougeL() {
    }

    /** The harmonic mean of the shares of both texts that they have in common, in order: 1 for equal texts only. */
    static double f1(String expected, String actual) {
        int characters = expected.length() + actual.length();
        return characters == 0 ? 1 : 2.0 * longestCommonSubsequence(expected, actual) / characters;
    }

    private static int longestCommonSubsequence(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int i = 0; i < a.length(); i++) {
            int diagonal = 0;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                row[j] = a.charAt(i) == b.charAt(j - 1) ? diagonal + 1 : Math.max(above, row[j - 1]);
                diagonal = above;
            }
        }
        return row[b.length()];
    }
}
