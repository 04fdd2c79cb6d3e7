package io.gatun.models;

import io.gatun.runtime.multimodal.Picture;
import io.gatun.runtime.multimodal.image.AnyresGrid;
import io.gatun.runtime.multimodal.image.ImageProcessorConfig;
import io.gatun.runtime.multimodal.image.Normalizer;
import io.gatun.runtime.multimodal.image.Patches;
import io.gatun.runtime.multimodal.image.PictureFit;
import io.gatun.runtime.multimodal.image.PictureOps;
import io.gatun.runtime.multimodal.image.PixelSize;
import io.gatun.runtime.multimodal.image.Resampling;
import io.gatun.runtime.multimodal.image.Resizer;
import java.util.ArrayList;
import java.util.List;

/** Cuts a picture of any resolution into tiles of a tower's size (LLaVA-NeXT). */
final class AnyresTiles {
    private final LlavaTower tower;
    private final List<PixelSize> pinpoints;
    private final PixelSize whole;
    private final int tile;
    private final Resampling resampling;
    private final PictureFit fit;
    private final Normalizer normalizer;

    /** Tiles as the file says: the first of {@code size}, the others of {@code crop_size} where it is given. */
    AnyresTiles(ImageProcessorConfig config, LlavaTower tower) {
        this.tower = tower;
        pinpoints = config.sizes("image_grid_pinpoints");
        whole = config.square();
        tile = config.json().has("crop_size") ? config.box("crop_size").height() : whole.height();
        if (pinpoints.stream().anyMatch(size -> size.width() % tile != 0 || size.height() % tile != 0)) {
            throw config.json().wrong("image_grid_pinpoints", "made of multiples of " + tile + ", the side of a tile");
        }
        resampling = config.resampling();
        fit = config.fit();
        normalizer = config.normalizer();
    }

    /** The layout of a picture. */
    AnyresGrid grid(Picture picture) {
        var best = PixelSize.of(picture).best(pinpoints);
        return AnyresGrid.of(picture.width(), picture.height(), best.height() / tower.imageSize(), best.width() / tower.imageSize(), tower.side(),
                tower.side());
    }

    /** Patches of the whole picture made small, and of all tiles. */
    float[] pixels(Picture picture) {
        var best = PixelSize.of(picture).best(pinpoints);
        var large = PictureOps.centered(Resizer.resize(picture, PixelSize.of(picture).within(best), resampling), best);
        var tiles = new ArrayList<Picture>();
        tiles.add(Resizer.resize(picture, whole, resampling));
        for (int top = 0; top < best.height(); top += tile) {
            for (int left = 0; left < best.width(); left += tile) {
                tiles.add(PictureOps.window(large, left, top, new PixelSize(tile, tile), 0));
            }
        }
        return patches(tiles);
    }

    /** Patches of pictures that each are brought to the tower's size. */
    float[] patches(List<Picture> pictures) {
        int size = tower.side() * tower.side() * columns();
        var out = new float[Math.multiplyExact(pictures.size(), size)];
        for (int i = 0; i < pictures.size(); i++) {
            Patches.plain(tower.checked(fit.apply(pictures.get(i))), tower.patch(), normalizer, out, i * size);
        }
        return out;
    }

    /** Numbers in a patch. */
    int columns() {
        return Patches.plainColumns(tower.patch());
    }
}
