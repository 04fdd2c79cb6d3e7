package io.gatun.runtime.batch;

import io.gatun.memory.CudaDevice;
import io.gatun.memory.CudaEvent;
import io.gatun.memory.DType;
import io.gatun.memory.Device;
import io.gatun.memory.Owner;
import io.gatun.memory.PinnedBuffer;
import io.gatun.memory.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A step's integers on the device, sent there in one copy: new elements of the page table with their indices, then the inputs. For a GPU they are
 * written to one of two pinned blocks in turn, so that the host can write one while the device still reads the other.
 */
public final class StepBlock implements AutoCloseable {

    /** One of the two pinned blocks. */
    private record Pinned(PinnedBuffer buffer, CudaEvent copied) {
    }

    private final Owner owner = new Owner();
    private final Device device;
    private final int maxNewPages;
    private final Tensor all;
    private final Tensor newPages;
    private final Tensor newPageElements;
    private final Tensor inputs;
    private final Pinned[] pinned;
    private MemorySegment host;
    private int turn;

    /**
     * A block.
     *
     * @param maxNewPages room for at least so many new elements of the page table
     * @param maxInputs room for so many integers of inputs
     */
    public StepBlock(Device device, int maxNewPages, int maxInputs) {
        this.device = device;
        this.maxNewPages = StepLayout.aligned(maxNewPages);
        try {
            all = owner.own(device.arena("batch", 0)).allocate(DType.I32, 2L * this.maxNewPages + maxInputs);
            newPages = all.narrowRows(0, this.maxNewPages);
            newPageElements = all.narrowRows(this.maxNewPages, this.maxNewPages);
            inputs = all.narrowRows(2L * this.maxNewPages, maxInputs);
            pinned = device instanceof CudaDevice ? new Pinned[] {allocatePinned(), allocatePinned()} : new Pinned[0];
            host = device instanceof CudaDevice ? pinned[0].buffer.segment() : all.segment();
        } catch (RuntimeException | Error e) {
            owner.close();
            throw e;
        }
    }

    public boolean holds(int pages, int count) {
        return pages <= maxNewPages && count <= inputs.elements();
    }

    /** Begins a step; waits until the device has read the last step but one. */
    public void begin() {
        if (device instanceof CudaDevice) {
            turn = 1 - turn;
            pinned[turn].copied.synchronize();
            host = pinned[turn].buffer.segment();
        }
    }

    /** Sets the input {@code at}. */
    public void set(int at, int value) {
        host.setAtIndex(ValueLayout.JAVA_INT, 2L * maxNewPages + at, value);
    }

    /** Sets the input {@code at} to the bits of a float. */
    public void set(int at, float value) {
        set(at, Float.floatToRawIntBits(value));
    }

    /** Sets the new page {@code i}, which belongs into {@code element} of the page table. */
    void setNewPage(int i, int element, int page) {
        host.setAtIndex(ValueLayout.JAVA_INT, i, page);
        host.setAtIndex(ValueLayout.JAVA_INT, maxNewPages + i, element);
    }

    /** Brings the new pages and the first {@code count} inputs to the device. */
    public void send(int count) {
        if (device instanceof CudaDevice cuda) {
            cuda.copyInAsync(pinned[turn].buffer, (2L * maxNewPages + count) * Integer.BYTES, all);
            pinned[turn].copied.record(cuda.stream());
        }
    }

    Tensor newPages() {
        return newPages;
    }

    Tensor newPageElements() {
        return newPageElements;
    }

    /** {@code count} inputs from {@code at} on, on the device. */
    public Tensor part(int at, int count) {
        return inputs.narrowRows(at, count);
    }

    /** Waits until the device has read everything. */
    @Override
    public void close() {
        device.synchronize();
        owner.close();
    }

    private Pinned allocatePinned() {
        return new Pinned(owner.own(PinnedBuffer.allocate(all.bytes())), owner.own(CudaEvent.create()));
    }
}
