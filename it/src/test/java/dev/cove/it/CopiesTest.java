package dev.cove.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cove.platform.SparseFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Real guests that are forked, put to sleep, woken and restored. What goes on in a guest is a
/// shell that counts, into a file in its memory.
@Timeout(value = 6, unit = TimeUnit.MINUTES)
class CopiesTest extends VmsOfATemplate {
    private static final int CREATES = Integer.getInteger("cove.it.creates", 6);

    @Test
    void forksOfATemplateAreEachSomebodyElse() throws Exception {
        var names = new ArrayList<String>();
        for (var i = 0; i < CREATES; i++) {
            names.add("web-" + i);
        }
        for (var name : names) {
            create(name);
        }

        for (var what :
                List.of(
                        "hostname",
                        "cat /etc/machine-id",
                        "cat /etc/dropbear/dropbear_ed25519_host_key | md5sum",
                        "cat /sys/class/net/eth0/address",
                        "ip -4 -br addr show eth0",
                        "head -c 16 /dev/urandom | md5sum")) {
            var seen = new HashSet<String>();
            for (var name : names) {
                assertThat(seen.add(daemon.guest(name).sh(what)))
                        .as("%s of %s is its own", what, name)
                        .isTrue();
            }
        }
        for (var name : names) {
            assertThat(origin(name)).as("%s", story(name)).isEqualTo("template");
        }
        assertThat(clockIsOffBy("web-0")).isLessThan(Duration.ofMillis(100));
    }

    @Test
    void aForkGoesOnWhereTheOriginalIsAndTheOriginalToo() throws Exception {
        create("web");
        daemon.guest("web").sh(COUNT);
        await().atMost(SETTLES).until(() -> count("web") > 3);
        daemon.guest("web").sh("echo here >/root/here");

        daemon.cove("fork", "web", "copy").orThrow();

        var before = count("copy");
        await().atMost(SETTLES).until(() -> count("copy") > before);
        assertThat(before).isGreaterThan(3);
        assertThat(daemon.guest("copy").sh("cat /root/here; hostname")).isEqualTo("here\ncopy");
        assertThat(daemon.guest("web").sh("hostname")).isEqualTo("web");
        daemon.guest("copy").sh("echo there >/root/here; sync");
        assertThat(daemon.guest("web").sh("cat /root/here")).isEqualTo("here");
    }

    @Test
    void sleepsOverAnEndOfTheDaemonAndWakesWhereItWas() throws Exception {
        create("web");
        daemon.guest("web").sh(COUNT);
        await().atMost(SETTLES).until(() -> count("web") > 3);
        var key = daemon.client().ssh("web").hostKey();

        daemon.cove("sleep", "web").orThrow();
        assertThat(daemon.client().vm("web").state()).isEqualTo("asleep");
        assertThat(Traces.machines(daemon.data())).isEmpty();
        daemon.kill();
        daemon.start();
        assertThat(daemon.client().vm("web").state()).isEqualTo("asleep");

        daemon.cove("wake", "web").orThrow();

        var before = count("web");
        assertThat(before).isGreaterThan(3);
        await().atMost(SETTLES).until(() -> count("web") > before);
        assertThat(daemon.client().ssh("web").hostKey()).isEqualTo(key);
        assertThat(clockIsOffBy("web")).isLessThan(Duration.ofMillis(100));
    }

    @Test
    void restoresMemoryAndDisk() throws Exception {
        create("web");
        daemon.guest("web").sh("echo one >/run/memory; echo one >/root/disk");
        daemon.cove("snapshot", "create", "web", "before").orThrow();
        daemon.guest("web").sh("echo two >/run/memory; echo two >/root/disk; sync");

        daemon.cove("snapshot", "restore", "web", "before").orThrow();

        assertThat(daemon.guest("web").sh("cat /run/memory /root/disk")).isEqualTo("one\none");
    }

    @Test
    void staysAsleepWhenItsMemoryHasBeenDamaged() throws Exception {
        create("web");
        daemon.guest("web").sh("echo kept >/root/kept; sync");
        daemon.cove("sleep", "web").orThrow();
        flipAByteOf(snapshotOf("sleep").resolve("state"));

        var refused = daemon.cove("wake", "web");

        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.err()).contains("checksum");
        assertThat(daemon.client().vm("web").state()).isEqualTo("asleep");
        daemon.cove("start", "--cold", "web").orThrow();
        assertThat(daemon.guest("web").sh("cat /root/kept")).isEqualTo("kept");
    }

    @Test
    void launchesAnewAForkThatReboots() throws Exception {
        create("web");
        daemon.guest("web").sh("(sleep 1; reboot) >/dev/null 2>&1 &");

        await().atMost(SETTLES)
                .pollInterval(Duration.ofMillis(500))
                .ignoreExceptions()
                .until(() -> origin("web").equals("cold"));
        await().atMost(SETTLES)
                .ignoreExceptions()
                .until(() -> daemon.guest("web").sh("hostname").equals("web"));
    }

    /// What there is to say of how it came to be what it is.
    private String story(String vm) throws InterruptedException {
        return daemon.client().vm(vm).source()
                + "\n"
                + daemon.cove("template", "ls").out()
                + daemon.cove("logs", "--tail", "60", vm).out()
                + tail(daemon.log());
    }

    private static String tail(Path log) {
        try {
            var lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
        } catch (IOException e) {
            return "no log: " + e;
        }
    }

    /// What the present launch began with.
    private String origin(String vm) {
        return daemon.client().vm(vm).source().at("origin").text("");
    }

    private int count(String vm) {
        return Integer.parseInt(daemon.guest(vm).sh("cat /run/count"));
    }

    /// The guest says what time it is between two looks at the host's clock.
    private Duration clockIsOffBy(String vm) {
        var before = java.time.Instant.now();
        var said = daemon.guest(vm).sh("date +%s%N");
        var after = java.time.Instant.now();
        var guest = java.time.Instant.EPOCH.plusNanos(Long.parseLong(said));
        if (guest.isBefore(before)) {
            return Duration.between(guest, before);
        }
        return guest.isAfter(after) ? Duration.between(after, guest) : Duration.ZERO;
    }

    private Path snapshotOf(String kind) throws IOException {
        for (var folder : snapshots()) {
            var record = Files.readString(folder.resolve("snapshot.json"));
            if (record.contains("\"kind\":\"" + kind + "\"")) {
                return folder;
            }
        }
        throw new AssertionError("no snapshot of kind " + kind);
    }

    private static void flipAByteOf(Path file) throws IOException {
        var middle = new AtomicLong();
        SparseFile.<RuntimeException>eachExtent(file, (from, to) -> middle.set((from + to) / 2));
        try (var bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(middle.get());
            var was = bytes.read();
            bytes.seek(middle.get());
            bytes.write(was ^ 1);
        }
    }
}
