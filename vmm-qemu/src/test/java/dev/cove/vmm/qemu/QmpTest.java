package dev.cove.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.CoveException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class QmpTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Duration SHORT = Duration.ofMillis(100);

    @TempDir Path folder;

    private final Ears ears = new Ears();

    @Test
    void agreesOnTheProtocolAndAnswers() throws Exception {
        try (var fake =
                        monitor(r ->
                                "{\"return\": {\"status\": \"running\", \"new\": 1}, \"id\": ID}\n");
                var qmp = connect(LIMIT)) {
            var answer = qmp.execute("query-status", Map.of(), LIMIT);

            assertThat(answer.path("status").asString()).isEqualTo("running");
            assertThat(fake.heard().getFirst()).contains("qmp_capabilities");
        }
    }

    @Test
    void tellsOfEventsThatComeBetweenAnswers() throws Exception {
        try (var fake =
                        monitor(r ->
                                "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true}}\n"
                                        + FakeMonitor.agreeable(r));
                var qmp = connect(LIMIT)) {
            qmp.execute("system_powerdown", Map.of(), LIMIT);

            assertThat(ears.events.poll(10, TimeUnit.SECONDS)).isEqualTo("SHUTDOWN");
            assertThat(fake.heard()).hasSize(2);
        }
    }

    @Test
    void passesQemusOwnWordsOnWhenItRefuses() throws Exception {
        try (var fake =
                        monitor(r ->
                                "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no \\u001b[31msuch\"}, \"id\": ID}\n");
                var qmp = connect(LIMIT)) {
            assertThatThrownBy(() -> qmp.execute("cont", Map.of(), LIMIT))
                    .isInstanceOf(CoveException.class)
                    .hasMessageContaining("QEMU says: no \uFFFD[31msuch");
            assertThat(qmp.isOpen()).isTrue();
            assertThat(fake.heard()).hasSize(2);
        }
    }

    @Test
    void givesUpOnAnAnswerThatDoesNotCome() throws Exception {
        try (var fake = monitor(r -> "");
                var qmp = connect(LIMIT)) {
            assertThatThrownBy(() -> qmp.execute("query-status", Map.of(), SHORT))
                    .isInstanceOf(CoveException.class)
                    .hasMessageContaining("query-status within 100 ms");
            assertThat(ears.ended.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(qmp.isOpen()).isFalse();
            assertThat(fake.heard()).hasSize(2);
        }
    }

    @Test
    void givesUpOnAMonitorThatServesSomebodyElse() throws Exception {
        try (var fake = new FakeMonitor(socket(), "", FakeMonitor::agreeable)) {
            assertThatThrownBy(() -> connect(SHORT))
                    .isInstanceOf(CoveException.class)
                    .hasMessageContaining("its greeting");
            assertThat(fake.heard()).isEmpty();
        }
    }

    @Test
    void endsOnALineWithoutEnd() throws Exception {
        try (var fake = monitor(r -> "x".repeat(3 << 20));
                var qmp = connect(LIMIT)) {
            assertThatThrownBy(() -> qmp.execute("query-status", Map.of(), LIMIT))
                    .hasMessageContaining("ended");
            assertThat(ears.ended.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(fake.heard()).isNotEmpty();
        }
    }

    @Test
    void endsOnWhatIsNoJson() throws Exception {
        try (var fake = monitor(r -> "{]\n");
                var qmp = connect(LIMIT)) {
            assertThatThrownBy(() -> qmp.execute("query-status", Map.of(), LIMIT))
                    .isInstanceOf(CoveException.class);
            assertThat(fake.heard()).isNotEmpty();
        }
    }

    @Test
    void refusesASocketOfAnotherUser() throws Exception {
        try (var fake = monitor(FakeMonitor::agreeable)) {
            assertThatThrownBy(() -> Qmp.connect(socket(), Users.own() + 1, ears, LIMIT))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("and not user");
            assertThat(fake.heard()).isEmpty();
        }
    }

    private Path socket() {
        return folder.resolve("qmp.sock");
    }

    private FakeMonitor monitor(Function<String, String> answers) throws IOException {
        return new FakeMonitor(socket(), FakeMonitor.GREETING, answers);
    }

    private Qmp connect(Duration limit) throws IOException, InterruptedException {
        return Qmp.connect(socket(), Users.own(), ears, limit);
    }

    private static final class Ears implements Qmp.Listener {
        final BlockingQueue<String> events = new LinkedBlockingQueue<>();
        final CountDownLatch ended = new CountDownLatch(1);

        @Override
        public void event(String name, JsonNode data) {
            events.add(name);
        }

        @Override
        public void ended() {
            ended.countDown();
        }
    }
}
