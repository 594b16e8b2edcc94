package dev.cove.platform;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One process for good, whoever its parent is: a pid is used again, a pid with its start time is
/// not.
///
/// @param startTicks field 22 of `/proc/<pid>/stat` (proc_pid_stat(5)): clock ticks since boot
public record LinuxProcess(long pid, long startTicks) {
    private static final Path PROC = Path.of("/proc");
    private static final int SIGKILL = 9;

    /// Half of what the largest process could have by its size.
    private static final String GIVES_WAY = "500";

    private static final Duration LIMITED_WITHIN = Duration.ofSeconds(10);

    /// What the kernel shows to programs is in hundredths of a second on every Linux that Java runs
    /// on (`USER_HZ`, include/asm-generic/param.h).
    private static final long TICK_MILLIS = 10;

    private static final Duration LONGEST_NAP = Duration.ofMillis(50);

    /// The process that has this pid now.
    public static Optional<LinuxProcess> of(long pid) {
        return stat(pid).map(s -> new LinuxProcess(pid, s.startTicks));
    }

    /// All that run on this machine right now, as far as this process may see them.
    public static List<LinuxProcess> all() {
        var found = new ArrayList<LinuxProcess>();
        try (var entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (var entry : entries) {
                of(Long.parseLong(entry.getFileName().toString())).ifPresent(found::add);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("cannot read /proc", e);
        }
        return found;
    }

    /// Whether it runs. A zombie does not: it holds nothing but its number.
    public boolean isAlive() {
        return stat(pid).filter(s -> s.startTicks == startTicks && s.runs()).isPresent();
    }

    /// What it has used of processors, all its threads together; empty when it has gone.
    public Optional<Duration> processorTime() {
        return stat(pid)
                .filter(s -> s.startTicks == startTicks && s.runs())
                .map(s -> Duration.ofMillis(s.ticks * TICK_MILLIS));
    }

    /// Its program and arguments; empty when it has gone.
    public List<String> commandLine() {
        try {
            var text =
                    Files.readString(PROC.resolve(pid + "/cmdline"), StandardCharsets.ISO_8859_1);
            return isAlive() ? words(text) : List.of();
        } catch (IOException e) {
            return List.of(); // it went while we looked
        }
    }

    /// Waits until it has gone.
    ///
    /// @return whether it has
    public boolean awaitExit(Duration limit) throws InterruptedException {
        var deadline = System.nanoTime() + limit.toNanos();
        // Looking again and again, since waiting in a system call would hold a carrier thread.
        var nap = Duration.ofMillis(1);
        while (isAlive()) {
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
            Thread.sleep(nap);
            nap = nap.compareTo(LONGEST_NAP) < 0 ? nap.multipliedBy(2) : LONGEST_NAP;
        }
        return true;
    }

    /// Kills it and waits until it has gone. Never hits another process that got its pid.
    ///
    /// @return whether it has gone
    /// @throws SystemCallException when this user may not kill it
    public boolean kill(Duration limit) throws InterruptedException {
        signal(SIGKILL);
        return awaitExit(limit);
    }

    /// Lets its files grow to so many bytes, and not further (RLIMIT_FSIZE, prlimit(1)).
    ///
    /// @param user as whom it runs, if that is somebody else: not even root may do it for others
    ///   where it lacks CAP_SYS_RESOURCE
    /// @throws CommandException when it may not grow so far, or has gone
    public void limitFiles(long bytes, Optional<Detached.User> user) throws InterruptedException {
        var line = new ArrayList<String>();
        user.ifPresent(u -> {
            line.add("setpriv");
            line.addAll(u.words());
            line.add("--");
        });
        line.addAll(List.of("prlimit", "--pid=" + pid, "--fsize=" + bytes + ":"));
        Command.of(line).within(LIMITED_WITHIN).run().orThrow();
    }

    /// Has the kernel end it before others when the machine runs out of memory
    /// (proc_pid_oom_score_adj(5)).
    ///
    /// @return false when it has gone, or cannot be told
    public boolean giveWay() {
        try {
            Files.writeString(Path.of("/proc", Long.toString(pid), "oom_score_adj"), GIVES_WAY);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private void signal(int signal) {
        int descriptor;
        try {
            descriptor = Native.pidfdOpen(pid);
        } catch (SystemCallException e) {
            gone(e);
            return;
        }
        try {
            // The descriptor stands for one process for good; only now the look is worth something.
            if (isAlive()) {
                Native.pidfdSendSignal(descriptor, signal);
            }
        } catch (SystemCallException e) {
            gone(e);
        } finally {
            Native.close(descriptor);
        }
    }

    private static void gone(SystemCallException e) {
        if (e.errno() != Native.ESRCH) {
            throw e;
        }
    }

    private static Optional<Stat> stat(long pid) {
        try {
            return Stat.parse(
                    Files.readString(PROC.resolve(pid + "/stat"), StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static List<String> words(String text) {
        if (text.isEmpty()) {
            return List.of();
        }
        var end = text.endsWith("\0") ? text.length() - 1 : text.length();
        return List.of(text.substring(0, end).split("\0", -1));
    }

    /// @param state `R`, `S`, …; `Z` when it has exited and its parent does not yet know
    /// @param ticks of processors that it has used, in user mode and in the kernel
    record Stat(char state, long ticks, long threads, long startTicks) {
        /// Reads after the last `)`: the name in front may hold anything, `) R 1` included.
        static Optional<Stat> parse(String text) {
            var fields = text.substring(text.lastIndexOf(')') + 1).strip().split(" ", -1);
            if (fields.length < 20) {
                return Optional.empty();
            }
            return Optional.of(
                    new Stat(
                            fields[0].charAt(0),
                            Long.parseLong(fields[11]) + Long.parseLong(fields[12]),
                            Long.parseLong(fields[17]),
                            Long.parseLong(fields[19])));
        }

        /// A leader shows as a zombie while its threads still hold files.
        boolean runs() {
            return switch (state) {
                case 'Z', 'X', 'x' -> threads > 1;
                default -> true;
            };
        }
    }
}
