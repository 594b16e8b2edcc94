package dev.cove.doors;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.AsynchronousSocketChannel;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.sshd.common.FactoryManager;
import org.apache.sshd.common.PropertyResolver;
import org.apache.sshd.common.io.IoHandler;
import org.apache.sshd.common.io.IoServiceFactory;
import org.apache.sshd.common.io.IoWriteFuture;
import org.apache.sshd.common.io.nio2.Nio2Service;
import org.apache.sshd.common.io.nio2.Nio2ServiceFactory;
import org.apache.sshd.common.io.nio2.Nio2ServiceFactoryFactory;
import org.apache.sshd.common.io.nio2.Nio2Session;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.threads.CloseableExecutorService;
import org.apache.sshd.common.util.threads.SshThreadPoolExecutor;

/// MINA's NIO2 transport on virtual threads: a fixed pool would be used up by connections that are
/// still being made, since each of those holds a thread.
final class Transport extends Nio2ServiceFactoryFactory {
    // Standard input waits for each of its packets, so only answers to the guest's own requests
    // can pile up: a guest that asks and never reads is cut off.
    static final long MOST_UNSENT = 4 << 20;

    Transport() {
        super(Transport::virtualThreads);
    }

    private static CloseableExecutorService virtualThreads() {
        return new SshThreadPoolExecutor(
                0,
                Integer.MAX_VALUE,
                0,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                Thread.ofVirtual().name("ssh-", 0).factory());
    }

    @Override
    public IoServiceFactory create(FactoryManager manager) {
        return new Nio2ServiceFactory(manager, newExecutor(), newExecutor()) {
            @Override
            public Nio2Session createSession(
                    Nio2Service service,
                    IoHandler handler,
                    AsynchronousSocketChannel socket,
                    SocketAddress address)
                    throws IOException {
                return new BoundedSession(service, manager, handler, socket, address);
            }
        };
    }

    /// Closes itself when the other side takes nothing.
    private static final class BoundedSession extends Nio2Session {
        private final AtomicLong unsent = new AtomicLong();

        BoundedSession(
                Nio2Service service,
                PropertyResolver properties,
                IoHandler handler,
                AsynchronousSocketChannel socket,
                SocketAddress address)
                throws IOException {
            super(service, properties, handler, socket, address);
        }

        @Override
        public IoWriteFuture writeBuffer(Buffer buffer) throws IOException {
            var size = buffer.available();
            if (unsent.addAndGet(size) > MOST_UNSENT) {
                close(true);
                throw new IOException("the other side takes nothing; gave up on it");
            }
            var future = super.writeBuffer(buffer);
            future.addListener(done -> unsent.addAndGet(-size));
            return future;
        }
    }
}
