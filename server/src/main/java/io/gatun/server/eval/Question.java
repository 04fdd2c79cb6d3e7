package io.gatun.server.eval;

import io.gatun.runtime.chat.ChatRequest;
import io.gatun.runtime.multimodal.source.ImageSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A question of an evaluation, with the examples that go before it.
 *
 * @param subject what results are gathered by
 * @param header what the prompt begins with; may be empty
 * @param shots the examples
 * @param put the question itself
 * @param parts the question itself where it has pictures; else empty
 * @param choices the texts of which the likeliest is the answer; empty where the answer is generated
 * @param options what the letters stand for by which a generated answer may choose; empty where it is free
 * @param label the right answer, as grades give answers
 */
record Question(String subject, String header, List<Exchange> shots, Exchange put, List<Part> parts, List<String> choices, List<String> options, String label) {

    /** A question of words alone. */
    Question(String subject, String header, List<Exchange> shots, Exchange put, List<String> choices, String label) {
        this(subject, header, shots, put, List.of(), choices, List.of(), label);
    }

    /** A question with pictures, put as it is. */
    static Question ofParts(String subject, List<Part> parts, List<String> options, String label) {
        String text = parts.stream().map(part -> part instanceof Part.Text words ? words.text() : "").collect(Collectors.joining());
        return new Question(subject, "", List.of(), new Exchange(text, text, label), parts, List.of(), options, label);
    }

    /** The first {@code numShots} examples and the question as plain text. */
    String text(int numShots) {
        return header + shots.stream().limit(numShots).map(shot -> shot.text() + " " + shot.answer() + "\n\n").collect(Collectors.joining()) + put.text();
    }

    /** The same as a chat: examples are earlier turns, and the header begins the first message. */
    ChatRequest chat(int numShots) {
        var chat = ChatRequest.builder();
        String lead = header;
        for (var shot : shots.subList(0, numShots)) {
            chat.user(lead + shot.asked()).assistant(shot.answer());
            lead = "";
        }
        return (parts.isEmpty() ? chat.user(lead + put.asked()) : chat.message(Map.of("role", "user", "content", content()))).build();
    }

    /** Texts and pictures as templates take them. */
    private List<Map<String, Object>> content() {
        return parts.stream().map(part -> switch (part) {
            case Part.Text words -> Map.<String, Object>of("type", "text", "text", words.text());
            case Part.Image picture -> Map.of("type", "image", "image", new ImageSource.Bytes(picture.bytes()));
        }).toList();
    }

    /** The pictures, in order. */
    List<Part.Image> pictures() {
        return parts.stream().filter(Part.Image.class::isInstance).map(Part.Image.class::cast).toList();
    }
}
