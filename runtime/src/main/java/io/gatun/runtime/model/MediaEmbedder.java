package io.gatun.runtime.model;

import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.runtime.batch.Chunk;
import io.gatun.runtime.multimodal.MediaCache;
import io.gatun.runtime.multimodal.MediaContent;
import io.gatun.runtime.multimodal.MediaFeature;
import io.gatun.runtime.multimodal.MediaInputs;
import io.gatun.runtime.multimodal.MediaItem;
import io.gatun.runtime.multimodal.MediaKey;
import io.gatun.runtime.multimodal.MultimodalModel;
import io.gatun.runtime.weights.StepWorkspace;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Sees to it that the embeddings of a step's pictures are in the cache: those that are not pass the tower. */
record MediaEmbedder(CausalLm model, StepWorkspace workspace, MediaCache cache) {

    /** Embeds the pictures that the chunks touch. The workspace is free again afterwards. */
    void embed(List<? extends Chunk> chunks) {
        cache.beginStep();
        for (int b = 0; b < chunks.size(); b++) {
            var chunk = chunks.get(b);
            if (chunk.media().isPresent()) {
                for (var item : chunk.media().get().items()) {
                    if (MediaInputs.overlaps(item, chunk.prefixLen(), chunk.prefixLen() + chunk.length()) && cache.hold(item.key()).isEmpty()) {
                        embed(item);
                    }
                }
            }
        }
    }

    /** Embeds a picture whose pixels are on the device, outside the workspace. */
    void embed(MediaKey key, MediaFeature feature, Tensor pixels) {
        cache.beginStep();
        workspace.reset();
        put(key, tower(feature, pixels));
    }

    private void embed(MediaItem item) {
        workspace.reset();
        put(item.key(), switch (item.content()) {
            case MediaContent.Pixels(var feature, var numbers) -> tower(feature, onDevice(numbers, feature.rows(), feature.cols()));
            case MediaContent.Embeddings(var numbers) -> onDevice(numbers, item.span().length(), cache.table().cols());
        });
    }

    private void put(MediaKey key, Tensor embeddings) {
        cache.put(key, embeddings, workspace.allocateForStep(DType.I32, embeddings.rows()));
    }

    private Tensor tower(MediaFeature feature, Tensor pixels) {
        return ((MultimodalModel) model).imageFeature(feature, pixels);
    }

    private Tensor onDevice(MemorySegment numbers, int rows, int cols) {
        var tensor = workspace.allocateForStep(cache.table().dtype(), rows, cols);
        cache.table().device().copyIn(numbers, tensor);
        return tensor;
    }
}
