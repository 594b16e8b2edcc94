package dev.cove.vmm.qemu;

import dev.cove.core.CoveException;
import dev.cove.platform.Memfd;
import dev.cove.platform.UnixSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes down what a machine's QEMU sends over a socket. Where there is no room for it, it goes on
/// to read and only counts.
final class Receiving implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Receiving.class);

    /// Enough for two that are in a hurry at once; a third one's sender waits for the disk.
    private static final Reserve RESERVE =
            new Reserve(2 * Ahead.CHUNKS, Ahead.CHUNKS, Duration.ofMinutes(1));

    private final ServerSocketChannel server;
    private final Path socket;
    private final int user;
    private final FileChannel out;
    private final Path file;
    private final Optional<Memfd> shared;
    private final FutureTask<Received> task = new FutureTask<>(this::receive);
    private final AtomicLong missing = new AtomicLong();
    private final CRC32C checksum = new CRC32C();
    private final Reserve.Claim reserve = RESERVE.claim();
    private final CompletableFuture<Boolean> hurry = new CompletableFuture<>();
    private final CompletableFuture<Void> calm = new CompletableFuture<>();
    private long bytes;

    /// @param checksum CRC-32C
    record Received(long checksum, long bytes) {}

    private Receiving(
            ServerSocketChannel server,
            Path socket,
            int user,
            FileChannel out,
            Path file,
            Optional<Memfd> shared) {
        this.server = server;
        this.socket = socket;
        this.user = user;
        this.out = out;
        this.file = file;
        this.shared = shared;
    }

    /// Listens. Until it is to read, whoever sends comes as far as there is room on the way.
    ///
    /// @param user whose process it has to be that sends
    /// @param file to be made
    /// @param shared memory whose pages need not be written; it stays the caller's, and open until
    ///   this is closed
    static Receiving begin(VmFolder folder, int user, Path file, Optional<Memfd> shared)
            throws IOException {
        var out = create(file);
        try {
            var server = folder.listen(user);
            return new Receiving(server, folder.stateSocket(), user, out, file, shared);
        } catch (IOException | RuntimeException e) {
            out.close();
            throw e;
        }
    }

    /// Reads in the background.
    void read() {
        Thread.ofVirtual().name("get memory").start(reserve::warm);
        inThread("receive ", task);
    }

    /// Not in a virtual one: to be parked and woken again whenever the sender is slower costs more
    /// than what there is to do.
    private void inThread(String what, Runnable work) {
        Thread.ofPlatform().daemon().name(what + file).start(work);
    }

    /// From here on the sender is not to be kept waiting: what it sends is written afterwards.
    void hurry() {
        hurry.complete(true);
    }

    /// From here on it may be written.
    void calm() {
        calm.complete(null);
    }

    static FileChannel create(Path file) throws IOException {
        return FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    /// How much there was no room for, so far.
    long missing() {
        return missing.get();
    }

    /// Why it has ended before its time, if it has.
    Optional<Throwable> failure() {
        return task.state() == FutureTask.State.FAILED
                ? Optional.of(task.exceptionNow())
                : Optional.empty();
    }

    /// Waits until the sender has closed the connection.
    Received await(Duration limit) throws InterruptedException {
        try {
            return task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw CoveException.unavailable("QEMU does not come to an end with its state");
        } catch (ExecutionException e) {
            throw CoveException.unavailable(file + " cannot be written: " + e.getCause(), e);
        }
    }

    @Override
    public void close() throws IOException {
        hurry.complete(false);
        calm();
        task.cancel(true); // closes the connection, too: its channel can be interrupted
        reserve.close();
        server.close();
        out.close();
        Files.deleteIfExists(socket);
    }

    private Received receive() throws IOException {
        try (var peer = accept();
                var ahead = new Ahead(peer, reserve)) {
            inThread("lay by ", () -> layBy(ahead));
            var window = new Window(ahead, this::take);
            if (shared.isPresent()) {
                leaveOut(shared.get(), window);
            }
            window.keepRest();
            return new Received(checksum.getValue(), bytes);
        }
    }

    /// Whoever else would connect learns at once that nobody listens.
    private SocketChannel accept() throws IOException {
        try (server) {
            return UnixSocket.accept(server, socket, user);
        }
    }

    private void layBy(Ahead ahead) {
        if (hurry.join()) {
            ahead.layBy(calm);
        }
    }

    private void leaveOut(Memfd memory, Window window) throws IOException {
        BackingPages mapped;
        try {
            mapped = BackingPages.map(memory);
        } catch (IOException e) {
            LOG.warn("{}: all of it is written", file, e);
            return;
        }
        try (var pages = mapped) {
            var dropped = new Difference(window, pages).pass();
            LOG.debug("{}: {} pages are left out", file, dropped);
        }
    }

    private void take(ByteBuffer buffer) throws IOException {
        bytes += buffer.remaining();
        checksum.update(buffer.duplicate());
        write(buffer);
    }

    private void write(ByteBuffer buffer) throws IOException {
        try {
            while (missing.get() == 0 && buffer.hasRemaining()) {
                out.write(buffer);
            }
        } catch (IOException e) {
            if (Room.isLeft(file)) {
                throw e;
            }
        }
        missing.addAndGet(buffer.remaining());
    }
}
