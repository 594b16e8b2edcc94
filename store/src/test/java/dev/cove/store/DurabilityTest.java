package dev.cove.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.core.port.Store;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `kill -9` of a real process, several times over the same folder.
class DurabilityTest {
    private static final int LIVES = 6;
    private static final int ACKS_PER_LIFE = 400;
    private static final Duration LONGEST_LIFE = Duration.ofSeconds(60);

    @TempDir Path folder;

    @Test
    @Timeout(value = 300, unit = TimeUnit.SECONDS)
    void losesNothingAcknowledgedHoweverOftenItIsKilled() throws Exception {
        var seed = new Random().nextLong();
        var random = new Random(seed);
        var acknowledged = new ArrayList<String>();
        for (var life = 0; life < LIVES; life++) {
            acknowledged.addAll(live("life" + life, 1 + random.nextInt(8), random.nextInt(100)));

            try (var store = SqliteStore.open(folder)) {
                var entries = store.range("");
                var keys = entries.stream().map(Store.Entry::key).collect(Collectors.toSet());
                assertThat(keys).as("seed %d, life %d", seed, life).containsAll(acknowledged);
                assertThat(store.damaged()).isEmpty();
                assertThat(halves(keys)).as("seed %d, life %d", seed, life).isEmpty();
            }
        }
        assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(LIVES * ACKS_PER_LIFE);
        System.out.println(
                "kill -9: " + acknowledged.size() + " acks, " + LIVES + " kills, 0 lost");
    }

    /// Lets a process write until it has been heard often enough, and kills it in its tracks.
    private List<String> live(String name, int writers, int more) throws Exception {
        var process = start(name, writers);
        var heard = new ArrayList<String>();
        var watchdog = Thread.startVirtualThread(() -> killLater(process));
        try (var lines = process.inputReader()) {
            for (var line = next(lines, heard); line; line = next(lines, heard)) {
                if (heard.size() == ACKS_PER_LIFE + more) {
                    process.toHandle().destroyForcibly();
                }
            }
        } finally {
            process.toHandle().destroyForcibly();
            watchdog.interrupt();
        }
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as("killed").isEqualTo(128 + 9);
        return heard;
    }

    private Process start(String name, int writers) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Writing.class.getName(),
                        folder.toString(),
                        name,
                        Integer.toString(writers))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /// A line without its end is no acknowledgement: it was cut off by the kill.
    private static boolean next(BufferedReader lines, List<String> heard) throws IOException {
        var line = new StringBuilder();
        for (var c = lines.read(); c >= 0; c = lines.read()) {
            if (c == '\n') {
                return heard.add(line.toString());
            }
            line.append((char) c);
        }
        return false;
    }

    private static void killLater(Process process) {
        try {
            if (!process.waitFor(LONGEST_LIFE.toSeconds(), TimeUnit.SECONDS)) {
                process.toHandle().destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Set<String> halves(Set<String> keys) {
        var halves = new HashSet<String>();
        for (var key : keys) {
            var twin = key.endsWith("/twin") ? key.replace("/twin", "") : key + "/twin";
            if (!keys.contains(twin)) {
                halves.add(key);
            }
        }
        return halves;
    }
}
