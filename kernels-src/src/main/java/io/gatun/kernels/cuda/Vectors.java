package io.gatun.kernels.cuda;

import io.gatun.memory.Tensor;

/** How wide a kernel may move the elements of tensors. */
final class Vectors {
    private static final int BYTES = 16;

    private Vectors() {
    }

    /**
     * Elements that fit 16 bytes in the widest dtype among {@code tensors}, or 1 where {@code length}, an address or a row stride is no multiple
     * of them.
     */
    static int width(long length, Tensor... tensors) {
        int width = BYTES;
        for (var tensor : tensors) {
            width = Math.min(width, BYTES / tensor.dtype().bytes());
        }
        boolean divides = length % width == 0;
        for (var tensor : tensors) {
            divides &= tensor.rowStride() % width == 0 && tensor.address() % (width * tensor.dtype().bytes()) == 0;
        }
        return divides ? width : 1;
    }

    /** For a kernel that knows no other way than 16 bytes at once. */
    static void requireAligned(String operation, String name, Tensor tensor) {
        if (tensor.rowStride() * tensor.dtype().bytes() % BYTES != 0 || tensor.address() % BYTES != 0) {
            throw new IllegalArgumentException(operation + ": " + name + " is " + tensor + " with rows " + tensor.rowStride()
                    + " elements apart but each row must begin at a multiple of " + BYTES + " bytes");
        }
    }
}
