package io.gatun.server.nvrtc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatun.bindings.CudaVersion;
import io.gatun.server.nvrtc.JarServer.Fault;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Installs from small jars of the real layout; the "libraries" in them are bytes that nothing loads. */
class NvrtcInstallerTest {
    private static final String PLATFORM = System.getProperty("os.arch").equals("aarch64") ? "linux-arm64" : "linux-x86_64";
    private static final CudaVersion VERSION = new CudaVersion(13, 1);

    @TempDir
    private Path temporary;
    private Path folder;
    private final byte[] library = new byte[ByteRanges.PIECE + (1 << 20)];
    private final byte[] builtins = new byte[1 << 20];
    private final List<long[]> progress = new ArrayList<>();
    private final List<Path> loaded = new ArrayList<>();

    @BeforeEach
    void content() {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "NVRTC is installed on Linux only");
        folder = temporary.resolve("gatun/nvrtc");
        new Random(7).nextBytes(library);
        new Random(8).nextBytes(builtins);
    }

    @Test
    void onlyTheTwoFilesAreFetched() throws IOException {
        var jar = jar(PLATFORM, "13.1");
        try (var server = new JarServer(jar, Fault.NONE)) {
            var installed = installer().install(NvrtcRelease.CUDA_13_1, server.repository());

            assertThat(installed).isEqualTo(new NvrtcInstaller.Installed(folder.resolve("libnvrtc.so.13"), VERSION, false));
            assertThat(server.paths()).containsOnly("/maven2/org/bytedeco/cuda-redist/13.1-9.19-1.5.13/cuda-redist-13.1-9.19-1.5.13-"
                + PLATFORM + ".jar");
            assertThat(server.bytesSent()).isLessThan(library.length + builtins.length + (256 << 10)).isLessThan(jar.length - (1 << 20));
        }
        assertInstalled();
        assertThat(loaded).containsExactly(folder.resolve("libnvrtc.so.13"));
        assertThat(progress.getLast()).containsExactly(library.length + builtins.length, library.length + builtins.length);
    }

    @Test
    void aSecondCallFetchesNothing() throws IOException {
        try (var server = new JarServer(jar(PLATFORM, "13.1"), Fault.NONE)) {
            installer().install(NvrtcRelease.CUDA_13_1, server.repository());
        }
        var nowhere = URI.create("http://127.0.0.1:1/");
        assertThat(installer().install(NvrtcRelease.CUDA_13_1, nowhere).alreadyThere()).isTrue();
    }

    @Test
    void aLocalJarNeedsNoServer() throws IOException {
        var jar = Files.write(temporary.resolve("cuda-redist.jar"), jar(PLATFORM, "13.1"));
        assertThat(installer().install(jar).alreadyThere()).isFalse();
        assertInstalled();
        assertThat(installer().install(jar).alreadyThere()).isTrue();
        Files.write(folder.resolve("libnvrtc.so.13"), new byte[library.length]);
        assertThat(installer().install(jar).alreadyThere()).isFalse();
        assertInstalled();
    }

    @Test
    void anotherReleaseOfTheSameMajorVersionReplacesTheFirstAndAnOlderMajorStaysBeside() throws IOException {
        installer().install(Files.write(temporary.resolve("a.jar"), jar(PLATFORM, "12.9")));
        installer().install(Files.write(temporary.resolve("b.jar"), jar(PLATFORM, "13.3")));
        installer().install(Files.write(temporary.resolve("c.jar"), jar(PLATFORM, "13.1")));
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("libnvrtc.so.12", "libnvrtc-builtins.so.12.9", "libnvrtc.so.13",
            "libnvrtc-builtins.so.13.1");
    }

    @Test
    void brokenConnectionsAndBusyServersAreTriedAgain() throws IOException {
        for (var fault : List.of(Fault.BREAKS_TWICE, Fault.BUSY_TWICE, Fault.REDIRECTS)) {
            folder = temporary.resolve(fault.name());
            try (var server = new JarServer(jar(PLATFORM, "13.1"), fault)) {
                installer().install(NvrtcRelease.CUDA_13_1, server.repository());
            }
            assertInstalled();
        }
    }

    @Test
    void aServerWithoutRangesIsNotLeftToSendTheWholeJar() throws IOException {
        assertRefused(Fault.IGNORES_RANGES, jar(PLATFORM, "13.1")).hasMessageContaining("does not serve parts of a file")
            .hasMessageContaining("--from-jar");
    }

    @Test
    void aMissingJarIsNamed() throws IOException {
        assertRefused(Fault.NOT_FOUND, jar(PLATFORM, "13.1")).hasMessageContaining("cuda-redist-13.1-9.19-1.5.13-")
            .hasMessageContaining("404");
    }

    @Test
    void aConnectionThatAlwaysBreaksEndsInAnError() throws IOException {
        assertRefused(Fault.ALWAYS_BREAKS, jar(PLATFORM, "13.1")).hasMessageContaining("check the network and https_proxy");
    }

    @Test
    void noNetworkIsAnErrorThatNamesTheWaysAround() {
        assertThatThrownBy(() -> installer().install(NvrtcRelease.CUDA_13_1, URI.create("http://127.0.0.1:1/")))
            .isInstanceOf(NvrtcInstallException.class)
            .hasMessageContainingAll("http://127.0.0.1:1/", "https_proxy", "--repository", "--from-jar");
    }

    @Test
    void changedBytesAreRefused() throws IOException {
        var jar = jar(PLATFORM, "13.1");
        int compressed = indexOf(jar, "/libnvrtc.so.13") + "/libnvrtc.so.13".length();
        jar[compressed + (1 << 20)] ^= 1;
        assertRefused(Fault.NONE, jar).hasMessageContaining("libnvrtc.so.13 arrived damaged").hasMessageContaining("--repository");
        jar[compressed] |= 7;
        assertRefused(Fault.NONE, jar).hasMessageContaining("libnvrtc.so.13 arrived damaged (invalid block type)");
    }

    @Test
    void aWrongChecksumIsRefused() throws IOException {
        var jar = jar(PLATFORM, "13.1");
        int crcOfLastEntry = lastIndexOf(jar, "PK\1\2") + 16;
        jar[crcOfLastEntry] ^= 1;
        assertRefused(Fault.NONE, jar).hasMessageContaining("CRC32");
    }

    @Test
    void whatIsNoJarIsRefused() throws IOException {
        assertRefused(Fault.NONE, new byte[200_000]).hasMessageContaining("is no jar, or a damaged one");
        assertRefused(Fault.NONE, new byte[3]).hasMessageContaining("is no jar, or a damaged one");
        var jar = jar(PLATFORM, "13.1");
        ByteBuffer.wrap(jar).order(ByteOrder.LITTLE_ENDIAN).putInt(lastIndexOf(jar, "PK\5\6") + 16, Integer.MAX_VALUE);
        assertRefused(Fault.NONE, jar).hasMessageContaining("is no jar, or a damaged one");
    }

    @Test
    void aJarForAnotherMachineIsRefused() throws IOException {
        assertRefused(Fault.NONE, jar("windows-x86_64", "13.1")).hasMessageContaining("holds no NVRTC for " + PLATFORM);
    }

    @Test
    void aFolderThatCannotBeWrittenIsNamed() throws IOException {
        var jar = Files.write(temporary.resolve("cuda-redist.jar"), jar(PLATFORM, "13.1"));
        Files.writeString(temporary.resolve("gatun"), "a file where a folder should be");
        assertThatThrownBy(() -> installer().install(jar)).isInstanceOf(NvrtcInstallException.class)
            .hasMessageContaining("cannot write to " + folder).hasMessageContaining("XDG_DATA_HOME");
    }

    @Test
    void aRepositoryThatIsNoWebAddressIsRefused() {
        assertThatThrownBy(() -> installer().install(NvrtcRelease.CUDA_13_1, URI.create("central")))
            .isInstanceOf(NvrtcInstallException.class)
            .hasMessageContaining("--repository 'central' should be like https://repo1.maven.org/maven2/");
    }

    @Test
    void theDriverDecidesTheRelease() {
        assertThat(NvrtcRelease.forDriver(12)).isEqualTo(NvrtcRelease.CUDA_12_9);
        assertThat(NvrtcRelease.forDriver(13)).isEqualTo(NvrtcRelease.CUDA_13_1);
        assertThat(NvrtcRelease.of("13.3")).isEqualTo(NvrtcRelease.CUDA_13_3);
        assertThatThrownBy(() -> NvrtcRelease.of("12.8")).hasMessageContaining("'12.8'").hasMessageContaining("12.9, 13.1, 13.3");
    }

    private AbstractThrowableAssert<?, ?> assertRefused(Fault fault, byte[] jar) throws IOException {
        try (var server = new JarServer(jar, fault)) {
            var refusal = assertThatThrownBy(() -> installer().install(NvrtcRelease.CUDA_13_1, server.repository()))
                .isInstanceOf(NvrtcInstallException.class);
            assertThat(folder.toFile().list()).as("left behind").isNullOrEmpty();
            return refusal;
        }
    }

    private void assertInstalled() {
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("libnvrtc.so.13", "libnvrtc-builtins.so.13.1");
        assertThat(folder.resolve("libnvrtc.so.13")).hasBinaryContent(library);
        assertThat(folder.resolve("libnvrtc-builtins.so.13.1")).hasBinaryContent(builtins);
    }

    private NvrtcInstaller installer() {
        return new NvrtcInstaller(folder, (task, done, total) -> progress.add(new long[] {done, total}), path -> {
            loaded.add(path);
            return VERSION;
        });
    }

    /** A jar with other libraries around the two, one stored and one deflated. */
    private byte[] jar(String platform, String version) throws IOException {
        var other = new byte[2 << 20];
        new Random(9).nextBytes(other);
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            zip.setLevel(Deflater.NO_COMPRESSION);
            add(zip, "org/bytedeco/cuda/" + platform + "/libcublas.so.13", other);
            add(zip, "org/bytedeco/cuda/" + platform + "/libnvrtc.so." + version.substring(0, 2), library);
            add(zip, "org/bytedeco/cuda/" + platform + "/libjnvrtc.so", other);
            var stored = new ZipEntry("org/bytedeco/cuda/" + platform + "/libnvrtc-builtins.so." + version);
            stored.setMethod(ZipEntry.STORED);
            stored.setSize(builtins.length);
            var crc = new CRC32();
            crc.update(builtins);
            stored.setCrc(crc.getValue());
            zip.putNextEntry(stored);
            zip.write(builtins);
        }
        return bytes.toByteArray();
    }

    private static void add(ZipOutputStream zip, String name, byte[] content) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(content);
    }

    private static int indexOf(byte[] bytes, String text) {
        return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
    }

    private static int lastIndexOf(byte[] bytes, String text) {
        return new String(bytes, StandardCharsets.ISO_8859_1).lastIndexOf(text);
    }
}
