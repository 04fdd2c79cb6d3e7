package io.gatun.kernels.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** The CUDA C sources, read from the jar, each with the headers it includes. */
final class KernelSources {
    private static final Pattern INCLUDE = Pattern.compile("^\\s*#include\\s+\"([^\"]+)\"", Pattern.MULTILINE);

    /** A source with every header that it needs, by name. */
    record Source(String file, String text, Map<String, String> headers) {
    }

    private KernelSources() {
    }

    static Source read(String name) {
        String file = name + ".cu";
        String text = resource(file);
        var headers = new LinkedHashMap<String, String>();
        collect(text, headers);
        return new Source(file, text, headers);
    }

    private static void collect(String text, Map<String, String> headers) {
        var includes = INCLUDE.matcher(text);
        while (includes.find()) {
            String header = includes.group(1);
            if (!headers.containsKey(header)) {
                String body = resource(header);
                headers.put(header, body);
                collect(body, headers);
            }
        }
    }

    private static String resource(String file) {
        try (var in = KernelSources.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalArgumentException("there is no CUDA source " + file + " among Gatun's resources");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
