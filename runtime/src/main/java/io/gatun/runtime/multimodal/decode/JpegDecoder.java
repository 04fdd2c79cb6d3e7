package io.gatun.runtime.multimodal.decode;

import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.Picture;
import io.gatun.runtime.multimodal.image.PixelSize;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Decodes JPEG: baseline, extended and progressive with Huffman codes and 8 bits, of one, three or four channels. Its results are libjpeg-turbo's to the bit.
 */
final class JpegDecoder {
    /** A progressive picture needs about ten; more would take time and show nothing. */
    private static final int MOST_SCANS = 100;
    private static final int NO_ADOBE = -1;

    private final ByteReader in;
    private final int[][] quantization = new int[4][];
    private final JpegHuffman[] dcTables = new JpegHuffman[4];
    private final JpegHuffman[] acTables = new JpegHuffman[4];
    private final List<JpegComponent> components = new ArrayList<>();
    private int width;
    private int height;
    private boolean progressive;
    private int groupsWide;
    private int groupsHigh;
    private int restartInterval;
    private boolean jfif;
    private int adobe = NO_ADOBE;
    private int orientation = Orientation.UPRIGHT;
    private int scans;

    private JpegDecoder(byte[] bytes) {
        in = new ByteReader(bytes, 2);
    }

    /** The size that the header names. */
    static PixelSize size(byte[] bytes) {
        var decoder = new JpegDecoder(bytes);
        decoder.read(true);
        return new PixelSize(decoder.width, decoder.height);
    }

    static Picture decode(byte[] bytes) {
        var decoder = new JpegDecoder(bytes);
        decoder.read(false);
        return decoder.picture();
    }

    private void read(boolean headerOnly) {
        while (true) {
            int marker = marker();
            if (marker == 0xd9) {
                break;
            }
            int end = in.at + in.u16be();
            if (end < in.at) {
                throw new MediaException("the JPEG picture is broken: a segment is shorter than its own length");
            }
            in.require(end - in.at);
            switch (marker) {
                case 0xc0, 0xc1, 0xc2 -> frame(marker);
                case 0xc4 -> huffman(end);
                case 0xda -> scan(end);
                case 0xdb -> quantization(end);
                case 0xdd -> restartInterval = in.u16be();
                case 0xe0 -> jfif |= ByteReader.matches(in.bytes, in.at, "JFIF\0");
                case 0xe1 -> exif(end);
                case 0xee -> adobe(end);
                case 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf -> throw new MediaException("the JPEG picture is coded by process "
                        + (marker - 0xc0) + ", which is not supported; baseline, extended and progressive (0, 1, 2) are");
                default -> {
                }
            }
            if (headerOnly && !components.isEmpty()) {
                return;
            }
            if (marker != 0xda) {
                in.at = end;
            }
        }
        if (scans == 0) {
            throw new MediaException("the JPEG picture is broken: it ends before its first scan");
        }
    }

    /** The next marker's number. Bytes before it are passed over. */
    private int marker() {
        while (in.u8() != 0xff) {
            continue;
        }
        int marker = in.u8();
        while (marker == 0xff) {
            marker = in.u8();
        }
        return marker == 0 || marker == 1 || (marker & 0xf8) == 0xd0 ? marker() : marker;
    }

    private void frame(int marker) {
        if (!components.isEmpty()) {
            throw new MediaException("the JPEG picture is broken: it has two frames");
        }
        progressive = marker == 0xc2;
        int precision = in.u8();
        height = in.u16be();
        width = in.u16be();
        int count = in.u8();
        if (precision != 8 || count != 1 && count != 3 && count != 4) {
            throw new MediaException("a JPEG picture of " + count + " channels of " + precision + " bits; there must be 1, 3 or 4 of 8 bits");
        }
        for (int i = 0; i < count; i++) {
            int id = in.u8();
            int sampling = in.u8();
            var component = new JpegComponent(id, sampling >> 4, sampling & 15, in.u8());
            if (component.horizontal < 1 || component.horizontal > 4 || component.vertical < 1 || component.vertical > 4 || component.table > 3) {
                throw new MediaException("the JPEG picture is broken: channel " + i + " has sampling factors " + component.horizontal + " and "
                        + component.vertical + ", which must be from 1 to 4, and table " + component.table + ", which must be at most 3");
            }
            components.add(component);
        }
    }

    private int most(boolean horizontal) {
        return components.stream().mapToInt(component -> horizontal ? component.horizontal : component.vertical).max().orElseThrow();
    }

    private void allocate() {
        if (width < 1 || height < 1) {
            throw new MediaException("a JPEG picture of " + width + " x " + height + " pixels; both sides must be at least 1");
        }
        groupsWide = Math.ceilDiv(width, 8 * most(true));
        groupsHigh = Math.ceilDiv(height, 8 * most(false));
        for (var component : components) {
            if (most(true) % component.horizontal != 0 || most(false) % component.vertical != 0) {
                throw new MediaException("the JPEG picture has channels of which one has no whole number of samples for another's");
            }
            component.allocate(Math.ceilDiv(width * component.horizontal, most(true)), Math.ceilDiv(height * component.vertical, most(false)), groupsWide,
                    groupsHigh, progressive);
        }
    }

    private void huffman(int end) {
        while (in.at < end) {
            int which = in.u8();
            var counts = new int[16];
            for (int i = 0; i < counts.length; i++) {
                counts[i] = in.u8();
            }
            int symbols = Arrays.stream(counts).sum();
            in.require(symbols);
            if ((which & 15) > 3 || which >> 4 > 1 || symbols > 256) {
                throw new MediaException("the JPEG picture is broken: Huffman table " + which + " with " + symbols + " codes");
            }
            var table = new JpegHuffman(counts, Arrays.copyOfRange(in.bytes, in.at, in.at + symbols));
            in.at += symbols;
            (which >> 4 == 0 ? dcTables : acTables)[which & 15] = table;
        }
    }

