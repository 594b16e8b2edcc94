package dev.cove.api;

import dev.cove.core.CoveException;
import dev.cove.core.Owner;
import dev.cove.core.port.GuestShell;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A command in a guest over a WebSocket; `docs/api.md` has the protocol.
final class ExecConversation implements Conversation {
    private static final byte STDIN = 0;
    private static final byte STDOUT = 1;
    private static final byte STDERR = 2;
    private static final int BUFFER = 32 << 10;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /// How long output may be awaited after the command has ended: what it left in the background
    /// may hold its streams open for ever.
    private static final Duration AFTERMATH = Duration.ofSeconds(2);

    private final GuestShell shell;
    private final GuestShell.Guest guest;
    private final Slots slots;
    private final Owner owner;
    private final Json json;
    private final CountDownLatch begun = new CountDownLatch(1);
    private volatile @Nullable Wire wire;
    private volatile GuestShell.@Nullable Session session;
    private volatile Slots.@Nullable Slot slot;
    private volatile boolean over;

    ExecConversation(
            GuestShell shell, GuestShell.Guest guest, Slots slots, Owner owner, Json json) {
        this.shell = shell;
        this.guest = guest;
        this.slots = slots;
        this.owner = owner;
        this.json = json;
    }

    @Override
    public void open(Wire newWire) {
        slot = slots.take(owner, guest.id());
        wire = newWire;
        Thread.ofVirtual().name("exec-patience").start(() -> awaitCommand(newWire));
    }

    private void awaitCommand(Wire to) {
        try {
            if (!begun.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                to.fail(
                        CoveException.invalid(
                                "no command came within " + PATIENCE.toSeconds() + " s"));
                closed();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void text(String message) throws IOException {
        var node = json.parse(message);
        var running = session;
        if (running == null) {
            begin(command(Fields.strict(node, "arguments", "env", "folder", "user", "terminal")));
            return;
        }
        var fields = Fields.strict(node, "eof", "resize");
        var size = fields.object("resize", "columns", "rows");
        size.ifPresent(s -> running.resize(columns(s), rows(s)));
        if (fields.flag("eof").orElse(false)) {
            ignoringDeafness(() -> running.stdin().close());
        }
    }

    @Override
    public void bytes(byte[] message) throws IOException {
        var running = session;
        if (running == null) {
            throw CoveException.invalid("the first message has to be the command, as text");
        }
        if (message.length == 0 || message[0] != STDIN) {
            throw CoveException.invalid("a client's bytes are for stream 0, standard input");
        }
        ignoringDeafness(() -> {
            running.stdin().write(message, 1, message.length - 1);
            running.stdin().flush();
        });
    }

    /// A command may end, or close its input, while more is on its way; that is no error.
    private static void ignoringDeafness(Writing writing) {
        try {
            writing.write();
        } catch (IOException e) {
            return;
        }
    }

    private interface Writing {
        void write() throws IOException;
    }

    @Override
    public void closed() {
        over = true;
        begun.countDown();
        var running = session;
        if (running != null) {
            running.close();
        }
        var taken = slot;
        if (taken != null) {
            taken.close();
        }
    }

    private void begin(GuestShell.Command command) {
        begun.countDown();
        var running = shell.exec(guest, command);
        session = running;
        if (over) {
            running.close();
            return;
        }
        Thread.ofVirtual().name("exec").start(() -> attend(running));
    }

    private void attend(GuestShell.Session running) {
        var to = java.util.Objects.requireNonNull(wire);
        try {
            var out = new Pump(running.stdout(), STDOUT, to);
            var err = new Pump(running.stderr(), STDERR, to);
            var exit = running.await();
            out.finish();
            err.finish();
            sayEnd(to, exit);
        } catch (IOException e) {
            // The client has gone, and with it whoever wanted to know the exit code.
            closed();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            to.fail(e);
        } finally {
            closed();
        }
    }

    private static void sayEnd(Wire to, OptionalInt exit) throws IOException {
        if (exit.isEmpty()) {
            to.fail(
                    CoveException.unavailable(
                            "the connection to the guest was lost; see: cove inspect"));
            return;
        }
        to.say(Map.of("exit", exit.getAsInt()));
        to.end();
    }

    /// Carries one stream to the client.
    private static final class Pump {
        private final Thread thread;
        private volatile boolean sending;
        private final AtomicLong moved = new AtomicLong();

        Pump(InputStream from, byte number, Wire to) {
            thread = Thread.ofVirtual().name("exec-out").start(() -> carry(from, number, to));
        }

        private void carry(InputStream from, byte number, Wire to) {
            var buffer = new byte[1 + BUFFER];
            buffer[0] = number;
            try {
                int count;
                while ((count = from.read(buffer, 1, BUFFER)) >= 0) {
                    sending = true;
                    to.send(ByteBuffer.wrap(buffer, 0, 1 + count));
                    moved.addAndGet(count);
                    sending = false;
                }
            } catch (IOException e) {
                // Either end has gone; the exit code or the client's leaving tells which.
                return;
            }
        }

        /// Returns when all has been carried, or nothing has come for a while.
        void finish() throws InterruptedException {
            long before;
            do {
                before = moved.get();
                if (thread.join(AFTERMATH)) {
                    return;
                }
            } while (sending || moved.get() != before);
        }
    }

    private static GuestShell.Command command(Fields fields) {
        return new GuestShell.Command(
                fields.texts("arguments"),
                fields.pairs("env").map(ExecConversation::checked).orElse(Map.of()),
                fields.text("folder"),
                fields.text("user"),
                fields.object("terminal", "type", "columns", "rows")
                        .map(t ->
                                new GuestShell.Terminal(
                                        t.text("type").orElse("xterm"), columns(t), rows(t))));
    }

    private static Map<String, String> checked(Map<String, String> variables) {
        for (var name : variables.keySet()) {
            if (!name.matches("[A-Za-z_][A-Za-z0-9_]{0,127}")) {
                throw CoveException.invalid(
                        "not a variable's name: \"" + dev.cove.core.Printable.of(name, 80) + "\"");
            }
        }
        return variables;
    }

    private static int columns(Fields size) {
        return bounded("columns", size.whole("columns").orElse(80));
    }

    private static int rows(Fields size) {
        return bounded("rows", size.whole("rows").orElse(24));
    }

    private static int bounded(String name, int value) {
        if (value < 1 || value > 10_000) {
            throw CoveException.invalid(name + " has to be between 1 and 10000, not " + value);
        }
        return value;
    }
}
