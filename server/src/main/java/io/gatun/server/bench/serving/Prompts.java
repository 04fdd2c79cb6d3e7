package io.gatun.server.bench.serving;

import io.gatun.runtime.tokenizer.Tokenizer;
import io.gatun.server.UsageException;
import io.gatun.server.bench.Workload;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Makes the prompts of workloads that are generated as token ids.
 *
 * @param tokenizer spells the ids; without one they become common English words, most of which are one token everywhere
 * @param asIds whether ids are sent as they are
 */
record Prompts(Optional<Tokenizer> tokenizer, boolean asIds) {
    private static final List<String> WORDS = List.of(("the of and to in is you that it he was for on are as with his they at be this have from or one had by "
            + "word but not what all were we when your can said there use an each which she do how their if will up other about out many then them these so "
            + "some her would make like him into time has look two more write go see number no way could people my than first water been call who oil its "
            + "now find long down day did get come made may part").split(" "));

    Prompts {
        if (asIds && tokenizer.isEmpty()) {
            throw new UsageException("--tokenize-prompt needs the server's vocabulary; name a folder with its tokenizer.json by --tokenizer");
        }
    }

    /** Ids are drawn below this. */
    int vocabSize() {
        return tokenizer.map(Tokenizer::idBound).orElse(WORDS.size());
    }

    ServingRequest request(Workload.Item item, List<String> images) {
        if (asIds) {
            return new ServingRequest(new ServingRequest.Prompt.Ids(item.prompt()), item.prompt().length, item.outputLen(), images);
        }
        // Special tokens are left out, since servers may read them in a text as what they are.
        String text = tokenizer.map(found -> found.decode(item.prompt(), true))
                .orElseGet(() -> Arrays.stream(item.prompt()).mapToObj(WORDS::get).collect(Collectors.joining(" ")));
        return new ServingRequest(new ServingRequest.Prompt.Text(text), new TokenCounter(tokenizer).count(text), item.outputLen(), images);
    }
}
