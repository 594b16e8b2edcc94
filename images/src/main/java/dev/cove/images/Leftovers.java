package dev.cove.images;

import dev.cove.core.CoveException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The programs that work on an image in the making. Each has the work folder's path in its
/// environment, so that they are found by it even when the daemon that started them is gone.
final class Leftovers {
    /// Names the work folder to a program, and to the hooks that it runs.
    static final String VARIABLE = "COVE_WORK";

    private static final Duration LIMIT = Duration.ofSeconds(20);

    private Leftovers() {}

    /// Kills those of a work folder and waits until they are gone.
    ///
    /// @throws CoveException UNAVAILABLE when one of them does not go
    static void end(Path work) throws InterruptedException {
        var deadline = System.nanoTime() + LIMIT.toNanos();
        // One that was being started when we looked is seen the next time.
        for (var found = of(work); !found.isEmpty(); found = of(work)) {
            found.forEach(ProcessHandle::destroyForcibly);
            for (var process : found) {
                await(process, deadline, work);
            }
        }
    }

    private static List<ProcessHandle> of(Path work) {
        var mark = VARIABLE + "=" + work + "\0";
        return ProcessHandle.allProcesses()
                .filter(process -> environment(process).contains(mark))
                .toList();
    }

    private static String environment(ProcessHandle process) {
        try {
            var file = Path.of("/proc/" + process.pid() + "/environ");
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            // It has just ended, or it is not ours to look at, and so none of ours.
            return "";
        }
    }

    private static void await(ProcessHandle process, long deadline, Path work)
            throws InterruptedException {
        try {
            process.onExit().get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            throw CoveException.unavailable(
                    "process "
                            + process.pid()
                            + " still works in "
                            + work
                            + " and does not end; look at: dmesg",
                    e);
        }
    }
}
