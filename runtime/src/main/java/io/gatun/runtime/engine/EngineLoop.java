package io.gatun.runtime.engine;

import io.gatun.runtime.scheduler.Scheduler;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The one thread that drives the device. It loads the runtime, runs the scheduler's steps for as long as there is work, does between two steps what other
 * threads ask for, and closes everything in the end.
 */
final class EngineLoop {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition submitted = lock.newCondition();
    private final Queue<Consumer<Scheduler>> commands = new ArrayDeque<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private volatile boolean closing;
    private volatile RuntimeException failure;

    /**
     * Starts the thread and waits until it has loaded.
     *
     * @throws RuntimeException what loading threw
     */
    EngineRuntime start(Callable<EngineRuntime> loader) {
        var loaded = new CompletableFuture<EngineRuntime>();
        Thread.ofPlatform().name("gatun-engine").daemon().start(() -> {
            try {
                loaded.complete(loader.call());
            } catch (Throwable e) {
                loaded.completeExceptionally(e);
                return;
            }
            run(loaded.join());
        });
        return result(loaded);
    }

    /**
     * Has the thread run {@code command} before its next step.
     *
     * @throws IllegalStateException if the engine is closed
     */
    void submit(Consumer<Scheduler> command) {
        lock.lock();
        try {
            if (closing) {
                throw new IllegalStateException("the engine is closed");
            }
            commands.add(command);
            submitted.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Has the thread compute something before its next step, and waits for it. */
    <T> T call(Function<Scheduler, T> question) {
        var answer = new CompletableFuture<T>();
        submit(scheduler -> {
            try {
                answer.complete(question.apply(scheduler));
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        return result(answer);
    }

    /** What the device failed with, if it has: nothing runs any more. */
    Optional<RuntimeException> failure() {
        return Optional.ofNullable(failure);
    }

    /** Ends the thread after its present step, and waits for it: what still runs is aborted. */
    void close() {
        lock.lock();
        try {
            closing = true;
            submitted.signal();
        } finally {
            lock.unlock();
        }
        result(ended);
    }

    private void run(EngineRuntime runtime) {
        try (runtime) {
            var scheduler = runtime.scheduler();
            while (!closing) {
                runCommands(scheduler);
                step(scheduler);
            }
            runCommands(scheduler);
            scheduler.abortAll("the engine was closed");
        } catch (Throwable e) {
            ended.completeExceptionally(e);
        }
        ended.complete(null);
    }

    /** After a failure of the device nothing can run any more, and every request is told so. */
    private void step(Scheduler scheduler) {
        try {
            if (failure == null) {
                scheduler.step();
                return;
            }
        } catch (RuntimeException | Error e) {
            failure = new IllegalStateException("the engine has failed and must be closed: " + e.getMessage(), e);
        }
        scheduler.failAll(failure);
    }

    private void runCommands(Scheduler scheduler) {
        while (true) {
            Consumer<Scheduler> command;
            lock.lock();
            try {
                while (commands.isEmpty() && scheduler.isIdle() && !closing) {
                    submitted.awaitUninterruptibly();
                }
                command = commands.poll();
            } finally {
                lock.unlock();
            }
            if (command == null) {
                return;
            }
            command.accept(scheduler);
        }
    }

    static <T> T result(CompletableFuture<T> task) {
        try {
            return task.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                default -> throw new IllegalStateException(e.getCause());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RequestException(RequestException.Problem.ABORTED, "interrupted while waiting for the engine");
        }
    }
}
