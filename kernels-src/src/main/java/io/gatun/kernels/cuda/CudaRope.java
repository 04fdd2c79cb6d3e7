package io.gatun.kernels.cuda;

import io.gatun.kernels.RopeKernels;
import io.gatun.kernels.RopeTable;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;

/** {@code rope.cu}: one block a token. */
final class CudaRope implements RopeKernels {
    private static final int THREADS = 256;

    private final Launcher launcher;

    CudaRope(Launcher launcher) {
        this.launcher = launcher;
    }

    @Override
    public void rope(Tensor q, Tensor k, Tensor positions, RopeTable table, int headDim) {
        boolean sections = table.hasSections();
        run(new Variant(q.dtype(), headDim, table.rotaryDim(), table.pairing(), sections ? RopeTable.AXES : 1, sections ? table.sectionStart(1) : 0,
                sections ? table.sectionStart(2) : 0, Vectors.width(headDim, q, k)), q, k, positions.address(), positions.rowStride(), table);
    }

    @Override
    public void rope(Tensor q, Tensor k, RopeTable table, int headDim) {
        run(new Variant(q.dtype(), headDim, table.rotaryDim(), table.pairing(), 0, 0, 0, Vectors.width(headDim, q, k)), q, k, 0, 0, table);
    }

    private void run(Variant variant, Tensor q, Tensor k, long positions, long positionStride, RopeTable table) {
        launcher.kernel(launcher.function(variant, Variant::spec)).arg(q).arg(k).arg(positions).arg(positionStride).arg(table.cos()).arg(table.sin())
                .arg(q.rowStride()).arg(k.rowStride()).arg(q.cols() / variant.headDim).arg(k.cols() / variant.headDim).launch(q.rows(), THREADS, 0);
    }

    /** Elements are moved as many at once as divide the rotated half and where its sections begin. */
    private record Variant(DType type, int headDim, int rotaryDim, RopeTable.Pairing pairing, int positions, int section1, int section2, int vec) {
        Variant {
            while ((rotaryDim / 2 % vec | section1 % vec | section2 % vec) != 0) {
                vec /= 2;
            }
        }

        KernelSpec spec() {
            return KernelSpec.of("rope", "rope").with("T", type).with("HEAD_DIM", headDim).with("ROTARY_DIM", rotaryDim)
                    .with("INTERLEAVED", pairing == RopeTable.Pairing.NEIGHBOURS ? 1 : 0).with("POSITIONS", positions).with("SECTION_1", section1)
                    .with("SECTION_2", section2).with("VEC", vec);
        }
    }
}
