package io.gatun.runtime.multimodal;

/**
 * Positions on three axes: time, height, width (Qwen2-VL's M-RoPE).
 *
 * @param axes three arrays, each with the position of every token of the prompt
 * @param delta what is added to the place of a token after the prompt, the same on all axes
 */
public record MropePositions(int[][] axes, int delta) {

    /** The position of the token at {@code place}, be it after the prompt, on an axis. */
    public int at(int axis, int place) {
        return place < axes[axis].length ? axes[axis][place] : place + delta;
    }
}
