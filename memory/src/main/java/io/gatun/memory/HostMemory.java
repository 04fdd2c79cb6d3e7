package io.gatun.memory;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** How much memory the machine, or the container around this process, has. */
final class HostMemory {
    private static final Path MEMINFO = Path.of("/proc/meminfo");

    private HostMemory() {
    }

    static long totalBytes() {
        return system().getTotalMemorySize();
    }

    /** Bytes that can be had. Linux counts the page cache as used, which mapping a checkpoint fills; it gives that up when asked. */
    static long freeBytes() {
        return available(meminfo(), totalBytes()).orElseGet(() -> system().getFreeMemorySize());
    }

    /** {@code MemAvailable} in bytes, if the lines are about a machine of {@code totalBytes}: a container's limit is not among them. */
    static OptionalLong available(List<String> meminfo, long totalBytes) {
        return value(meminfo, "MemTotal:").orElse(0) == totalBytes ? value(meminfo, "MemAvailable:") : OptionalLong.empty();
    }

    private static OptionalLong value(List<String> meminfo, String key) {
        return meminfo.stream().filter(line -> line.startsWith(key)).mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10).findFirst();
    }

    private static List<String> meminfo() {
        try {
            return Files.exists(MEMINFO) ? Files.readAllLines(MEMINFO) : List.of();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static OperatingSystemMXBean system() {
        return (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    }
}
