package io.gatun.server.eval;

import io.gatun.runtime.chat.ChatRequest;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A question of an evaluation, with the examples that go before it.
 *
 * @param subject what results are gathered by
 * @param header what the prompt begins with; may be empty
 * @param shots the examples
 * @param put the question itself
 * @param choices the texts of which the likeliest is the answer; empty where the answer is generated
 * @param label the right answer, as grades give answers
 */
record Question(String subject, String header, List<Exchange> shots, Exchange put, List<String> choices, String label) {

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
        return chat.user(lead + put.asked()).build();
    }
}
