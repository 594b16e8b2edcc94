package dev.cove.guest;

import dev.cove.core.Accelerator;
import dev.cove.core.Bytes;
import dev.cove.core.ProcessRef;
import dev.cove.core.port.Machine;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.UnaryOperator;

/// A machine of which only the guest channel works; its guest says what the test says.
final class TalkingMachine implements Machine {
    private final UnixDomainSocketAddress address;
    private final ServerSocketChannel server;

    TalkingMachine(Path folder) throws IOException {
        address = UnixDomainSocketAddress.of(folder.resolve("guest.sock"));
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address);
    }

    /// Waits for the host and talks to it, then stays silent until the machine is closed.
    void say(String words) {
        Thread.ofVirtual().start(() -> talk(words, true));
    }

    /// Waits for the host and answers each of its lines, with nothing where the answer is empty.
    void answer(UnaryOperator<String> answers) {
        Thread.ofVirtual()
                .start(() -> {
                    try (var host = server.accept()) {
                        var lines = new GuestLines(host);
                        while (true) {
                            var answer = answers.apply(String.valueOf(lines.next()));
                            host.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8)));
                        }
                    } catch (IOException e) {
                        // The host has hung up, as it may at any time.
                        return;
                    }
                });
    }

    /// Waits for the host and goes.
    void hangUp() {
        Thread.ofVirtual().start(() -> talk("", false));
    }

    private void talk(String words, boolean stay) {
        try (var host = server.accept()) {
            var bytes = ByteBuffer.wrap(words.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                host.write(bytes);
            }
            if (stay) {
                host.read(ByteBuffer.allocate(1));
            }
        } catch (IOException e) {
            // The host has hung up, as it may at any time.
            return;
        }
    }

    @Override
    public SocketChannel openGuestChannel() throws IOException {
        return SocketChannel.open(address);
    }

    @Override
    public Saved save(Save how) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Duration proceed() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void growDisk(Bytes size) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int launch() {
        return 1;
    }

    @Override
    public ProcessRef process() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Accelerator accelerator() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Life life() {
        return Life.RUNNING;
    }

    @Override
    public void onChange(Runnable listener) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void askToShutDown() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void kill(Duration patience) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Path consoleLog() {
        throw new UnsupportedOperationException();
    }

    @Override
    public SocketChannel openConsole() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
