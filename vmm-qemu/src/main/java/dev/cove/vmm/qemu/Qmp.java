package dev.cove.vmm.qemu;

import dev.cove.core.CoveException;
import dev.cove.core.Printable;
import dev.cove.platform.UnixSocket;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// One connection to QEMU's monitor (docs/interop/qmp-spec): JSON, one document on each line.
///
/// QEMU serves one client at a time and leaves a second one hanging without a word, so there is one
/// of these for each machine. An answer that does not come in time ends the connection: what state
/// its other end is in is anybody's guess then. QEMU may have been taken over by its guest, so
/// lines are bounded and fields that are not known are passed over.
final class Qmp implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int LONGEST_LINE = 1 << 20;
    private static final String GREETING = "QMP";

    /// What QEMU says without being asked. Called on the connection's own thread, which reads
    /// nothing meanwhile.
    interface Listener {
        void event(String name, JsonNode data);

        /// The connection has ended, whoever ended it.
        void ended();
    }

    private final SocketChannel channel;
    private final Listener listener;
    private final CompletableFuture<JsonNode> greeting = new CompletableFuture<>();
    private final Map<Long, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
    private final AtomicLong lastId = new AtomicLong();
    private final ReentrantLock writing = new ReentrantLock();
    private volatile boolean ended;

    private Qmp(SocketChannel channel, Listener listener) {
        this.channel = channel;
        this.listener = listener;
    }

    /// Connects and agrees on the protocol.
    ///
    /// @param user whose process has to be at the other end
    /// @throws IOException when nobody listens
    /// @throws CoveException UNAVAILABLE when somebody does, and says nothing in time
    static Qmp connect(Path socket, int user, Listener listener, Duration limit)
            throws IOException, InterruptedException {
        var qmp = new Qmp(UnixSocket.connect(socket, user), listener);
        Thread.ofVirtual().name("qmp " + socket).start(qmp::read);
        try {
            qmp.await("its greeting", qmp.greeting, limit);
            qmp.execute("qmp_capabilities", Map.of(), limit);
            return qmp;
        } catch (CoveException | InterruptedException e) {
            qmp.close();
            throw e;
        }
    }

    /// Has QEMU do something.
    ///
    /// @return its answer, an empty object when it has nothing to say
    /// @throws CoveException INTERNAL with QEMU's words when it refuses, UNAVAILABLE when it does
    ///   not answer
    JsonNode execute(String command, Map<String, ?> arguments, Duration limit)
            throws InterruptedException {
        var id = lastId.incrementAndGet();
        var answer = new CompletableFuture<JsonNode>();
        waiting.put(id, answer);
        try {
            if (ended) {
                throw lost();
            }
            send(command, arguments, id, limit);
            return await("an answer to " + command, answer, limit);
        } catch (IOException e) {
            throw CoveException.unavailable("QEMU's monitor does not take " + command, e);
        } finally {
            waiting.remove(id);
        }
    }

    boolean isOpen() {
        return !ended;
    }

    @Override
    public void close() {
        try {
            channel.close(); // the reader notices and tells everybody
        } catch (IOException e) {
            throw CoveException.internal("cannot close QEMU's monitor", e);
        }
    }

    private JsonNode await(String what, CompletableFuture<JsonNode> answer, Duration limit)
            throws InterruptedException {
        try {
            return answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            close();
            throw CoveException.unavailable(
                    "QEMU's monitor has not given " + what + " within " + limit.toMillis() + " ms");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof CoveException known
                    ? known
                    : CoveException.internal("QEMU's monitor", e);
        }
    }

    private void send(String command, Map<String, ?> arguments, long id, Duration limit)
            throws IOException, InterruptedException {
        var request = new LinkedHashMap<String, Object>();
        request.put("execute", command);
        if (!arguments.isEmpty()) {
            request.put("arguments", arguments);
        }
        request.put("id", id);
        var line = StandardCharsets.UTF_8.encode(JSON.writeValueAsString(request) + "\n");
        if (!writing.tryLock(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            close();
            throw lost();
        }
        try {
            while (line.hasRemaining()) {
                channel.write(line);
            }
        } finally {
            writing.unlock();
        }
    }

    private void read() {
        var why = lost();
        try {
            var lines = new Lines(channel, LONGEST_LINE);
            String line;
            while ((line = lines.next()) != null) {
                take(JSON.readTree(line));
            }
        } catch (IOException | JacksonException e) {
            why = CoveException.unavailable("QEMU's monitor has ended", e);
        } finally {
            end(why);
        }
    }

    private void take(JsonNode said) {
        if (said.has(GREETING)) {
            greeting.complete(said);
        } else if (said.has("event")) {
            listener.event(said.path("event").asString(""), said.path("data"));
        } else {
            var asked = waiting.get(said.path("id").asLong(0));
            if (asked != null) {
                answer(asked, said);
            }
        }
    }

    private static void answer(CompletableFuture<JsonNode> asked, JsonNode said) {
        if (said.has("error")) {
            var words = Printable.of(said.path("error").path("desc").asString(""), 300);
            asked.completeExceptionally(
                    new CoveException(CoveException.Kind.INTERNAL, "QEMU says: " + words));
        } else {
            asked.complete(said.path("return"));
        }
    }

    private void end(CoveException why) {
        ended = true;
        close();
        greeting.completeExceptionally(why);
        waiting.values().forEach(asked -> asked.completeExceptionally(why));
        listener.ended();
    }

    private static CoveException lost() {
        return CoveException.unavailable("the connection to QEMU's monitor is gone");
    }
}
