package io.gatun.models;

import io.gatun.runtime.multimodal.MediaSpan;
import io.gatun.runtime.multimodal.Modality;
import io.gatun.runtime.multimodal.MropePositions;
import java.util.List;

/**
 * Qwen2-VL's positions on three axes. Words advance all of them; a token of a picture has the place of its patch on each, from where the words before it ended.
 *
 * @param merge sides of the block of patches that becomes one token
 * @param tokensPerSecond steps on the axis of time that make a second of video (Qwen2.5-VL); 0 where each patch in time is one step
 */
record Qwen2VlPositions(int merge, int tokensPerSecond) {

    MropePositions of(int length, List<MediaSpan> spans) {
        var axes = new int[3][length];
        int position = 0;
        int token = 0;
        int last = -1;
        for (var span : spans) {
            position = words(axes, token, span.start(), position);
            last = Math.max(last, Math.max(position - 1, picture(axes, span, position)));
            position += Math.max(span.grid()[1], span.grid()[2]) / merge;
            token = span.end();
        }
        last = Math.max(last, words(axes, token, length, position) - 1);
        return new MropePositions(axes, last + 1 - length);
    }

    /** Places of words; the position after them. */
    private static int words(int[][] axes, int from, int to, int position) {
        for (int token = from; token < to; token++, position++) {
            for (var axis : axes) {
                axis[token] = position;
            }
        }
        return position;
    }

    /** Places of a picture's tokens; the highest of them. */
    private int picture(int[][] axes, MediaSpan span, int start) {
        int high = span.grid()[1] / merge;
        int wide = span.grid()[2] / merge;
        int highest = 0;
        for (int i = 0; i < span.length(); i++) {
            int[] place = {time(span, i / (high * wide)), i / wide % high, i % wide};
            for (int axis = 0; axis < axes.length; axis++) {
                axes[axis][span.start() + i] = start + place[axis];
                highest = Math.max(highest, start + place[axis]);
            }
        }
        return highest;
    }

    /** In single precision, as Transformers computes it: the step that a frame falls in may depend on it. */
    private int time(MediaSpan span, int frame) {
        return span.modality() == Modality.VIDEO && tokensPerSecond > 0 ? (int) (frame * (tokensPerSecond * Float.intBitsToFloat(span.grid()[3]))) : frame;
    }
}
