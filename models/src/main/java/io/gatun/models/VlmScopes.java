package io.gatun.models;

import io.gatun.runtime.weights.WeightSource;

/** Where the parts of a model that sees stand in a checkpoint: as they were first published, or as later versions of Transformers name them. */
final class VlmScopes {
    private static final String EMBEDDING = "embed_tokens.weight";

    private VlmScopes() {
    }

    /** The decoder: what text models call {@code model}. */
    static WeightSource decoder(WeightSource weights) {
        return scope(weights, EMBEDDING, "language_model.model", "model.language_model", "model");
    }

    /** What {@code lm_head} stands in. */
    static WeightSource head(WeightSource weights) {
        return weights.has("language_model.lm_head.weight") ? weights.scope("language_model") : weights;
    }

    /** The tower of a Qwen model. */
    static WeightSource visual(WeightSource weights) {
        return scope(weights, "patch_embed.proj.weight", "visual", "model.visual");
    }

    /** A tower that is CLIP or SigLIP. */
    static WeightSource tower(WeightSource weights) {
        return scope(weights, "embeddings.patch_embedding.weight", "vision_tower.vision_model", "vision_tower", "model.vision_tower.vision_model",
                "model.vision_tower");
    }

    /** What stands between tower and decoder. */
    static WeightSource projector(WeightSource weights, String part) {
        return scope(weights, part, "multi_modal_projector", "model.multi_modal_projector");
    }

    /** What a tensor of its own stands in, as {@code image_newline}. */
    static WeightSource holding(WeightSource weights, String tensor) {
        return weights.has("model." + tensor) ? weights.scope("model") : weights;
    }

    /** The first of some scopes that holds {@code tensor}; the first of all if none does, so that the error names it. */
    private static WeightSource scope(WeightSource weights, String tensor, String... names) {
        for (String name : names) {
            if (weights.has(name + "." + tensor)) {
                return weights.scope(name);
            }
        }
        return weights.scope(names[0]);
    }
}
