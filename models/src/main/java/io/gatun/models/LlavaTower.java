package io.gatun.models;

import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.Picture;

/**
 * What LLaVA's processors must know of the tower.
 *
 * @param imageSize sides of its pictures in pixels
 * @param patch sides of a patch in pixels
 * @param features embeddings that are made of one picture
 */
record LlavaTower(int imageSize, int patch, int features) {

    /**
     * Reads {@code vision_config} and {@code vision_feature_select_strategy}.
     *
     * @param strategy the family's own strategy, for a configuration that names none
     */
    static LlavaTower of(ModelConfig config, String strategy) {
        var json = config.json();
        var tower = json.object("vision_config").orElseThrow(() -> new ConfigException(json.source() + " lacks 'vision_config', which is needed"));
        int imageSize = tower.positiveInt("image_size");
        int patch = tower.positiveInt("patch_size");
        int side = imageSize / patch;
        return new LlavaTower(imageSize, patch, side * side + (hasClassToken(tower) ? 1 : 0) - (dropsFirst(json, strategy) ? 1 : 0));
    }

    private static boolean hasClassToken(JsonObject tower) {
        return switch (tower.text("model_type")) {
            case "clip_vision_model" -> true;
            case "siglip_vision_model" -> false;
            default -> throw tower.wrong("model_type", "clip_vision_model or siglip_vision_model");
        };
    }

    private static boolean dropsFirst(JsonObject json, String strategy) {
        String key = "vision_feature_select_strategy";
        return switch (json.text(key, strategy)) {
            case "default" -> true;
            case "full" -> false;
            default -> throw json.wrong(key, "default or full");
        };
    }

    /** Patches along a side. */
    int side() {
        return imageSize / patch;
    }

    /** The same, if it leaves one feature a patch, without which features make no map. */
    LlavaTower forTiles(ModelConfig config) {
        if (features != side() * side()) {
            throw config.json().wrong("vision_feature_select_strategy", "one that leaves " + side() * side() + " features a tile, not " + features
                    + ": default for a tower with a class token, else full");
        }
        return this;
    }

    /** The same picture, if the tower takes it. */
    Picture checked(Picture picture) {
        if (picture.width() != imageSize || picture.height() != imageSize) {
            throw new MediaException("a picture of " + picture.width() + " x " + picture.height() + " pixels after processing; the model takes " + imageSize
                    + " x " + imageSize + ", which size and crop_size of its processor must lead to");
        }
        return picture;
    }
}
