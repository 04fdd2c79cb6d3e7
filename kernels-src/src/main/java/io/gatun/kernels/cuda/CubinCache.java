package io.gatun.kernels.cuda;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/**
 * Cubins on disk, one file each, named by the hash of everything that went into it. An entry is written to a temporary file and renamed, so that
 * processes may share the folder; one that does not hold what it claims counts as missing. A folder that cannot be written costs time, not the run.
 */
final class CubinCache {
    private static final int SCHEMA = 1;
    private static final byte[] MAGIC = ("GATUN" + SCHEMA + "\n").getBytes(StandardCharsets.US_ASCII);
    private static final int HASH_BYTES = 32;

    private final Path folder;

    CubinCache(Path folder) {
        this.folder = folder;
    }

    /** {@code gatun/cubins} in the user's cache folder. */
    static Path defaultFolder() {
        String xdg = System.getenv("XDG_CACHE_HOME");
        var base = xdg == null || xdg.isBlank() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(xdg);
        return base.resolve("gatun").resolve("cubins");
    }

    /** The name of an entry: a hash over source, headers, flags and compiler. */
    static String key(KernelSources.Source source, Iterable<String> options, String nvrtcVersion) {
        var digest = sha256();
        update(digest, "schema " + SCHEMA);
        update(digest, nvrtcVersion);
        options.forEach(option -> update(digest, option));
        update(digest, source.text());
        for (Map.Entry<String, String> header : source.headers().entrySet()) {
            update(digest, header.getKey());
            update(digest, header.getValue());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    Optional<byte[]> load(String key) {
        byte[] entry;
        try {
            entry = Files.readAllBytes(file(key));
        } catch (IOException e) {
            return Optional.empty();
        }
        int header = MAGIC.length + HASH_BYTES;
        if (entry.length <= header || !Arrays.equals(entry, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            return Optional.empty();
        }
        byte[] code = Arrays.copyOfRange(entry, header, entry.length);
        return Arrays.equals(entryHash(key, code), Arrays.copyOfRange(entry, MAGIC.length, header)) ? Optional.of(code) : Optional.empty();
    }

    void store(String key, byte[] code) {
        Path temporary = null;
        try {
            Files.createDirectories(folder);
            temporary = Files.createTempFile(folder, key, ".tmp");
            try (var channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                var entry = ByteBuffer.allocate(MAGIC.length + HASH_BYTES + code.length).put(MAGIC).put(entryHash(key, code)).put(code).flip();
                while (entry.hasRemaining()) {
                    channel.write(entry);
                }
                channel.force(false);
            }
            Files.move(temporary, file(key), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            System.getLogger(CubinCache.class.getName()).log(System.Logger.Level.DEBUG, "no entry written to " + folder, e);
            deleteQuietly(temporary);
        }
    }

    private Path file(String key) {
        return folder.resolve(key + ".cubin");
    }

    private static byte[] entryHash(String key, byte[] code) {
        var digest = sha256();
        update(digest, key);
        return digest.digest(code);
    }

    private static void update(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
        digest.update(bytes);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static void deleteQuietly(Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            System.getLogger(CubinCache.class.getName()).log(System.Logger.Level.DEBUG, "left behind " + file, e);
        }
    }
}
