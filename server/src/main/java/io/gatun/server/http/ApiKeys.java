package io.gatun.server.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Optional;

/** The keys that clients must have. They are compared by their hashes and in constant time, so that no answer tells how much of a guess was right. */
final class ApiKeys {
    private static final String SCHEME = "Bearer ";

    private final List<byte[]> hashes;

    ApiKeys(List<String> keys) {
        hashes = keys.stream().map(ApiKeys::hash).toList();
    }

    /**
     * Requires a key.
     *
     * @param authorization the header of that name
     * @throws ApiException if it has none of the keys
     */
    void require(Optional<String> authorization) {
        if (hashes.isEmpty()) {
            return;
        }
        byte[] given = hash(authorization.filter(text -> text.regionMatches(true, 0, SCHEME, 0, SCHEME.length()))
                .map(text -> text.substring(SCHEME.length()).strip()).orElse(""));
        boolean known = false;
        for (byte[] hash : hashes) {
            known |= MessageDigest.isEqual(hash, given);
        }
        if (!known) {
            throw ApiException.unauthorized();
        }
    }

    private static byte[] hash(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
