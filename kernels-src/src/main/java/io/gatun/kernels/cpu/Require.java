package io.gatun.kernels.cpu;

import io.gatun.memory.DType;
import io.gatun.memory.Tensor;

/** What operations take for granted, checked where a mistake would otherwise give wrong numbers. Failing costs time, passing does not. */
final class Require {
    private Require() {
    }

    static void cols(String operation, String name, Tensor tensor, long cols) {
        if (tensor.shape().rank() == 0 || tensor.dim(-1) != cols) {
            throw new IllegalArgumentException(operation + ": " + name + " is " + tensor + " but must have " + cols + " columns");
        }
    }

    static void rows(String operation, String name, Tensor tensor, int rows) {
        if (tensor.rows() != rows) {
            throw new IllegalArgumentException(operation + ": " + name + " is " + tensor + " but must have " + rows + " rows");
        }
    }

    /** An i32 vector of at least {@code count} elements. */
    static void indices(String operation, String name, Tensor tensor, int count) {
        if (tensor.dtype() != DType.I32 || tensor.elements() < count) {
            throw new IllegalArgumentException(operation + ": " + name + " is " + tensor + " but must be i32 with " + count + " elements");
        }
    }

    static void floats(String operation, String name, Tensor tensor) {
        if (!tensor.dtype().isFloat()) {
            throw new IllegalArgumentException(operation + ": " + name + " is " + tensor + " but must be f32, f16 or bf16");
        }
    }

    /** An f32 tensor of {@code count} elements. */
    static void floats(String operation, String name, Tensor tensor, long count) {
        if (tensor.dtype() != DType.F32 || tensor.elements() != count) {
            throw new IllegalArgumentException(operation + ": " + name + " is " + tensor + " but must be f32 with " + count + " elements");
        }
    }

    static void sameType(String operation, String name, Tensor tensor, Tensor other) {
        if (tensor.dtype() != other.dtype()) {
            throw new IllegalArgumentException(operation + ": " + name + " is " + tensor + " but must have the dtype of " + other);
        }
    }

    static void contiguous(String operation, String name, Tensor tensor) {
        if (!tensor.isContiguous()) {
            throw new IllegalArgumentException(operation + ": " + name + " is " + tensor + " with gaps between rows but must have none");
        }
    }

    static int index(String operation, String name, int value, long limit) {
        if (value < 0 || value >= limit) {
            throw new IllegalArgumentException(operation + ": " + name + " " + value + " is not in [0, " + limit + ")");
        }
        return value;
    }
}
