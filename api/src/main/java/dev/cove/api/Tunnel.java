package dev.cove.api;

import dev.cove.core.CoveException;
import dev.cove.core.Owner;
import dev.cove.core.VmId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Bytes both ways between a WebSocket and a socket of a VM: one of its TCP ports, or its console.
final class Tunnel implements Conversation {
    private static final int BUFFER = 32 << 10;

    private final VmId vm;
    private final Connecting connecting;
    private final Slots slots;
    private final Owner owner;
    private final Json json;
    private volatile @Nullable SocketChannel far;
    private volatile Slots.@Nullable Slot slot;
    private volatile boolean over;
    private boolean clientDone;

    /// Reaches the other end.
    interface Connecting {
        SocketChannel connect() throws IOException;
    }

    Tunnel(VmId vm, Connecting connecting, Slots slots, Owner owner, Json json) {
        this.vm = vm;
        this.connecting = connecting;
        this.slots = slots;
        this.owner = owner;
        this.json = json;
    }

    @Override
    public void open(Wire wire) throws IOException {
        slot = slots.take(owner, vm);
        var channel = connecting.connect();
        far = channel;
        if (over) {
            channel.close();
            return;
        }
        Thread.ofVirtual().name("tunnel").start(() -> carry(channel, wire));
    }

    @Override
    public void text(String message) throws IOException {
        if (Fields.strict(json.parse(message), "eof").flag("eof").orElse(false)) {
            Objects.requireNonNull(far).shutdownOutput();
            synchronized (this) {
                clientDone = true;
                notifyAll();
            }
        }
    }

    @Override
    public void bytes(byte[] message) throws IOException {
        var channel = Objects.requireNonNull(far);
        try {
            var bytes = ByteBuffer.wrap(message);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw broken(e);
        }
    }

    @Override
    public void closed() {
        over = true;
        synchronized (this) {
            notifyAll();
        }
        var channel = far;
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
        var taken = slot;
        if (taken != null) {
            taken.close();
        }
    }

    private void carry(SocketChannel channel, Wire wire) {
        try {
            var buffer = ByteBuffer.allocate(BUFFER);
            while (channel.read(buffer) >= 0) {
                wire.send(buffer.flip());
                buffer.clear();
            }
            wire.say(Map.of("eof", true));
            awaitClient();
            if (!over) {
                wire.end();
            }
        } catch (IOException e) {
            if (!over) {
                wire.fail(broken(e));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            closed();
        }
    }

    private synchronized void awaitClient() throws InterruptedException {
        while (!clientDone && !over) {
            wait();
        }
    }

    private static CoveException broken(IOException e) {
        return CoveException.unavailable("the connection to the VM broke: " + e.getMessage(), e);
    }
}
