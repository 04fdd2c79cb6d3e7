package io.gatun.runtime.multimodal.decode;

import io.gatun.runtime.multimodal.MediaException;
import java.util.Arrays;
import java.util.List;

/** Reads the entropy-coded data of one scan of a JPEG picture, sequential or progressive. */
final class JpegScan {
    private static final int[] ZIGZAG = {0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
            35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

    private final JpegBits bits;
    private final boolean progressive;
    private final int first;
    private final int last;
    private final int high;
    private final int low;
    private final JpegIdct idct = new JpegIdct();
    private int endOfBands;

    /**
     * A scan.
     *
     * @param first the first coefficient of its band, in zigzag order
     * @param high the bit that was sent before; 0 if none was
     * @param low the lowest bit that is sent
     */
    JpegScan(JpegBits bits, boolean progressive, int first, int last, int high, int low) {
        if (progressive && (first > last || last > 63 || low > 13 || first == 0 && last != 0 || high != 0 && high != low + 1)) {
            throw new MediaException("the JPEG picture is broken: a scan has coefficients " + first + " to " + last + ", bits " + high + " to " + low);
        }
        this.bits = bits;
        this.progressive = progressive;
        this.first = first;
        this.last = last;
        this.high = high;
        this.low = low;
    }

    /** The place in natural order of a coefficient in zigzag order. */
    static int natural(int zigzag) {
        return ZIGZAG[zigzag];
    }

    /** Reads all blocks of the scan's channels; {@code groups} wide and high where there are several. */
    void read(List<JpegComponent> components, int groupsWide, int groupsHigh, int restartInterval) {
        boolean alone = components.size() == 1;
        int wide = alone ? Math.ceilDiv(components.getFirst().width, 8) : groupsWide;
        int high = alone ? Math.ceilDiv(components.getFirst().height, 8) : groupsHigh;
        int untilRestart = restartInterval;
        for (int y = 0; y < high; y++) {
            for (int x = 0; x < wide; x++) {
                if (restartInterval > 0 && untilRestart-- == 0) {
                    restart(components);
                    untilRestart = restartInterval - 1;
                }
                if (alone) {
                    block(components.getFirst(), x, y);
                } else {
                    group(components, x, y);
                }
            }
            bits.check();
        }
    }

    private void restart(List<JpegComponent> components) {
        bits.restart();
        endOfBands = 0;
        components.forEach(component -> component.lastDc = 0);
    }

    private void group(List<JpegComponent> components, int x, int y) {
        for (var component : components) {
            for (int v = 0; v < component.vertical; v++) {
                for (int h = 0; h < component.horizontal; h++) {
                    block(component, x * component.horizontal + h, y * component.vertical + v);
                }
            }
        }
    }

    private void block(JpegComponent component, int x, int y) {
        if (!progressive) {
            boolean flat = sequential(component);
            int at = y * 8 * component.stride() + x * 8;
            if (flat) {
                idct.flat(component.coefficients[0] * component.quantization[0], component.samples, at, component.stride());
            } else {
                idct.transform(component.coefficients, 0, component.quantization, component.samples, at, component.stride());
            }
            return;
        }
        int at = (y * component.blocksWide + x) * JpegComponent.BLOCK;
        if (first == 0) {
            dc(component, at);
        } else if (high == 0) {
            acFirst(component, at);
        } else {
            acRefine(component, at);
        }
    }

    /** Reads a block; whether its first coefficient is the only one. */
    private boolean sequential(JpegComponent component) {
        short[] out = component.coefficients;
        Arrays.fill(out, (short) 0);
        bits.fill();
        int size = component.dc.decode(bits);
        component.lastDc += size == 0 ? 0 : bits.signed(checked(size));
        out[0] = (short) component.lastDc;
        var table = component.ac;
        for (int k = 1; k < JpegComponent.BLOCK; k++) {
            bits.fill();
            int symbol = table.decode(bits);
            int run = symbol >> 4;
            size = symbol & 15;
            if (size == 0) {
                if (run != 15) {
                    return k == 1;
                }
                k += 15;
            } else {
                k += run;
                out[place(k)] = (short) bits.signed(size);
            }
        }
        return false;
    }

    private void dc(JpegComponent component, int at) {
        bits.fill();
        if (high == 0) {
            int size = component.dc.decode(bits);
            component.lastDc += size == 0 ? 0 : bits.signed(checked(size));
            component.coefficients[at] = (short) (component.lastDc << low);
        } else if (bits.take(1) != 0) {
            component.coefficients[at] |= (short) (1 << low);
        }
    }

    private void acFirst(JpegComponent component, int at) {
        if (endOfBands > 0) {
            endOfBands--;
            return;
        }
        for (int k = first; k <= last; k++) {
            bits.fill();
            int symbol = component.ac.decode(bits);
            int run = symbol >> 4;
            int size = symbol & 15;
            if (size != 0) {
                k += run;
                component.coefficients[at + place(k)] = (short) (bits.signed(size) << low);
            } else if (run == 15) {
                k += 15;
            } else {
                endOfBands = (1 << run) - 1 + (run == 0 ? 0 : bits.take(run));
                return;
            }
        }
    }

    private void acRefine(JpegComponent component, int at) {
        short[] out = component.coefficients;
        int k = first;
        while (endOfBands == 0 && k <= last) {
            bits.fill();
            int symbol = component.ac.decode(bits);
            int run = symbol >> 4;
            int value = 0;
            if ((symbol & 15) != 0) {
                value = bits.take(1) != 0 ? 1 << low : -1 << low;
            } else if (run != 15) {
                endOfBands = (1 << run) + (run == 0 ? 0 : bits.take(run));
                break;
            }
            for (; k <= last; k++) {
                int place = at + ZIGZAG[k];
                if (out[place] != 0) {
                    refine(out, place);
                } else if (run-- == 0) {
                    out[place] = (short) value;
                    k++;
                    break;
                }
            }
        }
        if (endOfBands > 0) {
            for (; k <= last; k++) {
                if (out[at + ZIGZAG[k]] != 0) {
                    refine(out, at + ZIGZAG[k]);
                }
            }
            endOfBands--;
        }
    }

    private void refine(short[] out, int place) {
        bits.fill();
        int bit = 1 << low;
        if (bits.take(1) != 0 && (out[place] & bit) == 0) {
            out[place] += (short) (out[place] >= 0 ? bit : -bit);
        }
    }

    private static int place(int zigzag) {
        if (zigzag > 63) {
            throw new MediaException("the JPEG picture is broken: a block has more than 64 coefficients");
        }
        return ZIGZAG[zigzag];
    }

    private static int checked(int size) {
        if (size > 16) {
            throw new MediaException("the JPEG picture is broken: a difference has " + size + " bits");
        }
        return size;
    }
}
