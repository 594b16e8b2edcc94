package dev.cove.platform;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// A program to run to its end: a list of words, never a shell string, with a time limit and
/// bounded output.
///
/// @param line the program and its arguments
/// @param input what it reads on its standard input
public record Command(
        List<String> line,
        Duration limit,
        Map<String, String> environment,
        String input,
        Optional<Path> folder) {
    private static final int MOST_OUTPUT = 4 << 20;
    private static final int LONGEST_LINE = 64 << 10;
    private static final Duration USUAL_LIMIT = Duration.ofSeconds(30);

    /// How long output may still come when the program has ended.
    private static final Duration AFTERMATH = Duration.ofSeconds(5);

    public Command {
        if (line.isEmpty()) {
            throw new IllegalArgumentException("a command needs a program");
        }
        line = List.copyOf(line);
        environment = Map.copyOf(environment);
    }

    public static Command of(String... line) {
        return of(List.of(line));
    }

    public static Command of(List<String> line) {
        return new Command(line, USUAL_LIMIT, Map.of(), "", Optional.empty());
    }

    public Command within(Duration newLimit) {
        return new Command(line, newLimit, environment, input, folder);
    }

    public Command reading(String newInput) {
        return new Command(line, limit, environment, newInput, folder);
    }

    public Command in(Path newFolder) {
        return new Command(line, limit, environment, input, Optional.of(newFolder));
    }

    public Command with(String variable, String value) {
        var more = new HashMap<>(environment);
        more.put(variable, value);
        return new Command(line, limit, more, input, folder);
    }

    /// Runs it.
    ///
    /// @throws CommandException when it cannot be started or takes too long; it is killed then, and
    ///   its children with it
    /// @throws InterruptedException when the caller was; it is killed then, too
    public Result run() throws InterruptedException {
        return run(line -> {});
    }

    /// Runs it and tells of each line of its standard error as it comes.
    public Result run(Consumer<String> watcher) throws InterruptedException {
        var process = start();
        try {
            var out = new Gathering(process.getInputStream(), line -> {}).start();
            var err = new Gathering(process.getErrorStream(), watcher).start();
            // One that does not read would hold up a writer for longer than its limit.
            Thread.ofVirtual().start(() -> feed(process));
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw CommandException.late(this, limit);
            }
            return new Result(
                    this, process.exitValue(), out.await(AFTERMATH), err.await(AFTERMATH));
        } finally {
            end(process);
        }
    }

    private Process start() {
        var builder = new ProcessBuilder(line);
        builder.environment().put("LC_ALL", "C");
        builder.environment().putAll(environment);
        folder.ifPresent(f -> builder.directory(f.toFile()));
        try {
            return builder.start();
        } catch (IOException e) {
            throw new CommandException(this, "it cannot be started: " + e.getMessage());
        }
    }

    private void feed(Process process) {
        try (var stdin = process.getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // It did not want its input; its exit code tells whether that matters.
            return;
        }
    }

    /// Reads a stream to its end, on a thread of its own.
    private static final class Gathering {
        private final Thread thread;
        private final StringBuilder kept = new StringBuilder();

        Gathering(InputStream stream, Consumer<String> watcher) {
            // Not a virtual one: it would hold its carrier while it waits for the pipe, and for
            // each
            // of those the scheduler makes another thread that it hardly ever lets go of.
            thread =
                    Thread.ofPlatform()
                            .daemon()
                            .name("pipe")
                            .unstarted(() -> read(stream, watcher));
        }

        Gathering start() {
            thread.start();
            return this;
        }

        private void read(InputStream stream, Consumer<String> watcher) {
            try (var reader =
                    new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                for (var line = line(reader); line.isPresent(); line = line(reader)) {
                    keep(line.get());
                    watcher.accept(line.get());
                }
            } catch (IOException | UncheckedIOException e) {
                // The process was killed while it wrote; what came until then is kept.
                return;
            }
        }

        /// The next line, of which a long one is cut: what has no line ends would be read whole.
        private static Optional<String> line(BufferedReader reader) throws IOException {
            var line = new StringBuilder();
            for (var c = reader.read(); c != '\n'; c = reader.read()) {
                if (c < 0) {
                    return line.isEmpty() ? Optional.empty() : Optional.of(line.toString());
                }
                if (line.length() < LONGEST_LINE) {
                    line.append((char) c);
                }
            }
            return Optional.of(line.toString());
        }

        private synchronized void keep(String line) {
            if (kept.length() < MOST_OUTPUT) {
                kept.append(line).append('\n');
            }
        }

        /// What has come, once there is no more or the time is over: a program that goes into the
        /// background leaves its output open for as long as it lives.
        String await(Duration limit) throws InterruptedException {
            thread.join(limit);
            synchronized (this) {
                return kept.toString();
            }
        }
    }

    private static void end(Process process) {
        if (process.isAlive()) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    /// How it ended.
    public record Result(Command command, int exit, String out, String err) {
        /// @return what it printed
        /// @throws CommandException unless it exited with 0, with its first words
        public String orThrow() {
            if (exit != 0) {
                throw new CommandException(command, "exit " + exit + ": " + firstWords());
            }
            return out;
        }

        private String firstWords() {
            var said = err.isBlank() ? out : err;
            var lines = said.strip().lines().limit(5).toList();
            return String.join("; ", lines);
        }
    }
}
