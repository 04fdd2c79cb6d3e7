package io.gatun.kernels;

import io.gatun.bindings.Cuda;
import io.gatun.bindings.CudaStatus;
import io.gatun.kernels.cpu.CpuKernels;
import io.gatun.kernels.cuda.CudaKernels;
import io.gatun.memory.CpuDevice;
import io.gatun.memory.CudaDevice;
import io.gatun.memory.Device;

/**
 * A device with its kernels. Closing it closes both.
 *
 * @param device where tensors live
 * @param kernels what computes on them
 */
public record Backend(Device device, Kernels kernels) implements AutoCloseable {

    /**
     * Opens a device, which becomes current for the calling thread.
     *
     * @throws DeviceUnavailableException if a GPU is asked for and cannot be used; the message says why and what to do
     */
    public static Backend open(DeviceChoice choice, KernelOptions options) {
        return switch (choice) {
            case CPU -> cpu();
            case CUDA -> switch (Cuda.probe()) {
                case CudaStatus.Available found -> cuda(found, options);
                case CudaStatus.Unavailable missing -> throw new DeviceUnavailableException("no GPU to run on: " + missing.message());
            };
            case AUTO -> Cuda.probe() instanceof CudaStatus.Available found ? cuda(found, options) : cpu();
        };
    }

    @Override
    public void close() {
        kernels.close();
        device.close();
    }

    private static Backend cpu() {
        var device = new CpuDevice();
        return new Backend(device, new CpuKernels(device));
    }

    private static Backend cuda(CudaStatus.Available found, KernelOptions options) {
        var device = CudaDevice.open(found.device());
        try {
            return new Backend(device, CudaKernels.open(device, found.nvrtc(), options));
        } catch (RuntimeException e) {
            device.close();
            throw e;
        }
    }
}
