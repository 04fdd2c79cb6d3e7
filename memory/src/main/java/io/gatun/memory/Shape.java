package io.gatun.memory;

import java.util.Arrays;

/** The dimensions of a tensor, outermost first. Immutable. */
public final class Shape {
    private final long[] dims;
    private final long elements;

    private Shape(long[] dims) {
        this.dims = dims;
        long product = 1;
        for (long dim : dims) {
            product = Math.multiplyExact(product, dim);
        }
        this.elements = product;
    }

    /**
     * The shape with these dimensions.
     *
     * @throws IllegalArgumentException if a dimension is negative, or there are more elements than a long counts
     */
    public static Shape of(long... dims) {
        for (long dim : dims) {
            if (dim < 0) {
                throw new IllegalArgumentException("shape " + Arrays.toString(dims) + " has a negative dimension");
            }
        }
        try {
            return new Shape(dims.clone());
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("shape " + Arrays.toString(dims) + " has more than 2^63 - 1 elements", e);
        }
    }

    /** The number of dimensions. */
    public int rank() {
        return dims.length;
    }

    /** Dimension {@code i}; a negative {@code i} counts from the end. */
    public long dim(int i) {
        return dims[i < 0 ? dims.length + i : i];
    }

    /** The product of all dimensions, 1 for a scalar. */
    public long elements() {
        return elements;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    /** As in Python: {@code [2, 3]}. */
    @Override
    public String toString() {
        return Arrays.toString(dims);
    }
}
