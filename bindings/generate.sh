#!/usr/bin/env bash
# Regenerates src/main/java/io/gatun/bindings/{cuda,nvrtc} from cuda.h and headers/nvrtc.h.
# Needs `jextract` on the PATH (https://jdk.java.net/jextract/ or its source) and a CUDA 13 cuda.h: CUDA_HOME, or /usr/local/cuda.
set -euo pipefail
cd "$(dirname "$0")"

cuda_include="${CUDA_HOME:-/usr/local/cuda}/include"
out=src/main/java
[ -f "$cuda_include/cuda.h" ] || { echo "generate.sh: no cuda.h in $cuda_include; set CUDA_HOME to a CUDA 13 toolkit" >&2; exit 1; }
command -v jextract > /dev/null || { echo "generate.sh: no jextract on the PATH; see https://jdk.java.net/jextract/" >&2; exit 1; }

known=$(mktemp)
trap 'rm -f "$known"' EXIT

generate() { # name
    local name=$1 options=(--target-package "io.gatun.bindings.$1" --header-class-name "${1}_h" -I "$cuda_include")
    jextract "${options[@]}" --dump-includes "$known" "headers/$name.h" 2> /dev/null
    # jextract ignores a listed name that matches nothing, so such a name is looked for here.
    local unknown
    unknown=$(comm -13 <(awk '/^--/ {print $1, $2}' "$known" | sort -u) <(awk '/^--/ {print $1, $2}' "$name.includes" | sort -u))
    [ -z "$unknown" ] || { echo "generate.sh: $name.includes names what the header does not have:" "$unknown" >&2; exit 1; }
    rm -rf "$out/io/gatun/bindings/$name"
    jextract "${options[@]}" @"$name.includes" --output "$out" "headers/$name.h"
}
generate cuda
generate nvrtc

# Two rewrites. SymbolLookup.findOrThrow came with Java 23 and Gatun compiles for 22. The loader's own lookup knows only libraries that
# this class loader has loaded; ours finds libcuda and NVRTC themselves, and is empty where there is none, so that constants and layouts
# always work.
rewrite() { # name, lookup
    find "$out/io/gatun/bindings/$1" -name '*.java' -exec sed -i -E \
        -e 's/\.findOrThrow\(("[^"]+")\)/.find(\1).orElseThrow(() -> new UnsatisfiedLinkError(\1))/' \
        -e "s/SymbolLookup\.loaderLookup\(\)/$2/" {} +
}
rewrite cuda io.gatun.bindings.Cuda.symbols\(\)
rewrite nvrtc io.gatun.bindings.NvrtcLibrary.symbols\(\)
