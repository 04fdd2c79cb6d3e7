package io.gatun.server.eval;

/** A piece of a question that has pictures. */
sealed interface Part {

    /** Words between pictures, spaces and line breaks included. */
    record Text(String text) implements Part {
    }

    /**
     * A picture.
     *
     * @param bytes the file as the dataset holds it: PNG, JPEG, …
     * @param name what errors call it
     */
    record Image(byte[] bytes, String name) implements Part {
    }
}
