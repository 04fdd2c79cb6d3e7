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

    /** How far a token's position lies beyond its place, at most: a long video of small frames moves on faster than its tokens. */
    public int lead() {
        int lead = Math.max(0, delta);
        for (int[] axis : axes) {
            for (int place = 0; place < axis.length; place++) {
                lead = Math.max(lead, axis[place] - place);
            }
        }
        return lead;
    }
}
