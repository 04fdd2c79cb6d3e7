package io.gatun.server;

import io.gatun.kernels.Progress;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.multimodal.decode.PictureLimits;
import io.gatun.runtime.multimodal.source.ImageLoader;
import io.gatun.server.http.HttpServer;
import io.gatun.server.http.LoadLog;
import io.gatun.server.http.RequestLog;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code gatun serve}. */
@Command(name = "serve", description = "Serve a model over HTTP, as OpenAI and SGLang do.", mixinStandardHelpOptions = true, sortOptions = false,
        footer = {"", "Examples:", "  gatun serve        # the sample model at http://127.0.0.1:30000/v1",
            "  gatun serve --model-path ./llama --served-model-name llama --port 8000",
            "  GATUN_API_KEY=secret gatun serve --model-path ./qwen2-vl --host 0.0.0.0",
            "  gatun serve --tls-cert cert.pem --tls-key key.pem --max-queued-requests 64",
            "  curl http://127.0.0.1:30000/v1/completions -d '{\"prompt\": \"The capital of\"}'"})
final class ServeCommand implements Callable<Integer> {
    @Mixin
    private ModelOptions model;

    @Mixin
    private ServeOptions serve;

    @Override
    public Integer call() throws InterruptedException {
        var options = serve.toServerOptions(model.modelPath());
        var log = new RequestLog(System.err);
        try (var loader = serve.allowsImageUrls() ? ImageLoader.online(PictureLimits.DEFAULT, address -> true) : ImageLoader.offline(PictureLimits.DEFAULT);
                var server = HttpServer.start(options, log)) {
            String address = (options.tls().isPresent() ? "https" : "http") + "://" + bracketed(options.host()) + ":" + server.port();
            log.write(RequestLog.event("listening").put("address", address).put("model", options.modelName()));
            load(server, loader, log);
            System.out.println("Gatun serves " + options.modelName() + " at " + address);
            System.out.flush();
            untilStopped(server, log);
        }
        return 0;
    }

    private void load(HttpServer server, ImageLoader loader, RequestLog log) {
        long start = System.nanoTime();
        try (var bar = new ProgressBar()) {
            var lines = new LoadLog(log);
            Progress both = (task, done, total) -> {
                bar.report(task, done, total);
                if (!bar.isTerminal()) {
                    lines.report(task, done, total);
                }
            };
            server.ready(Engine.load(serve.over(model.toEngineOptionsBuilder(both)).imageLoader(loader).build()));
        }
        log.write(RequestLog.event("ready").put("seconds", Math.round((System.nanoTime() - start) / 1e6) / 1e3));
    }

    /** SIGTERM ends the process when this hook has ended, and the hook ends when the requests have. */
    private static void untilStopped(HttpServer server, RequestLog log) throws InterruptedException {
        var stopped = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> {
            log.write(RequestLog.event("draining"));
            server.drain();
            server.close();
            log.write(RequestLog.event("stopped"));
        }));
        stopped.await();
    }

    private static String bracketed(String host) {
        return host.contains(":") ? "[" + host + "]" : host;
    }
}
