package dev.cove.api;

import dev.cove.core.CoveException;
import dev.cove.core.HostKey;
import dev.cove.core.SshKey;
import dev.cove.core.VmId;
import dev.cove.core.port.GuestShell;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;

/// A guest's shell that runs its commands here, with real streams and exit codes.
final class LocalShell implements GuestShell {
    private static final SshKey KEY = HostKey.random(new SecureRandom()).publicKey();

    final List<Command> commands = new CopyOnWriteArrayList<>();
    final List<String> sizes = new CopyOnWriteArrayList<>();
    final List<Process> processes = new CopyOnWriteArrayList<>();

    /// Whether what is asked for next does nothing, for long.
    volatile boolean hanging;

    /// Whether the guest is lost before it can say how a command ended.
    volatile boolean losing;

    @Override
    public SshKey key() {
        return KEY;
    }

    @Override
    public void awaitCommand(Guest guest, Duration limit) {}

    @Override
    public Session exec(Guest guest, Command command) {
        commands.add(command);
        var asked = command.arguments().isEmpty() ? List.of("sh") : command.arguments();
        var line = hanging ? List.of("sleep", "1000") : asked;
        var builder = new ProcessBuilder(line);
        builder.environment().putAll(command.environment());
        command.folder().ifPresent(f -> builder.directory(new File(f)));
        try {
            var process = builder.start();
            processes.add(process);
            return new Local(process);
        } catch (IOException e) {
            throw CoveException.unavailable("cannot start " + line, e);
        }
    }

    @Override
    public void forget(VmId id) {}

    @Override
    public void close() {}

    private final class Local implements Session {
        private final Process process;

        Local(Process process) {
            this.process = process;
        }

        @Override
        public OutputStream stdin() {
            return process.getOutputStream();
        }

        @Override
        public InputStream stdout() {
            return process.getInputStream();
        }

        @Override
        public InputStream stderr() {
            return process.getErrorStream();
        }

        @Override
        public void resize(int columns, int rows) {
            sizes.add(columns + "x" + rows);
        }

        @Override
        public OptionalInt await() throws InterruptedException {
            var code = process.waitFor();
            return losing ? OptionalInt.empty() : OptionalInt.of(code);
        }

        @Override
        public void close() {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }
}
