package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.gatun.runtime.multimodal.MediaSpan;
import io.gatun.runtime.multimodal.Modality;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Positions of prompts with pictures and videos against Transformers' get_rope_index. */
class Qwen2VlPositionsTest {

    @Test
    void placesTokensAsTransformers() {
        var goldens = PictureGoldens.of("rope");
        assertThat(goldens).hasSizeGreaterThan(20);
        for (var golden : goldens) {
            boolean newer = golden.get("newer").asBoolean();
            int length = golden.get("length").asInt();
            var positions = new Qwen2VlPositions(2, newer ? golden.get("tokens_per_second").asInt() : 0).of(length, spans(golden.get("spans")));
            for (int axis = 0; axis < 3; axis++) {
                assertThat(positions.axes()[axis]).as("axis %s of %s", axis, golden).isEqualTo(PictureGoldens.ints(golden.get("axes").get(axis)));
            }
            assertThat(positions.delta()).as("delta of %s", golden).isEqualTo(golden.get("delta").asInt());
            assertThat(positions.at(1, length)).isEqualTo(length + golden.get("delta").asInt());
        }
    }

    private static List<MediaSpan> spans(JsonNode json) {
        var spans = new ArrayList<MediaSpan>();
        for (var span : json) {
            int[] grid = PictureGoldens.ints(span.get("grid"));
            boolean video = span.get("video").asBoolean();
            if (video) {
                grid = Arrays.copyOf(grid, 4);
                grid[3] = Float.floatToRawIntBits((float) (2 / span.get("fps").asDouble()));
            }
            spans.add(new MediaSpan(span.get("start").asInt(), span.get("length").asInt(), video ? Modality.VIDEO : Modality.IMAGE, grid));
        }
        return spans;
    }
}
