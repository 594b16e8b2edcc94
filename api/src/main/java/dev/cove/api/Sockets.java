package dev.cove.api;

import dev.cove.core.CoveException;
import io.javalin.config.JavalinConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/// The HTTP server under the routes: its sockets, threads and bounds.
final class Sockets {
    private static final int LARGEST_HEADERS = 16 << 10;
    private static final int LARGEST_MESSAGE = 64 << 10;
    private static final int MOST_CONNECTIONS = 2048;

    /// Beyond these the kernel makes clients wait for a second and longer.
    private static final int MOST_WAITING = 512;

    private static final Duration THREAD_IDLE = Duration.ofSeconds(5);
    private static final Duration IDLE = Duration.ofSeconds(60);

    private final Listen listen;
    private final Optional<Renewal> certificate;
    private final List<AbstractConnector> all = new ArrayList<>();
    private @Nullable ServerConnector tcp;

    /// @param renewal how often to look for a new certificate
    Sockets(Listen listen, Duration renewal) {
        this.listen = listen;
        this.certificate =
                listen.tcp().flatMap(Listen.Tcp::tls).map(files -> new Renewal(files, renewal));
    }

    /// The host names of the certificate, which may change.
    Set<String> certified() {
        return certificate.map(Renewal::names).orElse(Set.of());
    }

    /// What requests may be addressed to.
    List<String> names() {
        var names = new ArrayList<>(listen.names());
        listen.tcp()
                .ifPresent(
                        t -> names.add(t.host().contains(":") ? "[" + t.host() + "]" : t.host()));
        return names;
    }

    Optional<Integer> port() {
        return Optional.ofNullable(tcp).map(ServerConnector::getLocalPort);
    }

    /// @param door makes the handler that every request passes first
    void configure(
            JavalinConfig config,
            ProblemWriter problems,
            Function<Optional<Peers>, Admission> door) {
        config.jetty.threadPool = threads();
        config.jetty.modifyHttpConfiguration(Sockets::bound);
        config.jetty.modifyServer(server -> {
            server.setErrorHandler(problems);
            server.insertHandler(door.apply(listen.unix().map(_ -> peers())));
        });
        config.jetty.modifyServletContextHandler(context -> context.setErrorHandler(problems));
        config.jetty.modifyWebSocketServletFactory(factory -> {
            factory.setMaxBinaryMessageSize(LARGEST_MESSAGE);
            factory.setMaxTextMessageSize(LARGEST_MESSAGE);
        });
        listen.unix()
                .ifPresent(u -> config.jetty.addConnector((server, http) -> unix(server, u, http)));
        listen.tcp()
                .ifPresent(t -> config.jetty.addConnector((server, http) -> tcp(server, t, http)));
    }

    /// Looks for new certificates from here on.
    void followCertificate() {
        certificate.ifPresent(Renewal::start);
    }

    /// Stops accepting connections; those that are there go on.
    void takeNoMore() {
        certificate.ifPresent(Renewal::close);
        all.forEach(c -> c.setAccepting(false));
    }

    /// Says in Cove's words why the server could not start.
    CoveException explain(RuntimeException failure) {
        var causes =
                Stream.iterate((Throwable) failure, Objects::nonNull, Throwable::getCause).toList();
        for (var cause : causes) {
            if (cause instanceof CoveException known) {
                return known;
            }
            if (cause instanceof BindException bind) {
                return CoveException.unavailable(
                        "cannot listen on "
                                + address()
                                + ": "
                                + bind.getMessage()
                                + "; choose another with --listen",
                        failure);
            }
        }
        for (var cause : causes) {
            if (cause instanceof IOException io) {
                return CoveException.unavailable("the API cannot listen: " + io, failure);
            }
        }
        return CoveException.internal("the API cannot start: " + failure.getMessage(), failure);
    }

    private String address() {
        return listen.tcp().map(t -> t.host() + ":" + t.port()).orElse("its socket");
    }

    /// A few platform threads to watch the sockets; every request runs on a virtual one.
    private static QueuedThreadPool threads() {
        var threads = new QueuedThreadPool(32, 2);
        threads.setName("http");
        threads.setReservedThreads(0);
        threads.setIdleTimeout((int) THREAD_IDLE.toMillis());
        threads.setVirtualThreadsExecutor(VirtualThreads.getNamedVirtualThreadsExecutor("http-"));
        return threads;
    }

    private static void bound(HttpConfiguration http) {
        http.setUriCompliance(UriCompliance.DEFAULT);
        http.setRequestHeaderSize(LARGEST_HEADERS);
        http.setSendServerVersion(false);
        http.setSendDateHeader(true);
    }

    private Connector unix(Server server, Listen.Unix at, HttpConfiguration http) {
        var connector = new UnixSocket(server, at, new HttpConnectionFactory(http));
        connector.setAcceptQueueSize(MOST_WAITING);
        bound(connector, server);
        return connector;
    }

    private Connector tcp(Server server, Listen.Tcp at, HttpConfiguration http) {
        var connector =
                certificate
                        .map(tls -> secure(server, tls, http))
                        .orElseGet(() -> new TcpSocket(server, new HttpConnectionFactory(http)));
        connector.setHost(at.host());
        connector.setPort(at.port());
        connector.setAcceptQueueSize(MOST_WAITING);
        bound(connector, server);
        tcp = connector;
        return connector;
    }

    /// Each socket has connections of its own: strangers on TCP cannot lock the machine's own
    /// administrator out.
    private void bound(AbstractConnector connector, Server server) {
        connector.setIdleTimeout(IDLE.toMillis());
        server.addBean(new NetworkConnectionLimit(MOST_CONNECTIONS, connector));
        all.add(connector);
    }

    private static ServerConnector secure(Server server, Renewal tls, HttpConfiguration http) {
        var https = new HttpConfiguration(http);
        var customizer = new SecureRequestCustomizer();
        customizer.setSniHostCheck(false); // `Admission` checks the host
        https.addCustomizer(customizer);
        var inner = new HttpConnectionFactory(https);
        return new TcpSocket(
                server, new SslConnectionFactory(tls.factory(), inner.getProtocol()), inner);
    }

    private static Peers peers() {
        try {
            return new Peers();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
