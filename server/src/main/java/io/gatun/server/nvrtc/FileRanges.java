package io.gatun.server.nvrtc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** A jar on this machine. */
final class FileRanges implements ByteRanges {
    private final Path jar;
    private final FileChannel channel;
    private final long size;

    FileRanges(Path jar) {
        this.jar = jar;
        try {
            this.channel = FileChannel.open(jar);
            this.size = channel.size();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public byte[] read(long offset, int length) {
        var bytes = ByteBuffer.allocate(length);
        try {
            while (bytes.hasRemaining()) {
                if (channel.read(bytes, offset + bytes.position()) < 0) {
                    throw new NvrtcInstallException(jar + " ends at byte " + size + ", in the middle of an entry: fetch it again");
                }
            }
        } catch (IOException e) {
            throw unreadable(e);
        }
        return bytes.array();
    }

    @Override
    public String toString() {
        return jar.toString();
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private NvrtcInstallException unreadable(IOException e) {
        return new NvrtcInstallException("cannot read the jar " + jar + ": " + e, e);
    }
}
