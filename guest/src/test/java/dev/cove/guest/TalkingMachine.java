package dev.cove.guest;

import dev.cove.platform.UnixSocket;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// A machine whose guest says what the test says.
final class TalkingMachine extends ChannelMachine {
    private final ServerSocketChannel server;
    private final Semaphore taken = new Semaphore(0);
    private final AtomicInteger crowds = new AtomicInteger();
    private volatile boolean mishears;

    TalkingMachine(Path folder) throws IOException {
        super(folder.resolve("guest.sock"));
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(folder.resolve("guest.sock")));
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

    /// Waits for hosts, one after the other, and answers each of their questions.
    void obey(Function<Question, String> agent) {
        Thread.ofVirtual()
                .start(() -> {
                    while (server.isOpen()) {
                        try (var host = server.accept()) {
                            mishear(host);
                            while (true) {
                                var answer = agent.apply(Question.from(host));
                                host.write(
                                        ByteBuffer.wrap(
                                                answer.getBytes(StandardCharsets.ISO_8859_1)));
                                taken.release();
                            }
                        } catch (IOException e) {
                            // The host has hung up, as it may at any time.
                        }
                    }
                });
    }

    /// Has those that obey not understand their first question.
    void mishear() {
        mishears = true;
    }

    private void mishear(SocketChannel host) throws IOException {
        if (mishears) {
            mishears = false;
            Question.from(host);
            host.write(ByteBuffer.wrap("unknown\nunknown\n".getBytes(StandardCharsets.UTF_8)));
            host.read(ByteBuffer.allocate("\nup\n".length()));
            host.write(ByteBuffer.wrap("up\n".getBytes(StandardCharsets.UTF_8)));
        }
    }

    /// Waits for one more answer that has found somebody who listened.
    boolean awaitAnswerTaken(Duration limit) throws InterruptedException {
        return taken.tryAcquire(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    /// Has so many be turned away because others wait.
    void crowd(int times) {
        crowds.set(times);
    }

    @Override
    public SocketChannel openGuestChannel() throws IOException {
        if (crowds.getAndDecrement() > 0) {
            throw new UnixSocket.Crowded(Path.of("guest.sock"));
        }
        return super.openGuestChannel();
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
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
