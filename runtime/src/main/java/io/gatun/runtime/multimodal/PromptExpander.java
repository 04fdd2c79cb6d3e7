package io.gatun.runtime.multimodal;

import io.gatun.memory.DType;
import io.gatun.runtime.multimodal.source.ImageLoader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Puts pictures in the place of their placeholders (SGLang's pad_input_ids). Many threads use it at once. */
public final class PromptExpander {
    private final String model;
    private final Optional<MultimodalProcessor> processor;
    private final ImageLoader loader;
    private final MediaIds ids = new MediaIds();
    private final DType dtype;
    private final int hiddenSize;
    private final int maxTokens;

    /** What is known of one picture before its place is. */
    private record Prepared(MediaFeature feature, Media media) {
    }

    /**
     * An expander for one model.
     *
     * @param model its name, for messages
     * @param processor empty for a model that reads text alone
     * @param loader gets pictures; it stays the caller's
     * @param dtype of activations
     * @param maxTokens the most embeddings that one picture may take; 0 if the engine has no room for any
     */
    public PromptExpander(String model, Optional<MultimodalProcessor> processor, ImageLoader loader, DType dtype, int hiddenSize, int maxTokens) {
        this.model = model;
        this.processor = processor;
        this.loader = loader;
        this.dtype = dtype;
        this.hiddenSize = hiddenSize;
        this.maxTokens = maxTokens;
    }

    /**
     * Expands a text and encodes it.
     *
     * @param media what stands for each placeholder, pictures in order and videos in order
     * @throws MediaException if placeholders and media do not match, or a picture cannot be taken
     */
    public ExpandedPrompt expand(String text, List<Media> media, Function<String, int[]> encode) {
        if (processor.isEmpty()) {
            requireNone(media);
            return ExpandedPrompt.ofText(encode.apply(text));
        }
        var places = Placeholder.findAll(text, processor.get());
        var prepared = prepare(inOrder(places.stream().map(Placeholder::modality).toList(), media));
        var expanded = new StringBuilder();
        int done = 0;
        for (int i = 0; i < places.size(); i++) {
            expanded.append(text, done, places.get(i).start()).append(processor.get().expansion(prepared.get(i).feature));
            done = places.get(i).end();
        }
        return locate(encode.apply(expanded.append(text, done, text.length()).toString()), prepared);
    }

    /** Expands token ids: one id stands for each picture, or, where that gives the right count, as many as the picture takes. */
    public ExpandedPrompt expandIds(int[] given, List<Media> media, Function<String, int[]> encode) {
        if (processor.isEmpty()) {
            requireNone(media);
            return ExpandedPrompt.ofText(given);
        }
        var modalities = Arrays.stream(given).mapToObj(this::modalityOf).flatMap(Optional::stream).toList();
        if (modalities.size() == media.size()) {
            var prepared = prepare(inOrder(modalities, media));
            var expanded = new ArrayList<Integer>();
            int next = 0;
            for (int id : given) {
                if (modalityOf(id).isEmpty()) {
                    expanded.add(id);
                } else {
                    Arrays.stream(encode.apply(processor.get().expansion(prepared.get(next++).feature))).forEach(expanded::add);
                }
            }
            return locate(expanded.stream().mapToInt(Integer::intValue).toArray(), prepared);
        }
        return locate(given, prepare(media));
    }

    /**
     * A prompt that is given as embeddings.
     *
     * @param values a row of the model's hidden size for each token
     */
    public ExpandedPrompt ofEmbeddings(float[] values) {
        int tokens = tokens(values);
        requireRoom(tokens);
        var content = new MediaContent.Embeddings(MediaContent.convert(values, dtype));
        var item = new MediaItem(new MediaSpan(0, tokens, Modality.IMAGE, new int[0]), MediaKey.of(content.numbers(), hiddenSize), content);
        int[] keys = new int[tokens];
        Arrays.fill(keys, ids.idOf(item.key()));
        return new ExpandedPrompt(new int[tokens], keys, Optional.of(new MediaInputs(List.of(item), Optional.empty(), false)));
    }

    private void requireNone(List<Media> media) {
        if (!media.isEmpty()) {
            throw new MediaException(model + " reads text only; the request has " + media.size() + " pictures or videos");
        }
    }

    private Optional<Modality> modalityOf(int id) {
        for (var modality : Modality.values()) {
            if (processor.get().placeholder(modality).isPresent() && processor.get().tokenId(modality) == id) {
                return Optional.of(modality);
            }
        }
        return Optional.empty();
    }

    /** The media in the order in which their placeholders stand. */
    private List<Media> inOrder(List<Modality> places, List<Media> media) {
        for (var modality : Modality.values()) {
            long wanted = places.stream().filter(modality::equals).count();
            long given = media.stream().filter(one -> one.modality() == modality).count();
            if (wanted != given) {
                throw new MediaException("the prompt has " + wanted + " placeholders for a" + (modality == Modality.IMAGE ? "n image" : " video")
                        + processor.get().placeholder(modality).map(text -> ", " + text + ",").orElse("") + " and the request brings " + given
                        + "; there must be one for each");
            }
        }
        var left = new ArrayList<>(media);
        return places.stream().map(modality -> left.remove(indexOf(left, modality))).toList();
    }

    private static int indexOf(List<Media> media, Modality modality) {
        int index = 0;
        while (media.get(index).modality() != modality) {
            index++;
        }
        return index;
    }

    private List<Prepared> prepare(List<Media> media) {
        var inputs = media.stream().map(this::load).flatMap(Optional::stream).toList();
        var features = processor.get().process(inputs).iterator();
        var prepared = media.stream().map(one -> new Prepared(switch (one) {
            case Media.Image ignored -> features.next();
            case Media.Video ignored -> features.next();
            case Media.Embeddings given -> new MediaFeature(given.modality(), new float[1], 1, given.grid().stream().mapToInt(Integer::intValue).toArray(),
                    tokens(given.values()));
        }, one)).toList();
        prepared.forEach(one -> requireRoom(one.feature.tokens()));
        return prepared;
    }

    private int tokens(float[] values) {
        if (values.length == 0 || values.length % hiddenSize != 0) {
            throw new MediaException("embeddings of " + values.length + " numbers; " + model + " takes rows of " + hiddenSize);
        }
        return values.length / hiddenSize;
    }

    private void requireRoom(int tokens) {
        if (maxTokens == 0) {
            throw new MediaException("the engine has no room for embeddings; start it with --mm-embedding-cache-size");
        }
        if (tokens > maxTokens) {
            throw new MediaException("a picture takes " + tokens + " tokens, but the engine has room for " + maxTokens
                    + " of one; send it smaller, or raise --mm-embedding-cache-size");
        }
    }

    /** Finds the ids of each picture; pictures of a modality stand in their order, and may stand side by side. */
    private ExpandedPrompt locate(int[] all, List<Prepared> prepared) {
        if (prepared.isEmpty()) {
            return ExpandedPrompt.ofText(all);
        }
        var items = new ArrayList<MediaItem>();
        int[] keys = all.clone();
        int at = 0;
        var left = new ArrayList<>(prepared);
        while (!left.isEmpty()) {
            while (at < all.length && modalityOf(all[at]).isEmpty()) {
                at++;
            }
            var one = next(left, at < all.length ? modalityOf(all[at]) : Optional.empty());
            int tokens = one.feature.tokens();
            int id = processor.get().tokenId(one.feature.modality());
            int start = at;
            while (at < all.length && at < start + tokens && all[at] == id) {
                at++;
            }
            if (at < start + tokens) {
                throw new MediaException("picture " + (items.size() + 1) + " takes " + tokens + " tokens, but its place in the prompt has " + (at - start));
            }
            items.add(item(new MediaSpan(start, tokens, one.feature.modality(), one.feature.grid()), one));
            Arrays.fill(keys, start, at, ids.idOf(items.getLast().key()));
        }
        for (; at < all.length; at++) {
            if (modalityOf(all[at]).isPresent()) {
                throw new MediaException("the prompt has more tokens of pictures than its " + items.size() + " pictures take");
            }
        }
        var spans = items.stream().map(MediaItem::span).toList();
        return new ExpandedPrompt(all, keys, Optional.of(new MediaInputs(items, processor.get().positions(all.length, spans), processor.get().attendsBothWays())));
    }

    /** Takes the first of a modality, or, where there is none, the first, for whose tokens something else stands. */
    private static Prepared next(List<Prepared> left, Optional<Modality> modality) {
        var found = left.stream().filter(one -> modality.equals(Optional.of(one.feature.modality()))).findFirst().orElse(left.getFirst());
        left.remove(found);
        return found;
    }

    private MediaItem item(MediaSpan span, Prepared one) {
        return switch (one.media) {
            case Media.Image ignored -> pixels(span, one.feature);
            case Media.Video ignored -> pixels(span, one.feature);
            case Media.Embeddings given -> {
                var numbers = MediaContent.convert(given.values(), dtype);
                yield new MediaItem(span, MediaKey.of(numbers, hiddenSize), new MediaContent.Embeddings(numbers));
            }
        };
    }

    private MediaItem pixels(MediaSpan span, MediaFeature feature) {
        var numbers = MediaContent.convert(feature.pixels(), dtype);
        int[] shape = Arrays.copyOf(feature.grid(), feature.grid().length + 3);
        shape[shape.length - 1] = feature.cols();
        shape[shape.length - 2] = feature.modality().ordinal();
        shape[shape.length - 3] = feature.tokens();
        return new MediaItem(span, MediaKey.of(numbers, shape), new MediaContent.Pixels(feature, numbers));
    }

    /** What the processor takes, unless it is embedded already. */
    private Optional<MediaInput> load(Media media) {
        return switch (media) {
            case Media.Image(var source) -> Optional.of(new MediaInput.Image(loader.load(source)));
            case Media.Video(var frames, double fps) -> Optional.of(new MediaInput.Video(frames.stream().map(loader::load).toList(), fps));
            case Media.Embeddings ignored -> Optional.empty();
        };
    }
}
