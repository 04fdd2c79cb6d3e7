package io.gatun.runtime.multimodal.decode;

/** VP8's loop filter, which smooths the edges of blocks after all of them are decoded. */
final class Vp8Filter {
    private Vp8Filter() {
    }

    /** The simple filter along an edge of 16 samples: {@code step} leads across the edge, {@code along} to the next sample on it. */
    static void simple(Vp8Plane plane, int at, int step, int along, int limit) {
        for (int i = 0; i < 16; i++, at += along) {
            if (isEdge(plane.samples, at, step, 2 * limit + 1)) {
                two(plane, at, step);
            }
        }
    }

    /**
     * The normal filter along an edge.
     *
     * @param outer whether the edge is between blocks of 16, which are smoothed farther
     */
    static void normal(Vp8Plane plane, int at, int step, int along, int count, int limit, int inside, int variance, boolean outer) {
        byte[] s = plane.samples;
        for (int i = 0; i < count; i++, at += along) {
            if (!isEdge(s, at, step, 2 * limit + 1) || apart(s, at - 4 * step, at - 3 * step, inside) || apart(s, at - 3 * step, at - 2 * step, inside)
                    || apart(s, at - 2 * step, at - step, inside) || apart(s, at + 3 * step, at + 2 * step, inside) || apart(s, at + 2 * step, at + step,
                    inside) || apart(s, at + step, at, inside)) {
                continue;
            }
            if (apart(s, at - 2 * step, at - step, variance) || apart(s, at + step, at, variance)) {
                two(plane, at, step);
            } else if (outer) {
                six(plane, at, step);
            } else {
                four(plane, at, step);
            }
        }
    }

    private static boolean isEdge(byte[] s, int at, int step, int limit) {
        return 4 * Math.abs((s[at - step] & 0xff) - (s[at] & 0xff)) + Math.abs((s[at - 2 * step] & 0xff) - (s[at + step] & 0xff)) <= limit;
    }

    private static boolean apart(byte[] s, int one, int other, int limit) {
        return Math.abs((s[one] & 0xff) - (s[other] & 0xff)) > limit;
    }

    private static void two(Vp8Plane plane, int at, int step) {
        int p0 = plane.get(at - step);
        int q0 = plane.get(at);
        int a = 3 * (q0 - p0) + signed8(plane.get(at - 2 * step) - plane.get(at + step));
        plane.set(at - step, p0 + signed5(a + 3 >> 3));
        plane.set(at, q0 - signed5(a + 4 >> 3));
    }

    private static void four(Vp8Plane plane, int at, int step) {
        int p0 = plane.get(at - step);
        int q0 = plane.get(at);
        int a = 3 * (q0 - p0);
        int a1 = signed5(a + 4 >> 3);
        int a3 = a1 + 1 >> 1;
        plane.set(at - 2 * step, plane.get(at - 2 * step) + a3);
        plane.set(at - step, p0 + signed5(a + 3 >> 3));
        plane.set(at, q0 - a1);
        plane.set(at + step, plane.get(at + step) - a3);
    }

    private static void six(Vp8Plane plane, int at, int step) {
        int p0 = plane.get(at - step);
        int q0 = plane.get(at);
        int a = signed8(3 * (q0 - p0) + signed8(plane.get(at - 2 * step) - plane.get(at + step)));
        for (int i = 0; i < 3; i++) {
            int change = (27 - 9 * i) * a + 63 >> 7;
            plane.set(at - (i + 1) * step, plane.get(at - (i + 1) * step) + change);
            plane.set(at + i * step, plane.get(at + i * step) - change);
        }
    }

    private static int signed8(int value) {
        return Math.clamp(value, -128, 127);
    }

    private static int signed5(int value) {
        return Math.clamp(value, -16, 15);
    }
}
