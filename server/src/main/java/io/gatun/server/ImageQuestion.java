package io.gatun.server;

import io.gatun.runtime.chat.ChatRequest;
import io.gatun.runtime.chat.ChatTemplate;
import io.gatun.runtime.model.ModelRunner;
import io.gatun.runtime.multimodal.Modality;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What is asked of a picture that comes without words: SGLang's question, as the model's chat template puts it.
 *
 * @param text with the model's placeholder
 * @param templated whether the template wrote it, with a begin of sequence where the model wants one
 */
record ImageQuestion(String text, boolean templated) {
    private static final String QUESTION = "Describe this image.";

    /** The question for a model. */
    static ImageQuestion of(ModelRunner runner, Path modelPath) {
        String placeholder = runner.processor().flatMap(processor -> processor.placeholder(Modality.IMAGE))
                .orElseThrow(() -> new UsageException(runner.config().architecture() + " takes no pictures"));
        var message = Map.<String, Object>of("role", "user", "content", List.of(Map.of("type", "image"), Map.of("type", "text", "text", QUESTION)));
        return ChatTemplate.fromDirectory(modelPath).map(template -> template.render(ChatRequest.builder().message(message).build()))
                .filter(text -> text.contains(placeholder)).map(text -> new ImageQuestion(text, true))
                .orElse(new ImageQuestion(placeholder + "\n" + QUESTION, false));
    }
}
