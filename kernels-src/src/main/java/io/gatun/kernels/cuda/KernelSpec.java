package io.gatun.kernels.cuda;

import io.gatun.memory.DType;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A kernel specialised by compile-time constants.
 *
 * @param source the file in {@code src/main/cuda} without {@code .cu}
 * @param entry the name of the kernel in it
 * @param constants macros with their values
 */
record KernelSpec(String source, String entry, SortedMap<String, String> constants) {

    static KernelSpec of(String source, String entry) {
        return new KernelSpec(source, entry, new TreeMap<>());
    }

    KernelSpec with(String name, Object value) {
        var more = new TreeMap<>(constants);
        more.put(name, value instanceof DType type ? type.cudaName() : String.valueOf(value));
        return new KernelSpec(source, entry, more);
    }

    /** The unit that is compiled: several kernels of one file may share it. */
    String unit() {
        return constants.entrySet().stream().map(c -> " " + c.getKey() + "=" + c.getValue()).collect(Collectors.joining("", source + ".cu", ""));
    }

    @Override
    public String toString() {
        return entry + " (" + unit() + ")";
    }
}
