package io.gatun.runtime.chat.answer;

/** The arguments of a call whose name stands before them. */
final class JsonArguments implements CallScan {
    private final CallSink sink;
    private final JsonScanner scanner = new JsonScanner();

    JsonArguments(CallSink sink) {
        this.sink = sink;
    }

    @Override
    public Step push(char c) {
        if (!scanner.push(c)) {
            return Step.BROKEN;
        }
        sink.arguments(c);
        return scanner.isEnd() ? Step.DONE : Step.MORE;
    }

    @Override
    public void abandon() {
    }

    @Override
    public boolean isContent() {
        return false;
    }
}
