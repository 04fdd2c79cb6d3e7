package io.gatun.runtime.multimodal;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

class MediaIdsTest {

    @Test
    void aPictureKeepsItsIdAndSharesItWithNone() {
        var ids = new MediaIds();
        int first = ids.idOf(new MediaKey(1, 2));
        assertThat(first).isGreaterThanOrEqualTo(MediaIds.BASE);
        assertThat(ids.idOf(new MediaKey(2, 1))).isNotEqualTo(first);
        assertThat(ids.idOf(new MediaKey(1, 2))).isEqualTo(first);
    }

    /** Keys whose hash codes are all alike. */
    @Test
    void keysOfOneBucketAreToldApart() {
        var ids = new MediaIds();
        var seen = new HashSet<Integer>();
        for (long i = 0; i < 1000; i++) {
            var key = new MediaKey(i, -31 * i & 0xFFFF_FFFFL);
            assertThat(key.hashCode()).isEqualTo(new MediaKey(0, 0).hashCode());
            assertThat(seen.add(ids.idOf(key))).isTrue();
        }
    }

    @Test
    void anIdInUseIsNotGivenAgainWhenTheyRunOut() {
        var ids = new MediaIds(3, 5);
        int kept = ids.idOf(new MediaKey(0, 0));
        for (int i = 1; i < 50; i++) {
            assertThat(ids.idOf(new MediaKey(0, i))).isNotEqualTo(kept);
            assertThat(ids.idOf(new MediaKey(0, 0))).isEqualTo(kept);
        }
    }

    @Test
    void aKeyDependsOnEveryNumberAndOnTheShape() {
        float[] numbers = new float[600_000];
        var key = MediaKey.of(MemorySegment.ofArray(numbers), 1, 2, 3);
        assertThat(MediaKey.of(MemorySegment.ofArray(numbers.clone()), 1, 2, 3)).isEqualTo(key);
        assertThat(MediaKey.of(MemorySegment.ofArray(numbers), 1, 3, 2)).isNotEqualTo(key);
        numbers[599_999] = 1;
        assertThat(MediaKey.of(MemorySegment.ofArray(numbers), 1, 2, 3)).isNotEqualTo(key);
    }
}
