package io.gatun.server.nvrtc;

import io.gatun.bindings.CudaVersion;
import io.gatun.bindings.NvrtcException;
import io.gatun.bindings.NvrtcLibrary;
import io.gatun.kernels.Progress;
import io.gatun.server.nvrtc.JarDirectory.Entry;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;

/**
 * Puts libnvrtc and its builtins into Gatun's own folder, from Maven's {@code org.bytedeco:cuda-redist}: of that jar of 340 MB only
 * these two files are fetched, about 50 MB.
 */
public final class NvrtcInstaller {
    public static final URI MAVEN_CENTRAL = URI.create("https://repo1.maven.org/maven2/");

    private static final Pattern LIBRARY = Pattern.compile("libnvrtc\\.so\\.\\d+");
    private static final Pattern BUILTINS = Pattern.compile("libnvrtc-builtins\\.so\\.(\\d+)\\.(\\d+)");
    private static final int BUFFER = 1 << 16;

    private final Path folder;
    private final Progress progress;
    private final Function<Path, CudaVersion> loader;

    /** What is now in the folder; {@code alreadyThere} if nothing had to be written. */
    public record Installed(Path library, CudaVersion version, boolean alreadyThere) {
    }

    /**
     * Installs into {@link NvrtcLibrary#gatunFolder()}.
     *
     * @param progress told of each step, in bytes of the unpacked files
     */
    public NvrtcInstaller(Progress progress) {
        this(NvrtcLibrary.gatunFolder(), progress, library -> NvrtcLibrary.open(library).version());
    }

    /** @param loader loads a libnvrtc and says its version, or throws {@link NvrtcException} */
    NvrtcInstaller(Path folder, Progress progress, Function<Path, CudaVersion> loader) {
        this.folder = folder;
        this.progress = progress;
        this.loader = loader;
    }

    /**
     * Installs a release, unless it is there and can be loaded.
     *
     * @param repository root of a Maven repository, {@link #MAVEN_CENTRAL} or a mirror that serves ranges
     * @throws NvrtcInstallException if it cannot be fetched, verified, written or loaded; the folder then holds what it held before
     */
    public Installed install(NvrtcRelease release, URI repository) {
        var present = folder.resolve("libnvrtc.so." + release.version().major());
        if (isLoadable(present, release.version())) {
            return new Installed(present, release.version(), true);
        }
        if (!"https".equals(repository.getScheme()) && !"http".equals(repository.getScheme())) {
            throw new NvrtcInstallException("--repository '" + repository + "' should be like " + MAVEN_CENTRAL);
        }
        var base = repository.toString().endsWith("/") ? repository : URI.create(repository + "/");
        try (var jar = new HttpRanges(base.resolve(release.path(platform())))) {
            return install(jar);
        }
    }

    /**
     * Installs from a {@code cuda-redist} jar on this machine, of any version.
     *
     * @throws NvrtcInstallException if the jar lacks NVRTC for this machine, or it cannot be verified, written or loaded
     */
    public Installed install(Path jar) {
        try (var ranges = new FileRanges(jar)) {
            return install(ranges);
        }
    }

    private boolean isLoadable(Path library, CudaVersion version) {
        // The builtins' name tells the version without loading anything: a process keeps the first libnvrtc.so.N that it has loaded.
        if (!Files.exists(library) || !Files.exists(folder.resolve("libnvrtc-builtins.so." + version))) {
            return false;
        }
        try {
            return loader.apply(library).equals(version);
        } catch (NvrtcException damaged) {
            return false;
        }
    }

