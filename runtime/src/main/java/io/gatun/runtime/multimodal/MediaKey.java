package io.gatun.runtime.multimodal;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.stream.LongStream;

/**
 * What a picture's numbers are known by: 128 bits of SHA-256, so that nobody can make a picture that passes for another's.
 *
 * @param high the first half
 * @param low the second half
 */
public record MediaKey(long high, long low) {
    private static final long PART_BYTES = 1 << 20;

    /**
     * The key of numbers and of what gives them their meaning.
     *
     * @param content the numbers as the tower gets them
     * @param shape modality, columns and grid: equal numbers in another arrangement are another picture
     */
    public static MediaKey of(MemorySegment content, int... shape) {
        var parts = LongStream.range(0, Math.ceilDiv(content.byteSize(), PART_BYTES)).parallel().mapToObj(part -> digest(content, part * PART_BYTES)).toList();
        var whole = sha256();
        var sizes = ByteBuffer.allocate(Long.BYTES + shape.length * Integer.BYTES).putLong(content.byteSize());
        for (int value : shape) {
            sizes.putInt(value);
        }
        whole.update(sizes.flip());
        parts.forEach(whole::update);
        var digest = ByteBuffer.wrap(whole.digest());
        return new MediaKey(digest.getLong(), digest.getLong());
    }

    private static byte[] digest(MemorySegment content, long from) {
        byte[] bytes = new byte[(int) Math.min(PART_BYTES, content.byteSize() - from)];
        MemorySegment.ofArray(bytes).copyFrom(content.asSlice(from, bytes.length));
        return sha256().digest(bytes);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
