package io.gatun.bindings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Where NVRTC is looked for, and in which order. */
final class NvrtcSearch {
    private static final Pattern LIBRARY = Pattern.compile("libnvrtc\\.so\\.(\\d+)");
    private static final Pattern TOOLKIT = Pattern.compile("cuda(-(\\d+)(\\.(\\d+))?)?");
    private static final List<String> TOOLKIT_LIBRARIES = List.of("lib64", "lib");

    private final UnaryOperator<String> property;
    private final UnaryOperator<String> environment;
    private final Path root;

    /**
     * @param property    system properties by name, null where unset
     * @param environment environment variables by name, null where unset
     * @param root        {@code /}, or a folder that stands for it
     */
    NvrtcSearch(UnaryOperator<String> property, UnaryOperator<String> environment, Path root) {
        this.property = property;
        this.environment = environment;
        this.root = root;
    }

    static NvrtcSearch ofThisMachine() {
        return new NvrtcSearch(System::getProperty, System::getenv, Path.of("/"));
    }

    /**
     * The libnvrtc to load: what the user named, else the first whose major version is at most {@code newestMajor}, else the first.
     *
     * @throws NvrtcException if the user named something that holds no libnvrtc, or there is none anywhere
     */
    Path find(int newestMajor) {
        for (var setting : List.of(new Setting("system property gatun.nvrtc", property.apply("gatun.nvrtc")),
                                   new Setting("environment variable GATUN_NVRTC", environment.apply("GATUN_NVRTC")))) {
            if (setting.isSet()) {
                return named(setting, newestMajor);
            }
        }
        var folders = Stream.of(libraryPath(), toolkits(), Stream.of(gatunFolder())).flatMap(s -> s);
        var libraries = folders.flatMap(NvrtcSearch::libraries).toList();
        if (libraries.isEmpty()) {
            throw new NvrtcException("no libnvrtc.so.12 or .13 in the library path, CUDA_HOME, CUDA_PATH, /usr/local/cuda*, /opt/cuda or "
                + gatunFolder() + ": run `./gatun setup-nvrtc`, which puts one there, or name one with -Dgatun.nvrtc or GATUN_NVRTC");
        }
        return preferred(libraries, newestMajor);
    }

    Path gatunFolder() {
        var data = environment.apply("XDG_DATA_HOME");
        var home = data != null && Path.of(data).isAbsolute() ? Path.of(data) : Path.of(property.apply("user.home"), ".local", "share");
        return home.resolve("gatun").resolve("nvrtc");
    }

    private record Setting(String name, String value) {
        boolean isSet() {
            return value != null && !value.isBlank();
        }
    }

    private Path named(Setting setting, int newestMajor) {
        var path = Path.of(setting.value()).toAbsolutePath();
        if (Files.isRegularFile(path)) {
            return path;
        }
        var libraries = Stream.concat(Stream.of(path), libraryFolders(path)).flatMap(NvrtcSearch::libraries).toList();
        if (libraries.isEmpty()) {
            throw new NvrtcException(setting.name() + " is '" + setting.value() + "', "
                + (Files.exists(path) ? "a folder without libnvrtc.so.12 or .13" : "which does not exist")
                + ": name libnvrtc.so.12, libnvrtc.so.13, or the folder that holds it");
        }
        return preferred(libraries, newestMajor);
    }

    /** What the dynamic loader searches: its path variable, Java's own, and the folders that ldconfig is told of. */
    private Stream<Path> libraryPath() {
        var configured = new ArrayList<Path>();
        readLoaderConfiguration(root.resolve("etc/ld.so.conf"), configured);
        var variables = Stream.of(environment.apply("LD_LIBRARY_PATH"), property.apply("java.library.path")).flatMap(NvrtcSearch::split);
        var defaults = Stream.of("lib64", "usr/lib64", "lib", "usr/lib").map(root::resolve);
        return Stream.of(variables, configured.stream(), defaults).flatMap(s -> s);
    }

    private static Stream<Path> split(String path) {
        return path == null ? Stream.empty() : Stream.of(path.split(":")).filter(p -> !p.isBlank()).map(Path::of);
    }

    private void readLoaderConfiguration(Path file, List<Path> folders) {
        for (var line : lines(file)) {
            var entry = line.replaceFirst("#.*", "").strip();
            if (entry.startsWith("include")) {
                var pattern = Path.of(entry.substring("include".length()).strip());
                var parent = pattern.isAbsolute() ? underRoot(pattern.getParent()) : file.resolveSibling(pattern).getParent();
                list(parent, pattern.getFileName().toString()).forEach(included -> readLoaderConfiguration(included, folders));
            } else if (entry.startsWith("/")) {
                folders.add(underRoot(Path.of(entry)));
            }
        }
    }

    private Stream<Path> toolkits() {
        var homes = Stream.of("CUDA_HOME", "CUDA_PATH").map(environment).filter(Objects::nonNull).filter(v -> !v.isBlank()).map(Path::of);
        var versioned = list(root.resolve("usr/local"), "cuda*").filter(p -> TOOLKIT.matcher(p.getFileName().toString()).matches())
            .sorted(Comparator.comparing(NvrtcSearch::toolkitVersion).reversed());
        var others = Stream.of("opt/cuda", "usr/lib/cuda").map(root::resolve);
        var packages = Stream.of("usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu").map(root::resolve);
        return Stream.concat(Stream.of(homes, versioned, others).flatMap(s -> s).flatMap(NvrtcSearch::libraryFolders), packages);
    }

    /** Orders {@code cuda}, the administrator's choice, above {@code cuda-13.1}, above {@code cuda-12.9}. */
    private static CudaVersion toolkitVersion(Path toolkit) {
        var name = TOOLKIT.matcher(toolkit.getFileName().toString());
        if (!name.matches() || name.group(1) == null) {
            return new CudaVersion(Integer.MAX_VALUE, 0);
        }
        int minor = name.group(4) == null ? Integer.MAX_VALUE : Integer.parseInt(name.group(4));
        return new CudaVersion(Integer.parseInt(name.group(2)), minor);
    }

    private static Stream<Path> libraryFolders(Path toolkit) {
        return TOOLKIT_LIBRARIES.stream().map(toolkit::resolve);
    }

    /** The {@code libnvrtc.so.N} in a folder, newest first. */
    private static Stream<Path> libraries(Path folder) {
        return list(folder, "libnvrtc.so.*").filter(p -> LIBRARY.matcher(p.getFileName().toString()).matches())
            .sorted(Comparator.comparingInt(NvrtcSearch::major).reversed());
    }

    private static int major(Path library) {
        var name = LIBRARY.matcher(library.getFileName().toString());
        return name.matches() ? Integer.parseInt(name.group(1)) : 0;
    }

    private static Path preferred(List<Path> libraries, int newestMajor) {
        return libraries.stream().filter(l -> major(l) <= newestMajor).findFirst().orElse(libraries.getFirst());
    }

    private Path underRoot(Path absolute) {
        return root.resolve(Path.of("/").relativize(absolute));
    }

    private static Stream<Path> list(Path folder, String glob) {
        try (var entries = Files.newDirectoryStream(folder, glob)) {
            var sorted = new ArrayList<Path>();
            entries.forEach(sorted::add);
            sorted.sort(null);
            return sorted.stream();
        } catch (IOException absentOrUnreadable) {
            return Stream.empty();
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException absentOrUnreadable) {
            return List.of();
        }
    }
}
