package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.kernels.DeviceChoice;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.engine.GenerationRequest;
import io.gatun.runtime.multimodal.Media;
import io.gatun.runtime.multimodal.Picture;
import io.gatun.runtime.sampling.SamplingParams;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Pictures that never come again, far more than the caches hold. */
class ManyPicturesTest {
    private static final int PICTURES = 10_000;
    private static final int LOT = 250;
    private static final int SIDE = 56;
    /** An id is remembered for each of the last 65,536 pictures, in less than this. */
    private static final long BYTES_A_PICTURE = 250;
    private static final SamplingParams PARAMS = SamplingParams.builder().temperature(0).maxNewTokens(1).build();

    @Test
    void leaveNothingButTheirIds() {
        var options = EngineOptions.builder(VlmGolden.named("qwen2vl-untied-f32").folder()).device(DeviceChoice.CPU).contextLength(256)
                .maxTotalTokens(1024).chunkedPrefillSize(256).mmEmbeddingCacheBytes(1 << 18);
        var random = new Random(1);
        try (var engine = Engine.load(options.build())) {
            generate(engine, random, PICTURES / 2);
            long heap = heap();
            generate(engine, random, PICTURES / 2);
            assertThat(heap() - heap).isLessThan(BYTES_A_PICTURE * PICTURES / 2);
        }
    }

    private static void generate(Engine engine, Random random, int count) {
        for (int done = 0; done < count; done += LOT) {
            assertThat(engine.generateAll(IntStream.range(0, LOT).mapToObj(i -> request(random)).toList())).hasSize(LOT);
        }
    }

    private static GenerationRequest request(Random random) {
        var rgb = new byte[3 * SIDE * SIDE];
        random.nextBytes(rgb);
        return GenerationRequest.of("<|vision_start|><|image_pad|><|vision_end|> the", List.of(Media.of(new Picture(SIDE, SIDE, rgb))), PARAMS);
    }

    private static long heap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
