package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.kernels.DeviceChoice;
import io.gatun.runtime.engine.EngineOptions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** On the CPU, which computes in fp32. */
class GenerationModelsTest extends GenerationSuite {

    @Override
    EngineOptions.Builder options(Golden golden) {
        return golden.options(DeviceChoice.CPU).maxTotalTokens(4096);
    }

    @Override
    double tolerance(Golden golden) {
        return 1e-3;
    }

    @Override
    double clearMargin(Golden golden) {
        return 0;
    }

    @Test
    void aNameThatIsNoModelsFails() {
        var goldens = List.of(Golden.named("llama-mha-f32"), Golden.named("sample-llama"));
        assertThat(only(goldens, Optional.of("sample-llama"))).extracting(Golden::name).containsExactly("sample-llama");
        assertThat(only(goldens, Optional.empty())).isEqualTo(goldens);
        assertThatThrownBy(() -> only(goldens, Optional.of("llama"))).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("ONLY_RUN is 'llama'; the models are llama-mha-f32, sample-llama");
    }
}
