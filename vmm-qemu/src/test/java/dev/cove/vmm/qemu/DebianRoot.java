package dev.cove.vmm.qemu;

import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cove.images.Mirrors;
import dev.cove.platform.Command;
import dev.cove.platform.CommandException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// A Debian root with a QEMU in it, made once and kept in `$COVE_TEST_CACHE`, else in
/// `~/.cache/cove/test`.
record DebianRoot(Path path) {
    private static final Duration MAKING = Duration.ofMinutes(10);

    /// Runs what follows it in the root, with the host's devices, and the test's folder under its
    /// own name. The mounts are the process's own and go with it.
    private static final String ENTER =
            """
            root=$1 folder=$2
            shift 2
            mount --rbind /dev "$root/dev"
            mount -t proc none "$root/proc"
            mount -t tmpfs none "$root/tmp"
            mkdir -p "$root$folder"
            mount --rbind "$folder" "$root$folder"
            exec chroot "$root" "$@"
            """;

    static DebianRoot ofTrixie() throws IOException, InterruptedException {
        assumeTrue(Users.isRoot(), "needs root to make a Debian root");
        assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/mmdebstrap")),
                "needs mmdebstrap: apt-get install --no-install-recommends mmdebstrap");
        var cache = Files.createDirectories(cache());
        var root = cache.resolve("qemu-trixie");
        try (var lock =
                        FileChannel.open(
                                cache.resolve("qemu-trixie.lock"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                var _ = lock.lock()) {
            if (!Files.isDirectory(root)) {
                make(cache.resolve("qemu-trixie-half"), root);
            }
        }
        return new DebianRoot(root);
    }

    /// The words that start its QEMU.
    List<String> enter(Path folder) {
        var words = new ArrayList<>(List.of("unshare", "--mount", "--propagation=slave"));
        words.addAll(List.of("sh", "-ec", ENTER, "sh", path.toString(), folder.toString()));
        words.add("qemu-system-x86_64");
        return words;
    }

    private static void make(Path half, Path root) throws IOException, InterruptedException {
        var mirrors = Mirrors.ofHost();
        // In namespaces of its own, so that nothing stays mounted when it is interrupted.
        var line = new ArrayList<>(List.of("unshare", "--mount", "--pid", "--fork"));
        line.addAll(List.of("--kill-child", "--", "mmdebstrap", "--mode=root"));
        line.addAll(List.of("--variant=minbase", "--format=directory"));
        line.add("--include=qemu-system-x86");
        mirrors.proxies().forEach(proxy -> line.add("--aptopt=" + proxy));
        line.addAll(List.of("trixie", half.toString(), "deb " + mirrors.debian() + " trixie main"));
        try {
            Command.of("rm", "-rf", "--one-file-system", half.toString()).run().orThrow();
            Command.of(line).within(MAKING).run().orThrow();
        } catch (CommandException e) {
            abort("needs a Debian 13 root with QEMU: " + e.getMessage());
        }
        Files.move(half, root);
    }

    private static Path cache() {
        var asked = System.getenv().getOrDefault("COVE_TEST_CACHE", "");
        return asked.isBlank()
                ? Path.of(System.getProperty("user.home"), ".cache", "cove", "test")
                : Path.of(asked).toAbsolutePath();
    }
}
