package io.gatun.server;

import io.gatun.server.bench.BenchKernelsCommand;
import io.gatun.server.bench.BenchOfflineThroughputCommand;
import io.gatun.server.bench.BenchOneBatchCommand;
import io.gatun.server.bench.CompareCommand;
import io.gatun.server.bench.serving.BenchServingCommand;
import io.gatun.server.eval.EvalCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The {@code gatun} command. */
@Command(name = "gatun", description = "LLM inference for the JVM, straight to the GPU.", mixinStandardHelpOptions = true, versionProvider = Version.class,
        subcommands = {BenchOneBatchCommand.class, BenchOfflineThroughputCommand.class, BenchServingCommand.class, BenchKernelsCommand.class,
            GenerateCommand.class, ChatCommand.class, ServeCommand.class, EvalCommand.class, CompareCommand.class, InfoCommand.class, ModelsCommand.class,
            SetupNvrtcCommand.class},
        footer = {"", "Examples:", "  gatun bench-one-batch --correct", "  gatun generate \"The capital of France is\"",
            "  gatun chat \"Add 23 and 592.\"", "  gatun serve --model-path ./llama",
            "  gatun info", "", "Exit codes: 0 success, 1 failure, 2 wrong usage."})
public final class Gatun implements Runnable {
    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Show the stack trace of an error.")
    private boolean debug;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    private Gatun() {
    }

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        var gatun = new Gatun();
        return new CommandLine(gatun).setCaseInsensitiveEnumValuesAllowed(true).setUsageHelpAutoWidth(true)
                .setExecutionExceptionHandler((e, command, parsed) -> gatun.failed(e, command));
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    private int failed(Exception e, CommandLine command) {
        if (debug) {
            e.printStackTrace(command.getErr());
        } else {
            command.getErr().println("gatun: " + (isOurs(e) ? e.getMessage() : e + " (run with --debug for the stack trace)"));
        }
        command.getErr().flush();
        return e instanceof UsageException ? CommandLine.ExitCode.USAGE : CommandLine.ExitCode.SOFTWARE;
    }

    private static boolean isOurs(Exception e) {
        return e.getMessage() != null && (e.getClass().getName().startsWith("io.gatun.") || e instanceof IllegalArgumentException);
    }
}
