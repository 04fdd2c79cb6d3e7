package io.gatun.server.bench.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.gatun.server.UsageException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LoadRunTest {
    private static final LoadPlan ALL_AT_ONCE = new LoadPlan(Double.POSITIVE_INFINITY, OptionalInt.empty(), 1);

    private static List<ServingRequest> requests(int count) {
        return IntStream.range(0, count).mapToObj(i -> new ServingRequest(new ServingRequest.Prompt.Text("" + i), 1, 1, List.of())).toList();
    }

    private static Outcome success(ServingRequest request) {
        return new Outcome(request, Optional.empty(), 1, OptionalDouble.of(1), List.of(), "", OptionalInt.empty(), OptionalInt.empty());
    }

    @Test
    void arrivalsAreAPoissonProcess() {
        int count = 20_000;
        double[] arrivals = new LoadPlan(50, OptionalInt.empty(), 3).arrivals(count);
        double[] gaps = IntStream.range(1, count).mapToDouble(i -> arrivals[i] - arrivals[i - 1]).toArray();
        double mean = IntStream.range(0, gaps.length).mapToDouble(i -> gaps[i]).average().orElseThrow();
        double variance = IntStream.range(0, gaps.length).mapToDouble(i -> (gaps[i] - mean) * (gaps[i] - mean)).average().orElseThrow();
        assertThat(arrivals[0]).isZero();
        assertThat(mean).isCloseTo(0.02, within(0.0006));
        assertThat(Math.sqrt(variance)).isCloseTo(0.02, within(0.001));
        assertThat(new LoadPlan(50, OptionalInt.empty(), 3).arrivals(count)).isEqualTo(arrivals);
        assertThat(ALL_AT_ONCE.arrivals(3)).containsOnly(0);
    }

    @Test
    void requestsArriveWhenPlanned() throws InterruptedException {
        var plan = new LoadPlan(100, OptionalInt.empty(), 5);
        double last = plan.arrivals(20)[19];
        var run = new LoadRun(requests(20), plan, LoadRunTest::success);
        run.run(done -> { });
        assertThat(run.duration()).isBetween(last, last + 1);
        assertThat(run.outcomes()).hasSize(20);
    }

    @Test
    void concurrencyIsLimited() throws InterruptedException {
        var running = new AtomicInteger();
        var most = new AtomicInteger();
        var progress = new AtomicInteger();
        var run = new LoadRun(requests(40), new LoadPlan(Double.POSITIVE_INFINITY, OptionalInt.of(3), 1), request -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            Thread.sleep(5);
            running.decrementAndGet();
            return success(request);
        });
        run.run(done -> progress.accumulateAndGet(done, Math::max));
        assertThat(most).hasValue(3);
        assertThat(progress).hasValue(40);
        assertThat(run.outcomes().stream().map(Outcome::request)).containsExactlyElementsOf(requests(40));
    }

    @Test
    void whatHasEndedCanBeHadWhileTheRestRuns() throws InterruptedException {
        var half = new CountDownLatch(5);
        var run = new LoadRun(requests(10), ALL_AT_ONCE, request -> {
            if (Integer.parseInt(((ServingRequest.Prompt.Text) request.prompt()).text()) % 2 == 0) {
                return success(request);
            }
            half.countDown();
            new CountDownLatch(1).await();
            throw new AssertionError("not reached");
        });
        var runner = Thread.ofVirtual().start(() -> {
            try {
                run.run(done -> { });
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        half.await();
        for (int i = 0; i < 500 && run.outcomes().size() < 5; i++) {
            Thread.sleep(10);
        }
        assertThat(run.outcomes()).hasSize(5);
        assertThat(run.duration()).isPositive();
        runner.interrupt();
        runner.join();
    }

    @Test
    void aFaultInARequestIsItsFailure() throws InterruptedException {
        var run = new LoadRun(requests(2), ALL_AT_ONCE, request -> {
            throw new IllegalStateException("broken");
        });
        run.run(done -> { });
        assertThat(run.outcomes()).allSatisfy(outcome -> assertThat(outcome.error()).hasValue("java.lang.IllegalStateException: broken"));
    }

    @Test
    void refusesRatesAndLimitsOutOfRange() {
        assertThatThrownBy(() -> new LoadPlan(0, OptionalInt.empty(), 1)).isInstanceOf(UsageException.class).hasMessageContaining("--request-rate is 0");
        assertThatThrownBy(() -> new LoadPlan(1, OptionalInt.of(0), 1)).isInstanceOf(UsageException.class).hasMessageContaining("--max-concurrency is 0");
    }
}
