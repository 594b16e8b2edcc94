package dev.cove.vmm.qemu;

import dev.cove.core.CoveException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.zip.CRC32C;

/// Reads a file to a machine's QEMU, all of it also when QEMU no longer listens, so that its
/// checksum tells whether the file or QEMU is to blame.
final class Sending {
    private static final int CHUNK = 1 << 20;

    private final Path file;
    private final SocketChannel peer;
    private boolean heard = true;

    private Sending(Path file, SocketChannel peer) {
        this.file = file;
        this.peer = peer;
    }

    /// @return the file's CRC-32C
    static long send(Path file, SocketChannel peer, Duration limit) throws InterruptedException {
        var task = new FutureTask<>(() -> new Sending(file, peer).send());
        Thread.ofVirtual().name("send " + file).start(task);
        try {
            return task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw CoveException.unavailable("QEMU does not take its state from " + file);
        } catch (ExecutionException e) {
            throw CoveException.unavailable(file + " cannot be read: " + e.getCause(), e);
        } finally {
            task.cancel(true);
        }
    }

    private long send() throws IOException {
        try (var in = FileChannel.open(file)) {
            var buffer = ByteBuffer.allocateDirect(CHUNK);
            var checksum = new CRC32C();
            while (in.read(buffer.clear()) >= 0) {
                buffer.flip();
                checksum.update(buffer.duplicate());
                tell(buffer);
            }
            return checksum.getValue();
        }
    }

    private void tell(ByteBuffer buffer) {
        try {
            while (heard && buffer.hasRemaining()) {
                peer.write(buffer);
            }
        } catch (IOException e) {
            heard = false; // it has refused, and says why elsewhere
        }
    }
}
