package dev.cove.api;

import dev.cove.core.Caller;
import dev.cove.core.CoveException;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.LongSupplier;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.util.BufferUtil;
import tools.jackson.databind.JsonNode;

/// One request as a route sees it: who asks, for what, and how to answer.
final class Call {
    static final Duration LONGEST_WAIT = Duration.ofMinutes(10);
    private static final int DROPPED = 1024;

    private final Context context;
    private final Json json;
    private final Ongoing ongoing;
    private final LongSupplier ticks;
    private Duration waited = Duration.ZERO;

    /// @param ticks nanoseconds from an arbitrary start
    Call(Context context, Json json, Ongoing ongoing, LongSupplier ticks) {
        this.context = context;
        this.json = json;
        this.ongoing = ongoing;
        this.ticks = ticks;
    }

    Caller caller() {
        if (context.req().getAttribute(Admission.CALLER) instanceof Caller caller) {
            return caller;
        }
        throw new IllegalStateException("a route that needs a caller let one in without");
    }

    /// @param what the thing that only administrators may, for the refusal
    Caller administrator(String what) {
        if (!caller().administrator()) {
            throw CoveException.denied(what + " is for administrators; ask one, or use root");
        }
        return caller();
    }

    /// Whether the request came by the unix socket.
    boolean local() {
        return core().getConnectionMetaData().getConnector() instanceof UnixSocket;
    }

    String path(String parameter) {
        return context.pathParam(parameter);
    }

    String header(String name) {
        var value = context.header(name);
        return value == null ? "" : value;
    }

    Query query(String... known) {
        return new Query(context.queryParamMap(), List.of(known));
    }

    JsonNode body() throws IOException {
        return json.read(context.req().getInputStream(), context.req().getContentLengthLong());
    }

    /// The body as it comes, of any length.
    InputStream stream() throws IOException {
        return context.req().getInputStream();
    }

    /// Waits for something that takes as long as it takes, which the metrics leave out. It is
    /// interrupted when the server stops.
    <T> T waiting(Callable<T> something) throws Exception {
        var start = ticks.getAsLong();
        try {
            return ongoing.interruptibly(something);
        } finally {
            waited = waited.plusNanos(ticks.getAsLong() - start);
        }
    }

    /// Nanoseconds from an arbitrary start.
    long now() {
        return ticks.getAsLong();
    }

    Duration waited() {
        return waited;
    }

    void answer(int status, Object document) {
        context.status(status).contentType("application/json").result(json.write(document));
    }

    void created(String location, int status, Object document) {
        context.header("Location", location);
        answer(status, document);
    }

    void nothing() {
        context.status(204);
    }

    void text(String type, byte[] text) {
        context.status(200).contentType(type).result(text);
    }

    /// Tells something in a header of the answer.
    void tell(String name, String value) {
        context.header(name, value);
    }

    /// Makes this the last call of its connection, as `hungUp` wants it.
    void takeNoMore() {
        context.header("Connection", "close");
    }

    /// Begins an answer that is written piece by piece. It goes in chunks, also where the
    /// connection ends with it: only so does its reader see whether it is whole.
    OutputStream streaming(String type) throws IOException {
        var response = context.res();
        response.setStatus(200);
        response.setContentType(type);
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("Transfer-Encoding", "chunked");
        return response.getOutputStream();
    }

    /// Whether the client has hung up. Nobody else notices while an answer has nothing to say: the
    /// server reads from a connection only when it waits for a request. What the client still sends
    /// is dropped, so this is for calls that take no more and whose body has been read.
    boolean hungUp() {
        var end = core().getConnectionMetaData().getConnection().getEndPoint();
        try {
            return end.fill(BufferUtil.allocate(DROPPED)) < 0;
        } catch (IOException e) {
            return true; // it was reset, or did not answer to the kernel's probes
        }
    }

    /// Breaks the connection, so that the client takes what it got for what it is: not the whole.
    void breakOff() {
        core().getConnectionMetaData().getConnection().getEndPoint().close();
    }

    private ServletContextRequest core() {
        return ServletContextRequest.getServletContextRequest(context.req());
    }
}
