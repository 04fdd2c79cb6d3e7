package io.gatun.server.nvrtc;

import io.gatun.bindings.Cuda;
import io.gatun.bindings.CudaVersion;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The versions of NVRTC that Gatun is tested with, as {@code org.bytedeco:cuda-redist} carries them. */
public enum NvrtcRelease {
    CUDA_12_9(new CudaVersion(12, 9), "12.9-9.10-1.5.12"),
    CUDA_13_1(new CudaVersion(13, 1), "13.1-9.19-1.5.13"),
    CUDA_13_3(new CudaVersion(13, 3), "13.3-9.25-1.5.14");

    private final CudaVersion version;
    private final String artifactVersion;

    NvrtcRelease(CudaVersion version, String artifactVersion) {
        this.version = version;
        this.artifactVersion = artifactVersion;
    }

    /**
     * The release of a CUDA version.
     *
     * @param version as {@code 12.9}
     * @throws NvrtcInstallException if there is none; the message lists them
     */
    public static NvrtcRelease of(String version) {
        return Arrays.stream(values()).filter(r -> r.version.toString().equals(version)).findFirst()
            .orElseThrow(() -> new NvrtcInstallException("no NVRTC '" + version + "': choose one of "
                + Arrays.stream(values()).map(r -> r.version.toString()).collect(Collectors.joining(", "))));
    }

    /** The release whose cubins this machine's driver loads; without a driver, what a current one loads. */
    public static NvrtcRelease forThisMachine() {
        return forDriver(Cuda.driverVersion().map(CudaVersion::major).orElse(Integer.MAX_VALUE));
    }

    /** Cubins load on every driver of their major version and on later ones, so the major version decides. */
    static NvrtcRelease forDriver(int major) {
        return major < CUDA_13_1.version.major() ? CUDA_12_9 : CUDA_13_1;
    }

    public CudaVersion version() {
        return version;
    }

    /** The jar's path below a Maven repository, for {@code linux-x86_64} or {@code linux-arm64}. */
    String path(String platform) {
        return "org/bytedeco/cuda-redist/" + artifactVersion + "/cuda-redist-" + artifactVersion + "-" + platform + ".jar";
    }
}
