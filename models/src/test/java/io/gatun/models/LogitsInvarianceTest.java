package io.gatun.models;

import io.gatun.kernels.DeviceChoice;
import io.gatun.runtime.model.ModelRunner;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** On the CPU bits never depend on the batch. */
class LogitsInvarianceTest {

    @ParameterizedTest
    @MethodSource("io.gatun.models.Golden#generating")
    void logitsHaveTheSameBitsByEveryWay(Golden golden) {
        try (var runner = ModelRunner.load(golden.options(DeviceChoice.CPU).build())) {
            LogitsInvariance.check(runner, Math.min(90, runner.contextLength()), 1);
        }
    }
}
