package dev.cove.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Real guests that get another shape, and that go into a file and out of it again.
@Timeout(value = 6, unit = TimeUnit.MINUTES)
class ResizeAndExportTest extends VmsOfATemplate {
    private static final long MEBIBYTE = 1 << 20;

    @Test
    void growsWhileItRunsAndGetsTheRestByARestart() throws Exception {
        create("web");
        daemon.guest("web").sh("echo here >/run/memory");
        assertThat(rootSize("web")).isBetween(3500L, 4096L);

        var grown = daemon.cove("resize", "web", "--disk", "6G").orThrow();

        assertThat(grown).isEqualTo("web\n");
        assertThat(daemon.guest("web").sh("cat /run/memory")).isEqualTo("here");
        assertThat(rootSize("web")).isBetween(5500L, 6144L);
        var refused = daemon.cove("resize", "web", "--cpus", "2");
        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.err()).contains("add --restart");

        var restarted =
                daemon.cove(
                        "resize",
                        "web",
                        "--cpus",
                        "2",
                        "--memory",
                        "384M",
                        "--disk",
                        "7G",
                        "--restart");
        assertThat(restarted.exit()).as(restarted.err()).isZero();
        assertThat(restarted.err()).contains("memory from 256M to 384M, by a restart");
        assertThat(daemon.guest("web").sh("nproc")).isEqualTo("2");
        var memory =
                daemon.guest("web").sh("sed -n 's/MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo");
        assertThat(Long.parseLong(memory)).isBetween(300L << 10, 384L << 10);
        assertThat(rootSize("web")).isBetween(6500L, 7168L);
        assertThat(daemon.cove("resize", "web", "--disk", "5G").err()).contains("cannot shrink");
    }

    @Test
    void goesOnElsewhereWhereItWasExported() throws Exception {
        create("web");
        daemon.guest("web").sh("echo memory >/run/memory; echo disk >/root/disk");
        var file = daemon.home().resolve("web.cove");

        var exported = daemon.cove("export", "--running", "web", file.toString());
        assertThat(exported.exit()).as(exported.err()).isZero();
        daemon.guest("web").sh("echo later >/run/memory; echo later >/root/disk; sync");
        daemon.cove("import", "--name", "copy", file.toString()).orThrow();

        assertThat(daemon.guest("copy").sh("cat /run/memory /root/disk; hostname"))
                .isEqualTo("memory\ndisk\ncopy");
        assertThat(daemon.guest("web").sh("cat /run/memory; hostname")).isEqualTo("later\nweb");
        assertThat(daemon.client().vm("copy").origin()).contains("import");
        assertThat(key("copy")).isNotEqualTo(key("web"));
        daemon.cove("import", "--name", "cold", "--cold", file.toString()).orThrow();
        assertThat(daemon.guest("cold").sh("cat /root/disk; [ -e /run/memory ] || echo booted"))
                .isEqualTo("disk\nbooted");
        refusesWhatIsDamaged(file);
    }

    private void refusesWhatIsDamaged(Path file) throws Exception {
        flipTheByteInTheMiddle(file);
        var refused = daemon.cove("import", "--name", "bad", file.toString());
        assertThat(refused.exit()).isNotZero();
        assertThat(refused.err()).contains("this file cannot be imported");
        assertThat(daemon.client().vms(Map.of())).hasSize(3);
        assertThat(daemon.cove("ls", "-q").orThrow()).doesNotContain("bad");
    }

    @Test
    void takesTheDisksOfOneThatRunsAndOneThatSleeps() throws Exception {
        create("web");
        daemon.guest("web").sh("echo written >/root/disk"); // and not synced
        var file = daemon.home().resolve("disk.cove");
        var exported = daemon.cove("export", "web", file.toString());
        assertThat(exported.err()).doesNotContain("not flushed");
        daemon.cove("sleep", "web").orThrow();
        daemon.cove("export", "--running", "web", file + "2").orThrow();

        daemon.cove("import", "--name", "one", file.toString()).orThrow();
        daemon.cove("import", "--name", "two", file + "2").orThrow();

        assertThat(daemon.guest("one").sh("cat /root/disk; hostname")).isEqualTo("written\none");
        assertThat(daemon.guest("two").sh("cat /root/disk; hostname")).isEqualTo("written\ntwo");
        assertThat(daemon.client().vm("web").state()).isEqualTo("asleep");
    }

    /// Of the root file system, in MiB.
    private long rootSize(String vm) {
        return Long.parseLong(daemon.guest(vm).sh("stat -f -c %b /")) * 4096 / MEBIBYTE;
    }

    private String key(String vm) {
        return daemon.client().ssh(vm).hostKey();
    }

    private static void flipTheByteInTheMiddle(Path file) throws IOException {
        try (var bytes = new RandomAccessFile(file.toFile(), "rw")) {
            var middle = bytes.length() / 2;
            bytes.seek(middle);
            var was = bytes.read();
            bytes.seek(middle);
            bytes.write(was ^ 1);
        }
    }
}