    private Installed install(ByteRanges jar) {
        var directory = JarDirectory.read(jar);
        var library = entry(directory, LIBRARY, jar);
        var builtins = entry(directory, BUILTINS, jar);
        var target = folder.resolve(library.fileName());
        // The builtins first: whoever finds the library finds them beside it.
        var entries = List.of(builtins, library);
        try {
            boolean alreadyThere = isInstalled(builtins) && isInstalled(library);
            if (!alreadyThere) {
                Files.createDirectories(folder);
                write(directory, entries);
                deleteOtherBuiltins(builtins.fileName());
            }
            loader.apply(target);
            return new Installed(target, version(builtins.fileName()), alreadyThere);
        } catch (NvrtcException e) {
            throw new NvrtcInstallException("NVRTC was installed and cannot be used: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new NvrtcInstallException("cannot write to " + folder + " (" + e + "): XDG_DATA_HOME moves the folder", e);
        }
    }

    private static Entry entry(JarDirectory directory, Pattern fileName, ByteRanges jar) {
        var platform = "/" + platform() + "/";
        return directory.entries().stream().filter(e -> fileName.matcher(e.fileName()).matches() && e.name().contains(platform)).findFirst()
            .orElseThrow(() -> new NvrtcInstallException(jar + " holds no NVRTC for " + platform() + ": it should be "
                + "org.bytedeco:cuda-redist with classifier " + platform()));
    }

    private boolean isInstalled(Entry entry) throws IOException {
        var file = folder.resolve(entry.fileName());
        if (!Files.isRegularFile(file) || Files.size(file) != entry.size()) {
            return false;
        }
        var crc = new CRC32();
        try (var in = new CheckedInputStream(Files.newInputStream(file), crc)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return crc.getValue() == entry.crc32();
    }

    private void write(JarDirectory directory, List<Entry> entries) throws IOException {
        long total = entries.stream().mapToLong(Entry::size).sum();
        long free = Files.getFileStore(folder).getUsableSpace();
        if (free < total) {
            throw new NvrtcInstallException("NVRTC needs " + (total >> 20) + " MB in " + folder + ", where " + (free >> 20)
                + " MB are free: make room, or move the folder with XDG_DATA_HOME");
        }
        var staging = Files.createTempDirectory(folder, ".part");
        try {
            long done = 0;
            for (var entry : entries) {
                unpack(directory, entry, staging.resolve(entry.fileName()), done, total);
                done += entry.size();
            }
            for (var entry : entries) {
                Files.move(staging.resolve(entry.fileName()), folder.resolve(entry.fileName()), StandardCopyOption.ATOMIC_MOVE);
            }
        } finally {
            for (var entry : entries) {
                Files.deleteIfExists(staging.resolve(entry.fileName()));
            }
            Files.delete(staging);
        }
    }

    private void deleteOtherBuiltins(String kept) throws IOException {
        try (var files = Files.newDirectoryStream(folder, file -> BUILTINS.matcher(file.getFileName().toString()).matches())) {
            for (var file : files) {
                var name = file.getFileName().toString();
                if (!name.equals(kept) && version(name).major() == version(kept).major()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static CudaVersion version(String builtins) {
        var name = BUILTINS.matcher(builtins);
        if (!name.matches()) {
            throw new IllegalArgumentException(builtins);
        }
        return new CudaVersion(Integer.parseInt(name.group(1)), Integer.parseInt(name.group(2)));
    }

    private void unpack(JarDirectory directory, Entry entry, Path file, long before, long total) throws IOException {
        var crc = new CRC32();
        long size = 0;
        try (var in = new CheckedInputStream(directory.open(entry), crc); var out = Files.newOutputStream(file)) {
            var buffer = new byte[BUFFER];
            for (int count; (count = readOf(entry, in, buffer)) >= 0; ) {
                out.write(buffer, 0, count);
                size += count;
                progress.report("fetching NVRTC", before + size, total);
            }
        }
        if (size != entry.size() || crc.getValue() != entry.crc32()) {
            throw damaged(entry, "%d bytes with CRC32 %08x instead of %d with %08x"
                .formatted(size, crc.getValue(), entry.size(), entry.crc32()));
        }
    }

    /** Reads apart from writing, since what cannot be inflated is the jar's fault and not the disk's. */
    private static int readOf(Entry entry, CheckedInputStream in, byte[] buffer) {
        try {
            return in.read(buffer);
        } catch (IOException e) {
            throw damaged(entry, e.getMessage());
        }
    }

    private static NvrtcInstallException damaged(Entry entry, String how) {
        return new NvrtcInstallException(entry.fileName() + " arrived damaged (" + how + "): run this again, or name another mirror of "
            + "Maven Central with --repository");
    }

    /** The classifier of this machine's jar. */
    private static String platform() {
        var system = System.getProperty("os.name");
        var architecture = System.getProperty("os.arch");
        if (!system.equals("Linux")) {
            throw new NvrtcInstallException("NVRTC can be installed on Linux only, and this is " + system);
        }
        return switch (architecture) {
            case "amd64", "x86_64" -> "linux-x86_64";
            case "aarch64" -> "linux-arm64";
            default -> throw new NvrtcInstallException("there is no NVRTC for " + architecture + ": x86-64 and aarch64 only");
        };
    }
}
