package io.gatun.server.eval;

/**
 * A question and, for an example, its answer.
 *
 * @param asked the question as a message of a chat
 * @param text the question as plain text, up to where the answer begins
 * @param answer the answer that examples show; for a question that is put, the right one
 */
record Exchange(String asked, String text, String answer) {
}
