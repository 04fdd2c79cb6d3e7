package com.example;

import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.GenerationRequest;
import io.gatun.runtime.sampling.SamplingParams;
import java.nio.file.Path;
import java.util.List;

/** Runs LlamaWrapper on a Llama whose config.json names it under {@code architectures}; {@link LlamaWrapperProvider} makes it known. */
public final class Run {
    private static final List<String> PROMPTS = List.of(
            "Write a short, neutral self-introduction for a fictional character. Hello, my name is",
            "Provide a concise factual statement about France’s capital city. The capital of France is",
            "Explain possible future trends in artificial intelligence. The future of AI is");

    private Run() {
    }

    public static void main(String[] args) {
        var params = SamplingParams.builder().temperature(0.2).topK(5).build();
        try (var engine = Engine.load(Path.of(args[0]))) {
            var answers = PROMPTS.stream().map(prompt -> engine.generateAsync(GenerationRequest.of(prompt, params))).toList();
            for (int i = 0; i < PROMPTS.size(); i++) {
                System.out.println("\nPrompt: " + PROMPTS.get(i));
                System.out.println("Generated text: " + answers.get(i).join().getFirst().text());
            }
        }
    }
}
