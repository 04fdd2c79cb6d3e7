package io.gatun.kernels;

/** Which kind of device to run on. */
public enum DeviceChoice {
    /** The first GPU if it can be used, else the CPU. */
    AUTO,
    CPU,
    /** The first GPU; an error that says why if it cannot be used. */
    CUDA
}
