package dev.cove.api;

import dev.cove.core.Caller;
import dev.cove.core.CoveException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/// The door before every route, WebSockets and unknown paths included: is the request addressed to
/// us, and who asks?
final class Admission extends Handler.Wrapper {
    /// The request attribute that holds the `Caller`, once known.
    static final String CALLER = "dev.cove.caller";

    private static final Set<String> FREE = Set.of("/healthz", "/openapi.yaml");
    private static final Set<String> METHODS = Set.of("GET", "POST", "PUT", "PATCH", "DELETE");
    private static final int LONGEST_TOKEN = 512;

    private final HostRule rule;
    private final Optional<Peers> peers;
    private final Function<String, Optional<Caller>> tokens;
    private final Ongoing ongoing;
    private final ProblemWriter problems;

    /// @param peers who is on the unix socket, if there is one
    /// @param tokens whom a token's secret belongs to
    Admission(
            HostRule rule,
            Optional<Peers> peers,
            Function<String, Optional<Caller>> tokens,
            Ongoing ongoing,
            ProblemWriter problems) {
        this.rule = rule;
        this.peers = peers;
        this.tokens = tokens;
        this.ongoing = ongoing;
        this.problems = problems;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        try {
            refuseForeign(request);
            var path = request.getHttpURI().getCanonicalPath();
            var free = path != null && FREE.contains(path);
            if (!METHODS.contains(request.getMethod()) && !(free && isHead(request))) {
                throw new Refused(
                        405,
                        CoveException.Kind.INVALID,
                        "use one of " + METHODS.stream().sorted().toList());
            }
            if (!free) {
                request.setAttribute(CALLER, caller(request));
            }
        } catch (Refused | CoveException e) {
            problems.write(e, request, response, callback);
            return true;
        }
        ongoing.begin();
        Request.addCompletionListener(request, _ -> ongoing.end());
        return super.handle(request, response, callback);
    }

    private static boolean isHead(Request request) {
        return request.getMethod().equals("HEAD");
    }

    private void refuseForeign(Request request) {
        var headers = request.getHeaders();
        var local =
                request.getConnectionMetaData().getLocalSocketAddress()
                                instanceof InetSocketAddress address
                        ? address.getAddress()
                        : null;
        rule.refusal(
                        headers.getValuesList(HttpHeader.HOST),
                        headers.getValuesList(HttpHeader.ORIGIN),
                        headers.get("Sec-Fetch-Site"),
                        local)
                .ifPresent(why -> {
                    throw CoveException.denied(why);
                });
    }

    private Caller caller(Request request) throws IOException {
        var peer = peer(request);
        var authorization = request.getHeaders().get(HttpHeader.AUTHORIZATION);
        if (authorization != null) {
            return tokens.apply(secret(authorization))
                    .orElseThrow(() ->
                            Refused.noToken(
                                    "this token is not known; make one with: cove token create"));
        }
        if (peer == null || peers.isEmpty()) {
            throw Refused.noToken(
                    "a token is needed: Authorization: Bearer <token>; make one with: cove token"
                            + " create");
        }
        return peers.get().caller(peer);
    }

    private static String secret(String authorization) {
        var parts = authorization.strip().split(" +", 2);
        if (parts.length != 2
                || !parts[0].toLowerCase(Locale.ROOT).equals("bearer")
                || parts[1].length() > LONGEST_TOKEN) {
            throw Refused.noToken("the Authorization header has to read: Bearer <token>");
        }
        return parts[1];
    }

    /// The unix socket that the request came by, or null when it came over TCP.
    private static @Nullable SocketChannel peer(Request request) {
        EndPoint end = request.getConnectionMetaData().getConnection().getEndPoint();
        return request.getConnectionMetaData().getConnector() instanceof UnixSocket
                        && end.getTransport() instanceof SocketChannel channel
                ? channel
                : null;
    }
}
