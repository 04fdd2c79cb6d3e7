package io.gatun.kernels.cuda;

import io.gatun.bindings.NvrtcLibrary;
import io.gatun.kernels.ActivationKernels;
import io.gatun.kernels.AttentionKernels;
import io.gatun.kernels.ElementwiseKernels;
import io.gatun.kernels.EmbeddingKernels;
import io.gatun.kernels.FillKernels;
import io.gatun.kernels.KernelOptions;
import io.gatun.kernels.Kernels;
import io.gatun.kernels.LinearKernels;
import io.gatun.kernels.MlaKernels;
import io.gatun.kernels.MoeKernels;
import io.gatun.kernels.NormKernels;
import io.gatun.kernels.Progress;
import io.gatun.kernels.RopeKernels;
import io.gatun.kernels.SamplingKernels;
import io.gatun.kernels.StepKernels;
import io.gatun.kernels.VisionKernels;
import io.gatun.memory.CudaDevice;
import io.gatun.memory.DType;
import io.gatun.memory.Device;
import io.gatun.memory.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The operations on an NVIDIA GPU, by kernels that NVRTC compiles on first use. */
public final class CudaKernels implements Kernels {
    /** A system property: whether products are done by the plan that is measured to be fastest on the card. */
    private static final String TUNE = "gatun.tune";

    private final Launcher launcher;
    private final EmbeddingKernels embedding;
    private final CudaLinear linear;
    private final LinearTuner tuner;
    private final boolean tunes;
    private final NormKernels norm;
    private final RopeKernels rope;
    private final AttentionKernels attention;
    private final MlaKernels mla;
    private final VisionKernels vision;
    private final ActivationKernels activation;
    private final MoeKernels moe;
    private final ElementwiseKernels elementwise;
    private final SamplingKernels sampling;
    private final FillKernels fill;
    private final StepKernels step;

    private CudaKernels(Launcher launcher, KernelOptions options) {
        this.launcher = launcher;
        embedding = new CudaEmbedding(launcher);
        tuner = new LinearTuner(launcher, TunedPlans.beside(cacheFolder(), launcher.device()));
        tunes = Boolean.getBoolean(TUNE) && !options.deterministic();
        linear = new CudaLinear(launcher, options.deterministic(), tunes ? Optional.of(tuner) : Optional.empty());
        norm = new CudaNorm(launcher);
        rope = new CudaRope(launcher);
        attention = options.deterministic() ? new InvariantAttention(launcher) : new CudaAttention(launcher);
        mla = new CudaMla(launcher, options.deterministic());
        vision = new CudaVision(launcher);
        activation = new CudaActivation(launcher);
        moe = new CudaMoe(launcher, options.deterministic());
        elementwise = new CudaElementwise(launcher);
        sampling = new CudaSampling(launcher);
        fill = new CudaFill(launcher);
        step = new CudaStepInputs(launcher);
    }

    /** Kernels for a device that is current for the calling thread, with compiled code cached in {@link #cacheFolder()}. */
    public static CudaKernels open(CudaDevice device, NvrtcLibrary nvrtc, KernelOptions options) {
        var library = new KernelLibrary(device.ordinal(), device.architecture(), new KernelCompiler(nvrtc), new CubinCache(cacheFolder()));
        return new CudaKernels(new Launcher(device, library), options);
    }

    /** Where compiled kernels are kept: {@code gatun/cubins} in the user's cache folder. */
    public static Path cacheFolder() {
        return CubinCache.defaultFolder();
    }

    @Override
    public Device device() {
        return launcher.device();
    }

    @Override
    public DType activationType(DType weights) {
        return weights;
    }

    @Override
    public EmbeddingKernels embedding() {
        return embedding;
    }

    @Override
    public LinearKernels linear() {
        return linear;
    }

    @Override
    public NormKernels norm() {
        return norm;
    }

    @Override
    public RopeKernels rope() {
        return rope;
    }

    @Override
    public AttentionKernels attention() {
        return attention;
    }

    @Override
    public MlaKernels mla() {
        return mla;
    }

    @Override
    public VisionKernels vision() {
        return vision;
    }

    @Override
    public ActivationKernels activation() {
        return activation;
    }

    @Override
    public MoeKernels moe() {
        return moe;
    }

    @Override
    public ElementwiseKernels elementwise() {
        return elementwise;
    }

    @Override
    public SamplingKernels sampling() {
        return sampling;
    }

    @Override
    public FillKernels fill() {
        return fill;
    }

    @Override
    public StepKernels step() {
        return step;
    }

    @Override
    public int prepare(Runnable steps, Progress progress) {
        int compiled = launcher.prepare(steps, progress);
        var tuned = tunes ? tuner.tune(linear, progress) : OptionalInt.empty();
        return tuned.isPresent() ? compiled + tuned.getAsInt() + launcher.prepare(steps, progress) : compiled;
    }

    /** Times each plan that a product of {@code tokens} rows with one of {@code weights} [N, K], all of one shape, could be done by; the usual plan first. */
    public List<LinearTiming> compare(List<Tensor> weights, int tokens, DType out) {
        return tuner.compare(linear, weights, tokens, out);
    }

    @Override
    public void close() {
        launcher.close();
    }
}