    private void quantization(int end) {
        while (in.at < end) {
            int which = in.u8();
            if ((which & 15) > 3) {
                throw new MediaException("the JPEG picture is broken: quantization table " + (which & 15) + "; they are numbered from 0 to 3");
            }
            var table = new int[JpegComponent.BLOCK];
            for (int i = 0; i < table.length; i++) {
                table[JpegScan.natural(i)] = which >> 4 == 0 ? in.u8() : in.u16be();
            }
            quantization[which & 15] = table;
        }
    }

    private void exif(int end) {
        if (ByteReader.matches(in.bytes, in.at, "Exif\0\0")) {
            orientation = Orientation.ofExif(in.bytes, in.at + 6, end);
        }
    }

    private void adobe(int end) {
        if (end - in.at >= 12 && ByteReader.matches(in.bytes, in.at, "Adobe")) {
            adobe = in.bytes[in.at + 11] & 0xff;
        }
    }

    private void scan(int end) {
        if (components.isEmpty()) {
            throw new MediaException("the JPEG picture is broken: a scan comes before the frame");
        }
        if (++scans > MOST_SCANS) {
            throw new MediaException("the JPEG picture has more than " + MOST_SCANS + " scans; that is more than any encoder makes");
        }
        if (scans == 1) {
            allocate();
        }
        int count = in.u8();
        var scanned = new ArrayList<JpegComponent>();
        int[] tables = new int[count];
        for (int i = 0; i < count; i++) {
            int id = in.u8();
            tables[i] = in.u8();
            scanned.add(components.stream().filter(component -> component.id == id && !scanned.contains(component)).findFirst()
                    .orElseThrow(() -> new MediaException("the JPEG picture is broken: a scan of channel " + id + ", which it does not have")));
        }
        int first = in.u8();
        int last = in.u8();
        int bits = in.u8();
        if (count == 0 || progressive && first > 0 && count > 1) {
            throw new MediaException("the JPEG picture is broken: a scan of " + count + " channels");
        }
        for (int i = 0; i < count; i++) {
            prepare(scanned.get(i), tables[i], first, bits >> 4);
        }
        var data = new JpegBits(in.bytes, end);
        new JpegScan(data, progressive, first, last, bits >> 4, bits & 15).read(scanned, groupsWide, groupsHigh, restartInterval);
        in.at = data.marker();
    }

    private void prepare(JpegComponent component, int tables, int first, int high) {
        component.lastDc = 0;
        if (component.quantization == null) {
            component.quantization = needed(quantization[component.table], "quantization");
        }
        if ((tables >> 4 | tables & 15) > 3) {
            throw new MediaException("the JPEG picture is broken: it has no Huffman tables " + (tables >> 4) + " and " + (tables & 15));
        }
        component.dc = !progressive || first == 0 && high == 0 ? needed(dcTables[tables >> 4], "Huffman") : null;
        component.ac = !progressive || first > 0 ? needed(acTables[tables & 15], "Huffman") : null;
    }

    private static <T> T needed(T table, String kind) {
        if (table == null) {
            throw new MediaException("the JPEG picture is broken: a " + kind + " table that a scan needs is missing");
        }
        return table;
    }

    private Picture picture() {
        for (var component : components) {
            if (component.quantization == null) {
                throw new MediaException("the JPEG picture is broken: it has no data for channel " + component.id);
            }
            if (progressive) {
                transform(component);
            }
        }
        var rgb = new byte[3 * width * height];
        var upsamplers = components.stream().map(c -> new JpegUpsampler(c, most(true) / c.horizontal, most(false) / c.vertical)).toList();
        var rows = new int[components.size()][8 * groupsWide * most(true)];
        for (int y = 0; y < height; y++) {
            for (int i = 0; i < rows.length; i++) {
                upsamplers.get(i).row(y, rows[i]);
            }
            colors(rows, rgb, 3 * width * y);
        }
        return Orientation.apply(new Picture(width, height, rgb), orientation);
    }

    private static void transform(JpegComponent component) {
        var idct = new JpegIdct();
        int blocksHigh = component.samples.length / JpegComponent.BLOCK / component.blocksWide;
        for (int y = 0; y < blocksHigh; y++) {
            for (int x = 0; x < component.blocksWide; x++) {
                idct.transform(component.coefficients, (y * component.blocksWide + x) * JpegComponent.BLOCK, component.quantization, component.samples,
                        y * 8 * component.stride() + x * 8, component.stride());
            }
        }
    }

    private void colors(int[][] rows, byte[] rgb, int at) {
        switch (rows.length) {
            case 1 -> JpegColors.gray(rows[0], rgb, at, width);
            case 3 -> {
                if (isRgb()) {
                    JpegColors.rgb(rows[0], rows[1], rows[2], rgb, at, width);
                } else {
                    JpegColors.ycc(rows[0], rows[1], rows[2], rgb, at, width);
                }
            }
            default -> {
                if (adobe > 0) {
                    JpegColors.ycck(rows[0], rows[1], rows[2], rows[3], rgb, at, width);
                } else {
                    JpegColors.cmyk(rows[0], rows[1], rows[2], rows[3], rgb, at, width);
                }
            }
        }
    }

    /** Three channels are luma and differences of colour, unless the file says otherwise: by Adobe's marker, or by the names of channels. */
    private boolean isRgb() {
        if (jfif) {
            return false;
        }
        if (adobe != NO_ADOBE) {
            return adobe == 0;
        }
        return components.get(0).id == 'R' && components.get(1).id == 'G' && components.get(2).id == 'B';
    }
}
