package io.gatun.kernels;

/**
 * How a mixture of experts chooses a token's experts by the router's logits, and what each of them counts. All arithmetic is fp32.
 *
 * @param topK how many experts a token has, 1 to 32
 * @param scoring what a logit is turned into
 * @param groups into how many groups of neighbours the experts are divided, at most 32; 1 for no division
 * @param chosenGroups from how many of these the experts are taken: those with the greatest score or, by {@link Scoring#SIGMOID}, sum of two scores
 * @param renormalized whether the chosen scores are divided by their sum
 * @param scale what they are multiplied by at last
 * @param rounded whether the outcome is rounded to the dtype of the logits
 */
public record Routing(int topK, Scoring scoring, int groups, int chosenGroups, boolean renormalized, float scale, boolean rounded) {
    /** The most experts that a token may have. */
    public static final int MAX_TOP_K = 32;
    /** The most groups. */
    public static final int MAX_GROUPS = 32;
    /** The most experts that there may be. */
    public static final int MAX_EXPERTS = 1024;

    /** What a logit is turned into. */
    public enum Scoring {
        /** The softmax over all experts. */
        SOFTMAX,
        /** The softmax over the chosen experts alone. */
        SOFTMAX_OF_CHOSEN,
        /** Each by itself. */
        SIGMOID
    }

    public Routing {
        if (topK < 1 || topK > MAX_TOP_K) {
            throw new IllegalArgumentException("a token cannot have " + topK + " experts; 1 to " + MAX_TOP_K + " are possible");
        }
        if (groups < 1 || groups > MAX_GROUPS || chosenGroups < 1 || chosenGroups > groups) {
            throw new IllegalArgumentException(chosenGroups + " of " + groups + " groups of experts cannot be chosen; groups must be 1 to " + MAX_GROUPS);
        }
    }

    /** The greatest of a softmax over all experts, as Mixtral has it; {@link #toDtype()} is Qwen's. */
    public static Routing softmax(int topK, boolean renormalized) {
        return new Routing(topK, Scoring.SOFTMAX, 1, 1, renormalized, 1, false);
    }

    /** A softmax over the logits of the chosen, in the dtype of the logits, as gpt-oss has it. */
    public static Routing softmaxOfChosen(int topK) {
        return new Routing(topK, Scoring.SOFTMAX_OF_CHOSEN, 1, 1, false, 1, true);
    }

    /** Sigmoids, as DeepSeek-V3 and GLM-4.5 have them. */
    public static Routing sigmoid(int topK, boolean renormalized) {
        return new Routing(topK, Scoring.SIGMOID, 1, 1, renormalized, 1, false);
    }

    /** Chooses from {@code chosen} of {@code count} groups only. */
    public Routing grouped(int count, int chosen) {
        return new Routing(topK, scoring, count, chosen, renormalized, scale, rounded);
    }

    /** Multiplies by {@code factor} at last. */
    public Routing scaled(float factor) {
        return new Routing(topK, scoring, groups, chosenGroups, renormalized, factor, rounded);
    }

    /** Rounds to the dtype of the logits at last. */
    public Routing toDtype() {
        return new Routing(topK, scoring, groups, chosenGroups, renormalized, scale, true);
    }

    /**
     * Requires that {@code experts} can be routed to.
     *
     * @throws IllegalArgumentException if they cannot be divided into the groups, or are too few
     */
    public void requireExperts(int experts) {
        if (experts > MAX_EXPERTS || experts % groups != 0) {
            throw new IllegalArgumentException(experts + " experts cannot be routed to in " + groups + " groups; they must be a multiple, and at most "
                    + MAX_EXPERTS);
        }
        int groupSize = experts / groups;
        if (groupSize * chosenGroups < topK) {
            throw new IllegalArgumentException(topK + " experts of a token cannot come from " + groupSize * chosenGroups);
        }
        if (groups > 1 && scoring == Scoring.SIGMOID && groupSize < 2) {
            throw new IllegalArgumentException("groups of one expert cannot be chosen by their two best");
        }
    }
}
