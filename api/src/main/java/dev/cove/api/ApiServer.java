package dev.cove.api;

import dev.cove.core.CoveException;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.http.MethodNotAllowedResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The HTTP API: what it stands on, where it listens, from `start` to `close`.
public final class ApiServer implements AutoCloseable {
    private static final Duration HEARTBEAT = Duration.ofSeconds(15);
    private static final Duration RENEWAL = Duration.ofSeconds(10);
    private static final Duration GRACE = Duration.ofSeconds(2);
    private static final int MOST_STREAMS = 512;
    private static final int MOST_STREAMS_OF_ONE = 256;

    /// Each of them packs or unpacks, with buffers of some MiB.
    private static final int MOST_TRANSFERS = 8;

    private static final int MOST_TRANSFERS_OF_ONE = 4;

    private final Parts parts;
    private final Json json;
    private final Problems problems;
    private final Metrics metrics;
    private final ImageRoutes images;
    private final EventRoutes events;
    private final Slots slots;
    private final Ongoing ongoing = new Ongoing();
    private final Sockets sockets;
    private final Javalin javalin;
    private List<Routes.Route> routes = List.of();

    public ApiServer(Parts parts, Listen listen) {
        this(parts, listen, new Pace(HEARTBEAT, RENEWAL));
    }

    ApiServer(Parts parts, Listen listen, Pace pace) {
        var ticks = parts.time().ticks();
        this.sockets = new Sockets(listen, pace.renewal());
        this.parts = parts;
        this.json = new Json(ticks);
        this.problems = new Problems(parts.random());
        var control = parts.control();
        this.slots = new Slots(MOST_STREAMS, MOST_STREAMS_OF_ONE, control.activity());
        this.metrics = new Metrics(control, parts.disks(), parts.memory());
        this.images = new ImageRoutes(parts.images(), control.vms(), control.events());
        this.events = new EventRoutes(control.events(), slots, json, pace.heartbeat());
        this.javalin = Javalin.create(this::configure);
    }

    /// How often something is done that nobody asked for.
    ///
    /// @param heartbeat on streams that are silent otherwise
    /// @param renewal looks for a new certificate
    record Pace(Duration heartbeat, Duration renewal) {}

    /// Returns when it listens.
    ///
    /// @throws CoveException CONFLICT when another daemon listens there, UNAVAILABLE when the
    ///   address cannot be had
    public void start() {
        try {
            javalin.start();
            sockets.followCertificate();
        } catch (RuntimeException e) {
            close();
            throw sockets.explain(e);
        }
    }

    /// The port that TCP listens on, once started.
    public Optional<Integer> port() {
        return sockets.port();
    }

    /// Takes no new calls, gives those that run a moment to end, and ends the rest.
    @Override
    public void close() {
        sockets.takeNoMore();
        images.close();
        ongoing.finish(GRACE);
        javalin.stop();
        metrics.close();
    }

    List<Routes.Route> routes() {
        return routes;
    }

    private void configure(JavalinConfig config) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        config.http.compressionStrategy = CompressionStrategy.NONE;
        config.http.prefer405over404 = true;
        config.router.ignoreTrailingSlashes = false;
        var writer = new ProblemWriter(problems, json);
        sockets.configure(
                config,
                writer,
                peers ->
                        new Admission(
                                new HostRule(sockets.names(), sockets::certified),
                                peers,
                                parts.tokens()::verify,
                                ongoing,
                                writer));
        config.routes.exception(Exception.class, this::answer);
        // Javalin's own, for which it has a handler that is nearer than the one above.
        config.routes.exception(HttpResponseException.class, this::answer);
        config.router.javaLangErrorHandler((response, error) -> {
            response.setStatus(problems.of(error).status());
        });
        register(new Routes(config, json, problems, metrics, ongoing, parts.time().ticks()));
    }

    private void register(Routes all) {
        var control = parts.control();
        var vms = control.vms();
        var paths = new VmPaths(parts.folders(), parts.disks());
        var answers = new VmAnswers(vms, control.copies(), paths);
        new VmRoutes(vms, control.copies(), answers, new VmRows(json)).register(all);
        new PowerRoutes(vms, answers).register(all);
        new ResizeRoutes(control.resizing(), answers).register(all);
        new CopyRoutes(control.copies(), answers).register(all);
        new TransferRoutes(
                        control.exporting(),
                        control.importing(),
                        answers,
                        new Slots(MOST_TRANSFERS, MOST_TRANSFERS_OF_ONE, control.activity()))
                .register(all);
        new TemplateRoutes(control.templates()).register(all);
        new LogRoutes(vms, paths, slots).register(all);
        new FileRoutes(vms, parts.shell(), slots).register(all);
        new SocketRoutes(vms, parts.shell(), slots, json).register(all);
        images.register(all);
        new TokenRoutes(parts.tokens()).register(all);
        events.register(all);
        new SystemRoutes(parts.version(), parts.examiners(), metrics).register(all);
        new LegacyRoutes(vms).register(all);
        routes = all.all();
    }

    private void answer(Exception failure, Context context) {
        if (context.res().isCommitted()) {
            new Call(context, json, ongoing, parts.time().ticks()).breakOff();
            return;
        }
        var problem = problems.of(failure);
        ProblemWriter.headers(problem).forEach(context::header);
        if (failure instanceof MethodNotAllowedResponse refusal) {
            refusal.getDetails().values().forEach(methods -> context.header("Allow", methods));
        }
        context.status(problem.status()).contentType(Problems.MEDIA_TYPE);
        // Not as Javalin's result, which it does not write for a refused upgrade.
        try {
            context.res().getOutputStream().write(json.write(problem));
        } catch (IOException e) {
            new Call(context, json, ongoing, parts.time().ticks()).breakOff();
        }
    }
}
