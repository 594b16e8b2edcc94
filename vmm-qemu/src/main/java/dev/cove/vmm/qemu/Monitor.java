package dev.cove.vmm.qemu;

import dev.cove.core.CoveException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// The way to the monitor of one process, which can be found again after it was lost. Tells all who
/// listen what the monitor says without being asked.
final class Monitor implements Qmp.Listener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Monitor.class);
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);

    private final Path socket;
    private final int user;
    private final List<Qmp.Listener> listeners = new CopyOnWriteArrayList<>();
    private final ReentrantLock connecting = new ReentrantLock();
    private volatile @Nullable Qmp qmp;
    private volatile boolean closed;

    /// @param user whose process has to be at the other end
    Monitor(Path socket, int user) {
        this.socket = socket;
        this.user = user;
    }

    void listen(Qmp.Listener listener) {
        listeners.add(listener);
    }

    void leave(Qmp.Listener listener) {
        listeners.remove(listener);
    }

    /// @return whether there is a connection now; not when somebody else is about to make one, for
    ///   a second one would be left hanging
    boolean connect() throws InterruptedException {
        if (isOpen()) {
            return true;
        }
        if (closed || !connecting.tryLock()) {
            return false;
        }
        try {
            var made = Qmp.connect(socket, user, this, ANSWER_WITHIN);
            qmp = made;
            if (closed) {
                made.close();
            }
            return !closed;
        } catch (IOException e) {
            return false; // not there yet, or not there any more
        } catch (CoveException e) {
            LOG.debug("{}: {}", socket, e.getMessage());
            return false;
        } finally {
            connecting.unlock();
        }
    }

    boolean isOpen() {
        var current = qmp;
        return current != null && current.isOpen();
    }

    /// Has QEMU do something (see [Qmp#execute]).
    JsonNode execute(String command, Map<String, ?> arguments) throws InterruptedException {
        var current = qmp;
        if (current == null) {
            throw CoveException.unavailable("there is no connection to QEMU's monitor");
        }
        return current.execute(command, arguments, ANSWER_WITHIN);
    }

    JsonNode execute(String command) throws InterruptedException {
        return execute(command, Map.of());
    }

    /// Whether the guest runs, and if not, why not (`RunState` in QEMU's qapi/run-state.json).
    String status() throws InterruptedException {
        return execute("query-status").path("status").asString("");
    }

    @Override
    public void event(String name, JsonNode data) {
        listeners.forEach(listener -> listener.event(name, data));
    }

    @Override
    public void ended() {
        listeners.forEach(Qmp.Listener::ended);
    }

    @Override
    public void close() {
        closed = true;
        var current = qmp;
        if (current != null) {
            current.close();
        }
    }
}
