package io.gatun.bindings;

/** A CUDA version, of a driver or of NVRTC. */
public record CudaVersion(int major, int minor) implements Comparable<CudaVersion> {

    /** Reads {@code cuDriverGetVersion}'s number, 1000 · major + 10 · minor. */
    static CudaVersion ofDriver(int number) {
        return new CudaVersion(number / 1000, number % 1000 / 10);
    }

    @Override
    public int compareTo(CudaVersion other) {
        return major != other.major ? Integer.compare(major, other.major) : Integer.compare(minor, other.minor);
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}
