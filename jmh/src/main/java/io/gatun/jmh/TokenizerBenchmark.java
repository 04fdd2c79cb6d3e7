package io.gatun.jmh;

import io.gatun.runtime.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** A long text to token ids and back; by default all of the runtime's source. Run from the repository's root. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class TokenizerBenchmark {
    @Param({"models/samples/llama"})
    public String model;

    /** A file, or a folder whose files are put together. */
    @Param({"runtime/src/main/java"})
    public String text;

    private Tokenizer tokenizer;
    private String content;
    private int[] ids;

    @Setup(Level.Trial)
    public void read() throws IOException {
        tokenizer = Tokenizer.fromDirectory(Path.of(model));
        var all = new StringBuilder();
        try (var files = Files.walk(Path.of(text))) {
            for (var file : files.filter(Files::isRegularFile).sorted().toList()) {
                all.append(Files.readString(file));
            }
        }
        content = all.toString();
        ids = tokenizer.encode(content);
    }

    @Benchmark
    public int[] encode(Tokens tokens) {
        tokens.inputTokens += ids.length;
        return tokenizer.encode(content);
    }

    @Benchmark
    public String decode(Tokens tokens) {
        tokens.outputTokens += ids.length;
        return tokenizer.decode(ids, true);
    }

    /** Token by token, as streams do. */
    @Benchmark
    public void decodeStreaming(Tokens tokens, Blackhole blackhole) {
        tokens.outputTokens += ids.length;
        var decoder = tokenizer.streamingDecoder(true);
        for (int id : ids) {
            blackhole.consume(decoder.push(id));
        }
        blackhole.consume(decoder.flush());
    }
}
