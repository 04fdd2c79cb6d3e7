package io.gatun.memory;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Element types of tensors, with the names that checkpoints give them. */
public enum DType {
    F32(4, "float32"),
    F16(2, "float16"),
    BF16(2, "bfloat16"),
    I32(4, "int32"),
    I64(8, "int64"),
    U8(1, "uint8");

    private final int bytes;
    private final String torchName;

    DType(int bytes, String torchName) {
        this.bytes = bytes;
        this.torchName = torchName;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }

    /** The name in config.json and on the command line, such as {@code bfloat16}. */
    public String torchName() {
        return torchName;
    }

    /** The type name in the CUDA sources, such as {@code bf16}. */
    public String cudaName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether this is one of the three floating-point types that a model computes in. */
    public boolean isFloat() {
        return this == F32 || this == F16 || this == BF16;
    }

    /**
     * The type called {@code name} in PyTorch ({@code bfloat16}, {@code torch.float16}) or, shortened, {@code half}, {@code float}.
     *
     * @throws IllegalArgumentException if there is no such type; the message lists the known ones
     */
    public static DType ofTorchName(String name) {
        return findTorchName(name).orElseThrow(() -> new IllegalArgumentException("unknown dtype '" + name + "'; known are "
                + Arrays.stream(values()).map(DType::torchName).collect(Collectors.joining(", "))));
    }

    /** As {@link #ofTorchName}, empty if there is no such type. */
    public static Optional<DType> findTorchName(String name) {
        var plain = name.startsWith("torch.") ? name.substring("torch.".length()) : name;
        return switch (plain) {
            case "half" -> Optional.of(F16);
            case "float" -> Optional.of(F32);
            default -> Arrays.stream(values()).filter(t -> t.torchName.equals(plain)).findFirst();
        };
    }

    /** {@code value} as this floating-point type can hold it. */
    public float round(float value) {
        return switch (this) {
            case F16 -> Float.float16ToFloat(Float.floatToFloat16(value));
            case BF16 -> bf16ToFloat(floatToBf16(value));
            default -> value;
        };
    }

    /** The value of a bfloat16 given by its bits. */
    public static float bf16ToFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** The bits of the bfloat16 nearest to {@code value}, ties to even; NaN stays NaN. */
    public static short floatToBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }
}
