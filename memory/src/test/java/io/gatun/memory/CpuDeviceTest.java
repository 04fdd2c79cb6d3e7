package io.gatun.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CpuDeviceTest {
    private static final List<String> MEMINFO = List.of("MemTotal:        1000 kB", "MemFree:           10 kB", "MemAvailable:     800 kB");

    @Test
    void theMachineHasMemoryOfWhichSomeIsFree() {
        var device = new CpuDevice();
        assertThat(device.freeBytes()).isPositive().isLessThanOrEqualTo(device.totalBytes());
    }

    @Test
    void thePageCacheCountsAsFree() {
        assertThat(HostMemory.available(MEMINFO, 1000 << 10)).hasValue(800 << 10);
    }

    @Test
    void theMachinesFiguresAreNotTakenForAContainersOrWhereThereAreNone() {
        assertThat(HostMemory.available(MEMINFO, 500 << 10)).isEmpty();
        assertThat(HostMemory.available(List.of(), 500 << 10)).isEmpty();
    }
}
