#!/bin/sh
# Packs Gatun, its GPU tests and a small Java into target/gpu-suite, to run scripts/gpu/suite.sh on a GPU machine that has neither Java nor Maven.
# A machine that has both needs none of this: there `mvn verify` runs the GPU tests.
set -eu

home=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
out=$home/target/gpu-suite
jdk=${JAVA_HOME:-$(ls -d /usr/lib/jvm/*-2[2-9]* | tail -n 1)}
junit=1.14.4

cd "$home"
mvn -q -B -DskipTests package
rm -rf "$out"
mkdir -p "$out/lib" "$out/tests"
cp server/target/gatun.jar server/target/lib/*.jar "$out/lib/"
rm -f "$out"/lib/zstd-jni-* "$out"/lib/snappy-java-* "$out"/lib/hardwood-*  # for parquet files, which nothing here reads
cp jmh/target/gatun-jmh-*.jar jmh/target/lib/jmh-core-*.jar jmh/target/lib/jopt-simple-*.jar jmh/target/lib/commons-math3-*.jar "$out/lib/"
for module in bindings memory kernels-src models; do
    cp -r $module/target/test-classes/. "$out/tests/"
done
rm -r "$out/tests/goldens" "$out/tests/vlm"  # the suite takes them from the sources
mvn -q -B dependency:copy -Dartifact=org.junit.platform:junit-platform-console-standalone:$junit -DoutputDirectory="$out/junit"
mvn -q -B -pl bindings dependency:copy-dependencies -DincludeScope=test -DincludeArtifactIds=assertj-core,byte-buddy -DoutputDirectory="$out/junit"
if [ ! -f "$home/target/jdk.tar.xz" ]; then
    "$jdk/bin/jlink" --add-modules java.base,java.desktop,java.management,java.net.http,java.naming,jdk.incubator.vector,jdk.jfr,jdk.management,jdk.unsupported \
        --strip-debug --no-man-pages --no-header-files --output "$home/target/jdk"
    tar -C "$home/target" -cJf "$home/target/jdk.tar.xz" jdk
    rm -rf "$home/target/jdk"
fi
cp "$home/target/jdk.tar.xz" "$out/"
du -sh "$out"
