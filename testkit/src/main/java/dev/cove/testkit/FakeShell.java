package dev.cove.testkit;

import dev.cove.core.HostKey;
import dev.cove.core.SshKey;
import dev.cove.core.VmId;
import dev.cove.core.port.GuestShell;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.OptionalInt;

/// A shell in which every command prints its own words and ends well.
public final class FakeShell implements GuestShell {
    private static final SshKey KEY = HostKey.random(new SecureRandom()).publicKey();

    private final World world;

    public FakeShell(World world) {
        this.world = world;
    }

    @Override
    public SshKey key() {
        return KEY;
    }

    @Override
    public void awaitCommand(Guest guest, Duration limit) {
        world.act("GuestShell.awaitCommand", () -> {});
    }

    @Override
    public Session exec(Guest guest, Command command) {
        return new Echo(String.join(" ", command.arguments()) + "\n");
    }

    @Override
    public void forget(VmId id) {
        world.act("GuestShell.forget", () -> {});
    }

    @Override
    public void close() {}

    private static final class Echo implements Session {
        private final InputStream said;

        Echo(String words) {
            said = new ByteArrayInputStream(words.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public OutputStream stdin() {
            return new ByteArrayOutputStream();
        }

        @Override
        public InputStream stdout() {
            return said;
        }

        @Override
        public InputStream stderr() {
            return InputStream.nullInputStream();
        }

        @Override
        public void resize(int columns, int rows) {}

        @Override
        public OptionalInt await() {
            return OptionalInt.of(0);
        }

        @Override
        public void close() {}
    }
}
