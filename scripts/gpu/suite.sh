#!/bin/bash
# Runs what scripts/gpu/pack.sh packed: the GPU tests, the comparison with Hugging Face in bf16, and the benchmarks, in one call.
# GPU_TESTS, a regular expression, picks test classes; DEVICE=cpu lets families and vlm run where there is no GPU.
# Usage: scripts/gpu/suite.sh [tests] [compare] [families] [vlm] [bench] [engine] [deterministic] [ttft] [vision] [kernels] [variants] [peers]
#   (default: tests compare bench); details go to $OUT.
set -u

home=$(cd -- "$(dirname -- "$0")/../.." && pwd)
pack=$home/target/gpu-suite
OUT=${OUT:-$home/target/gpu-out}
DEVICE=${DEVICE:-cuda}
mkdir -p "$OUT"
steps=${*:-tests compare bench}
cd "$home"

[ -d "$pack/jdk" ] || tar -C "$pack" -xJf "$pack/jdk.tar.xz"
cp -r models/src/test/resources/goldens models/src/test/resources/vlm "$pack/tests/"
java=("$pack/jdk/bin/java" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED)
gatun() { "${java[@]}" -Dgatun.home="$home" -cp "$pack/lib/*" io.gatun.server.Gatun "$@"; }

# One process a test class, all at once: compiling the variants takes most of the time.
run_tests() {
    local class
    mkdir -p "$OUT/tests"
    for class in $(cd "$pack/tests" && find . -name '*GpuTest.class' | grep -E "${GPU_TESTS:-.}" | sed 's|^\./||; s|\.class$||; s|/|.|g'); do
        "${java[@]}" -cp "$pack/tests:$pack/lib/*:$pack/junit/*" org.junit.platform.console.ConsoleLauncher execute --disable-banner \
            --select-class "$class" --details=verbose --disable-ansi-colors >"$OUT/tests/$class.log" 2>&1 &
    done
    wait
    for class in "$OUT"/tests/*.log; do
        grep -hE 'caught: ' "$class" | cut -c1-200 | head -8
        echo "$(basename "$class" .log): $(sed -nE 's/^\[ *([0-9]+ tests (skipped|successful|failed)) *\]/\1/p' "$class" | tr '\n' ' ')"
    done
    cat "$OUT"/tests/*.log | gzip >"$OUT/tests.log.gz"
    rm -r "$OUT/tests"
}

# Gatun in bf16 and Hugging Face in bf16, both against Hugging Face in fp32, teacher-forced on many prefixes.
run_compare() {
    local model=models/samples/llama
    python3 - >"$OUT/prefixes.json" <<'PY'
import json
goldens = json.load(open("models/src/test/resources/goldens/sample-llama/golden.json"))["prompts"]
ids = [p["input_ids"] + p["output_ids"] for p in goldens]
print(json.dumps([row[:n] for row in ids for n in range(1, len(row) + 1, 2)]))
PY
    gatun bench-one-batch --correct --device cuda --model-path $model --prompts-file "$OUT/prefixes.json" --output-len 1 --json "$OUT/gatun-bf16.json" \
        >"$OUT/compare.log" 2>&1 || tail -3 "$OUT/compare.log"
    python3 scripts/goldens/bf16_error.py --device cuda $model --prompts-file "$OUT/prefixes.json" --gatun "$OUT/gatun-bf16.json" --json "$OUT/bf16-error.json"
    rm -f "$OUT/gatun-bf16.json" "$OUT/prefixes.json"
}

# Starts Gatun in bf16 on the checkpoint $2 and the prompts $1/NAME.prompts, with the options behind; the run goes to $1/NAME.json.
start_bf16() {
    local runs=$1 model=$2 name=$(basename "$2")
    shift 2
    while [ "$(jobs -rp | wc -l)" -ge 12 ]; do wait -n; done
    gatun bench-one-batch --correct --device "$DEVICE" --dtype bfloat16 --max-total-tokens 16384 --cuda-graph-max-bs 1 "$@" \
        --model-path "$model" --prompts-file "$runs/$name.prompts" --output-len 1 --json "$runs/$name.json" \
        >"$runs/$name.log" 2>&1 || { echo "$name: $(tail -1 "$runs/$name.log")"; rm -f "$runs/$name.json"; } &
}

# Tells the errors of the runs in $1 on the checkpoints behind, and writes them to the file $2: six processes, a share of the checkpoints each.
tell_errors() {
    local runs=$1 json=$2 model
    shift 2
    for model in "$@"; do
        [ ! -s "$runs/$(basename "$model").json" ] || echo "$model"
    done | OMP_NUM_THREADS=2 xargs -n $((($# + 5) / 6)) -P 6 bash -c 'python3 scripts/goldens/bf16_error.py --device "$0" --gatun "$1" --json "$1/$$.errors" "${@:2}"' \
        "$DEVICE" "$runs" 2>"${json%.json}.log" | sort -k 3 || tail -3 "${json%.json}.log"
    python3 -c 'import json, sys; print(json.dumps([model for file in sys.argv[1:] for model in json.load(open(file))]))' "$runs"/*.errors >"$json"
}

# The same for every golden checkpoint of a registered generating model, on prefixes of its prompts with their outputs, eight a prompt and all where experts
# are chosen, which rounding can change; the first columns are Gatun's rms error over Hugging Face's, of all prefixes and of the median one. Without dynamic
# rope, by which Hugging Face rotates a whole prompt anew.
run_families() {
    local names name runs="$OUT/runs"
    mkdir -p "$runs"
    python3 scripts/goldens/formula.py models/src/test/resources/goldens/* --out "$runs/models"
    names=$(python3 - "$runs" <<'PY'
import json, pathlib, sys
for folder in sorted(pathlib.Path("models/src/test/resources/goldens").iterdir()):
    golden = json.loads((folder / "golden.json").read_text())
    if golden["kind"] == "generation" and "checkpoint" not in golden and folder.name not in ("llama-mqa-dynamic-f16",):
        names = (folder / "weights.json").read_text()
        step = 1 if "router" in names or ".experts." in names else 4
        rows = [p["input_ids"] + p["output_ids"][:n] for p in golden["prompts"] for n in range(0, 32, step)]
        pathlib.Path(sys.argv[1], folder.name + ".prompts").write_text(json.dumps(rows))
        print(folder.name)
PY
)
    for name in $names; do
        start_bf16 "$runs" "$runs/models/$name" $([ "$name" != phi3-longrope-short-bf16 ] || echo --context-length 192)
    done
    wait
    tell_errors "$runs" "$OUT/families-error.json" $(printf "$runs/models/%s " $names)
    rm -r "$runs"
}

# The same for the models that see, on prompts with pictures: every golden checkpoint, and the sample on held-out exercises.
run_vlm() {
    local model runs="$OUT/runs"
    python3 scripts/gpu/picture_prompts.py --out "$runs"
    python3 scripts/goldens/formula.py models/src/test/resources/vlm/* --out "$runs/models"
    for model in "$runs"/models/* models/samples/qwen2vl; do
        start_bf16 "$runs" "$model"
    done
    wait
    tell_errors "$runs" "$OUT/vlm-error.json" "$runs"/models/* models/samples/qwen2vl
    rm -r "$runs"
}

run_bench() {
    local model=models/configs/llama-3.1-8b
    gatun info
    rm -rf ~/.cache/gatun
    for start in cold warm; do
        gatun bench-one-batch --model-path $model --load-format dummy --input-len 128 --output-len 2 2>&1 | sed -n "s/^gatun: loaded/$start start:/p"
    done
    gatun bench-one-batch --model-path $model --load-format dummy --batch-size 1 --input-len 128,1024,8192 --output-len 33 --json "$OUT/bench-b1.jsonl" \
        >"$OUT/bench.log" 2>&1 || tail -3 "$OUT/bench.log"
    gatun bench-one-batch --model-path $model --load-format dummy --batch-size 8,64 --input-len 1024 --output-len 33 --json "$OUT/bench-b64.jsonl" \
        >>"$OUT/bench.log" 2>&1 || tail -3 "$OUT/bench.log"
    cat "$OUT"/bench-b*.jsonl | python3 -c '
import json, sys
print("batch  input   prefill ms   decode tok/s   device")
for line in sys.stdin:
    r = json.loads(line)
    print("%5d  %5d  %11.2f  %13.1f   %s %s" % (r["batch_size"], r["input_len"], r["prefill_latency_s"] * 1e3, r["median_decode_throughput"], r["device"], r["dtype"]))'
}

# The whole engine: throughput of 64 requests at once.
run_engine() {
    local model=models/configs/llama-3.1-8b
    gatun bench-offline-throughput --model-path $model --load-format dummy --num-prompts 64 --random-input-len 1024 --random-output-len 128 \
        --random-range-ratio 1 --json "$OUT/offline.jsonl" 2>&1 | tee "$OUT/engine.log" | grep -E 'loaded|throughput|duration' || tail -3 "$OUT/engine.log"
}

# What the same bits in every batch cost.
run_deterministic() {
    gatun bench-one-batch --model-path models/configs/llama-3.1-8b --load-format dummy --enable-deterministic-inference --batch-size 1,64 --input-len 1024 \
        --output-len 33 --json "$OUT/deterministic.jsonl" >"$OUT/deterministic.log" 2>&1 || tail -3 "$OUT/deterministic.log"
    python3 -c '
import json, sys
for r in map(json.loads, open(sys.argv[1])):
    print("deterministic: B%d prefill %.2f ms, decode %.1f tok/s" % (r["batch_size"], r["prefill_latency_s"] * 1e3, r["median_decode_throughput"]))' \
        "$OUT/deterministic.jsonl"
}

# The time to the first token of a prompt of 8,192 tokens, by how much of it is cached.
run_ttft() {
    "${java[@]}" -cp "$pack/lib/*" org.openjdk.jmh.Main TimeToFirstToken -p model=models/configs/llama-3.1-8b -p inputLen=8192 -wi 1 -w 3s -i 2 -r 3s \
        >"$OUT/ttft.log" 2>&1
    grep -E 'firstToken +[0-9A]' "$OUT/ttft.log" | grep -v ':firstToken·p\(0\|1\|9\)' || tail -3 "$OUT/ttft.log"
}

# A picture of 1036 x 1036 pixels before 32 tokens, beside Hugging Face on the same shape.
run_vision() {
    local model=models/configs/qwen2-vl-7b shape="--image-size 1036x1036 --input-len 32"
    gatun bench-one-batch --model-path $model --load-format dummy $shape --output-len 33 --json "$OUT/vision.jsonl" >"$OUT/vision.log" 2>&1 \
        || tail -3 "$OUT/vision.log"
    python3 scripts/gpu/peer_hf_vlm.py $model $shape --json "$OUT/vision-hf.json" >"$OUT/vision-hf.log" 2>&1 || tail -3 "$OUT/vision-hf.log"
    python3 - "$OUT/vision.jsonl" "$OUT/vision-hf.json" <<'PY'
import json, os, sys
ours, hf = (json.load(open(file)) if os.path.exists(file) and os.path.getsize(file) else {} for file in sys.argv[1:])
print("one picture %s, %s tokens, before %s, ms    Gatun  Hugging Face" % (ours.get("image_size"), ours.get("image_tokens"), ours.get("input_len")))
for name, label in [("processor_latency_s", "processor, from PNG"), ("tower_latency_s", "tower"), ("prefill_latency_s", "prefill behind the tower"),
                    ("ttft_s", "first token, from pixel values"), ("ttft_from_file_s", "first token, from PNG"),
                    ("ttft_cached_s", "first token, picture cached"), ("median_decode_latency_s", "decode step")]:
    print("%-44s %8s  %12s" % (label, *("%.2f" % (1e3 * side[name]) if name in side else "-" for side in (ours, hf))))
PY
}

run_kernels() {
    gatun bench-kernels --model-path models/configs/llama-3.1-8b --json "$OUT/kernels.jsonl" 2>"$OUT/kernels.log" || tail -3 "$OUT/kernels.log"
}

# The linear layers by every plan there is for them, and decode steps with what is off unless asked for.
run_variants() {
    local model=models/configs/llama-3.1-8b name
    gatun bench-kernels --model-path $model --tokens 1,8,64 --variants >"$OUT/variants.txt" 2>"$OUT/variants.log" || tail -3 "$OUT/variants.log"
    python3 - "$OUT/variants.txt" <<'PY'
import sys
head, *lines = open(sys.argv[1]).read().splitlines()
print(head)
groups = {}
for line in lines:
    groups.setdefault(line[:33], []).append(line)
for group in groups.values():  # the usual plan, then the best two behind a norm
    print("\n".join([group[0]] + sorted(group[1:], key=lambda line: float(line.split()[-2]))[:2]))
PY
    decode() {
        local plan=$1
        shift
        "${java[@]}" "$@" -Dgatun.home="$home" -cp "$pack/lib/*" io.gatun.server.Gatun bench-one-batch --model-path $model --load-format dummy \
            --batch-size 1,8,64 --input-len 1024 --output-len 33 --cuda-graph-max-bs 64 --json "$OUT/variants-$plan.jsonl" >>"$OUT/variants.log" 2>&1 \
            || tail -3 "$OUT/variants.log"
        python3 - "$plan" "$OUT/variants-$plan.jsonl" <<'PY'
import json, sys
runs = [json.loads(line) for line in open(sys.argv[2])]
print("%-34s %s" % (sys.argv[1], "   ".join("B%d %.1f tok/s, prefill %.2f ms" % (r["batch_size"], r["median_decode_throughput"], r["prefill_latency_s"] * 1e3)
                                            for r in runs)))
PY
    }
    decode usual
    decode tuned -Dgatun.tune=true
    decode tuned-release1 -Dgatun.tune=true -Dgatun.release=1
    decode tuned-release1-carveout -Dgatun.tune=true -Dgatun.release=1 -Dgatun.carveout=100
    decode tuned-release2-carveout -Dgatun.tune=true -Dgatun.release=2 -Dgatun.carveout=100
    cp ~/.cache/gatun/plans/*.txt "$OUT/" 2>/dev/null
}

run_peers() {
    python3 scripts/gpu/peer_hf.py models/configs/llama-3.1-8b --json "$OUT/peer-hf.json" 2>"$OUT/peers.log" || tail -3 "$OUT/peers.log"
}

for step in $steps; do
    echo "== $step"
    "run_$step"
done
