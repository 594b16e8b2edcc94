package dev.cove.api;

import dev.cove.core.CoveException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.StatusCode;

/// The server's end of a WebSocket. Sending blocks until the message has left, so that a slow
/// client holds its sender back.
final class Wire {
    private final Session session;
    private final Json json;
    private final Problems problems;

    Wire(Session session, Json json, Problems problems) {
        this.session = session;
        this.json = json;
        this.problems = problems;
    }

    /// @throws IOException when the client has gone
    void send(ByteBuffer bytes) throws IOException {
        await(Callback.Completable.with(sent -> session.sendBinary(bytes, sent)));
    }

    /// Sends a JSON document as text.
    void say(Object document) throws IOException {
        var text = json.text(document);
        await(Callback.Completable.with(sent -> session.sendText(text, sent)));
    }

    void end() {
        session.close(StatusCode.NORMAL, "", Callback.NOOP);
    }

    /// Says what went wrong and closes.
    void fail(Throwable failure) {
        var problem = problems.of(failure);
        var status =
                failure instanceof CoveException e && e.kind() == CoveException.Kind.INVALID
                        ? StatusCode.POLICY_VIOLATION
                        : StatusCode.SERVER_ERROR;
        try {
            say(Map.of("error", problem));
        } catch (IOException e) {
            // The client has gone; nobody is there to be told.
            session.disconnect();
            return;
        }
        session.close(status, problem.title(), Callback.NOOP);
    }

    private static void await(Callback.Completable sent) throws IOException {
        try {
            sent.join();
        } catch (CompletionException e) {
            throw new IOException("the client has gone", e);
        }
    }
}
