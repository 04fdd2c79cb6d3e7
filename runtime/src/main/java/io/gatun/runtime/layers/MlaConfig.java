package io.gatun.runtime.layers;

import io.gatun.runtime.cache.KvPool.LayerShape;
import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.config.ModelConfig;

/**
 * The sizes of multi-head latent attention, under the names of DeepSeek's configuration.
 *
 * @param qLoraRank the size that queries are compressed to; 0 where they are not
 * @param interleaved whether the checkpoint pairs element 2i of a rotated part with 2i + 1, not with the one half a part further
 * @param bias whether the compressing projections and that of the output have biases
 * @param scale what scores are multiplied with
 */
public record MlaConfig(int hiddenSize, int heads, int qLoraRank, int kvLoraRank, int qkNopeHeadDim, int qkRopeHeadDim, int vHeadDim, boolean interleaved,
        boolean bias, float scale) {

    /**
     * Reads what the configuration of a DeepSeek-V2 or V3 says.
     *
     * @throws ConfigException naming the field that is missing or wrong
     */
    public static MlaConfig of(ModelConfig config) {
        var json = config.json();
        int nope = json.positiveInt("qk_nope_head_dim");
        int rope = json.positiveInt("qk_rope_head_dim");
        return new MlaConfig(config.hiddenSize(), config.numAttentionHeads(), json.has("q_lora_rank") ? json.positiveInt("q_lora_rank") : 0,
                json.positiveInt("kv_lora_rank"), nope, rope, json.positiveInt("v_head_dim"), json.booleanValue("rope_interleave", true),
                config.attentionBias(), (float) (mscale(config) / Math.sqrt(nope + rope)));
    }

    /** What the cache keeps of a token in one layer: a latent with the rotated key behind it. */
    public LayerShape layerShape() {
        return new LayerShape(1, kvLoraRank + qkRopeHeadDim, 0);
    }

    /** YaRN's share of the scale: its temperature, on queries and on keys. */
    private static double mscale(ModelConfig config) {
        var rope = config.json().object("rope_parameters").or(() -> config.json().object("rope_scaling"));
        if (rope.isEmpty() || rope.get().text(rope.get().has("rope_type") ? "rope_type" : "type", "default").equals("default")) {
            return 1;
        }
        double allDim = rope.get().doubleValue("mscale_all_dim", 0);
        double factor = rope.get().doubleValue("factor", 1);
        double mscale = allDim == 0 || factor <= 1 ? 1 : 0.1 * allDim * Math.log(factor) + 1;
        return mscale * mscale;
    }
}
