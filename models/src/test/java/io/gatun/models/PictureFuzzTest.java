package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.MediaInput;
import io.gatun.runtime.multimodal.Picture;
import io.gatun.runtime.multimodal.decode.PictureDecoder;
import io.gatun.runtime.multimodal.decode.PictureLimits;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Damaged pictures are decoded or refused as such, within limits of time and size; nothing else comes of them. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class PictureFuzzTest {
    private static final int CASES = 60;
    private static final PictureLimits LIMITS = new PictureLimits(1 << 20, 1 << 22, 4096, Duration.ofSeconds(1));
    private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(4);

    @Test
    void aFewBytesChanged() {
        int refused = 0;
        for (String name : PictureGoldens.names()) {
            byte[] whole = PictureGoldens.file(name);
            for (int i = 0; i < CASES; i++) {
                var random = new Random(31L * name.hashCode() + i);
                byte[] bytes = whole.clone();
                int within = i % 2 == 0 ? Math.min(bytes.length, 100) : bytes.length;
                for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                    bytes[random.nextInt(within)] ^= (byte) (random.nextBoolean() ? 1 << random.nextInt(8) : random.nextInt(256));
                }
                refused += isRefused(name + " damaged in case " + i, bytes) ? 1 : 0;
            }
        }
        assertThat(refused).isGreaterThan(500);
    }

    @Test
    void cutOff() {
        // Of an animation only the first frame is needed.
        for (String name : PictureGoldens.names().stream().filter(name -> !name.contains("animated")).toList()) {
            byte[] whole = PictureGoldens.file(name);
            for (int i = 0; i < CASES; i++) {
                int length = new Random(17L * name.hashCode() + i).nextInt(whole.length * 9 / 10);
                assertThat(isRefused(name, Arrays.copyOf(whole, length))).as("%s cut to %s of %s bytes is refused", name, length, whole.length).isTrue();
            }
        }
    }

    @Test
    void noise() {
        for (String name : PictureGoldens.names()) {
            var random = new Random(name.hashCode());
            byte[] bytes = PictureGoldens.file(name);
            int kept = Math.min(20 + random.nextInt(100), bytes.length);
            for (int i = kept; i < bytes.length; i++) {
                bytes[i] = (byte) random.nextInt(256);
            }
            isRefused(name + " with noise from byte " + kept, bytes);
        }
    }

    private static boolean isRefused(String name, byte[] bytes) {
        long start = System.nanoTime();
        try {
            PictureDecoder.decode(bytes, LIMITS);
            return false;
        } catch (MediaException e) {
            assertThat(e.getMessage()).as(name).isNotBlank();
            return true;
        } catch (Throwable other) {
            return fail(name + " ends in " + other, other);
        } finally {
            assertThat(System.nanoTime() - start).as("time of %s", name).isLessThan(MOST_NANOS);
        }
    }

    @Test
    void manyThreadsGetTheSame() throws Exception {
        var processor = PictureGoldens.processor("qwen2_vl", PictureGoldens.folder("qwen2_vl"));
        var names = PictureGoldens.names().stream().filter(name -> !name.contains("300x1") && !name.contains("flat") && !name.contains("smooth")).toList();
        var expected = names.stream().map(name -> processor.process(List.of(new MediaInput.Image(PictureGoldens.picture(name)))).getFirst().pixels()).toList();
        var next = new AtomicInteger();
        Callable<Void> work = () -> {
            for (int i = next.getAndIncrement(); i < 10 * names.size(); i = next.getAndIncrement()) {
                int at = i % names.size();
                var picture = new MediaInput.Image(PictureGoldens.picture(names.get(at)));
                assertThat(Arrays.equals(processor.process(List.of(picture)).getFirst().pixels(), expected.get(at))).as(names.get(at)).isTrue();
            }
            return null;
        };
        try (var threads = Executors.newFixedThreadPool(16)) {
            for (var result : threads.invokeAll(Collections.nCopies(16, work))) {
                result.get();
            }
        }
    }

    @Test
    void aVideoForAModelOfPicturesOnly() {
        var picture = PictureGoldens.picture("png_rgb_43x29.png");
        for (String family : List.of("llava", "llava_next", "gemma3")) {
            var processor = PictureGoldens.processor(family, PictureGoldens.folder(family));
            assertThatThrownBy(() -> processor.process(List.of(new MediaInput.Video(List.of(picture), 1)))).isInstanceOf(MediaException.class)
                    .hasMessageContaining("a video of 1 frames");
        }
    }

    @Test
    void videosThatAreNone() {
        var processor = PictureGoldens.processor("qwen2_vl", PictureGoldens.folder("qwen2_vl"));
        var one = PictureGoldens.picture("png_rgb_43x29.png");
        var other = PictureGoldens.picture("png_rgba_31x27.png");
        assertThatThrownBy(() -> processor.process(List.of(new MediaInput.Video(List.of(), 1)))).isInstanceOf(MediaException.class)
                .hasMessageContaining("without frames");
        assertThatThrownBy(() -> processor.process(List.of(new MediaInput.Video(List.of(one, other), 1)))).isInstanceOf(MediaException.class)
                .hasMessageContaining("43 x 29 and of 31 x 27");
        assertThatThrownBy(() -> processor.process(List.of(new MediaInput.Video(List.of(one), 0)))).isInstanceOf(MediaException.class)
                .hasMessageContaining("above 0");
    }

    @Test
    void picturesTooNarrowForTheModel() {
        var narrow = new Picture(1, 10_000, new byte[30_000]);
        for (String family : List.of("qwen2_vl", "llava", "llava_padded", "llava_next")) {
            var processor = PictureGoldens.processor(family, PictureGoldens.folder(family));
            assertThatThrownBy(() -> processor.process(List.of(new MediaInput.Image(narrow)))).as(family).isInstanceOf(MediaException.class)
                    .hasMessageContaining("narrow");
        }
        assertThat(PictureGoldens.processor("gemma3", PictureGoldens.folder("gemma3")).process(List.of(new MediaInput.Image(narrow))).getFirst().tokens())
                .isEqualTo(256);
    }
}
