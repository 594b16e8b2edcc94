package dev.cove.api;

import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.websocket.WsConfig;
import io.javalin.websocket.WsContext;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/// Where routes are registered: with the server, the metrics, and the list that is held against the
/// OpenAPI document.
final class Routes {
    private static final String CONVERSATION = "dev.cove.conversation";
    private static final Duration PATIENCE = Duration.ofHours(1);

    private final JavalinConfig config;
    private final Json json;
    private final Problems problems;
    private final Metrics metrics;
    private final Ongoing ongoing;
    private final LongSupplier ticks;
    private final List<Route> all = new ArrayList<>();

    Routes(
            JavalinConfig config,
            Json json,
            Problems problems,
            Metrics metrics,
            Ongoing ongoing,
            LongSupplier ticks) {
        this.config = config;
        this.json = json;
        this.problems = problems;
        this.metrics = metrics;
        this.ongoing = ongoing;
        this.ticks = ticks;
    }

    /// One method of one path, which is written as in OpenAPI.
    record Route(String method, String path) {}

    /// What is done for a call.
    interface Handling {
        void handle(Call call) throws Exception;
    }

    /// Decides whether a client may have a WebSocket, and what it is for.
    interface Opening {
        Conversation open(Call call) throws Exception;
    }

    List<Route> all() {
        return List.copyOf(all);
    }

    void get(String path, Handling handling) {
        on(HandlerType.GET, path, handling);
    }

    void post(String path, Handling handling) {
        on(HandlerType.POST, path, handling);
    }

    void put(String path, Handling handling) {
        on(HandlerType.PUT, path, handling);
    }

    void patch(String path, Handling handling) {
        on(HandlerType.PATCH, path, handling);
    }

    void delete(String path, Handling handling) {
        on(HandlerType.DELETE, path, handling);
    }

    private void on(HandlerType method, String path, Handling handling) {
        all.add(new Route(method.name(), path));
        config.routes.addHttpHandler(
                method, path, context -> timed(method, path, context, handling));
    }

    private void timed(HandlerType method, String path, Context context, Handling handling)
            throws Exception {
        var call = new Call(context, json, ongoing, ticks);
        var start = ticks.getAsLong();
        var status = 500;
        try {
            handling.handle(call);
            status = context.statusCode();
        } catch (Exception e) {
            // Javalin's exception handlers answer; this only notes what with.
            status = Problems.statusOf(e);
            throw e;
        } finally {
            var took = Duration.ofNanos(ticks.getAsLong() - start).minus(call.waited());
            metrics.answered(method.name(), path, status, took);
        }
    }

    /// A path for WebSockets. Refusals are thrown by the opening, before the upgrade.
    void socket(String path, Opening opening) {
        all.add(new Route("GET", path));
        config.routes.get(
                path,
                context -> {
                    throw new Refused(
                            426,
                            dev.cove.core.CoveException.Kind.INVALID,
                            "this is a WebSocket: ask for an upgrade (see docs/api.md)");
                });
        config.routes.wsBeforeUpgrade(
                path,
                context ->
                        context.attribute(
                                CONVERSATION,
                                opening.open(new Call(context, json, ongoing, ticks))));
        config.routes.ws(path, this::converse);
    }

    private void converse(WsConfig ws) {
        ws.onConnect(context -> {
            context.session.setIdleTimeout(PATIENCE);
            context.enableAutomaticPings();
            var wire = new Wire(context.session, json, problems);
            context.attribute(Wire.class.getName(), wire);
            guarded(context, wire, c -> c.open(wire));
        });
        ws.onMessage(context -> guarded(context, wire(context), c -> c.text(context.message())));
        ws.onBinaryMessage(
                context -> guarded(context, wire(context), c -> c.bytes(copy(context.data()))));
        ws.onClose(context -> conversation(context).closed());
        ws.onError(context -> conversation(context).closed());
    }

    private void guarded(WsContext context, Wire wire, Part part) {
        var conversation = conversation(context);
        try {
            part.play(conversation);
        } catch (Exception e) {
            wire.fail(e);
            conversation.closed();
        }
    }

    private static Conversation conversation(WsContext context) {
        return java.util.Objects.requireNonNull(context.<Conversation>attribute(CONVERSATION));
    }

    private static Wire wire(WsContext context) {
        return java.util.Objects.requireNonNull(context.<Wire>attribute(Wire.class.getName()));
    }

    private static byte[] copy(ByteBuffer lent) {
        var own = new byte[lent.remaining()];
        lent.get(own);
        return own;
    }

    private interface Part {
        void play(Conversation conversation) throws Exception;
    }
}
