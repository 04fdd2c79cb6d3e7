package io.gatun.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.runtime.chat.ChatMedia;
import io.gatun.runtime.chat.ChatRequest;
import io.gatun.runtime.chat.ChatTemplateException;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.RequestException;
import io.gatun.runtime.multimodal.source.ImageSource;
import io.gatun.runtime.sampling.SamplingParams;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gatun chat}. */
@Command(name = "chat", mixinStandardHelpOptions = true,
        description = "Talk with a model through its chat template: one message, a file of messages, or line by line.",
        footer = {"", "Examples:", "  gatun chat \"Add 23 and 592.\"", "  gatun chat --system \"Be brief.\" --model-path ./llama    # a line a message, an empty one ends",
            "  gatun chat --model-path ./qwen2-vl --image cat.jpg \"What animal is this?\"", "  gatun chat --messages-file conversation.json --tools-file tools.json", "  gatun chat --show-prompt \"Hello\""})
final class ChatCommand implements Callable<Integer> {
    @Mixin
    private ModelOptions model;

    @Mixin
    private SamplingOptions sampling;

    @Parameters(arity = "0..1", paramLabel = "MESSAGE", description = "The user's message; without it each line of standard input is one.")
    private Optional<String> message = Optional.empty();

    @Option(names = "--image", paramLabel = "PATH", description = "A picture that the message is about; may be given several times.")
    private List<Path> images = List.of();

    @Option(names = "--system", paramLabel = "TEXT", description = "The system message.")
    private Optional<String> system = Optional.empty();

    @Option(names = "--messages-file", paramLabel = "FILE", description = "JSON array of messages to begin with.")
    private Optional<Path> messagesFile = Optional.empty();

    @Option(names = "--tools-file", paramLabel = "FILE", description = "JSON array of tools in OpenAI's form.")
    private Optional<Path> toolsFile = Optional.empty();

    @Option(names = "--show-prompt", description = "Print what the template makes of the conversation, and ask nothing.")
    private boolean showPrompt;

    @Override
    public Integer call() throws IOException {
        sampling.over(SamplingParams.builder().build());
        var messages = new ArrayList<Map<String, Object>>();
        system.ifPresent(text -> messages.add(message("system", text)));
        messages.addAll(read(messagesFile));
        if (!images.isEmpty() && message.isEmpty()) {
            throw new UsageException("--image needs a MESSAGE that asks about it");
        }
        message.ifPresent(text -> messages.add(images.isEmpty() ? message("user", text) : question(text)));
        var tools = read(toolsFile);
        try (var progress = new ProgressBar(); var engine = Engine.load(model.toEngineOptions(progress))) {
            progress.clear();
            if (message.isPresent() || messagesFile.isPresent()) {
                answer(engine, messages, tools);
            } else {
                converse(engine, messages, tools);
            }
        }
        return 0;
    }

    /** Answers each line of standard input, until an empty one or its end. */
    private void converse(Engine engine, List<Map<String, Object>> messages, List<Map<String, Object>> tools) throws IOException {
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        boolean terminal = System.console() != null && System.console().isTerminal();
        while (true) {
            if (terminal) {
                System.err.print("> ");
                System.err.flush();
            }
            var line = input.readLine();
            if (line == null || line.isBlank()) {
                return;
            }
            int before = messages.size();
            messages.add(message("user", line));
            try {
                messages.add(message("assistant", answer(engine, messages, tools)));
            } catch (RequestException | ChatTemplateException e) {
                System.err.println("gatun: " + e.getMessage());
                messages.subList(before, messages.size()).clear();
            }
        }
    }

    private String answer(Engine engine, List<Map<String, Object>> messages, List<Map<String, Object>> tools) {
        var conversation = ChatRequest.builder().messages(messages).tools(tools).build();
        if (showPrompt) {
            System.out.println(engine.chatTemplate().orElseThrow(() -> new UsageException("the model has no chat template")).render(conversation.withMessages(ChatMedia.of(messages).messages())));
            return "";
        }
        var text = new StringBuilder();
        try (var stream = engine.chatStream(conversation, sampling.over(engine.defaultSamplingParams()))) {
            stream.forEachRemaining(chunk -> {
                text.append(chunk.text());
                System.out.print(chunk.text());
                System.out.flush();
            });
        }
        System.out.println();
        return text.toString();
    }

    private Map<String, Object> question(String text) {
        var parts = new ArrayList<Object>();
        images.forEach(image -> parts.add(Map.of("type", "image", "image", new ImageSource.LocalFile(image))));
        parts.add(Map.of("type", "text", "text", text));
        return Map.of("role", "user", "content", parts);
    }

    private static Map<String, Object> message(String role, String content) {
        return Map.of("role", role, "content", content);
    }

    private static List<Map<String, Object>> read(Optional<Path> file) {
        if (file.isEmpty()) {
            return List.of();
        }
        try {
            return new ObjectMapper().readValue(Files.readString(file.get()), new TypeReference<List<Map<String, Object>>>() { });
        } catch (JsonProcessingException e) {
            throw new UsageException(file.get() + " must hold a JSON array of objects: " + e.getOriginalMessage());
        } catch (NoSuchFileException e) {
            throw new UsageException(file.get() + " does not exist");
        } catch (IOException e) {
            throw new UsageException(file.get() + " cannot be read: " + e.getMessage());
        }
    }
}
