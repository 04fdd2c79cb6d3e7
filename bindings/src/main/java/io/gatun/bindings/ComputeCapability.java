package io.gatun.bindings;

/** A device's compute capability: 8.0 for A100, 9.0 for H100 and H200, 10.0 for B200. */
public record ComputeCapability(int major, int minor) implements Comparable<ComputeCapability> {

    /**
     * NVRTC's {@code --gpu-architecture} for this device, {@code sm_80} or {@code sm_90a}: from Hopper on with the features of this one
     * architecture ({@code a}), without which wgmma and tcgen05 are refused.
     */
    public String architecture() {
        return "sm_" + number() + (major >= 9 ? "a" : "");
    }

    /** 10 · major + minor, as NVRTC lists architectures. */
    int number() {
        return 10 * major + minor;
    }

    @Override
    public int compareTo(ComputeCapability other) {
        return Integer.compare(number(), other.number());
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}
