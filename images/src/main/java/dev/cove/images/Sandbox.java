package dev.cove.images;

import dev.cove.core.Bytes;
import dev.cove.platform.Command;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Runs a program over a stranger's file: as a user that owns nothing else, without a network,
/// bounded in time, in memory and in what it may write.
final class Sandbox {
    /// Just below the users that VMMs get.
    static final int USER = 199_999;

    /// Address space rather than memory: qemu-img does not get its threads with one.
    private static final Bytes MEMORY = Bytes.gibibytes(2);

    private Sandbox() {}

    /// @param work the work folder that it is for
    /// @param folder where it runs: it sees files of there by their plain names, whatever is above
    /// @param largest the largest file that it may write; more, and it is killed by SIGXFSZ
    static Command.Result run(Path work, Path folder, Bytes largest, Duration limit, String... line)
            throws InterruptedException {
        var whole =
                new ArrayList<>(
                        List.of(
                                "unshare",
                                "--net",
                                "--ipc",
                                "--",
                                "prlimit",
                                "--fsize=" + largest.count(),
                                "--as=" + MEMORY.count(),
                                "--nofile=64",
                                "--core=0",
                                "--",
                                "setpriv",
                                "--reuid=" + USER,
                                "--regid=" + USER,
                                "--clear-groups",
                                "--no-new-privs",
                                "--bounding-set=-all",
                                "--inh-caps=-all",
                                "--"));
        whole.addAll(List.of(line));
        return Command.of(whole)
                .with(Leftovers.VARIABLE, work.toString())
                .within(limit)
                .in(folder)
                .run();
    }
}
