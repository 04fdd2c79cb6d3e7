package io.gatun.server.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.server.Cli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchOneBatchTest {
    private static final Path MODEL = Cli.golden("llama-gqa2-linear-bf16");
    private static final Path VLM = Path.of("..", "models", "samples", "qwen2vl");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    @Test
    void correctWritesWhatHuggingFaceComputes() throws IOException {
        var golden = JSON.readTree(MODEL.resolve("golden.json").toFile()).get("prompts");
        var ids = JSON.createArrayNode();
        golden.forEach(prompt -> ids.add(prompt.get("input_ids")));
        var run = correct(ids.toString(), "--output-len", 12);
        assertThat(run.fieldNames()).toIterable().containsExactly("model", "device", "dtype", "prompts");
        assertThat(run.get("model").textValue()).isEqualTo(MODEL.toString());
        assertThat(run.get("device").textValue()).isEqualTo("cpu");
        assertThat(run.get("dtype").textValue()).isEqualTo("bfloat16");
        assertThat(run.get("prompts")).hasSameSizeAs(golden);
        for (int i = 0; i < golden.size(); i++) {
            var prompt = run.get("prompts").get(i);
            assertThat(prompt.fieldNames()).toIterable().containsExactly("text", "input_ids", "prefill_logits", "output_ids", "output_text");
            assertThat(prompt.get("input_ids")).isEqualTo(golden.get(i).get("input_ids"));
            assertThat(floats(prompt.get("prefill_logits"))).usingComparatorWithPrecision(1e-3f).containsExactly(floats(golden.get(i).get("last_logits")));
            assertThat(ints(prompt.get("output_ids"))).containsExactly(Arrays.copyOf(ints(golden.get(i).get("output_ids")), 12));
            assertThat(prompt.get("text").isNull()).isTrue();
        }
    }

    @Test
    void correctPrintsSglangsLines() throws IOException {
        var result = run("[[5, 6, 7, 8, 9, 10], [20, 21, 22, 23, 24]]", "--correct", "--output-len", 3, "--max-total-tokens", 512);
        assertThat(result.log()).startsWith("gatun: loaded " + MODEL + " on cpu: weights ").hasLineCount(1);
        var lines = new ArrayList<>(result.out().lines().toList());
        assertThat(lines.removeFirst()).isEqualTo("max_total_num_tokens=512");
        assertThat(lines.removeFirst()).isEmpty();
        assertThat(lines.removeFirst()).isEqualTo("input_ids=[[5, 6, 7, 8, 9, 10], [20, 21, 22, 23, 24]]");
        assertThat(lines.removeFirst()).isEmpty();
        for (String which : List.of("first half", "final")) {
            assertThat(lines.getFirst()).startsWith("prefill logits (" + which + "): tensor([[");
            while (!lines.getFirst().isEmpty()) {
                assertThat(lines.removeFirst()).matches("(prefill logits \\([a-z ]+\\): tensor\\(\\[| {8})[\\[ ][-+e0-9., ]+(,|],|]]\\) )");
            }
            lines.removeFirst();
        }
        assertThat(lines).hasSize(6);
        assertThat(lines.get(0)).isEqualTo("========== Prompt 0 ==========");
        assertThat(lines.get(1)).matches("\\[5, 6, 7, 8, 9, 10, \\d+, \\d+, \\d+] ");
        assertThat(lines.get(2)).isEmpty();
        assertThat(lines.get(3)).isEqualTo("========== Prompt 1 ==========");
        assertThat(lines.get(4)).matches("\\[20, 21, 22, 23, 24, \\d+, \\d+, \\d+] ");
        assertThat(lines.get(5)).isEmpty();
    }

    @Test
    void promptsNoLongerThanTheCutAreCutToWhatFits() throws IOException {
        String prompts = "[[5], [5, 6], [5, 6, 7, 8], [5, 6, 7, 8, 9, 10]]";
        var cut = correct(prompts, "--output-len", 4);
        assertThat(correct(prompts, "--output-len", 4, "--cut-len", 1)).isEqualTo(cut);
        assertThat(correct(prompts, "--output-len", 4, "--cut-len", 1000)).isEqualTo(cut);
        for (int i = 0; i < 4; i++) {
            var alone = correct("[" + JSON.readTree(prompts).get(i) + "]", "--output-len", 4);
            assertThat(alone.get("prompts").get(0)).isEqualTo(cut.get("prompts").get(i));
        }
    }

    @Test
    void onePromptOfOneIdHasNoFirstHalf() throws IOException {
        assertThat(run("[[5]]", "--correct", "--output-len", 1).out()).doesNotContain("first half").contains("prefill logits (final): tensor([[");
    }

    @Test
    void promptsLongerThanAPrefillStepAreRunAllTheSame() throws IOException {
        var prompts = JSON.createArrayNode();
        for (int i = 0; i < 30; i++) {
            prompts.add(JSON.valueToTree(new int[900]));
        }
        var run = correct(prompts.toString(), "--output-len", 2, "--max-total-tokens", 32_768, "--chunked-prefill-size", 64);
        assertThat(run.get("prompts")).hasSize(30);
    }

    @Test
    void latencyModePrintsAndWritesEveryCombination() throws IOException {
        var file = folder.resolve("latency.json");
        var result = Cli.run("bench-one-batch", "--device", "cpu", "--model-path", MODEL, "--batch-size", "1,3", "--input-len", "8,16", "--output-len", "1,7",
                "--json", file);
        assertThat(result.exitCode()).as(result.err()).isZero();
        var objects = new ArrayList<JsonNode>();
        for (String line : Files.readAllLines(file)) {
            objects.add(JSON.readTree(line));
        }
        assertThat(objects).hasSize(8).extracting(o -> o.get("batch_size") + "/" + o.get("input_len") + "/" + o.get("output_len"))
                .containsExactly("1/8/1", "1/8/7", "1/16/1", "1/16/7", "3/8/1", "3/8/7", "3/16/1", "3/16/7");
        assertThat(objects).allSatisfy(o -> {
            assertThat(o.fieldNames()).toIterable().containsExactly("batch_size", "input_len", "output_len", "prefill_latency_s", "prefill_throughput",
                    "median_decode_latency_s", "median_decode_throughput", "device", "dtype", "peak_device_bytes");
            assertThat(o.get("prefill_latency_s").doubleValue()).isPositive();
            assertThat(o.get("median_decode_latency_s").isNull()).isEqualTo(o.get("output_len").intValue() == 1);
            assertThat(o.get("peak_device_bytes").longValue()).isPositive();
        });
        var lines = result.out().lines().toList();
        assertThat(lines.get(0)).matches("max_total_num_tokens=\\d+");
        assertThat(lines.get(1)).isEqualTo("Warmup ...");
        assertThat(lines.subList(lines.indexOf("Benchmark ...") + 1, lines.size())).filteredOn(l -> l.startsWith("Prefill.")).hasSize(8);
        assertThat(lines.subList(2, lines.size())).allMatch(line -> line.equals("Benchmark ...")
                || line.matches("Prefill\\. latency: \\d\\.\\d{5} s, throughput: +\\d+\\.\\d{2} token/s")
                || line.matches("Decode [0-4]\\. Batch size: [13], latency: \\d\\.\\d{5} s, throughput: +\\d+\\.\\d{2} token/s")
                || line.matches("Decode\\.  median latency: \\d\\.\\d{5} s, median throughput: +\\d+\\.\\d{2} token/s")
                || line.matches("Total\\. latency: +\\d\\.\\d{3} s, throughput: +\\d+\\.\\d{2} token/s"));
    }

    @Test
    void latencyModeNeedsNoWeightsWithDummyOnes() throws IOException {
        Files.copy(MODEL.resolve("config.json"), folder.resolve("config.json"));
        var result = Cli.run("bench-one-batch", "--device", "cpu", "--model-path", folder, "--load-format", "dummy", "--input-len", 4, "--output-len", 2);
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(Cli.run("bench-one-batch", "--device", "cpu", "--model-path", folder, "--input-len", 4).err()).contains("--load-format dummy");
    }

    @Test
    void aPictureBeforeThePromptIsTimed() throws IOException {
        var file = folder.resolve("picture.json");
        var result = Cli.run("bench-one-batch", "--device", "cpu", "--model-path", VLM, "--image-size", "112x96", "--batch-size", "1,2", "--input-len", 8,
                "--output-len", 3, "--json", file);
        assertThat(result.exitCode()).as(result.err()).isZero();
        var lines = Files.readAllLines(file);
        assertThat(lines).hasSize(2);
        for (String line : lines) {
            var figures = JSON.readTree(line);
            assertThat(figures.get("input_len").intValue()).isEqualTo(8);
            assertThat(figures.get("image_size").textValue()).isEqualTo("112x96");
            assertThat(figures.get("image_tokens").intValue()).isEqualTo(112 / 16 * (96 / 16));
            for (String name : List.of("processor_latency_s", "tower_latency_s", "ttft_s", "ttft_from_file_s", "ttft_cached_s")) {
                assertThat(figures.get(name).doubleValue()).as(name).isPositive();
            }
            double prefill = figures.get("prefill_latency_s").doubleValue() * figures.get("prefill_throughput").doubleValue();
            assertThat(prefill).isCloseTo(figures.get("batch_size").intValue() * (42.0 + 8), within(1e-6));
        }
        var printed = result.out().substring(result.out().indexOf("Benchmark ...")).lines().filter(line -> line.startsWith("Picture. ")).toList();
        assertThat(printed).hasSize(6);
        assertThat(printed.get(0)).isEqualTo("Picture. 112 x 96 pixels, 42 tokens");
        assertThat(printed.get(1)).matches("Picture\\. processor: \\d\\.\\d{5} s on the host, tower: \\d\\.\\d{5} s");
        assertThat(printed.get(2)).matches("Picture\\. first token: \\d\\.\\d{5} s from pixel values on the device, \\d\\.\\d{5} s from a PNG file, "
                + "\\d\\.\\d{5} s after it is cached");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "112*96|--image-size|2|'112*96' is no width and height in pixels, such as 1036x1036",
        "0x96|--image-size|2|'0x96' is no width and height in pixels, such as 1036x1036",
        "112x10000|--image-size|2|'112x10000' is no width and height in pixels, such as 1036x1036",
        "1120x2|gatun: --image-size is 1120 x 2: |1|too narrow: one side may be at most 200 times the other",
        "9999x9999|gatun: --image-size is 9999 x 9999: |1|there may be at most 33554432"})
    void aPictureThatCannotBeIsNamed(String size, String begin, int exitCode, String end) {
        var result = Cli.run("bench-one-batch", "--device", "cpu", "--model-path", VLM, "--image-size", size);
        assertThat(result.exitCode()).isEqualTo(exitCode);
        assertThat(result.err().lines().findFirst().orElseThrow()).contains(begin).endsWith(end);
    }

    @Test
    void aModelOfTextTakesNoPicture() {
        var result = Cli.run("bench-one-batch", "--device", "cpu", "--model-path", MODEL, "--image-size", "112x96");
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).isEqualTo("gatun: --image-size is 112 x 96, but LlamaForCausalLM takes no pictures" + System.lineSeparator());
        assertThat(Cli.run("bench-one-batch", "--correct", "--device", "cpu", "--model-path", VLM, "--image-size", "112x96").err())
                .startsWith("gatun: --image-size and --correct are both given").hasLineCount(1);
    }

    @Test
    void aCombinationThatDoesNotFitIsNamed() {
        var result = Cli.run("bench-one-batch", "--device", "cpu", "--model-path", MODEL, "--input-len", "8,2000", "--output-len", 2);
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).startsWith("gatun: batch size 1, input length 2000, output length 2: prompt 0 has 2000 tokens").contains("1024").hasLineCount(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '#', value = {
        "{}|2|must hold a JSON array of at least one prompt", "[]|2|must hold a JSON array of at least one prompt",
        "[[1]|2|is not valid JSON at line 1, column 5: ", "[5]|2|a prompt must be a string, an array of token ids or an object with text and images, not 5", "[[1, \"a\"]]|2|\"a\" is no token id",
        "[[1.5]]|2|1.5 is no token id", "[[1], []]|1|prompt 1 is empty", "[[999]]|1|prompt 0 has the token id 999",
        "[\"text\"]|1|the model's folder has no tokenizer.json: give prompts as token ids"})
    void aPromptsFileThatIsNoneIsNamed(String text, int exitCode, String message) throws IOException {
        var result = run(text, "--correct");
        assertThat(result.exitCode()).isEqualTo(exitCode);
        assertThat(result.err()).startsWith("gatun: ").contains(message).hasLineCount(1);
    }

    @Test
    void filesThatCannotBeReadOrWrittenAreWrongUsage() {
        var missing = folder.resolve("missing.json");
        var prompts = Cli.run("bench-one-batch", "--correct", "--device", "cpu", "--model-path", MODEL, "--prompts-file", missing);
        assertThat(prompts.exitCode()).isEqualTo(2);
        assertThat(prompts.err()).isEqualTo("gatun: --prompts-file " + missing + " does not exist" + System.lineSeparator());
        var target = folder.resolve("none/run.json");
        var json = Cli.run("bench-one-batch", "--correct", "--device", "cpu", "--model-path", MODEL, "--json", target);
        assertThat(json.exitCode()).isEqualTo(2);
        assertThat(json.err()).isEqualTo("gatun: --json " + target + " cannot be written: " + target.getParent() + " is no folder" + System.lineSeparator());
    }

    private JsonNode correct(String prompts, Object... options) throws IOException {
        var file = folder.resolve("run.json");
        var all = new ArrayList<Object>(List.of("--correct", "--json", file));
        all.addAll(List.of(options));
        var result = run(prompts, all.toArray());
        assertThat(result.exitCode()).as(result.err()).isZero();
        return JSON.readTree(file.toFile());
    }

    private Cli.Result run(String prompts, Object... options) throws IOException {
        var all = new ArrayList<Object>(List.of("bench-one-batch", "--device", "cpu", "--model-path", MODEL, "--prompts-file",
                Files.writeString(folder.resolve("prompts.json"), prompts)));
        all.addAll(List.of(options));
        return Cli.run(all.toArray());
    }

    private static float[] floats(JsonNode array) {
        return JSON.convertValue(array, float[].class);
    }

    private static int[] ints(JsonNode array) {
        return JSON.convertValue(array, int[].class);
    }
}
