package io.gatun.server.bench.serving;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.runtime.config.JsonErrors;
import io.gatun.server.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;

/**
 * The first exchanges of conversations in ShareGPT's form, an array of {@code {"conversations": [{"value": …}, …]}}. Those whose prompt or answer has fewer
 * than two tokens are left out, as in SGLang.
 *
 * @param file such as ShareGPT_V3_unfiltered_cleaned_split.json
 * @param outputLen tokens to ask for; empty for as many as the answer in the file has
 * @param contextLen conversations longer than this are left out
 */
record ShareGpt(Path file, OptionalInt outputLen, OptionalInt contextLen) {
    private static final int SHORTEST = 2;

    List<ServingRequest> requests(int count, TokenCounter counter, long seed) {
        var exchanges = exchanges();
        Collections.shuffle(exchanges, new Random(seed));
        var requests = new ArrayList<ServingRequest>();
        for (var exchange : exchanges) {
            if (requests.size() == count) {
                break;
            }
            request(exchange, counter).ifPresent(requests::add);
        }
        if (requests.isEmpty()) {
            throw new UsageException(file + " has no conversation of two turns whose prompt and answer have two tokens or more"
                    + (contextLen.isPresent() ? " and together at most " + contextLen.getAsInt() : ""));
        }
        return requests;
    }

    private Optional<ServingRequest> request(Exchange exchange, TokenCounter counter) {
        int prompt = counter.count(exchange.prompt());
        int output = outputLen.orElseGet(() -> counter.count(exchange.answer()));
        boolean fits = contextLen.isEmpty() || prompt + output <= contextLen.getAsInt();
        return prompt < SHORTEST || output < SHORTEST || !fits ? Optional.empty()
                : Optional.of(new ServingRequest(new ServingRequest.Prompt.Text(exchange.prompt()), prompt, output, List.of()));
    }

    private List<Exchange> exchanges() {
        try (var in = Files.newInputStream(file)) {
            var root = new ObjectMapper().readTree(in);
            if (!root.isArray()) {
                throw new UsageException(file + " must hold a JSON array of conversations");
            }
            var exchanges = new ArrayList<Exchange>();
            for (var conversation : root) {
                var turns = conversation.has("conversations") ? conversation.path("conversations") : conversation.path("conversation");
                if (turns.size() >= 2) {
                    exchanges.add(new Exchange(turns.get(0).path("value").asText(""), turns.get(1).path("value").asText("")));
                }
            }
            return exchanges;
        } catch (JsonProcessingException e) {
            throw new UsageException(file + " is " + JsonErrors.describe(e));
        } catch (NoSuchFileException e) {
            throw new UsageException("--dataset-path " + file + " does not exist");
        } catch (IOException e) {
            throw new UsageException(file + " cannot be read: " + e.getMessage());
        }
    }

    private record Exchange(String prompt, String answer) {
    }
}
