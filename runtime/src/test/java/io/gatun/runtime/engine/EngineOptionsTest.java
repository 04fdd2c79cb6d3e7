package io.gatun.runtime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.kernels.DeviceChoice;
import io.gatun.memory.DType;
import io.gatun.runtime.engine.EngineOptions.LoadFormat;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class EngineOptionsTest {

    @Test
    void theDefaultsAreSglangs() {
        var options = EngineOptions.builder(Path.of("m")).build();
        assertThat(options.device()).isEqualTo(DeviceChoice.AUTO);
        assertThat(options.loadFormat()).isEqualTo(LoadFormat.AUTO);
        assertThat(options.dtype()).isEmpty();
        assertThat(options.memFractionStatic()).isEmpty();
        assertThat(options.cudaGraphMaxBs()).isEqualTo(256);
        assertThat(options.chunkedPrefillSize()).isEqualTo(8192);
    }

    @Test
    void anOptionOutOfRangeIsNamedWithItsRange() {
        refused(b -> b.dtype(DType.I32), "dtype is int32; it must be float32, float16 or bfloat16");
        refused(b -> b.pageSize(24), "page size is 24; it must be a power of two from 1 to 128");
        refused(b -> b.pageSize(256), "page size is 256; it must be a power of two from 1 to 128");
        refused(b -> b.pageSize(0), "page size is 0; it must be a power of two from 1 to 128");
        refused(b -> b.memFractionStatic(0), "mem fraction is 0.0; it must lie between 0 and 1");
        refused(b -> b.memFractionStatic(Double.NaN), "mem fraction is NaN; it must lie between 0 and 1");
        refused(b -> b.maxTotalTokens(0), "max total tokens is 0; it must be at least 1");
        refused(b -> b.contextLength(-1), "context length is -1; it must be at least 1");
        refused(b -> b.chunkedPrefillSize(0), "chunked prefill size is 0; it must be 1 to 1048576");
        refused(b -> b.maxRunningRequests(0), "max running requests is 0; it must be 1 to 65536");
        refused(b -> b.maxRunningRequests(65537), "max running requests is 65537; it must be 1 to 65536");
        refused(b -> b.cudaGraphMaxBs(0), "CUDA graph max bs is 0; it must be 1 to 512");
        refused(b -> b.cudaGraphMaxBs(513), "CUDA graph max bs is 513; it must be 1 to 512");
        refused(b -> b.toolCallParser("qwen9"), "tool call parser is 'qwen9'; it must be 'none' or one of hermes, qwen25, qwen, "
                + "llama3, mistral, qwen3_coder, gpt-oss");
        refused(b -> b.reasoningParser("r2"), "reasoning parser is 'r2'; it must be 'none' or one of qwen3, deepseek-v3, interns1, qwen3-thinking, minimax, "
                + "deepseek-r1, step3, glm45, mistral, kimi, gpt-oss");
        refused(b -> b.chunkedPrefillSize(Integer.MAX_VALUE), "chunked prefill size is 2147483647; it must be 1 to 1048576");
    }

    private static void refused(UnaryOperator<EngineOptions.Builder> change, String message) {
        assertThatThrownBy(() -> change.apply(EngineOptions.builder(Path.of("m"))).build()).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }
}
