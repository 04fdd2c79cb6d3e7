package io.gatun.models;

import io.gatun.kernels.Segments;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.layers.LayerNorm;
import io.gatun.runtime.layers.Mlp;
import io.gatun.runtime.layers.PatchEmbedding;
import io.gatun.runtime.layers.PositionEmbedding;
import io.gatun.runtime.layers.ResidualStream;
import io.gatun.runtime.layers.VisionAttention;
import io.gatun.runtime.weights.LayerContext;
import io.gatun.runtime.weights.WeightSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** The towers CLIP and SigLIP, for pictures of one size: patches with learned positions, and in CLIP a class token before them and a norm before all layers. */
final class PictureTower {
    private static final Map<String, Object> CLIP = Map.of("hidden_size", 768, "intermediate_size", 3072, "num_hidden_layers", 12, "num_attention_heads", 12,
            "num_channels", 3, "image_size", 224, "patch_size", 32, "hidden_act", "quick_gelu", "layer_norm_eps", 1e-5);
    private static final Map<String, Object> SIGLIP = Map.of("hidden_size", 768, "intermediate_size", 3072, "num_hidden_layers", 12, "num_attention_heads", 12,
            "num_channels", 3, "image_size", 224, "patch_size", 16, "hidden_act", "gelu_pytorch_tanh", "layer_norm_eps", 1e-6);

    private final LayerContext context;
    private final int hiddenSize;
    private final int places;
    private final PatchEmbedding patches;
    private final Optional<PatchEmbedding.WithClassToken> withClassToken;
    private final PositionEmbedding positions;
    private final Optional<LayerNorm> preNorm;
    private final List<Layer> layers;
    private final Optional<LayerNorm> postNorm;

    private record Layer(LayerNorm norm1, VisionAttention attention, LayerNorm norm2, Mlp mlp) {
        static Layer load(JsonObject vision, float eps, WeightSource weights) {
            int hidden = vision.positiveInt("hidden_size");
            return new Layer(LayerNorm.load(weights.scope("layer_norm1"), hidden, eps),
                    VisionAttention.of(hidden, vision.positiveInt("num_attention_heads")).load(weights.scope("self_attn")),
                    LayerNorm.load(weights.scope("layer_norm2"), hidden, eps),
                    Mlp.load(weights.scope("mlp"), hidden, vision.positiveInt("intermediate_size"), ModelConfig.activation(vision)));
        }

        void forward(ResidualStream stream, Segments segments) {
            stream.add(attention.forward(norm1.forward(stream), segments));
            stream.add(mlp.forward(norm2.forward(stream)));
        }
    }

    /**
     * Takes the weights of a tower that {@link #config} describes; those of layers after the last that is needed are left.
     *
     * @param depth layers that are needed
     * @param normalised whether the last norm follows
     */
    PictureTower(JsonObject vision, int depth, boolean normalised, WeightSource weights) {
        boolean clip = isClip(vision);
        float eps = (float) vision.positiveDouble("layer_norm_eps");
        int patch = vision.positiveInt("patch_size");
        context = weights.context();
        hiddenSize = vision.positiveInt("hidden_size");
        places = patchesOf(vision) + (clip ? 1 : 0);
        var embeddings = weights.scope("embeddings");
        embeddings.ignore("position_ids");
        patches = PatchEmbedding.load(embeddings.scope("patch_embedding"), hiddenSize, !clip, vision.positiveInt("num_channels"), patch, patch);
        withClassToken = clip ? Optional.of(patches.withClassToken(embeddings.tensor("class_embedding", hiddenSize))) : Optional.empty();
        positions = PositionEmbedding.load(embeddings.scope("position_embedding"), places, hiddenSize);
        preNorm = clip ? Optional.of(LayerNorm.load(weights.scope("pre_layrnorm"), hiddenSize, eps)) : Optional.empty();
        var encoder = weights.scope("encoder").scope("layers");
        layers = encoder.list(depth, (i, layer) -> Layer.load(vision, eps, layer));
        IntStream.range(depth, vision.positiveInt("num_hidden_layers")).forEach(i -> encoder.ignoreScope(Integer.toString(i)));
        postNorm = normalised ? Optional.of(LayerNorm.load(weights.scope("post_layernorm"), hiddenSize, eps)) : Optional.empty();
        if (!normalised) {
            weights.ignoreScope("post_layernorm");
        }
        weights.ignoreScope("head");
    }

    /** {@code vision_config} with the defaults of its class, which published configurations leave out. */
    static JsonObject config(JsonObject vision) {
        return vision.withDefaults(isClip(vision) ? CLIP : SIGLIP);
    }

    /** Whether the tower has a class token. */
    static boolean isClip(JsonObject vision) {
        return switch (vision.text("model_type")) {
            case "clip_vision_model" -> true;
            case "siglip_vision_model" -> false;
            default -> throw vision.wrong("model_type", "clip_vision_model or siglip_vision_model");
        };
    }

    /** Patches of a picture. */
    static int patchesOf(JsonObject vision) {
        int side = vision.positiveInt("image_size") / vision.positiveInt("patch_size");
        return side * side;
    }

    /** Places of a picture: its patches, and the class token if there is one. */
    int places() {
        return places;
    }

    int hiddenSize() {
        return hiddenSize;
    }

    /**
     * Hidden states after some of the layers, side by side.
     *
     * @param pixels [pictures * patches, channels * patch * patch]
     * @param depths after how many layers
     * @param rows which of the {@code pictures * places} rows are kept
     * @return [rows, depths * H], which lasts for the step
     */
    Tensor forward(Tensor pixels, List<Integer> depths, int[] rows) {
        var stream = stream(pixels);
        var segments = segments(pixels);
        var kept = context.workspace().allocateForStep(DType.I32, rows.length).copyFrom(rows);
        var out = context.workspace().allocateForStep(context.activationType(), rows.length, (long) depths.size() * hiddenSize);
        for (int depth = 0; depth <= layers.size(); depth++) {
            if (depth > 0) {
                layers.get(depth - 1).forward(stream, segments);
            }
            for (int i = 0; i < depths.size(); i++) {
                if (depths.get(i) == depth) {
                    context.kernels().embedding().gatherRows(stream.value(context), kept, out.narrowCols((long) i * hiddenSize, hiddenSize));
                }
            }
        }
        return out;
    }

    /** The hidden states [pictures * places, H] after all layers and, if the tower has one, the last norm; in the workspace of the step. */
    Tensor forward(Tensor pixels) {
        var stream = stream(pixels);
        var segments = segments(pixels);
        layers.forEach(layer -> layer.forward(stream, segments));
        return postNorm.map(norm -> norm.forward(stream)).orElseGet(() -> stream.value(context));
    }

    /** How many pictures there are in some patches. */
    int pictures(Tensor pixels) {
        return Math.toIntExact(pixels.dim(0) / (places - (withClassToken.isPresent() ? 1 : 0)));
    }

    private Segments segments(Tensor pixels) {
        var bounds = IntStream.rangeClosed(0, pictures(pixels)).map(i -> i * places).toArray();
        return new Segments(context.workspace().allocateForStep(DType.I32, bounds.length).copyFrom(bounds), places);
    }

    private ResidualStream stream(Tensor pixels) {
        var embedded = withClassToken.map(embedding -> embedding.forward(pixels, pictures(pixels))).orElseGet(() -> patches.forward(pixels));
        var hidden = positions.forward(embedded);
        return ResidualStream.of(context.workspace(), preNorm.map(norm -> norm.forward(hidden)).orElse(hidden));
    }
}
