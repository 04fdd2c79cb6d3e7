package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gatun.runtime.model.ModelRegistry;
import io.gatun.runtime.multimodal.MediaFeature;
import io.gatun.runtime.multimodal.MultimodalFactory;
import io.gatun.runtime.multimodal.MultimodalProcessor;
import io.gatun.runtime.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pictures and prompts of the goldens through the processors, against those of Hugging Face. */
class VlmPicturesTest {
    /** The processors agree to less than a step of a pixel's byte; this is rounding in fp32. */
    private static final float TOLERANCE = 1e-5f;

    @ParameterizedTest
    @MethodSource("io.gatun.models.VlmGolden#all")
    void pixelsGridsAndIdsMatch(VlmGolden golden) {
        var config = ModelRegistry.config(golden.folder());
        var processor = ((MultimodalFactory) ModelRegistry.find(config.json()).factory()).processor().apply(config, golden.folder());
        var tokenizer = Tokenizer.fromDirectory(golden.folder());
        for (var prompt : golden.prompts()) {
            var features = processor.process(prompt.inputs());
            assertThat(features).hasSameSizeAs(prompt.pictures());
            for (int i = 0; i < features.size(); i++) {
                requireSame(features.get(i), prompt.pictures().get(i));
            }
            assertThat(tokenizer.encode(expanded(prompt.text(), features, processor))).as(prompt.text()).containsExactly(prompt.inputIds());
        }
    }

    private static void requireSame(MediaFeature actual, VlmGolden.Features expected) {
        assertThat(actual.modality()).isEqualTo(expected.modality());
        int known = actual.grid().length == 4 ? 3 : actual.grid().length; // a video's fourth number says how long a patch lasts
        assertThat(actual.grid()).startsWith(Arrays.copyOf(expected.grid(), known));
        assertThat(actual.tokens()).isEqualTo(expected.tokens());
        assertThat(actual.rows()).isEqualTo(expected.rows());
        assertThat(actual.cols()).isEqualTo(expected.cols());
        for (int i = 0; i < expected.pixelSample().length; i++) {
            assertThat(actual.pixels()[i * expected.pixelEvery()]).as("number %d", i * expected.pixelEvery())
                    .isCloseTo(expected.pixelSample()[i], within(TOLERANCE));
        }
    }

    /** The text with each placeholder, in order, replaced by what stands for its picture. */
    private static String expanded(String text, List<MediaFeature> features, MultimodalProcessor processor) {
        var out = new StringBuilder();
        int from = 0;
        for (var feature : features) {
            String placeholder = processor.placeholder(feature.modality()).orElseThrow();
            int at = text.indexOf(placeholder, from);
            out.append(text, from, at).append(processor.expansion(feature));
            from = at + placeholder.length();
        }
        return out.append(text.substring(from)).toString();
    }
}
