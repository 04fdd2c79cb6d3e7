package io.gatun.models;

import io.gatun.memory.Tensor;
import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.layers.Mlp;
import io.gatun.runtime.weights.WeightSource;
import java.util.List;
import java.util.stream.IntStream;

/** What LLaVA 1.5, NeXT and OneVision share: a tower, whose hidden states after one layer or several are taken, and a projector. */
final class LlavaVision {
    private static final String LAYERS = "vision_feature_layer";
    private static final String STRATEGY = "vision_feature_select_strategy";

    private final PictureTower tower;
    private final List<Integer> depths;
    private final boolean dropsFirst;
    private final Mlp projector;

    /**
     * Takes the weights of {@code vision_tower} and {@code multi_modal_projector}.
     *
     * @param config with values for {@code vision_feature_layer}, {@code vision_feature_select_strategy} and {@code projector_hidden_act}
     */
    LlavaVision(ModelConfig config, WeightSource weights) {
        var json = config.json();
        var vision = PictureTower.config(VisionLanguageModel.vision(config));
        depths = depths(json, vision.positiveInt("num_hidden_layers"));
        dropsFirst = switch (json.text(STRATEGY)) {
            case "default" -> true;
            case "full" -> false;
            default -> throw json.wrong(STRATEGY, "default or full");
        };
        tower = new PictureTower(vision, depths.stream().mapToInt(i -> i).max().orElseThrow(), false, VlmScopes.tower(weights));
        long features = (long) depths.size() * tower.hiddenSize();
        projector = Mlp.load(VlmScopes.projector(weights, "linear_1.weight"), new String[] {"linear_1", "linear_2"},
                new long[] {features, config.hiddenSize(), config.hiddenSize()},
                ModelConfig.activation(json, "projector_hidden_act"),
                json.booleanValue("multimodal_projector_bias", true));
    }

    /** After how many layers: a negative number counts from the end, so that -1 is all of them. */
    private static List<Integer> depths(JsonObject json, int layers) {
        var given = json.ints(LAYERS);
        if (given.isEmpty() || given.stream().anyMatch(i -> i < -layers - 1 || i > layers)) {
            throw json.wrong(LAYERS, "one or several numbers from " + (-layers - 1) + " to " + layers + ", as the tower has " + layers + " layers");
        }
        return given.stream().map(i -> i < 0 ? layers + 1 + i : i).toList();
    }

    /**
     * Patches to embeddings.
     *
     * @param pixels [pictures * patches, channels * patch * patch]
     * @return [pictures * features, hiddenSize], in the workspace of the step
     */
    Tensor forward(Tensor pixels) {
        int places = tower.places();
        var rows = IntStream.range(0, tower.pictures(pixels) * places).filter(row -> !dropsFirst || row % places != 0).toArray();
        return projector.forward(tower.forward(pixels, depths, rows));
    }
}
