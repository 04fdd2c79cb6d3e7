package io.gatun.bindings;

import io.gatun.bindings.CudaStatus.Available;
import io.gatun.bindings.CudaStatus.Reason;
import io.gatun.bindings.CudaStatus.Unavailable;
import io.gatun.bindings.cuda.cuda_h;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The questions of {@link Cuda#probe(int)}, asked in the order in which a machine is set up: driver, device, compiler. */
final class Probe {
    private static final int NAME_BYTES = 256;

    private Probe() {
    }

    static CudaStatus of(int device) {
        if (Cuda.isNativeAccessDenied()) {
            return new Unavailable(Reason.NATIVE_ACCESS_DENIED,
                "this JVM refuses native calls: start it with --enable-native-access=ALL-UNNAMED");
        }
        try {
            var driver = Cuda.driverVersion();
            return driver.isPresent() ? driver(driver.get(), device) : new Unavailable(Reason.NO_LIBCUDA,
                "no libcuda.so.1 on this machine: install the NVIDIA driver (525.60 or later; Debian: apt-get install nvidia-driver), "
                    + "or in a container start it with the NVIDIA runtime (docker run --gpus all)");
        } catch (NvrtcException e) {
            return new Unavailable(Reason.NO_NVRTC, e.getMessage());
        } catch (CudaException e) {
            return driverFailed(e.getMessage());
        } catch (LinkageError e) {
            return driverFailed(e.toString());
        }
    }

    private static Unavailable driverFailed(String how) {
        return new Unavailable(Reason.DRIVER_FAILED, "the NVIDIA driver does not work (" + how + "): nvidia-smi and dmesg say more");
    }

    private static CudaStatus driver(CudaVersion driver, int device) {
        if (driver.compareTo(Cuda.OLDEST_DRIVER) < 0) {
            return new Unavailable(Reason.DRIVER_TOO_OLD, "the NVIDIA driver supports CUDA " + driver + " and Gatun needs "
                + Cuda.OLDEST_DRIVER + ": install driver 525.60 or later");
        }
        int result = cuda_h.cuInit(0);
        if (result == cuda_h.CUDA_ERROR_NO_DEVICE()) {
            return noDevice("the NVIDIA driver finds no device");
        }
        if (result == cuda_h.CUDA_ERROR_STUB_LIBRARY()) {
            return new Unavailable(Reason.NO_LIBCUDA, "libcuda.so.1 is the CUDA toolkit's stub, which only serves to link: "
                + "take the toolkit's stubs folder out of LD_LIBRARY_PATH and install the NVIDIA driver");
        }
        Cuda.check(result, "cuInit");
        try (var arena = Arena.ofConfined()) {
            var number = arena.allocate(cuda_h.C_INT);
            Cuda.check(cuda_h.cuDeviceGetCount(number), "cuDeviceGetCount");
            int devices = number.get(cuda_h.C_INT, 0);
            if (device < 0 || device >= devices) {
                return noDevice("there is no device " + device + ": the NVIDIA driver shows " + devices + ", counted from 0");
            }
            return device(driver, device, arena);
        }
    }

    private static Unavailable noDevice(String what) {
        var visible = System.getenv("CUDA_VISIBLE_DEVICES");
        return new Unavailable(Reason.NO_DEVICE, what + (visible == null
            ? "; nvidia-smi lists what the machine has, and a container needs --gpus"
            : "; CUDA_VISIBLE_DEVICES='" + visible + "' limits what it shows"));
    }

    private static CudaStatus device(CudaVersion driver, int ordinal, Arena arena) {
        var number = arena.allocate(cuda_h.C_INT);
        Cuda.check(cuda_h.cuDeviceGet(number, ordinal), "cuDeviceGet");
        int device = number.get(cuda_h.C_INT, 0);
        var name = arena.allocate(NAME_BYTES);
        Cuda.check(cuda_h.cuDeviceGetName(name, NAME_BYTES, device), "cuDeviceGetName");
        var bytes = arena.allocate(cuda_h.C_LONG);
        Cuda.check(cuda_h.cuDeviceTotalMem_v2(bytes, device), "cuDeviceTotalMem_v2");
        var capability = new ComputeCapability(attribute(device, cuda_h.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR(), number),
            attribute(device, cuda_h.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR(), number));
        if (capability.compareTo(Cuda.OLDEST_DEVICE) < 0) {
            return new Unavailable(Reason.DEVICE_TOO_OLD, "device " + ordinal + " (" + name.getString(0) + ") has compute capability "
                + capability + " and Gatun needs " + Cuda.OLDEST_DEVICE + " (Ampere) or later");
        }
        var multiprocessors = attribute(device, cuda_h.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT(), number);
        return compiler(new Available(ordinal, name.getString(0), capability, multiprocessors, bytes.get(cuda_h.C_LONG, 0), driver,
            NvrtcLibrary.load()));
    }

    private static int attribute(int device, int attribute, MemorySegment number) {
        Cuda.check(cuda_h.cuDeviceGetAttribute(number, attribute, device), "cuDeviceGetAttribute");
        return number.get(cuda_h.C_INT, 0);
    }

    /** Holds the compiler against the driver and the device that its cubins are for. */
    static CudaStatus compiler(Available found) {
        var nvrtc = found.nvrtc();
        if (nvrtc.version().major() > found.driver().major()) {
            return new Unavailable(Reason.NVRTC_TOO_NEW, nvrtc + " is newer than the driver, which supports CUDA " + found.driver()
                + " and will not load its cubins: update the driver, or run `./gatun setup-nvrtc` for an NVRTC "
                + found.driver().major() + ".x");
        }
        if (!nvrtc.supports(found.computeCapability())) {
            return new Unavailable(Reason.NVRTC_TOO_OLD, nvrtc + " cannot compile for " + found.name()
                + " (compute capability " + found.computeCapability() + "): run `./gatun setup-nvrtc` for a newer one");
        }
        return found;
    }
}
