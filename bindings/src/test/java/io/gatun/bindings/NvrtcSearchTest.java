package io.gatun.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Searches trees of empty files that stand for a machine. */
class NvrtcSearchTest {
    private static final int ANY = Integer.MAX_VALUE;

    @TempDir
    private Path root;
    private final Map<String, String> properties = new HashMap<>();
    private final Map<String, String> environment = new HashMap<>();

    @BeforeEach
    void home() {
        properties.put("user.home", root.resolve("home/ada").toString());
    }

    @Test
    void thePlacesAreTakenInTheirOrder() throws IOException {
        var own = library("home/ada/.local/share/gatun/nvrtc/libnvrtc.so.13");
        assertThat(find(ANY)).isEqualTo(own);
        var debian = library("usr/lib/x86_64-linux-gnu/libnvrtc.so.13");
        assertThat(find(ANY)).isEqualTo(debian);
        var older = library("usr/local/cuda-12.9/lib64/libnvrtc.so.12");
        assertThat(find(ANY)).isEqualTo(older);
        var newer = library("usr/local/cuda-13.1/lib64/libnvrtc.so.13");
        assertThat(find(ANY)).isEqualTo(newer);
        var chosen = library("usr/local/cuda/lib64/libnvrtc.so.12");
        assertThat(find(ANY)).isEqualTo(chosen);
        environment.put("CUDA_PATH", root.resolve("path").toString());
        var path = library("path/lib/libnvrtc.so.12");
        assertThat(find(ANY)).isEqualTo(path);
        environment.put("CUDA_HOME", root.resolve("toolkit").toString());
        var toolkit = library("toolkit/lib64/libnvrtc.so.12");
        assertThat(find(ANY)).isEqualTo(toolkit);
        var system = library("usr/lib/libnvrtc.so.12");
        assertThat(find(ANY)).isEqualTo(system);
        Files.createDirectories(root.resolve("etc/ld.so.conf.d"));
        Files.writeString(root.resolve("etc/ld.so.conf"), "include /etc/ld.so.conf.d/*.conf # more\n");
        Files.writeString(root.resolve("etc/ld.so.conf.d/cuda.conf"), "# CUDA\n/vendor/cuda\n");
        var configured = library("vendor/cuda/libnvrtc.so.12");
        assertThat(find(ANY)).isEqualTo(configured);
        properties.put("java.library.path", root.resolve("java").toString());
        var java = library("java/libnvrtc.so.12");
        assertThat(find(ANY)).isEqualTo(java);
        environment.put("LD_LIBRARY_PATH", ":" + root.resolve("nowhere") + ":" + root.resolve("ld"));
        var loader = library("ld/libnvrtc.so.12");
        assertThat(find(ANY)).isEqualTo(loader);
        environment.put("GATUN_NVRTC", root.resolve("variable").toString());
        var variable = library("variable/libnvrtc.so.12");
        assertThat(find(ANY)).isEqualTo(variable);
        var property = library("property/some-nvrtc.so");
        properties.put("gatun.nvrtc", property.toString());
        assertThat(find(ANY)).isEqualTo(property);
    }

    @Test
    void theNewestOfAFolderIsTakenThatTheDriverLoads() throws IOException {
        var old = library("usr/local/cuda/lib64/libnvrtc.so.12");
        var recent = library("usr/local/cuda/lib64/libnvrtc.so.13");
        library("usr/local/cuda/lib64/libnvrtc.so.13.1.80");
        library("usr/local/cuda/lib64/libnvrtc-builtins.so.13");
        assertThat(find(ANY)).isEqualTo(recent);
        assertThat(find(13)).isEqualTo(recent);
        assertThat(find(12)).isEqualTo(old);
    }

    @Test
    void aLaterPlaceIsTakenWhereTheDriverWouldRefuseTheFirst() throws IOException {
        var recent = library("usr/local/cuda/lib64/libnvrtc.so.13");
        assertThat(find(12)).isEqualTo(recent);
        var own = library("home/ada/.local/share/gatun/nvrtc/libnvrtc.so.12");
        assertThat(find(12)).isEqualTo(own);
    }

    @Test
    void aSettingMayNameAToolkit() throws IOException {
        var library = library("opt/toolkit/lib64/libnvrtc.so.12");
        environment.put("GATUN_NVRTC", root.resolve("opt/toolkit").toString());
        assertThat(find(ANY)).isEqualTo(library);
    }

    @Test
    void aSettingThatNamesNothingIsAnErrorThatNamesIt() throws IOException {
        library("usr/local/cuda/lib64/libnvrtc.so.13");
        environment.put("GATUN_NVRTC", "/no/such/folder");
        assertThatThrownBy(() -> find(ANY)).isInstanceOf(NvrtcException.class)
            .hasMessageContaining("environment variable GATUN_NVRTC is '/no/such/folder', which does not exist");
        properties.put("gatun.nvrtc", root.resolve("usr").toString());
        assertThatThrownBy(() -> find(ANY)).isInstanceOf(NvrtcException.class)
            .hasMessageContaining("system property gatun.nvrtc is '" + root.resolve("usr") + "', a folder without libnvrtc.so.12 or .13");
    }

    @Test
    void anEmptyMachineIsToldWhatToDo() {
        assertThatThrownBy(() -> find(ANY)).isInstanceOf(NvrtcException.class)
            .hasMessageContaining("./gatun setup-nvrtc").hasMessageContaining("GATUN_NVRTC")
            .hasMessageContaining(search().gatunFolder().toString());
    }

    @Test
    void gatunsFolderFollowsXdg() {
        environment.put("XDG_DATA_HOME", "/data");
        assertThat(search().gatunFolder()).isEqualTo(Path.of("/data/gatun/nvrtc"));
        environment.put("XDG_DATA_HOME", "relative");
        assertThat(search().gatunFolder()).isEqualTo(root.resolve("home/ada/.local/share/gatun/nvrtc"));
    }

    private Path library(String path) throws IOException {
        var file = root.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.createFile(file);
    }

    private Path find(int newestMajor) {
        return search().find(newestMajor);
    }

    private NvrtcSearch search() {
        return new NvrtcSearch(properties::get, environment::get, root);
    }
}
